/**
 * The workload of a drawn scenario: a few manifests of every common kind, and rates of random work.
 *
 * Deterministic: all randomness comes from the dice. Requests are small, so that everything fits on two nodes.
 */
import type { AnyObject } from '../api/view.ts';
import type { RandomWorkload, Workload, WorkloadKind, WorkloadStep } from './scenario.ts';

/** Draws made of numbers in [0, 1). */
export interface Dice {
  /** A whole number from `least` to `most`, both possible. */
  int(least: number, most: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of several, the greater its weight the more often. */
  weighted<T>(from: readonly (readonly [weight: number, one: T])[]): T;
}

/** Dice on a draw in [0, 1). */
export function createDice(draw: () => number): Dice {
  const int = (least: number, most: number) => least + Math.floor(draw() * (most - least + 1));
  return {
    int,
    chance: (probability) => draw() < probability,
    pick: (from) => from[int(0, from.length - 1)]!,
    weighted(from) {
      let left = draw() * from.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, one] of from) {
        left -= weight;
        if (left < 0) return one;
      }
      return from.at(-1)![1];
    },
  };
}

/** A workload for a phase of faults of this length. */
export function drawWorkload(dice: Dice, forMs: number): Workload {
  const kinds: string[] = ['Deployment'];
  const count = dice.int(1, 4);
  for (let i = 0; i < count; i += 1) {
    kinds.push(
      dice.weighted([
        [4, 'Deployment'],
        [3, 'StatefulSet'],
        [2, 'DaemonSet'],
        [3, 'Job'],
        [1, 'Pod'],
        [1, 'ConfigMap'],
      ]),
    );
  }
  const named = kinds.map((kind, index) => ({ kind, name: `${kind.toLowerCase()}-${index + 1}` }));
  const manifests = named.flatMap(({ kind, name }) => drawObjects(dice, kind, name));
  const area = dice.chance(0.2) ? drawArea(dice, forMs) : undefined;
  const steps = [...drawSteps(dice, named, forMs), ...(area?.steps ?? [])];
  return {
    manifests: [...manifests, ...(area?.manifests ?? [])],
    steps: steps.sort((a, b) => a.atMs - b.atMs),
    random: dice.chance(0.8) ? drawRandom(dice) : undefined,
  };
}

function drawRandom(dice: Dice): RandomWorkload {
  const all: readonly WorkloadKind[] = [
    'deployment',
    'statefulset',
    'daemonset',
    'job',
    'service',
    'pod',
  ];
  const some = all.filter(() => dice.chance(0.6));
  return {
    kinds: some.length > 0 ? some : ['deployment'],
    createsPerMinute: dice.int(2, 20),
    scalesPerMinute: dice.int(0, 20),
    rolloutsPerMinute: dice.int(0, 8),
    deletesPerMinute: dice.int(0, 12),
    objectsMax: dice.int(3, 12),
    replicasMax: dice.int(2, 5),
  };
}

const SCALES: Readonly<{ [kind: string]: string }> = {
  Deployment: 'apps/deployments',
  StatefulSet: 'apps/statefulsets',
};
const ROLLS: Readonly<{ [kind: string]: string }> = { ...SCALES, DaemonSet: 'apps/daemonsets' };
const DELETES: Readonly<{ [kind: string]: string }> = {
  ...ROLLS,
  Job: 'batch/jobs',
  Pod: 'core/pods',
  ConfigMap: 'core/configmaps',
};

/** At most one delete, after all else that is done to the object. */
function drawSteps(
  dice: Dice,
  named: readonly { readonly kind: string; readonly name: string }[],
  forMs: number,
): WorkloadStep[] {
  const steps: WorkloadStep[] = [];
  for (const { kind, name } of named) {
    const atMs = () => dice.int(0, Math.floor(forMs * 0.7));
    const ref = (resource: string) => ({ resource, namespace: 'default', name });
    const [scales, rolls, deletes] = [SCALES[kind], ROLLS[kind], DELETES[kind]];
    if (scales !== undefined && dice.chance(0.4)) {
      steps.push({ atMs: atMs(), do: 'scale', ref: ref(scales), replicas: dice.int(0, 6) });
    }
    if (rolls !== undefined && dice.chance(0.5)) {
      steps.push({ atMs: atMs(), do: 'rollout', ref: ref(rolls), image: 'app:2' });
    }
    if (deletes !== undefined && dice.chance(0.15)) {
      const late = dice.int(Math.floor(forMs * 0.71), Math.floor(forMs * 0.95));
      steps.push({ atMs: late, do: 'delete', ref: ref(deletes) });
    }
  }
  return steps;
}

/** A namespace of its own with a quota that is large enough, which may be deleted with all that is in it. */
function drawArea(dice: Dice, forMs: number): Pick<Workload, 'manifests' | 'steps'> {
  const name = 'area';
  const pods = { pods: '100', 'count/configmaps': '50' };
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name },
    spec: { hard: pods },
  };
  const kinds = ['Deployment', 'StatefulSet', 'Job', 'ConfigMap'].filter(() => dice.chance(0.5));
  const inside = kinds.flatMap((kind) => drawObjects(dice, kind, `${kind.toLowerCase()}-1`));
  const placed = [quota as AnyObject, ...inside].map((object) => ({
    ...object,
    metadata: { ...object.metadata, namespace: name },
  }));
  const atMs = dice.int(Math.floor(forMs * 0.3), Math.floor(forMs * 0.95));
  const ref = { resource: 'core/namespaces', namespace: '', name };
  return {
    manifests: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, ...placed],
    steps: dice.chance(0.6) ? [{ atMs, do: 'delete', ref }] : [],
  };
}

/** An image of this kind is done after a while. */
const SHORT = 'job:1';
const LONG = 'app:1';

function podTemplate(dice: Dice, labels: object, image = LONG, more: object = {}): object {
  const grace = dice.chance(0.5) ? { terminationGracePeriodSeconds: dice.int(0, 10) } : {};
  const probe = image === LONG && dice.chance(0.2) ? drawProbe(dice) : {};
  const first = [
    ...(dice.chance(0.15) ? [container(dice, 'first', SHORT)] : []),
    ...(dice.chance(0.1) ? [container(dice, 'side', LONG, { restartPolicy: 'Always' })] : []),
  ];
  return {
    metadata: { labels },
    spec: {
      ...grace,
      ...more,
      ...(first.length === 0 ? {} : { initContainers: first }),
      containers: [container(dice, 'app', image, probe)],
    },
  };
}

function container(dice: Dice, name: string, image: string, more: object = {}): object {
  const requests = { cpu: `${dice.int(1, 20) * 10}m`, memory: `${dice.int(1, 8) * 16}Mi` };
  return { name, image, resources: { requests }, ...more };
}

function drawProbe(dice: Dice): object {
  const probe = { exec: { command: ['true'] }, periodSeconds: dice.int(1, 5) };
  return { [dice.pick(['readinessProbe', 'livenessProbe', 'startupProbe'])]: probe };
}

function drawObjects(dice: Dice, kind: string, name: string): AnyObject[] {
  const labels = { app: name };
  const metadata = { name, labels };
  const apps = (spec: object): AnyObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: { selector: { matchLabels: labels }, ...spec, template: podTemplate(dice, labels) },
  });
  switch (kind) {
    case 'Deployment': {
      const strategy = dice.weighted<object>([
        [3, {}],
        [1, { strategy: { type: 'Recreate' } }],
        [2, { strategy: { rollingUpdate: { maxSurge: dice.int(1, 2), maxUnavailable: 0 } } }],
      ]);
      const replicas = dice.int(1, 5);
      return [apps({ replicas, ...strategy }), ...drawFront(dice, name, labels, replicas)];
    }
    case 'StatefulSet': {
      const replicas = dice.int(1, 4);
      const policy = dice.chance(0.3) ? { podManagementPolicy: 'Parallel' } : {};
      const set = apps({ replicas, serviceName: name, ...policy });
      return [service(name, labels, { clusterIP: 'None' }), set];
    }
    case 'DaemonSet':
      return [apps({})];
    case 'Job':
      return [drawJob(dice, metadata, labels)];
    case 'Pod':
      return [{ apiVersion: 'v1', kind, metadata, ...specOf(podTemplate(dice, labels)) }];
    default: {
      const finalizers = dice.chance(0.3) ? { finalizers: ['chaos.example/hold'] } : {};
      const data = { size: `${dice.int(1, 9)}` };
      return [{ apiVersion: 'v1', kind, metadata: { ...metadata, ...finalizers }, data }];
    }
  }
}

function specOf(template: object): { readonly spec: unknown } {
  return { spec: (template as { readonly spec: unknown }).spec };
}

/** A Service and a budget in front of a workload, some of the time. */
function drawFront(dice: Dice, name: string, labels: object, replicas: number): AnyObject[] {
  const front: AnyObject[] = [];
  if (dice.chance(0.6)) {
    const type = dice.chance(0.25) ? { type: 'NodePort' } : {};
    front.push(service(name, labels, type));
  }
  if (dice.chance(0.4) && replicas > 1) {
    front.push({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { selector: { matchLabels: labels }, maxUnavailable: 1 },
    });
  }
  return front;
}

function service(name: string, labels: object, more: object): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ...more, selector: labels, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  };
}

function drawJob(dice: Dice, metadata: object, labels: object): AnyObject {
  const completions = dice.int(1, 6);
  const indexed = dice.chance(0.3) ? { completionMode: 'Indexed' } : {};
  const ttl = dice.chance(0.2) ? { ttlSecondsAfterFinished: dice.int(1, 20) } : {};
  const restartPolicy = dice.pick(['Never', 'OnFailure']);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata,
    spec: {
      ...indexed,
      ...ttl,
      completions,
      parallelism: dice.int(1, completions),
      template: podTemplate(dice, labels, SHORT, { restartPolicy }),
    },
  };
}
