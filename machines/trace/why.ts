/**
 * Since when a field of an object has its value, and which write gave it: the earliest after which it did not change.
 * Pure; says where the history that it has does not reach.
 */
import { sameJson } from '../api/json.ts';
import type { AnyObject } from '../api/view.ts';
import { type PathPart, valueAt } from './field-path.ts';
import type { History, Span } from './history.ts';
import type { WriteTraced } from './record.ts';

/** What is known of a field. */
export interface FieldStory {
  /** The value now, or the last one of an object that is gone; undefined where it has none. */
  readonly value: unknown;
  /** How it came to it. */
  readonly how: /** A later write gave it. */
    | 'changed'
    /** It has had it since the object was created. */
    | 'created'
    /** A later write took the value away that it had before. */
    | 'removed'
    /** It never had a value. */
    | 'never'
    /** It has had it for as long as there is history. */
    | 'older';
  /** The value before; undefined where there was none or it is not known. */
  readonly before: unknown;
  /** The write; undefined where it is not on record. */
  readonly write: WriteTraced | undefined;
  /** Revision since which it is known to have the value. */
  readonly since: number;
  /** The write that deleted the object since. */
  readonly deleted: WriteTraced | undefined;
}

/** The last state of an object, and the write that deleted it where it is gone; undefined where none is known. */
export function lastState(
  history: History,
  key: string,
): { readonly object: AnyObject; readonly deleted: WriteTraced | undefined } | undefined {
  const spans = history.spans(key);
  const last = spans.at(-1);
  if (last?.object !== undefined) return { object: last.object, deleted: undefined };
  const object = spans.at(-2)?.object;
  if (last?.write === undefined || object === undefined) return undefined;
  return { object, deleted: last.write };
}

/** Tells the story of a field; undefined where no state of the object is known. */
export function storyOf(
  history: History,
  key: string,
  parts: readonly PathPart[],
): FieldStory | undefined {
  const known = lastState(history, key);
  if (known === undefined) return undefined;
  const spans = history.spans(key);
  const value = valueAt(known.object, parts);
  let at = spans.length - (known.deleted === undefined ? 1 : 2);
  const same = (span: Span | undefined): boolean =>
    span?.object !== undefined && sameJson(valueAt(span.object, parts), value);
  while (same(spans[at - 1])) at -= 1;
  const first = spans[at] as Span;
  const previous = spans[at - 1];
  const { deleted } = known;
  const base = { value, since: first.from, deleted, write: first.write, before: undefined };
  if (previous?.state === 'unknown') return { ...base, how: 'older' };
  if (previous?.object === undefined)
    return { ...base, how: value === undefined ? 'never' : 'created' };
  const before = valueAt(previous.object, parts);
  return { ...base, before, how: value === undefined ? 'removed' : 'changed' };
}
