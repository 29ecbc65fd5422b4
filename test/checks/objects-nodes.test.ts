/**
 * Planted bugs of pods, addresses and nodes: a log in which exactly one rule fails, and its twin in which none does.
 */
import { describe, expect, it } from 'vitest';
import { OBJECT_RULES } from '../../machines/checks/objects/rules.ts';
import { judge, Log, object, ownedBy, ready } from './planted/log.ts';

const PODS = 'core/pods';

type Parts = { readonly [field: string]: unknown };
const pod = (name: string, node: string, status: Parts = {}, meta: Parts = {}, spec: Parts = {}) =>
  object(PODS, name, { meta, spec: { ...(node !== '' && { nodeName: node }), ...spec }, status });
const asks = (cpu: string) => ({
  containers: [{ name: 'c', resources: { requests: { cpu } } }],
});
const running = (podIP: string) => ({ phase: 'Running', podIP });
const node = (name: string, cpu = '2', pods = '10') =>
  object('core/nodes', name, { status: { allocatable: { cpu, pods }, ...ready() } });
const service = (name: string, clusterIP: string, ports: readonly Parts[] = []) =>
  object('core/services', name, { spec: { clusterIP, ports } });
const counted = (restartCount: number) => ({
  phase: 'Running',
  containerStatuses: [{ name: 'c', restartCount }],
});
const member = (uid: string, nodeName: string, spec: Parts = {}) =>
  pod('db-0', nodeName, { phase: 'Running' }, { uid, ...ownedBy('StatefulSet', 'db') }, spec);
const cut = (name: string) =>
  object('core/nodes', name, {
    spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] },
  });

/** Name of the rule, the log with the bug, its clean twin. */
const CASES: readonly (readonly [rule: string, what: string, bad: Log, good: Log])[] = [
  [
    'pod-bound-once',
    'a pod moves to another node',
    new Log().put(pod('a', '')).put(pod('a', 'n1')).put(pod('a', 'n2')),
    new Log()
      .put(pod('a', ''))
      .put(pod('a', 'n1'))
      .delete(pod('a', 'n1'))
      .put(pod('a', 'n2', {}, { uid: 'u-2' })),
  ],
  [
    'restart-counts',
    'a container forgets its restarts',
    new Log().put(pod('a', 'n1', counted(3))).put(pod('a', 'n1', counted(2))),
    new Log()
      .put(pod('a', 'n1', counted(3)))
      .process('n1', 'node', 'crashed', true)
      .put(pod('a', 'n1', counted(0))),
  ],
  [
    'restart-counts',
    'a pod rises from the dead',
    new Log().put(pod('a', 'n1', { phase: 'Failed' })).put(pod('a', 'n1', { phase: 'Running' })),
    new Log()
      .put(pod('a', 'n1', { phase: 'Failed' }))
      .put(pod('a', 'n1', { phase: 'Failed', reason: 'Evicted' })),
  ],
  [
    'pod-address-unique',
    'two pods of two nodes share an address',
    new Log().put(pod('a', 'n1', running('10.0.0.1')), pod('b', 'n2', running('10.0.0.1'))),
    new Log()
      .put(pod('a', 'n1', running('10.0.0.1')), pod('b', 'n2', running('10.0.0.2')))
      .put(pod('h', 'n1', running('10.0.0.1'), {}, { hostNetwork: true }))
      .put(pod('a', 'n1', { ...running('10.0.0.1'), phase: 'Failed' }))
      .put(pod('c', 'n1', running('10.0.0.1'))),
  ],
  [
    'pod-address-unique',
    'a terminating pod still runs when its address is given away',
    new Log()
      .put(pod('a', 'n1', running('10.0.0.1')))
      .container('n1', 'a', 'u-a')
      .put(pod('a', 'n1', running('10.0.0.1'), { deletionTimestamp: 'now' }))
      .put(pod('b', 'n1', running('10.0.0.1'))),
    new Log()
      .put(pod('a', 'n1', running('10.0.0.1')))
      .container('n1', 'a', 'u-a')
      .put(pod('a', 'n1', running('10.0.0.1'), { deletionTimestamp: 'now' }))
      .container('n1', 'a', 'u-a', 'exited')
      .put(pod('b', 'n1', running('10.0.0.1'))),
  ],
  [
    'pod-address-unique',
    'after a loss of power the doubled address stays',
    new Log()
      .put(pod('a', 'n1', running('10.0.0.1')))
      .process('n1', 'node', 'crashed', true)
      .put(pod('b', 'n1', running('10.0.0.1'))),
    new Log()
      .put(pod('a', 'n1', running('10.0.0.1')))
      .process('n1', 'node', 'crashed', true)
      .put(pod('b', 'n1', running('10.0.0.1')))
      .put(pod('a', 'n1', running('10.0.0.2'))),
  ],
  [
    'service-address-unique',
    'two services share a cluster IP',
    new Log().put(service('a', '10.1.0.1'), service('b', '10.1.0.1')),
    new Log()
      .put(service('a', '10.1.0.1'), service('h', 'None'), service('i', 'None'))
      .delete(service('a', '10.1.0.1'))
      .put(service('b', '10.1.0.1')),
  ],
  [
    'service-address-unique',
    'two services share a node port',
    new Log().put(
      service('a', '10.1.0.1', [{ port: 1, nodePort: 30_000 }]),
      service('b', '10.1.0.2', [{ port: 1, nodePort: 30_000, protocol: 'TCP' }]),
    ),
    new Log().put(
      service('a', '10.1.0.1', [{ port: 1, nodePort: 30_000 }]),
      service('b', '10.1.0.2', [{ port: 1, nodePort: 30_000, protocol: 'UDP' }]),
    ),
  ],
  [
    'node-capacity',
    'the scheduler binds more than fits',
    new Log()
      .put(node('n1', '2'), pod('a', '', {}, {}, asks('1500m')), pod('b', '', {}, {}, asks('0.6')))
      .put(pod('a', 'n1', {}, {}, asks('1500m')))
      .put(pod('b', 'n1', {}, {}, asks('0.6'))),
    new Log()
      .put(node('n1', '2'), pod('a', '', {}, {}, asks('1500m')), pod('b', '', {}, {}, asks('0.6')))
      .put(pod('a', 'n1', {}, {}, asks('1500m')))
      .put(pod('a', 'n1', { phase: 'Succeeded' }, {}, asks('1500m')))
      .put(pod('b', 'n1', {}, {}, asks('0.6')))
      .put(pod('static', 'n1', {}, {}, asks('2')))
      .put(node('n1', '1')),
  ],
  [
    'node-capacity',
    'one pod more than a node takes',
    new Log()
      .put(node('n1', '2', '1'), pod('a', ''), pod('b', ''))
      .put(pod('a', 'n1'), pod('b', 'n1')),
    new Log()
      .put(node('n1', '2', '1'), pod('a', ''), pod('b', ''))
      .put(pod('a', 'n1'))
      .delete(pod('a', 'n1'))
      .put(pod('b', 'n1')),
  ],
  [
    'statefulset-at-most-one',
    'the identity of a partitioned node is given to another one',
    new Log()
      .put(node('n1'), node('n2'), member('u-1', 'n1'))
      .container('n1', 'db-0', 'u-1')
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n2'))
      .container('n2', 'db-0', 'u-2'),
    new Log()
      .put(node('n1'), node('n2'), member('u-1', 'n1'))
      .container('n1', 'db-0', 'u-1')
      .process('n1', 'node', 'crashed', true)
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n2'))
      .container('n2', 'db-0', 'u-2'),
  ],
  [
    'statefulset-at-most-one',
    'a pod is removed without its grace',
    new Log()
      .put(node('n1'), member('u-1', 'n1', { terminationGracePeriodSeconds: 30 }))
      .container('n1', 'db-0', 'u-1')
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n1'))
      .container('n1', 'db-0', 'u-2'),
    new Log()
      .put(node('n1'), member('u-1', 'n1', { terminationGracePeriodSeconds: 0 }))
      .container('n1', 'db-0', 'u-1')
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n1'))
      .container('n1', 'db-0', 'u-2'),
  ],
  [
    'statefulset-at-most-one',
    'the kubelet died and its containers did not',
    new Log()
      .put(node('n1'), node('n2'), member('u-1', 'n1'))
      .container('n1', 'db-0', 'u-1')
      .process('n1', 'node', 'crashed', false)
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n2'))
      .container('n2', 'db-0', 'u-2'),
    new Log()
      .put(node('n1'), node('n2'), member('u-1', 'n1'))
      .container('n1', 'db-0', 'u-1')
      .process('n1', 'node', 'crashed', false)
      .put(cut('n1'))
      .delete(member('u-1', 'n1'))
      .put(member('u-2', 'n2'))
      .container('n2', 'db-0', 'u-2'),
  ],
];

describe('planted bugs of pods and nodes', () => {
  it.each(CASES)('%s: %s', (rule, _, bad, good) => {
    expect(judge(OBJECT_RULES, bad).map((violation) => violation.rule)).toEqual([rule]);
    expect(judge(OBJECT_RULES, good)).toEqual([]);
  });
});
