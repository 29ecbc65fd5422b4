/**
 * What live chaos can hit, and which faults fit whom. The supervisor gives one of these for each process it started.
 */
import type { FaultAction, FaultKind } from '../../machines/chaos/scenario.ts';
import type { ProcessRule, RulesMessage } from './protocol.ts';
import type { Candidate } from './target.ts';

/** One way of a connection, as `FaultAction` has it: `to` the process, or `from` it. */
export type Direction = 'both' | 'to' | 'from';

/** A process that can be hit. */
export interface Hittable extends Candidate {
  /** Nodes that it is; none for the control plane and the store. */
  readonly nodes: number;
  /** 0: it does not run. */
  readonly pid: number;
  readonly restarts: number;
  /** Kills it and keeps it down; of a node, with its containers where `power`. */
  hold(power: boolean): void;
  release(): void;
  /** Cuts its connection to NATS, silently; undefined: heals it. */
  partition(direction: Direction | undefined): void;
  /** The rules that it carries out itself from now on, and what it is to tell of. */
  tell(message: RulesMessage): void;
}

const NODE_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...(['lose-heartbeats', 'pressure', 'crash-containers'] as const),
  ...(['slow-start', 'slow-stop', 'runtime-error'] as const),
]);

const STORE_VIEW_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...(['stale-view', 'skip-events', 'store-slow', 'store-unavailable'] as const),
  ...(['store-unknown', 'store-conflict', 'store-compact'] as const),
]);

/** True where the fault exists in the simulation alone. */
export const simulationAlone = (kind: FaultKind): boolean => kind === 'clock-skew';

/** True where a process of this role can have the fault. */
export function canHave(kind: FaultKind, role: string): boolean {
  if (kind === 'crash' || kind === 'pause') return true;
  if (kind === 'store-server') return role === 'store';
  if (kind === 'partition') return true;
  if (role === 'store') return false;
  if (NODE_FAULTS.has(kind)) return role === 'node';
  return STORE_VIEW_FAULTS.has(kind) ? role !== 'node' : true;
}

/** How a process is while these faults are at work on it. */
export interface Condition {
  readonly down: boolean;
  readonly power: boolean;
  readonly stopped: boolean;
  readonly cut: Direction | undefined;
  readonly rules: readonly ProcessRule[];
}

/** The condition that faults add up to: it follows from them alone, whatever was before. */
export function conditionOf(faults: readonly ProcessRule[]): Condition {
  const actions = faults.map(({ fault }) => fault);
  const directions = new Set(actions.flatMap((one) => (isCut(one) ? [one.direction] : [])));
  const [only] = directions;
  return {
    down: faults.some(isDown),
    power: actions.some((one) => one.fault === 'crash' && one.power),
    stopped: actions.some((one) => one.fault === 'pause' || isServer(one, 'pause')),
    cut: directions.size > 1 ? 'both' : only,
    rules: faults.filter(isRule),
  };
}

type Partition = Extract<FaultAction, { fault: 'partition' }>;

/** A partition from everybody, or from the store, through which all goes: the connection is cut. */
const isCut = (fault: FaultAction): fault is Partition =>
  fault.fault === 'partition' && (fault.from === undefined || fault.from.role === 'store');

const isServer = (fault: FaultAction, how: 'kill' | 'pause'): boolean =>
  fault.fault === 'store-server' && fault.how === how;

/** A crash of one machine is the process's own affair; any other ends the process. */
const isDown = ({ fault, target }: ProcessRule): boolean =>
  (fault.fault === 'crash' && target.actor === undefined) || isServer(fault, 'kill');

const isRule = (one: ProcessRule): boolean =>
  !isDown(one) && !['pause', 'store-server'].includes(one.fault.fault) && !isCut(one.fault);
