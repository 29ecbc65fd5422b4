/**
 * Draws the random part of a workload beforehand, so that the same seed asks for the same work whatever fails
 * meanwhile. Names are counted; nothing is asked of what was deleted before.
 */
import type { AnyObject } from '../../machines/api/view.ts';
import type { RandomWorkload, WorkloadKind, WorkloadStep } from '../../machines/chaos/scenario.ts';
import type { Stream } from './random.ts';

/** Namespace of everything that is made at random. */
export const WORK_NAMESPACE = 'chaos';

const RESOURCE: { readonly [kind in WorkloadKind]: string } = {
  deployment: 'apps/deployments',
  statefulset: 'apps/statefulsets',
  daemonset: 'apps/daemonsets',
  job: 'batch/jobs',
  service: 'core/services',
  pod: 'core/pods',
};

interface Made {
  readonly kind: WorkloadKind;
  readonly name: string;
  images: number;
}

/** The steps of a random workload, in order of time. */
export function drawWork(
  random: RandomWorkload,
  stream: Stream,
  forMs: number,
): readonly WorkloadStep[] {
  const steps: WorkloadStep[] = [];
  const made: Made[] = [];
  let count = 0;
  const pick = <T>(from: readonly T[]): T | undefined =>
    from[Math.floor(stream.draw() * from.length)];
  const replicas = (): number => Math.floor(stream.draw() * (random.replicasMax + 1));

  const create = (atMs: number): void => {
    const kind = pick(random.kinds);
    if (kind === undefined || made.length >= random.objectsMax) return;
    const name = `${kind}-${++count}`;
    made.push({ kind, name, images: 1 });
    steps.push({ atMs, do: 'apply', object: objectOf(kind, name, Math.max(1, replicas())) });
  };
  const act: { readonly [what: string]: (atMs: number) => void } = {
    create,
    scale(atMs) {
      const one = pick(made.filter(({ kind }) => kind === 'deployment' || kind === 'statefulset'));
      if (one === undefined) return;
      steps.push({ atMs, do: 'scale', ref: refOf(one), replicas: replicas() });
    },
    rollout(atMs) {
      const one = pick(
        made.filter(({ kind }) => ['deployment', 'statefulset', 'daemonset'].includes(kind)),
      );
      if (one === undefined) return;
      one.images += 1;
      steps.push({ atMs, do: 'rollout', ref: refOf(one), image: `app:${one.images}` });
    },
    delete(atMs) {
      const one = pick(made);
      if (one === undefined) return;
      made.splice(made.indexOf(one), 1);
      steps.push({ atMs, do: 'delete', ref: refOf(one) });
    },
  };
  const rates = {
    create: random.createsPerMinute,
    scale: random.scalesPerMinute,
    rollout: random.rolloutsPerMinute,
    delete: random.deletesPerMinute,
  };
  const times = Object.entries(rates).flatMap(([what, perMinute]) =>
    arrivals(perMinute, stream, forMs).map((atMs) => ({ atMs, what })),
  );
  times.sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, what } of times) act[what]?.(atMs);
  return steps;
}

/** Times of a Poisson process, whole milliseconds. */
function arrivals(perMinute: number, stream: Stream, forMs: number): number[] {
  const times: number[] = [];
  if (perMinute <= 0) return times;
  for (let atMs = 0; ; ) {
    atMs += (-Math.log(1 - stream.draw()) * 60_000) / perMinute;
    if (atMs >= forMs) return times;
    times.push(Math.floor(atMs));
  }
}

function refOf({ kind, name }: Made) {
  return { resource: RESOURCE[kind], namespace: WORK_NAMESPACE, name };
}

function objectOf(kind: WorkloadKind, name: string, replicas: number): AnyObject {
  const metadata = { name, namespace: WORK_NAMESPACE, labels: { app: name } };
  const selector = { matchLabels: { app: name } };
  const pod = {
    containers: [
      {
        name: 'main',
        image: kind === 'job' ? 'job:1' : 'app:1',
        resources: { requests: { cpu: '100m' } },
      },
    ],
  };
  const template = { metadata: { labels: { app: name } }, spec: pod };
  switch (kind) {
    case 'deployment':
      return {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: { replicas, selector, template },
      };
    case 'statefulset':
      return {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata,
        spec: { replicas, selector, template, serviceName: name },
      };
    case 'daemonset':
      return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } };
    case 'job':
      return {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata,
        spec: {
          completions: replicas,
          parallelism: Math.max(1, Math.ceil(replicas / 2)),
          template: { ...template, spec: { ...pod, restartPolicy: 'OnFailure' } },
        },
      };
    case 'service':
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector: { app: name.replace('service', 'deployment') }, ports: [{ port: 80 }] },
      };
    case 'pod':
      return { apiVersion: 'v1', kind: 'Pod', metadata, spec: pod };
  }
}
