/** Runs of scenarios, made by hand, that the tests of reports render. No clock, no randomness. */
import type {
  Injection,
  RunResult,
  Sample,
  TimelineEntry,
} from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';

const scenario: Scenario = {
  name: 'node-killed',
  description: 'A node dies while a Deployment rolls out.',
  seed: 42,
  cluster: {
    nodes: 3,
    apiservers: 1,
    schedulers: 1,
    controllers: 1,
    storeReplicas: 1,
    nodeMonitorGraceMs: 4_000,
    defaultTolerationSeconds: 1,
  },
  forMs: 60_000,
  workload: { manifests: [], steps: [], random: undefined },
  faults: [],
  hold: { recoverWithinMs: 120_000, except: [] },
  blastRadius: { nodes: 1, processes: undefined },
};

const injections: readonly Injection[] = [
  { fault: 'kill', what: 'crash', targets: ['node-2'], beganMs: 10_000, endedMs: 40_000 },
  { fault: 'cut', what: 'partition', targets: ['node-3'], beganMs: 20_000, endedMs: 35_500 },
  { fault: 'stop', what: 'pause', targets: ['scheduler-1'], beganMs: 30_000, endedMs: 34_000 },
  { fault: 'loss', what: 'drop', targets: [], beganMs: 5_000, endedMs: undefined },
  { fault: 'kill', what: 'crash', targets: ['node-2'], beganMs: 50_000, endedMs: 52_000 },
];

const timeline: readonly TimelineEntry[] = [
  { atMs: -3_000, kind: 'phase', subject: 'prepare', text: 'workload applied' },
  { atMs: 0, kind: 'phase', subject: 'faults', text: 'faults begin' },
  { atMs: 1_250, kind: 'workload', subject: 'apps/deployments default/web', text: 'rollout web:2' },
  { atMs: 10_000, kind: 'fault', subject: 'kill', text: 'crash of node-2 begun' },
  { atMs: 14_020, kind: 'node', subject: 'node-2', text: 'NotReady: heartbeats lost' },
  { atMs: 15_020, kind: 'pod', subject: 'default/web-5d9-x2x4k', text: 'evicted from node-2' },
  { atMs: 34_000, kind: 'process', subject: 'scheduler-1', text: 'resumed' },
  { atMs: 41_300, kind: 'node', subject: 'node-2', text: 'Ready' },
  { atMs: 60_000, kind: 'phase', subject: 'heal', text: 'everything healed' },
  { atMs: 62_345, kind: 'note', subject: '', text: 'converged' },
  { atMs: 62_345, kind: 'phase', subject: 'end', text: 'end' },
];

const samples: readonly Sample[] = Array.from({ length: 66 }, (_, index) => {
  const down = index > 16 && index < 44;
  return {
    atMs: index * 1_000 - 3_000,
    nodesReady: down ? 2 : 3,
    nodes: 3,
    pods: { Running: Math.min(9, index), Pending: down ? 3 : Math.max(0, 4 - index) },
    podsReady: Math.max(0, Math.min(9, index - 2) - (down ? 4 : 0)),
  };
});

/** A run in which every rule held. */
export const held: RunResult = {
  scenario,
  world: 'simulation',
  seed: 42,
  version: '0.1.0',
  verdict: 'held',
  violations: [],
  reasons: [],
  steps: 61_234,
  writes: 812,
  messages: 20_417,
  simulatedMs: 62_345,
  tookMs: 2_041,
  recoveryMs: 2_345,
  rulesChecked: 23,
  injections,
  timeline,
  samples,
  traceHash: '9f86d081884c7d65',
};

/** One in which a rule did not, with one violation of many objects, and hostile names. */
export const unsafe: RunResult = {
  ...held,
  verdict: 'unsafe',
  recoveryMs: undefined,
  violations: [
    {
      rule: 'pod-bound-once',
      atMs: 31_004,
      message: 'pod default/web-5d9-x2x4k was bound to node-1 and then to node-3',
      objects: ['core/pods/default/web-5d9-x2x4k'],
      revision: 1_204,
    },
    {
      rule: 'pod-address-unique',
      atMs: 33_100,
      message: 'address 10.0.0.7 is of\u001b[2J several\nlive pods',
      objects: Array.from({ length: 8 }, (_, index) => `core/pods/default/web-${index}`),
      revision: 1_250,
    },
  ],
  reasons: ['deployment default/web: 2 of 9 replicas are available'],
};

/** Live, and never converged. */
export const stuck: RunResult = {
  ...held,
  world: 'live',
  verdict: 'stuck',
  recoveryMs: undefined,
  reasons: ['node node-2 is NotReady', 'queue of deployment-controller: 3 keys'],
  traceHash: '',
};

const HOSTILE = '<script>alert(1)</script>"\'&\u202e';

/** Names and messages that try to be markup. */
export const hostile: RunResult = {
  ...unsafe,
  version: HOSTILE,
  traceHash: HOSTILE,
  scenario: { ...scenario, name: HOSTILE, description: HOSTILE },
  violations: unsafe.violations.map((violation) => ({
    ...violation,
    rule: HOSTILE,
    message: HOSTILE,
    objects: [HOSTILE],
  })),
  reasons: [HOSTILE],
  injections: injections.map((injection) => ({
    ...injection,
    fault: HOSTILE,
    what: HOSTILE,
    targets: [HOSTILE],
  })),
  timeline: timeline.map((entry) => ({ ...entry, subject: HOSTILE, text: HOSTILE })),
  samples: samples.map((sample) => ({ ...sample, pods: { [HOSTILE]: 3 } })),
};

/** A long run of a large cluster: every list is longer than a report has room for. */
export function large(nodes: number, entries: number, word = 'NotReady'): RunResult {
  const at = (index: number) => Math.floor((index / entries) * 7_000_000);
  const node = (index: number) => `node-${((index * 7) % nodes) + 1}`;
  const kinds = ['pod', 'node', 'pod', 'fault', 'pod'] as const;
  return {
    ...unsafe,
    scenario: { ...scenario, cluster: { ...scenario.cluster, nodes }, forMs: 7_000_000 },
    simulatedMs: 7_100_000,
    violations: Array.from({ length: 200 }, (_, index) => ({
      ...unsafe.violations[0]!,
      atMs: at(index * 9),
      message: `${word.repeat(4)} ${index}`,
    })),
    injections: Array.from({ length: entries }, (_, index) => ({
      fault: `fault-${index % 40}`,
      what: ['crash', 'pause', 'partition', 'drop', 'store-slow'][index % 5]!,
      targets: [node(index)],
      beganMs: at(index),
      endedMs: at(index) + 20_000,
    })),
    timeline: [
      { atMs: 0, kind: 'phase', subject: 'faults', text: 'faults begin' },
      ...Array.from({ length: entries - 3 }, (_, index): TimelineEntry => {
        const kind = kinds[index % kinds.length]!;
        const text = kind === 'node' ? (index % 2 === 0 ? word : 'Ready') : `${word} of ${index}`;
        return { atMs: at(index), kind, subject: node(Math.floor(index / 4)), text };
      }),
      { atMs: 7_000_000, kind: 'phase', subject: 'heal', text: 'everything healed' },
      { atMs: 7_100_000, kind: 'phase', subject: 'end', text: 'end' },
    ],
    samples: Array.from({ length: 7_100 }, (_, index) => ({
      atMs: index * 1_000,
      nodesReady: nodes - (index % 97 === 0 ? 5 : index % 3),
      nodes,
      pods: { Running: 900 + (index % 89), Pending: index % 31, Failed: index % 7, Odd: 2 },
      podsReady: 890 - (index % 83),
    })),
  };
}
