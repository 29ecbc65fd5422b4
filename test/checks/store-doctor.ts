/**
 * Writes observations in short for the tests of the rules of the store, and runs all of these rules
 * over them.
 */
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { CheckSettings, Violation } from '../../machines/checks/check.ts';
import { STORE_RULES } from '../../machines/checks/rules.ts';
import { createChecks } from '../../machines/checks/run-checks.ts';

type Untime<T> = T extends unknown ? Omit<T, 'atMs'> & { readonly atMs?: number } : never;
/** An observation whose time is 10 ms after the one before, unless it says another. */
export type Seen = Untime<Observation>;

/** A planted bug: a run, the one rule that must complain, and what its message must name. */
export interface Planted {
  readonly name: string;
  readonly rule: string;
  readonly seen: readonly Seen[];
  readonly names: readonly string[];
  readonly settings?: Partial<CheckSettings>;
}

export function timed(seen: readonly Seen[]): Observation[] {
  let nowMs = 0;
  return seen.map((observation) => {
    nowMs = observation.atMs ?? nowMs + 10;
    return { ...observation, atMs: nowMs } as Observation;
  });
}

/** What all rules of the store say of a run. */
export function violationsOf(
  seen: readonly Seen[],
  settings: Partial<CheckSettings> = {},
): readonly Violation[] {
  const checks = createChecks(STORE_RULES, settings);
  for (const observation of timed(seen)) checks.observe(observation);
  checks.finish();
  return checks.violations;
}

export const A = 'core/configmaps/default/a';
export const B = 'core/configmaps/default/b';
export const C = 'core/secrets/default/c';

/** A committed put of an object with this content, by a message (`m1`). */
export function put(
  revision: number,
  key: string,
  messageId?: string,
  content: object = { data: { revision } },
  asked: { readonly client?: string; readonly user?: string } = {},
): Seen {
  const name = key.split('/').at(-1) ?? '';
  const metadata = {
    name,
    uid: `uid-${key}`,
    resourceVersion: String(revision),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const object = { ...content, metadata } as Stored<AnyObject>;
  const from = 'api-request/1';
  const causes: string[] = [];
  return {
    type: 'committed',
    revision,
    key,
    operation: 'put',
    object,
    messageId,
    from,
    causes,
    ...asked,
  };
}

export function del(revision: number, key: string, messageId?: string): Seen {
  return {
    ...(put(revision, key, messageId) as Seen & { type: 'committed' }),
    operation: 'delete',
  };
}

type Guarded = readonly [operation: 'put' | 'delete', key: string, expected: number | undefined];

/** A write begins; its operation is its message id. */
export function begun(messageId: string, ...writes: readonly Guarded[]): Seen {
  return {
    type: 'write.begun',
    op: messageId,
    process: 'apiserver-1',
    messageId,
    writes: writes.map(([operation, key, expected]) => ({ operation, key, expected })),
  };
}

export function ended(
  op: string,
  outcome: (Observation & { type: 'write.ended' })['outcome'],
  revision = 0,
): Seen {
  return { type: 'write.ended', op, outcome, revision };
}

/** A whole write of one key, as it should be. */
export function wrote(messageId: string, revision: number, key: string, expected: number): Seen[] {
  return [
    begun(messageId, ['put', key, expected]),
    put(revision, key, messageId),
    ended(messageId, 'ok', revision),
  ];
}

export function reads(op: string, key: string): Seen {
  return { type: 'read.begun', op, process: 'apiserver-1', key };
}

export function found(op: string, revision: number): Seen {
  return { type: 'read.ended', op, ok: true, revision };
}

/** What a watch of the config maps is told; events without a key are of `A`. */
export function told(
  what: 'start' | 'event' | 'progress' | 'reset',
  revision: number,
  key = A,
  operation: 'put' | 'delete' = 'put',
): Seen {
  const watch = 'scheduler-1/cache#1';
  return { type: 'watched', watch, prefixes: ['core/configmaps'], what, revision, key, operation };
}
