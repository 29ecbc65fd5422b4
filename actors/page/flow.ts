/**
 * Which messages went between places of the map: read from records, one record at a time. Pure.
 */
import type { Place } from '../../machines/trace/place.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import type { FlownMessage } from './protocol.ts';

/** Where a machine of a process stands; undefined: nowhere. */
export type PlaceOf = (actor: string, process: string) => Place | undefined;

/** The message that a record tells of; undefined where none left its place. */
export function messageOf(record: TraceRecord, placeOf: PlaceOf): FlownMessage | undefined {
  if (record.type === 'write') {
    const { messageId: id, atMs, key, operation, revision } = record;
    const what = `${operation} ${shortKey(key)} (revision ${revision})`;
    return { id, atMs, from: 'apiserver', to: 'store', kind: 'write', what };
  }
  if (record.type === 'request') {
    const { messageId: id, atMs, method, path, verb, key } = record;
    const what = key === '' ? `${method} ${path}` : `${verb} ${shortKey(key)}`;
    return { id, atMs, from: 'client', to: 'apiserver', kind: 'request', what };
  }
  if (record.type !== 'step') return undefined;
  const { messageId: id, atMs, actor, from: sender, event, process } = record;
  const to = placeOf(actor, process);
  if (to === undefined) return undefined;
  if (record.effects.some((effect) => effect.startsWith('node.beat'))) {
    return { id, atMs, from: to, to: 'controllers', kind: 'beat', what: 'heartbeat' };
  }
  if (sender === actor) return undefined;
  // Who sent it may be a machine of another process: its name has to do.
  const from = placeOf(sender, '');
  if (from === undefined || from === to) return undefined;
  const what = to === 'apiserver' ? requestOf(actor) : `${event} for ${actor}`;
  const kind = to === 'apiserver' ? 'request' : from === 'apiserver' ? 'news' : 'other';
  return { id, atMs, from, to, kind, what };
}

/** `patch pods default/web` of `api-request/58/patch/core/pods/default/web`. */
export function requestOf(actor: string): string {
  const [kind, , verb = '', ...key] = actor.split('/');
  return kind === 'api-request' ? `${verb} ${shortKey(key.join('/'))}` : actor;
}

/** `pods default/web` of `core/pods/default/web`. */
export function shortKey(key: string): string {
  const [, resource = '', namespace = '', ...name] = key.split('/');
  const named = name.join('/');
  return namespace === '_' || namespace === ''
    ? `${resource} ${named}`.trim()
    : `${resource} ${namespace}/${named}`;
}
