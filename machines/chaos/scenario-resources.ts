/**
 * The resources a scenario names: `deployment/default/web`, `core/pods`, `po`, and the kinds of its manifests.
 *
 * Knows the built-in ones alone; names of other groups are taken as they are.
 */
import { resources } from '../api/schema.ts';
import type { AnyObject } from '../api/view.ts';
import { short } from './parse-scenario-fields.ts';
import type { ObjectRef } from './scenario.ts';

/** What a scenario needs to know of a resource. */
export interface KnownResource {
  /** `apps/deployments`. */
  readonly storage: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly scales: boolean;
}

interface Index {
  /** By plural, singular, short name, and storage name. */
  readonly words: ReadonlyMap<string, KnownResource>;
  /** By `apiVersion/Kind`. */
  readonly kinds: ReadonlyMap<string, KnownResource>;
  readonly groups: ReadonlySet<string>;
}

let index: Index | undefined;

function indexed(): Index {
  if (index !== undefined) return index;
  const words = new Map<string, KnownResource>();
  const kinds = new Map<string, KnownResource>();
  const groups = new Set<string>(['core', '']);
  for (const info of resources()) {
    const known = {
      storage: info.storage,
      singular: info.singular || info.kind.toLowerCase(),
      namespaced: info.namespaced,
      scales: info.subresources.some(({ name }) => name === 'scale'),
    };
    const version = info.group === '' ? info.version : `${info.group}/${info.version}`;
    kinds.set(`${version}/${info.kind}`, known);
    groups.add(info.group);
    const names = [info.plural, known.singular, info.kind.toLowerCase(), ...info.shortNames];
    for (const name of [...names, info.storage]) if (!words.has(name)) words.set(name, known);
  }
  index = { words, kinds, groups };
  return index;
}

/** The resource that a word names (plural, singular, short or `group/plural`); undefined: none that is built in. */
export function resourceByWord(word: string): KnownResource | undefined {
  return indexed().words.get(word.toLowerCase());
}

/** Words that name a resource. */
export function resourceWords(): Iterable<string> {
  return indexed().words.keys();
}

/** True for the groups whose resources are all known. */
export function isBuiltInGroup(group: string): boolean {
  return indexed().groups.has(group);
}

/** The resource of an object, by its apiVersion and kind. */
export function resourceOf(object: AnyObject): KnownResource | undefined {
  return indexed().kinds.get(`${object.apiVersion ?? ''}/${object.kind ?? ''}`);
}

/** `apiVersion/Kind` of every resource, for a hint. */
export function knownKinds(): Iterable<string> {
  return indexed().kinds.keys();
}

/** The namespace an object goes to: its own, `default`, or '' for cluster-scoped ones. */
export function namespaceOf(object: AnyObject): string {
  if (resourceOf(object)?.namespaced === false) return '';
  return object.metadata?.namespace ?? 'default';
}

/** A reference as people write it; a text that says what is wrong with it where it is none. */
export function readRef(text: string): ObjectRef | { readonly wrong: string } {
  const parts = text.split('/');
  if (parts.length > 4 || parts.length < 2 || parts.includes('')) {
    return { wrong: `"${short(text)}" is no object; write deployment/default/web or node/node-1` };
  }
  if (parts.length === 4) {
    const [group = '', plural = '', namespace = '', name = ''] = parts;
    const known = resourceByWord(`${group}/${plural}`);
    if (known === undefined && isBuiltInGroup(group)) {
      return { wrong: `unknown resource "${short(`${group}/${plural}`)}"` };
    }
    const resource = known?.storage ?? `${group}/${plural}`;
    return { resource, namespace: namespace === '_' ? '' : namespace, name };
  }
  const [word = '', second = '', third] = parts;
  const known = resourceByWord(word);
  if (known === undefined) return { wrong: `unknown resource "${short(word)}"` };
  if (!known.namespaced) {
    if (third === undefined) return { resource: known.storage, namespace: '', name: second };
    return { wrong: `a ${known.singular} has no namespace; write ${word}/${short(third)}` };
  }
  const [namespace, name] = third === undefined ? ['default', second] : [second, third];
  return { resource: known.storage, namespace, name };
}

/** Reverses `readRef`: `deployment/default/web`. */
export function writeRef({ resource, namespace, name }: ObjectRef): string {
  const known = resourceByWord(resource);
  const plain = known !== undefined && resourceByWord(known.singular) === known;
  if (!plain || known.namespaced !== (namespace !== '')) {
    return `${resource}/${namespace === '' ? '_' : namespace}/${name}`;
  }
  return known.namespaced ? `${known.singular}/${namespace}/${name}` : `${known.singular}/${name}`;
}
