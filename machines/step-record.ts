/**
 * The record of one step, and the one renderer of it: logs, golden tests and traces all print steps this way.
 * Pure; holds short forms only, never a whole object.
 */
import type { StateValue } from 'xstate';

/** What happened in one step of one instance. */
export interface StepRecord {
  /** The instance, as `kind/id`. */
  readonly actor: string;
  readonly messageId: string;
  readonly causes: readonly string[];
  readonly event: string;
  /** State before and after; before is undefined for the first step. */
  readonly before: StateValue | undefined;
  readonly after: StateValue;
  /** Effects in short: type and one distinguishing word. */
  readonly effects: readonly string[];
  readonly handled: boolean;
  /** Time in the mailbox and time of processing, milliseconds. */
  readonly waitMs: number;
  readonly tookMs: number;
}

/** `running`, or `a.b` for nested states, or `a+b` for parallel regions. */
export function renderState(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([state, inner]) =>
      inner === undefined || Object.keys(inner).length === 0
        ? state
        : `${state}.${renderState(inner)}`,
    )
    .join('+');
}

const NAMED = ['timer', 'kind', 'id', 'name', 'key', 'reason', 'container'] as const;

/** An effect in short: its type and at most two of its naming fields. */
export function shortEffect(effect: { readonly type: string }): string {
  const words = [effect.type];
  for (const field of NAMED) {
    const value = (effect as { readonly [name: string]: unknown })[field];
    if (typeof value === 'string' && value !== '' && words.length < 3) words.push(value);
  }
  return words.join(' ');
}

/** One line: `pod/default/web  running -> backingOff  <- container.exited  ! timer.set backoff`. */
export function renderStep(record: StepRecord): string {
  const before = record.before === undefined ? '(new)' : renderState(record.before);
  const after = renderState(record.after);
  const move = before === after ? after : `${before} -> ${after}`;
  const ignored = record.handled ? '' : '  (ignored)';
  const effects = record.effects.length === 0 ? '' : `  ! ${record.effects.join(', ')}`;
  return `${record.actor}  ${move}  <- ${record.event}${ignored}${effects}`;
}
