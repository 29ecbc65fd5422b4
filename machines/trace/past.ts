/**
 * The cluster as it was at a revision: which of the objects asked for there were, or why that cannot be said. Pure.
 */
import { matchesRequirements, type Requirement } from '../api/labels.ts';
import { servedByStorage, storeKey } from '../api/resources.ts';
import type { AnyObject } from '../api/view.ts';
import { isNamespaced } from './about.ts';
import type { History, Point } from './history.ts';
import { formatMoment, type Moment, type Wall } from './moment.ts';
import type { Asked } from './object-words.ts';

/** What is asked of the past. */
export interface PastQuery {
  readonly asked: readonly Asked[];
  /** Undefined: of all namespaces. */
  readonly namespace: string | undefined;
  readonly requirements: readonly Requirement[];
}

/** Objects of one resource, in order. */
export interface Found {
  readonly storage: string;
  readonly objects: readonly AnyObject[];
}

/** Objects, or why not: a sentence. */
export type Past =
  | { readonly ok: true; readonly found: readonly Found[] }
  | { readonly ok: false; readonly error: string };

/** The revision and time that a moment means, or what is wrong with it. */
export type Located =
  | ({ readonly ok: true } & Point)
  | { readonly ok: false; readonly error: string };

/** Finds a moment in what is on record. */
export function locate(history: History, moment: Moment, wall: Wall): Located {
  const { last } = history;
  if (last.revision === 0) return { ok: false, error: 'no write is on record' };
  const newest = `the newest revision is ${last.revision}, ${formatMoment(last.atMs, wall)}`;
  if (moment.type === 'time') {
    if (moment.atMs > wall.nowMs + 1_000) {
      return { ok: false, error: `that is in the future; it is ${formatMoment(wall.nowMs, wall)}` };
    }
    return { ok: true, revision: history.revisionAt(moment.atMs), atMs: moment.atMs };
  }
  const { revision } = moment;
  if (revision > last.revision) {
    return { ok: false, error: `revision ${revision} is not written yet: ${newest}` };
  }
  const atMs = history.timeOf(revision) ?? history.writes[0]?.atMs ?? last.atMs;
  return { ok: true, revision, atMs };
}

/** Reads the past. */
export function readPast(history: History, revision: number, query: PastQuery, wall: Wall): Past {
  const found: Found[] = [];
  for (const one of query.asked) {
    const result = readOne(history, revision, one, query, wall);
    if (!result.ok) return result;
    found.push(...result.found);
  }
  return { ok: true, found };
}

function readOne(
  history: History,
  revision: number,
  { storage, names }: Asked,
  { namespace, requirements }: PastQuery,
  wall: Wall,
): Past {
  const within = isNamespaced(storage) ? namespace : '';
  const keys = names?.map((name) => storeKey(storage, within ?? '', name));
  if (names !== undefined && within === undefined) {
    return { ok: false, error: 'a name is asked for in one namespace, not in all' };
  }
  const those = keys ?? history.keys(storage, within);
  const tooOld = tooOldError(history, revision, those, storage, keys !== undefined, wall);
  if (tooOld !== undefined) return { ok: false, error: tooOld };
  const objects: AnyObject[] = [];
  for (const key of those) {
    const { object } = history.at(key, revision);
    if (object === undefined && keys !== undefined) {
      return { ok: false, error: `${notFound(storage, key)} at revision ${revision}` };
    }
    if (object !== undefined && matchesRequirements(requirements, object.metadata?.labels)) {
      objects.push(object);
    }
  }
  return { ok: true, found: [{ storage, objects }] };
}

/** `pods "web" not found`, as the API has it. */
export function notFound(storage: string, key: string): string {
  const { group = '', info } = servedByStorage(storage) ?? {};
  const plural = info?.plural ?? storage;
  const name = key.split('/').slice(3).join('/');
  return `${group === '' ? plural : `${plural}.${group}`} "${name}" not found`;
}

function tooOldError(
  history: History,
  revision: number,
  keys: readonly string[],
  storage: string,
  isNamed: boolean,
  wall: Wall,
): string | undefined {
  const isUnknown = keys.some((key) => history.at(key, revision).state === 'unknown');
  // An object without a write on record may have been there, and gone since.
  const mayMiss = isNamed ? keys.some((key) => !history.has(key)) : true;
  if (!isUnknown && !(mayMiss && revision < history.complete.revision)) return undefined;
  const begins = beginningOf(history, keys);
  const plural = storage.slice(storage.indexOf('/') + 1);
  if (begins.revision > history.last.revision) return `there is no history of ${plural}`;
  const since = `revision ${begins.revision}, ${formatMoment(begins.atMs, wall)}`;
  return `history of ${plural} begins at ${since}; ask for that or later`;
}

/** From when on everything about keys is known, and nothing of their resource is missing. */
export function beginningOf(history: History, keys: readonly string[]): Point {
  const known = history.knownFrom(keys);
  return known.revision > history.complete.revision ? known : history.complete;
}
