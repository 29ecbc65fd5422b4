/**
 * Which traces processes record: for all of them, and for single ones where they differ. Plain data and what an
 * administrator makes of it; pure.
 */
import { isRecord } from '../api/json.ts';

/** Which traces one process records: the share of all, and of single kinds of actors where they differ; 0 to 1. */
export interface TracePolicy {
  readonly share: number;
  readonly kinds: Readonly<{ [kind: string]: number }>;
}

/** The policies of a cluster, as they are kept and sent. */
export interface TracePolicies {
  readonly all: TracePolicy;
  /** Of single processes, by name. */
  readonly processes: Readonly<{ [process: string]: TracePolicy }>;
}

/** One wish of an administrator: how much of what, where. */
export interface PolicyChange {
  readonly share: number;
  /** Kinds of actors; everything where there are none. */
  readonly kinds: readonly string[];
  /** One process alone; all where undefined. */
  readonly process: string | undefined;
}

/** Everything. */
export const RECORD_ALL: TracePolicy = { share: 1, kinds: {} };
/** Everything, everywhere. */
export const ALL_RECORD_ALL: TracePolicies = { all: RECORD_ALL, processes: {} };

/** The policy of one process. */
export function policyOf({ all, processes }: TracePolicies, process: string): TracePolicy {
  return Object.hasOwn(processes, process) ? (processes[process] ?? all) : all;
}

/** What is wanted from now on. A wish for everything, or for all processes, ends what was wanted of parts of it. */
export function changePolicies(now: TracePolicies, change: PolicyChange): TracePolicies {
  const { process } = change;
  if (process !== undefined) {
    const changed = changePolicy(policyOf(now, process), change);
    return { ...now, processes: { ...now.processes, [process]: changed } };
  }
  const all = changePolicy(now.all, change);
  if (change.kinds.length === 0) return { all, processes: {} };
  const processes = Object.entries(now.processes).map(
    ([name, policy]) => [name, changePolicy(policy, change)] as const,
  );
  return { all, processes: Object.fromEntries(processes) };
}

function changePolicy(now: TracePolicy, { share, kinds }: PolicyChange): TracePolicy {
  if (kinds.length === 0) return { share, kinds: {} };
  const wanted = Object.fromEntries(kinds.map((kind) => [kind, share]));
  return { share: now.share, kinds: { ...now.kinds, ...wanted } };
}

/** The policies that a message tells of; undefined where it is malformed. */
export function readPolicies(body: unknown): TracePolicies | undefined {
  if (!isRecord(body) || !isRecord(body.processes) || !isPolicy(body.all)) return undefined;
  if (!Object.values(body.processes).every(isPolicy)) return undefined;
  return body as unknown as TracePolicies;
}

function isPolicy(value: unknown): value is TracePolicy {
  if (!isRecord(value) || !isShare(value.share) || !isRecord(value.kinds)) return false;
  return Object.values(value.kinds).every(isShare);
}

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

/** `everything`, `nothing but pod`, `10% of traces; all of pod; none of node`. */
export function renderPolicy({ share, kinds }: TracePolicy): string {
  const own = Object.entries(kinds).filter(([, of]) => of !== share);
  const all = { 0: 'nothing', 1: 'everything' }[share] ?? `${percent(share)} of traces`;
  const parts = own.map(([kind, of]) => `${{ 0: 'none', 1: 'all' }[of] ?? percent(of)} of ${kind}`);
  return [all, ...parts].join('; ');
}

const percent = (share: number): string => `${Number((share * 100).toFixed(4))}%`;
