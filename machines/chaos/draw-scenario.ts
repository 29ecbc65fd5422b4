/**
 * A whole scenario drawn from a seed: a small cluster, a workload, and two to six faults over the whole vocabulary.
 * What a simulation runs where no scenario is given.
 *
 * Deterministic: all randomness comes from `draw`. Draws no fault that the simulation does not know, and no
 * scenario that the parser would refuse.
 */
import { createDice, type Dice, drawWorkload } from './draw-workload.ts';
import { ANYBODY } from './parse-scenario-faults.ts';
import {
  type ClusterPlan,
  type Fault,
  type FaultAction,
  type FaultKind,
  SCENARIO_DEFAULTS,
  type Scenario,
  type Target,
  type Trigger,
  type Workload,
  type WritePattern,
} from './scenario.ts';
import { DIRECTIONS, FAULTS, PRESSURES, RUNTIME_OPERATIONS } from './scenario-fields.ts';

/** Length of the phase with faults where none is given, milliseconds. */
export const DRAWN_FOR_MS = 60_000;

/** What is not left to chance. */
export interface DrawOptions {
  readonly nodes?: number | undefined;
  readonly forMs?: number | undefined;
  readonly name?: string | undefined;
}

/** Draws a scenario; the same draws give the same one. */
export function drawScenario(draw: () => number, options: DrawOptions = {}): Scenario {
  const dice = createDice(draw);
  const cluster: ClusterPlan = {
    nodes: options.nodes ?? dice.int(3, 7),
    apiservers: dice.int(1, 2),
    schedulers: dice.int(1, 2),
    controllers: dice.int(1, 2),
    storeReplicas: dice.chance(0.3) ? 3 : 1,
    nodeMonitorGraceMs: SCENARIO_DEFAULTS.nodeMonitorGraceMs,
    defaultTolerationSeconds: dice.int(0, 5),
  };
  const forMs = options.forMs ?? DRAWN_FOR_MS;
  const workload = drawWorkload(dice, forMs);
  const world = { dice, cluster, forMs, resources: resourcesOf(workload) };
  const count = dice.int(2, 6);
  const faults = Array.from({ length: count }, (_, index) => drawFault(world, index));
  const radius = cluster.nodes > 1 && dice.chance(0.5) ? Math.ceil(cluster.nodes / 2) : undefined;
  return {
    name: options.name ?? 'drawn',
    description: '',
    seed: undefined,
    cluster,
    forMs,
    workload,
    faults,
    hold: { recoverWithinMs: SCENARIO_DEFAULTS.recoverWithinMs, except: [] },
    blastRadius: { nodes: radius, processes: undefined },
  };
}

interface World {
  readonly dice: Dice;
  readonly cluster: ClusterPlan;
  readonly forMs: number;
  readonly resources: ReadonlySet<string>;
}

/** How often each kind is drawn. */
const WEIGHTS: Readonly<{ [K in FaultKind]: number }> = {
  crash: 18,
  'store-unknown': 10,
  partition: 10,
  drop: 10,
  'stale-view': 6,
  'skip-events': 5,
  'store-conflict': 4,
  'store-unavailable': 4,
  'store-compact': 4,
  'store-slow': 3,
  'store-server': 3,
  pause: 5,
  delay: 4,
  duplicate: 4,
  reorder: 4,
  'lose-heartbeats': 4,
  'crash-containers': 4,
  'runtime-error': 3,
  'slow-start': 2,
  'slow-stop': 2,
  pressure: 2,
  'clock-skew': 2,
};

const KINDS = Object.entries(WEIGHTS).map(([kind, weight]) => [weight, kind as FaultKind] as const);

function drawFault(world: World, index: number): Fault {
  const { dice } = world;
  const kind = dice.weighted(KINDS);
  const target = drawTarget(world, kind);
  const trigger = drawTrigger(world, kind);
  const what = drawAction(world, kind, target, trigger);
  const lasts = dice.weighted([
    [3, dice.int(200, 3_000)],
    [4, dice.int(3_000, 12_000)],
    [1, dice.int(12_000, 30_000)],
  ]);
  return {
    name: `${kind}-${index + 1}`,
    what,
    target,
    trigger,
    forMs: FAULTS[kind].instant ? undefined : lasts,
    times: trigger.kind === 'at' ? 1 : dice.int(1, 6),
  };
}

/** The nodes, by name or some at random. */
function drawNodes({ dice, cluster }: World): Target {
  if (dice.chance(0.4)) return { ...ANYBODY, process: `node-${dice.int(1, cluster.nodes)}` };
  const most = Math.max(1, Math.floor(cluster.nodes / 2));
  return { ...ANYBODY, role: 'node', count: dice.int(1, most) };
}

function drawTarget(world: World, kind: FaultKind): Target {
  const { dice, cluster } = world;
  const { on } = FAULTS[kind];
  if (on === 'node') return drawNodes(world);
  if (on === 'message') {
    const subject = dice.pick(['>', 'api.>', 'log.>', 'beat.>', 'node.>', undefined]);
    if (dice.chance(0.3)) return { ...drawNodes(world), subject };
    return { ...ANYBODY, subject };
  }
  if (on === 'server') return { ...ANYBODY, role: 'store' };
  if (on === 'store') {
    const writers = kind === 'store-unknown' || kind === 'store-conflict';
    return dice.weighted<() => Target>([
      [3, () => ANYBODY],
      [2, () => ({ ...ANYBODY, process: `apiserver-${dice.int(1, cluster.apiservers)}` })],
      [writers ? 0 : 2, () => ({ ...ANYBODY, role: 'controllers' })],
      [writers ? 0 : 2, () => ({ ...ANYBODY, role: 'scheduler' })],
    ])();
  }
  return dice.weighted<() => Target>([
    [4, () => drawNodes(world)],
    [3, () => ({ ...ANYBODY, process: `controllers-${dice.int(1, cluster.controllers)}` })],
    [3, () => ({ ...ANYBODY, process: `scheduler-${dice.int(1, cluster.schedulers)}` })],
    [3, () => ({ ...ANYBODY, process: `apiserver-${dice.int(1, cluster.apiservers)}` })],
    [kind === 'crash' ? 1 : 0, () => ({ ...ANYBODY, process: '*' })],
  ])();
}

const EVENTS = ['store.written', 'node.chosen', 'plan.made', 'changes.applied', 'pod.prepared'];
const STATES = ['writing', 'binding', 'changing', 'changing', 'running', 'backingOff', 'leading'];

/** Writes that come often enough to be waited for. */
const WRITES: readonly (readonly [resource: string, operation: WritePattern['operation']])[] = [
  ['core/pods', 'create'],
  ['core/pods', 'update'],
  ['core/pods', undefined],
  ['apps/replicasets', undefined],
  ['apps/deployments', 'update'],
  ['apps/statefulsets', 'update'],
  ['batch/jobs', 'update'],
  ['core/nodes', 'update'],
  ['coordination.k8s.io/leases', 'update'],
  ['discovery.k8s.io/endpointslices', undefined],
];

/** Two writes of one reconcile that belong together, and whose order matters. */
const PAIRS: readonly (readonly [first: string, second: string])[] = [
  ['core/pods', 'core/pods'],
  ['core/pods', 'apps/replicasets'],
  ['core/pods', 'apps/statefulsets'],
  ['core/pods', 'apps/daemonsets'],
  ['core/pods', 'batch/jobs'],
  ['batch/jobs', 'core/pods'],
  ['batch/jobs', 'batch/jobs'],
  ['apps/replicasets', 'apps/replicasets'],
  ['apps/replicasets', 'apps/deployments'],
  ['apps/controllerrevisions', 'core/pods'],
];

function drawTrigger(world: World, kind: FaultKind): Trigger {
  const { dice, forMs } = world;
  const atMs = dice.int(0, Math.floor(forMs * 0.8));
  const rate: Trigger = { kind: 'rate', perMinute: dice.int(1, 10) };
  const nth = dice.weighted([
    [3, dice.int(1, 5)],
    [3, dice.int(5, 30)],
    [1, dice.int(30, 200)],
  ]);
  const window = kind === 'crash' ? 3 : 1;
  return dice.weighted<() => Trigger>([
    [2, () => ({ kind: 'at', atMs })],
    [3, () => rate],
    [window, () => drawStep(dice, nth)],
    [window, () => drawWrite(world, Math.min(nth, 60))],
    [window, () => drawBetween(world, Math.min(nth, 4))],
    [1, () => drawMessage(dice, nth)],
  ])();
}

function drawStep(dice: Dice, nth: number): Trigger {
  const [event, enters] = dice.chance(0.5)
    ? [dice.pick(EVENTS), undefined]
    : [undefined, dice.pick(STATES)];
  return { kind: 'step', nth, actor: undefined, process: undefined, event, enters };
}

const NO_WRITE: WritePattern = {
  by: undefined,
  resource: undefined,
  operation: undefined,
  name: undefined,
};

/** Resources that some part of the workload has written. */
function resourcesOf({ manifests, random }: Workload): ReadonlySet<string> {
  const found = new Set(['core/pods', 'core/nodes', 'coordination.k8s.io/leases']);
  const kinds = [...manifests.map(({ kind = '' }) => kind.toLowerCase()), ...(random?.kinds ?? [])];
  for (const kind of kinds) for (const resource of WRITTEN[kind] ?? []) found.add(resource);
  return found;
}

const WRITTEN: Readonly<{ [kind: string]: readonly string[] }> = {
  deployment: ['apps/deployments', 'apps/replicasets'],
  statefulset: ['apps/statefulsets', 'apps/controllerrevisions'],
  daemonset: ['apps/daemonsets', 'apps/controllerrevisions'],
  job: ['batch/jobs'],
  service: ['discovery.k8s.io/endpointslices'],
};

function drawWrite({ dice, resources }: World, nth: number): Trigger {
  const [resource, operation] = dice.pick(WRITES.filter(([one]) => resources.has(one)));
  const when = dice.pick(['before', 'after'] as const);
  return { ...NO_WRITE, kind: 'write', nth, when, resource, operation };
}

function drawBetween({ dice, resources }: World, nth: number): Trigger {
  const pairs = PAIRS.filter(([one, two]) => resources.has(one) && resources.has(two));
  const [first, second] = dice.pick(pairs);
  return {
    kind: 'between',
    first: { ...NO_WRITE, resource: first },
    second: { ...NO_WRITE, resource: second },
    nth,
  };
}

function drawMessage(dice: Dice, nth: number): Trigger {
  const subject = dice.pick(['api.>', 'log.>', 'beat.>']);
  return { kind: 'message', subject, from: undefined, to: undefined, nth };
}

function drawAction(
  world: World,
  kind: FaultKind,
  target: Target,
  { kind: trigger }: Trigger,
): FaultAction {
  const { dice } = world;
  const some = () => dice.pick([0.05, 0.1, 0.2, 0.5, 1]);
  const range = () => {
    const minMs = dice.int(1, 200);
    return { minMs, maxMs: minMs + dice.int(0, 2_000) };
  };
  switch (kind) {
    case 'crash': {
      const nodes = target.role === 'node' || target.process?.startsWith('node-') === true;
      return {
        fault: kind,
        afterEffects: trigger === 'step' && dice.chance(0.6) ? dice.int(0, 2) : undefined,
        power: (nodes || target.process === '*') && dice.chance(0.5),
        staleRevisions: dice.chance(0.4) ? dice.int(1, 50) : 0,
      };
    }
    case 'partition': {
      const apart = dice.chance(0.3) && target.process?.startsWith('apiserver-') !== true;
      const from = apart ? { ...ANYBODY, role: 'apiserver' as const } : undefined;
      return { fault: kind, direction: dice.pick([...DIRECTIONS, 'both']), from };
    }
    case 'delay':
      return { fault: kind, ...range(), probability: some() };
    case 'store-slow':
      return { fault: kind, ...range() };
    case 'drop':
    case 'duplicate':
    case 'store-conflict':
    case 'crash-containers':
      return { fault: kind, probability: some() };
    case 'reorder':
      return { fault: kind, windowMs: dice.int(5, 500), probability: some() };
    case 'stale-view':
      return { fault: kind, lagMs: dice.int(100, 10_000) };
    case 'store-unknown':
      return { fault: kind, applied: dice.pick([0, 0.5, 1]), probability: some() };
    case 'clock-skew': {
      const byMs = dice.int(500, 60_000);
      return { fault: kind, byMs: dice.chance(0.5) ? byMs : -byMs };
    }
    case 'pressure':
      return { fault: kind, resource: dice.pick(PRESSURES) };
    case 'slow-start':
    case 'slow-stop':
      return { fault: kind, byMs: dice.int(500, 15_000) };
    case 'runtime-error':
      return { fault: kind, operation: dice.pick(RUNTIME_OPERATIONS), probability: some() };
    case 'store-server':
      return { fault: kind, how: dice.pick(['kill', 'pause']), leader: dice.chance(0.5) };
    default:
      return { fault: kind };
  }
}
