/**
 * The vocabulary of scenarios as data: the faults with their fields and whom they act on, the roles, the limits, and
 * the word nearest to one that was mistyped. Parser, writer, reference and tests read it here.
 *
 * Holds no rule about combinations; those are in `scenario-sense.ts`.
 */
import type {
  ClusterPlan,
  FaultKind,
  ProcessRole,
  RuntimeOperation,
  WorkloadKind,
} from './scenario.ts';

/** What a fault acts on, and so which targets mean something to it. */
export type FaultSurface = 'process' | 'message' | 'store' | 'server' | 'node';

/** What is known of one kind of fault. */
export interface FaultWords {
  readonly on: FaultSurface;
  /** Its fields in YAML besides those that every fault has; those with `!` must be there. */
  readonly fields: readonly string[];
  /** Over as soon as it has begun: it takes no `for`. */
  readonly instant: boolean;
  /** How it is done on real processes; undefined: in simulation alone. */
  readonly live: string | undefined;
}

/** Every fault. */
export const FAULTS: Readonly<{ [K in FaultKind]: FaultWords }> = {
  crash: words('process', ['afterEffects', 'power', 'staleRevisions'], 'SIGKILL'),
  pause: words('process', [], 'SIGSTOP, SIGCONT'),
  partition: words('process', ['direction', 'from'], 'a proxy between process and NATS'),
  delay: words('message', ['by!', 'probability'], "in the host's bus layer"),
  drop: words('message', ['probability'], "in the host's bus layer"),
  duplicate: words('message', ['probability'], "in the host's bus layer"),
  reorder: words('message', ['window!', 'probability'], "in the host's bus layer"),
  'stale-view': words('store', ['lag!'], 'as the process reads the log'),
  'skip-events': words('store', [], 'as the process reads the log'),
  'store-slow': words('store', ['by!'], 'as the process sees the store'),
  'store-unavailable': words('store', [], 'as the process sees the store'),
  'store-unknown': words('store', ['applied', 'probability'], 'as the process sees the store'),
  'store-conflict': words('store', ['probability'], 'as the process sees the store'),
  'store-compact': words('store', [], 'as the process sees the store', true),
  'store-server': words('server', ['how', 'leader'], 'SIGKILL or SIGSTOP of a NATS server'),
  'clock-skew': words('process', ['by!'], undefined),
  'lose-heartbeats': words('node', [], "in the node's bus layer"),
  pressure: words('node', ['resource!'], 'the node reports it'),
  'crash-containers': words('node', ['probability'], 'SIGKILL of the container', true),
  'slow-start': words('node', ['by!'], "in the node's runtime"),
  'slow-stop': words('node', ['by!'], "in the node's runtime"),
  'runtime-error': words('node', ['operation', 'probability'], "in the node's runtime"),
};

function words(
  on: FaultSurface,
  fields: readonly string[],
  live: string | undefined,
  instant = false,
): FaultWords {
  return { on, fields, instant, live };
}

/** Fields that every fault has. */
export const FAULT_FIELDS = ['name', 'fault', 'target', 'at', 'rate', 'on', 'for', 'times'];

export const TARGET_FIELDS = ['process', 'role', 'actor', 'subject', 'pods', 'count'];

/** What `on:` may begin with. */
export const TRIGGERS = ['message', 'step', 'write', 'between', 'count'] as const;

export const ROLES: readonly ProcessRole[] = [
  'apiserver',
  'scheduler',
  'controllers',
  'node',
  'store',
];

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  'deployment',
  'statefulset',
  'daemonset',
  'job',
  'service',
  'pod',
];

export const RUNTIME_OPERATIONS: readonly RuntimeOperation[] = [
  'sandbox',
  'image',
  'start',
  'stop',
  'any',
];

export const DIRECTIONS = ['both', 'to', 'from'] as const;
export const PRESSURES = ['memory', 'disk', 'pid'] as const;
export const OPERATIONS = ['create', 'update', 'delete'] as const;

/** Kinds of machines that a process hosts, as the first word of an actor. */
export const MACHINE_KINDS = [
  'api-request',
  'experiment',
  'leader',
  'listener',
  'node',
  'nodeHealth',
  'pendingPod',
  'pod',
  'proxy',
  'reconciler',
  'scheduler',
];

/** What is written for a fault that lasts until everything is healed, where it would end sooner by itself. */
export const UNTIL_HEALED = 'until-healed';

/** The namespace of random work. */
export const RANDOM_NAMESPACE = 'chaos';

/** Where `applied` of `store-unknown` is not given. */
export const APPLIED_DEFAULT = 0.5;

/** Greatest numbers a scenario may ask for. */
export const SCENARIO_LIMITS = {
  nodes: 5_000,
  processes: 10,
  durationMs: 30 * 86_400_000,
  perMinute: 100_000,
  times: 1_000_000,
  nth: 1_000_000_000,
  step: 1_000_000_000_000,
  revisions: 1_000_000,
  effects: 10_000,
  objects: 100_000,
  replicas: 100_000,
  seconds: 86_400,
  faults: 10_000,
  textLength: 10_000,
} as const;

/** A process of a scenario's cluster. */
export interface ScenarioProcess {
  readonly name: string;
  readonly role: ProcessRole;
}

/** The processes of a cluster, by the names that targets use: `node-1`, `apiserver-1`, `store`. */
export function processesOf(cluster: ClusterPlan): readonly ScenarioProcess[] {
  const some = (role: ProcessRole, count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `${role}-${index + 1}`, role }));
  return [
    ...some('apiserver', cluster.apiservers),
    ...some('scheduler', cluster.schedulers),
    ...some('controllers', cluster.controllers),
    ...some('node', cluster.nodes),
    { name: 'store', role: 'store' },
  ];
}

/** The word of the list that was probably meant, or undefined where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > 60) return undefined;
  const meant = plainOf(word);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const one of known) {
    const away = distance(meant, plainOf(one));
    if (away < least) [least, best] = [away, one];
  }
  return best;
}

/** Without case and separators: `store_slow` and `storeSlow` are `store-slow`. */
function plainOf(word: string): string {
  return word.toLowerCase().replace(/[-_ ]/g, '');
}

/** Letters to add, drop, change or swap with their neighbour. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 20) return 99;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(old[j]! + 1, row[j - 1]! + 1, old[j - 1]! + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, older[j - 2]! + 1);
      row.push(cost);
    }
    [older, old] = [old, row];
  }
  return old[b.length]!;
}
