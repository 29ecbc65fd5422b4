/**
 * Who may say what on the bus: one NATS user for each component, with the subjects it may touch.
 *
 * NATS permissions are the outer wall (a node's key can speak for its node alone); what a user may ask of the API
 * is decided by the apiserver. The user's name is a token of the subject it publishes requests to.
 */
import type { BusUser } from '../../bus/server/users.ts';
import { subject, subjectTokens } from '../../bus/subjects.ts';

/** The bucket of a cluster's objects, and the one of its Events. */
export const bucketOf = (cluster: string): string => cluster;
export const eventsBucketOf = (cluster: string): string => `${cluster}-events`;

/** API user names of the control plane's components, as Kubernetes has them. */
export const SCHEDULER = 'system:kube-scheduler';
export const CONTROLLERS = 'system:kube-controller-manager';
/** Bus user names of processes that are no API users. */
export const APISERVER = 'apiserver';
export const ADMIN = 'admin';
export const HOLLOW = 'hollow';
/** Who sends what is recorded on to an OTLP receiver. */
export const OTLP_EXPORTER = 'otlp-exporter';
/** The supervisor of a cluster that was started for chaos, and who runs a scenario on it. */
export const CHAOS = 'chaos';
export const CHAOS_RUNNER = 'chaos-runner';

/** The API user of a node. */
export const nodeUser = (node: string): string => `system:node:${node}`;

/** The stream of what processes record of themselves. */
export const trailOf = (cluster: string): string => `TRACE_${cluster}`;

/** What processes say of themselves: what they record, their status, answers to an administrator, what they hold. */
export type Said = 'trace' | 'report' | 'debugged' | 'held';
const SAID: readonly Said[] = ['trace', 'report', 'debugged', 'held'];
const NODES = 'node';

/** Where a process says it. What nodes say is apart, so that no node can speak as another or as the control plane. */
export function saidBy(cluster: string, what: Said, role: string, process: string): string {
  const isNode = role === 'node' || role === 'hollow-nodes';
  return isNode ? subject(cluster, what, NODES, process) : subject(cluster, what, process);
}

/** Who said it, by its subject. */
export function sayerOf(said: string): { readonly process: string; readonly isNode: boolean } {
  const [, , name = '', node] = subjectTokens(said);
  return node === undefined ? { process: name, isNode: false } : { process: node, isNode: true };
}

/** Where a reader of the trail leaves its mark, to know that it has everything before. */
export const markSubject = (cluster: string): string => subject(cluster, 'trace', 'mark');

/** The stream of what they are to record, on `policySubject`. */
export const policyTrailOf = (cluster: string): string => `TRACE-POLICY_${cluster}`;
export const policySubject = (cluster: string): string => subject(cluster, 'debug', 'policy');
/** Where what is kept of it is told again, to those that begin. */
export const keptPolicySubject = (cluster: string): string => subject(cluster, 'debug', 'kept');

/** Reading what is to be recorded. */
const policyReader = (cluster: string): string =>
  `$JS.API.DIRECT.GET.${policyTrailOf(cluster)}.${policySubject(cluster)}`;

/** What every component may do: tell its dead letters, its traces and what it holds, and report its status. */
const common = (cluster: string, node?: string) => ({
  publish: [
    subject(cluster, 'dead'),
    ...SAID.map((what) =>
      node === undefined ? `${subject(cluster, what)}.*` : saidBy(cluster, what, 'node', node),
    ),
  ],
  subscribe: [
    ...[subject(cluster, 'status'), `${subject(cluster, 'held')}.>`],
    ...[subject(cluster, 'debug'), policySubject(cluster), keptPolicySubject(cluster)],
  ],
});

/** Reading the log and the stored state of a bucket; writing it is not among them. */
const storeReader = (bucket: string): readonly string[] => [
  `$JS.API.DIRECT.GET.KV_${bucket}`,
  `$JS.API.DIRECT.GET.KV_${bucket}.>`,
  `$JS.API.STREAM.INFO.KV_${bucket}`,
  `$JS.API.STREAM.MSG.GET.KV_${bucket}`,
  `$JS.API.CONSUMER.CREATE.KV_${bucket}.>`,
  `$JS.API.CONSUMER.DELETE.KV_${bucket}.>`,
  `$JS.API.CONSUMER.MSG.NEXT.KV_${bucket}.>`,
];

/** Reading what was recorded. */
const trailReader = (cluster: string): readonly string[] => [
  `$JS.API.DIRECT.GET.${trailOf(cluster)}`,
  `$JS.API.STREAM.INFO.${trailOf(cluster)}`,
];

const apiOf = (cluster: string, user: string): string => `${subject(cluster, 'api', user)}.>`;

/** Users of the control plane's processes. */
export function controlUsers(cluster: string): readonly BusUser[] {
  const { publish, subscribe } = common(cluster);
  const reader = (user: string, says: readonly string[], hears: readonly string[]): BusUser => ({
    name: user,
    publish: [
      ...[...publish, apiOf(cluster, user), policyReader(cluster)],
      ...[...storeReader(bucketOf(cluster)), ...says],
    ],
    subscribe: [...subscribe, `${subject(cluster, 'log')}.>`, ...hears],
    answer: true,
  });
  return [
    { name: APISERVER, publish: ['>'], subscribe: ['>'], answer: true },
    {
      name: OTLP_EXPORTER,
      publish: [...publish, policyReader(cluster), ...trailReader(cluster)],
      subscribe,
    },
    reader(SCHEDULER, [], []),
    reader(CONTROLLERS, [`${subject(cluster, 'node')}.*.heard`], [`${subject(cluster, 'beat')}.>`]),
    {
      name: ADMIN,
      publish: [
        ...[subject(cluster, 'status'), subject(cluster, 'debug')],
        ...[policySubject(cluster), policyReader(cluster), markSubject(cluster)],
        ...[...storeReader(bucketOf(cluster)), ...trailReader(cluster)],
      ],
      subscribe: [
        ...[`${subject(cluster, 'report')}.>`, `${subject(cluster, 'debugged')}.>`],
        `${subject(cluster, 'log')}.>`,
      ],
    },
  ];
}

/** The user of one node: its own subjects, and no other's. */
export function nodeBusUser(cluster: string, node: string): BusUser {
  const { publish, subscribe } = common(cluster, node);
  return {
    name: nodeUser(node),
    publish: [...publish, apiOf(cluster, nodeUser(node)), subject(cluster, 'beat', node)],
    subscribe: [...subscribe, `${subject(cluster, 'node', node)}.>`],
    answer: true,
  };
}

/** The user of a process of hollow nodes: it speaks for all of its nodes, which run nothing. */
export function hollowBusUser(cluster: string): BusUser {
  const { publish, subscribe } = common(cluster, HOLLOW);
  return {
    name: HOLLOW,
    publish: [...publish, `${subject(cluster, 'api')}.>`, `${subject(cluster, 'beat')}.>`],
    subscribe: [...subscribe, `${subject(cluster, 'node')}.>`],
    answer: true,
  };
}

/** Users that a cluster started for chaos has besides. */
export function chaosUsers(cluster: string): readonly BusUser[] {
  const { publish, subscribe } = common(cluster);
  return [
    {
      name: CHAOS,
      publish: [...publish, `$JS.API.STREAM.INFO.KV_${bucketOf(cluster)}`],
      subscribe,
      answer: true,
    },
    {
      name: CHAOS_RUNNER,
      publish: [subject(cluster, 'status'), ...storeReader(bucketOf(cluster))],
      subscribe: [
        ...[`${subject(cluster, 'log')}.>`, `${subject(cluster, 'trace')}.>`],
        ...[`${subject(cluster, 'report')}.>`, `${subject(cluster, 'beat')}.>`],
        // A scenario may wait for a message: it is heard, never answered.
        ...[`${subject(cluster, 'api')}.>`, `${subject(cluster, 'node')}.>`],
      ],
      answer: true,
    },
  ];
}
