/**
 * Which objects the words of a user ask for, as kubectl takes them: `pods`, `po,svc`, `pod web-1 web-2`, `pod/web`,
 * `deploy/web svc/web`, `all`. Pure.
 */
import { allServed } from '../api/resources.ts';
import { resourceOfWord } from './about.ts';
import { didYouMean } from './nearest.ts';

/** Objects of one resource: of these names, or all. */
export interface Asked {
  /** `core/pods`. */
  readonly storage: string;
  readonly names: readonly string[] | undefined;
}

/** What is asked for, or what is wrong with it. */
export type ParsedWords =
  | { readonly ok: true; readonly asked: readonly Asked[] }
  | { readonly ok: false; readonly error: string };

/** One object, or what is wrong with the word. */
export type ParsedObject =
  | { readonly ok: true; readonly storage: string; readonly name: string }
  | { readonly ok: false; readonly error: string };

const EVENTS =
  'events are not recorded: they are kept apart, for an hour; ask `kubectl get events`';

/** What words ask for. */
export function parseWords(words: readonly string[]): ParsedWords {
  const [first = '', ...names] = words;
  if (first === '') return { ok: false, error: 'a resource is expected, such as pods' };
  if (words.some((word) => word.includes('/'))) return namedEach(words);
  const asked: Asked[] = [];
  for (const word of first.split(',')) {
    const found = storagesOf(word);
    if (found.length === 0) return { ok: false, error: unknownResource(word) };
    for (const storage of found) {
      asked.push({ storage, names: names.length === 0 ? undefined : names });
    }
  }
  return isEvents(asked) ? { ok: false, error: EVENTS } : { ok: true, asked };
}

function namedEach(words: readonly string[]): ParsedWords {
  const byStorage = new Map<string, string[]>();
  for (const word of words) {
    const object = parseObject(word);
    if (!object.ok) return object;
    const names = byStorage.get(object.storage) ?? [];
    byStorage.set(object.storage, [...names, object.name]);
  }
  return { ok: true, asked: [...byStorage].map(([storage, names]) => ({ storage, names })) };
}

/** The object that a word such as `pod/web` names. */
export function parseObject(word: string): ParsedObject {
  const [resource = '', name = '', ...more] = word.split('/');
  if (name === '' || more.length > 0) {
    const error = `an object is written as its resource and name: pod/web; "${word}" is not`;
    return { ok: false, error };
  }
  const storage = resourceOfWord(resource);
  if (storage === undefined) return { ok: false, error: unknownResource(resource) };
  if (isEvents([{ storage }])) return { ok: false, error: EVENTS };
  return { ok: true, storage, name };
}

const isEvents = (asked: readonly Pick<Asked, 'storage'>[]): boolean =>
  asked.some(({ storage }) => storage === 'core/events');

/** A resource, or those of a category such as `all`. */
function storagesOf(word: string): readonly string[] {
  const storage = resourceOfWord(word);
  if (storage !== undefined) return [storage];
  const found = new Set<string>();
  for (const { info, storage: one } of allServed()) {
    if (info.categories.includes(word)) found.add(one);
  }
  return [...found];
}

function unknownResource(word: string): string {
  const names = new Set<string>();
  for (const { info } of allServed())
    for (const name of [info.plural, info.singular]) names.add(name);
  return `the cluster has no resource type "${word}"${didYouMean(word, names)}`;
}
