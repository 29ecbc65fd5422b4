/**
 * When a cluster is settled: a small one at rest is, and every way of not being so is named.
 */
import { describe, expect, it } from 'vitest';
import { unsettled, waitingPods } from '../../machines/checks/settled.ts';
import { Log, object, ownedBy, pictureOf, ready } from './planted/log.ts';
import {
  budget,
  daemonSet,
  deployment,
  endpoint,
  endpoints,
  job,
  lease,
  namespace,
  node,
  podA,
  podB,
  podOf,
  quota,
  replicaSet,
  settledCluster,
  slice,
  statefulSet,
} from './planted/settled-cluster.ts';

const [A, B] = [endpoint('web-1-a', '10.0.0.1'), endpoint('web-1-b', '10.0.0.2')];
const running = { phase: 'Running' };
const message = 'back-off 2m40s restarting failed container=app';
const crashed = { name: 'app', state: { waiting: { reason: 'CrashLoopBackOff', message } } };
const deleted = { deletionTimestamp: 'now' };
const taint = (name: string) => ({ taints: [{ key: `node.kubernetes.io/${name}` }] });
const lone = (parts: object) => object('core/pods', 'lone', { ...parts });
const pending = (reason: string) => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason }],
});
const asking = (cpu: string) => ({ containers: [{ resources: { requests: { cpu } } }] });

/** What is written over the settled cluster, and a reason that must be among those given. */
const CASES: readonly (readonly [
  reason: string,
  ...objects: readonly ReturnType<typeof object>[],
])[] = [
  ['node n1: Ready is Unknown', node({ status: ready('Unknown') })],
  ['node n1: has taint node.kubernetes.io/unreachable', node({ spec: taint('unreachable') })],
  ['node n1: its taint does not say cordoned', node({ spec: taint('unschedulable') })],
  ['namespace default: is Terminating', namespace('Terminating')],
  ['namespace default: is still being deleted', namespace('Terminating', deleted)],
  ['core/pods/default/web-1-b: is still being deleted', podB({ meta: deleted })],
  [
    'apps/replicasets/default/o: none of its owners is there',
    object('apps/replicasets', 'o', { meta: ownedBy('Deployment', 'gone'), spec: { replicas: 0 } }),
  ],
  [
    'pod default/lone: is Pending on n1',
    lone({ spec: { nodeName: 'n1' }, status: { phase: 'Pending' } }),
  ],
  ['pod default/lone: is not ready on n1', lone({ spec: { nodeName: 'n1' }, status: running })],
  [
    'pod default/lone: is not ready on n1: back-off 2m40s restarting failed container=app',
    lone({ spec: { nodeName: 'n1' }, status: { ...running, containerStatuses: [crashed] } }),
  ],
  ['pod default/lone: its node n2 is gone', lone({ spec: { nodeName: 'n2' }, status: running })],
  [
    'pod default/lone: has no node, and n1 has room',
    lone({ spec: asking('1'), status: pending('Unschedulable') }),
  ],
  ['pod default/lone: has no node', lone({ spec: asking('9'), status: { phase: 'Pending' } })],
  ['apps/deployments default/web: generation 2 and observed 1', deployment({}, {}, 2)],
  [
    'apps/deployments default/web: status.updatedReplicas is 1, not 2',
    deployment({ updatedReplicas: 1 }),
  ],
  [
    'apps/deployments default/web: status.terminatingReplicas is 1, not 0',
    deployment({ terminatingReplicas: 1 }),
  ],
  [
    'apps/deployments default/web: status.availableReplicas is 1, not 2',
    deployment({ availableReplicas: 1 }),
  ],
  ['apps/replicasets default/web-1: status.readyReplicas is 2, not 1', podA({ status: running })],
  ['apps/replicasets default/web-1: status.replicas is 3, not 2', replicaSet({ replicas: 3 })],
  [
    'apps/statefulsets default/db: is of revision db-0, not db-1',
    statefulSet({ currentRevision: 'db-0' }),
  ],
  ['apps/statefulsets default/db: status.replicas is 2, not 1', statefulSet({ replicas: 2 })],
  [
    'apps/daemonsets default/log: status.desiredNumberScheduled is 2, not 1',
    daemonSet({ desiredNumberScheduled: 2 }),
  ],
  ['apps/daemonsets default/log: status.numberReady is 0, not 1', daemonSet({ numberReady: 0 })],
  [
    'batch/jobs default/j: has 1 pods that are not counted yet',
    job({ uncountedTerminatedPods: { succeeded: ['u'] } }),
  ],
  ['batch/jobs default/j: has succeeded and is not Complete', job({ conditions: [] })],
  ['batch/jobs default/j: is over and has 1 active pods', podOf('Job', 'j', 'j-b', '10.0.0.9')],
  [
    'batch/jobs default/j: has 1 ended pods with their finalizer',
    podOf('Job', 'j', 'j-a', '10.0.0.5', {
      meta: { finalizers: ['batch.kubernetes.io/job-tracking'] },
      status: { phase: 'Succeeded' },
    }),
  ],
  ['core/services default/web: pod web-1-b is in none of its slices', slice(A)],
  [
    'core/services default/web: pod web-1-a is not ready in a slice',
    slice(endpoint('web-1-a', '10.0.0.1', false), B),
  ],
  [
    'core/services default/web: its slices hold 3 pods, not 2',
    slice(A, B, endpoint('x', '10.0.0.7')),
  ],
  [
    'core/services default/web: pod web-1-a has address 10.0.0.8 in a slice, not 10.0.0.1',
    slice(endpoint('web-1-a', '10.0.0.8'), B),
  ],
  ['core/services default/web: its Endpoints are not its ready pods', endpoints('10.0.0.1')],
  [
    'policy/poddisruptionbudgets default/web: status.currentHealthy is 1, not 2',
    budget({ currentHealthy: 1 }),
  ],
  [
    'policy/poddisruptionbudgets default/web: status.disruptionsAllowed is 0, not 1',
    budget({ disruptionsAllowed: 0 }),
  ],
  ['core/resourcequotas default/q: status.used of pods is 3, not 4', quota('3')],
  ['lease kube-system/kube-scheduler: nobody holds it', lease('')],
];

describe('settled', () => {
  it('is a cluster at rest', () => {
    expect(unsettled(pictureOf(settledCluster()))).toEqual([]);
  });

  it.each(CASES.map(([reason, ...objects]) => ({ reason, objects })))('$reason', (planted) => {
    const { reason, objects } = planted;
    expect(unsettled(pictureOf(settledCluster().put(...objects)))).toContain(reason);
  });

  it('wants leases renewed as time goes by, without a new revision', () => {
    const log = settledCluster().after(16_000).phase('heal');
    expect(unsettled(pictureOf(log))).toEqual([
      'lease kube-system/kube-scheduler: scheduler-1 has not renewed it',
    ]);
  });

  it('is a pod that no node has room for, and says which one', () => {
    const pod = lone({ spec: asking('9'), status: pending('Unschedulable') });
    const picture = pictureOf(settledCluster().put(pod, quota('5')));
    expect(unsettled(picture)).toEqual([]);
    expect(waitingPods(picture)).toEqual(['default/lone']);
  });

  it('is an object that waits for a finalizer of somebody else', () => {
    const held = object('core/configmaps', 'c', { meta: { ...deleted, finalizers: ['a.b/c'] } });
    const own = object('core/configmaps', 'c', { meta: { ...deleted, finalizers: ['orphan'] } });
    expect(unsettled(pictureOf(settledCluster().put(held)))).toEqual([]);
    expect(unsettled(pictureOf(settledCluster().put(own)))).toHaveLength(1);
  });

  it('judges a thousand pods in 20 ms', () => {
    const log = new Log();
    for (let i = 0; i < 100; i += 1) {
      log.put(object('core/nodes', `n${i}`, { spec: {}, status: ready() }));
      const labels = { app: `a${i}` };
      log.put(
        object('core/services', `s${i}`, { spec: { selector: labels, ports: [{ port: 1 }] } }),
      );
      for (let j = 0; j < 10; j += 1) {
        const status = { ...running, podIP: `10.0.${i}.${j}`, ...ready() };
        log.put(
          object('core/pods', `p${i}-${j}`, {
            meta: { labels },
            spec: { nodeName: `n${i}` },
            status,
          }),
        );
      }
    }
    const pictures = Array.from({ length: 12 }, () => pictureOf(log));
    const tookMs = pictures.map((picture) => {
      const startMs = performance.now();
      expect(unsettled(picture).length).toBeGreaterThan(0);
      return performance.now() - startMs;
    });
    expect(Math.min(...tookMs)).toBeLessThan(20);
  });
});
