/**
 * The environment, command and arguments of a container (makeEnvironmentVariables in
 * kubelet_pods.go). Pure: what it refers to is fetched before, and told which references there are
 * by `envReferences`.
 */
import type { Container } from '../api/types.ts';
import { fieldValue, type PodFacts, resourceValue } from './downward.ts';
import { expand } from './expand.ts';

/** A ConfigMap or Secret that a pod refers to. */
export interface Reference {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** The data of a ConfigMap or Secret by key, decoded; undefined where there is no such object. */
export type Lookup = (reference: Reference) => ReadonlyMap<string, Uint8Array> | undefined;

/** A container's environment and words, or why they cannot be made. */
export type Made =
  | {
      readonly env: ReadonlyMap<string, string>;
      /** Undefined where the image decides. */
      readonly command: readonly string[] | undefined;
      readonly args: readonly string[] | undefined;
    }
  | { readonly error: string };

/** The ConfigMaps and Secrets that a container's environment names. */
export function envReferences(container: Container): readonly Reference[] {
  const found: Reference[] = [];
  const add = (kind: Reference['kind'], ref: { name?: string | undefined } | undefined) => {
    if (ref?.name) found.push({ kind, name: ref.name });
  };
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    add('ConfigMap', configMapRef);
    add('Secret', secretRef);
  }
  for (const { valueFrom } of container.env ?? []) {
    add('ConfigMap', valueFrom?.configMapKeyRef);
    add('Secret', valueFrom?.secretKeyRef);
  }
  return found;
}

/** How a missing object is reported: `configmap "x" not found`. */
export function notFound({ kind, name }: Reference): string {
  return `${kind.toLowerCase()} "${name}" not found`;
}

/** Makes a container's environment and expands its words with it. */
export function containerEnv(
  facts: PodFacts,
  container: Container,
  services: ReadonlyMap<string, string>,
  lookup: Lookup,
): Made {
  const own = new Map<string, string>();
  const failure =
    addAll(own, container, lookup) ?? addEach(own, facts, container, services, lookup);
  if (failure !== undefined) return { error: failure };
  const env = new Map([...services, ...own]);
  const words = (list: string[] | undefined) => list?.map((word) => expand(word, env));
  return { env, command: words(container.command), args: words(container.args) };
}

/** envFrom: every key of whole objects. */
function addAll(
  env: Map<string, string>,
  container: Container,
  lookup: Lookup,
): string | undefined {
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    if (ref === undefined) continue;
    const reference: Reference = {
      kind: configMapRef === undefined ? 'Secret' : 'ConfigMap',
      name: ref.name ?? '',
    };
    const data = lookup(reference);
    if (data === undefined && ref.optional !== true) return notFound(reference);
    for (const [key, bytes] of data ?? []) env.set(prefix + key, text(bytes));
  }
  return undefined;
}

function addEach(
  env: Map<string, string>,
  facts: PodFacts,
  container: Container,
  services: ReadonlyMap<string, string>,
  lookup: Lookup,
): string | undefined {
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (value || valueFrom === undefined) {
      env.set(name, expand(value ?? '', env, services));
      continue;
    }
    const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
    if (fieldRef !== undefined) {
      const field = fieldValue(facts, fieldRef.fieldPath);
      if (field === undefined) return `unsupported fieldPath: ${fieldRef.fieldPath}`;
      env.set(name, field);
    } else if (resourceFieldRef !== undefined) {
      const made = resourceValue(facts, resourceFieldRef, container.name);
      if ('error' in made) return made.error;
      env.set(name, made.value);
    } else {
      const ref = configMapKeyRef ?? secretKeyRef;
      if (ref === undefined) continue;
      const kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap';
      const found = keyOf(facts, { kind, name: ref.name ?? '' }, ref, lookup);
      if (typeof found === 'object' && 'error' in found) return found.error;
      if (found !== undefined) env.set(name, found);
    }
  }
  return undefined;
}

function keyOf(
  { pod }: PodFacts,
  reference: Reference,
  { key, optional }: { readonly key: string; readonly optional?: boolean | undefined },
  lookup: Lookup,
): string | undefined | { readonly error: string } {
  const data = lookup(reference);
  if (data === undefined) return optional === true ? undefined : { error: notFound(reference) };
  const bytes = data.get(key);
  if (bytes !== undefined) return text(bytes);
  if (optional === true) return undefined;
  const object = `${reference.kind} ${pod.metadata?.namespace}/${reference.name}`;
  return { error: `couldn't find key ${key} in ${object}` };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
