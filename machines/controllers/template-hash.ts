/**
 * Fingerprints of templates: whether two are the same, and the short hash that names what was made
 * from one.
 *
 * Depends on content alone, never on the order of fields. The hash differs from the one
 * kube-controller-manager computes (that is a hash of Go's printing of a struct); nothing but the
 * controllers here ever computes it.
 */

import type { PodTemplateSpec } from '../api/types.ts';

/** The label that tells the ReplicaSets of a Deployment, and their pods, apart. */
export const POD_TEMPLATE_HASH = 'pod-template-hash';

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** Texts of templates that have been asked for; they live as long as the templates do. */
const keys = new WeakMap<PodTemplateSpec, string>();

/**
 * The content of a template as text, without its pod-template-hash: equal for templates that mean
 * the same.
 */
export function templateKey(template: PodTemplateSpec): string {
  let key = keys.get(template);
  if (key === undefined) {
    const { [POD_TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
    key = canonicalJson({ ...template, metadata: { ...template.metadata, labels } });
    keys.set(template, key);
  }
  return key;
}

/** The pod-template-hash of a template; `collisionCount` makes another one where that is taken. */
export function templateHash(
  template: PodTemplateSpec,
  collisionCount: number | undefined,
): string {
  return shortHash(templateKey(template), collisionCount);
}

/**
 * A short hash of a text in the letters Kubernetes uses for names: no vowels, nothing that is
 * easily confused.
 */
export function shortHash(text: string, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5;
  const all = collisionCount === undefined ? text : `${text}#${collisionCount}`;
  for (let index = 0; index < all.length; index++) {
    hash = Math.imul(hash ^ all.charCodeAt(index), 0x01000193);
  }
  return safeEncode(String(hash >>> 0));
}

function safeEncode(text: string): string {
  return Array.from(text, (char) => ALPHABET[char.charCodeAt(0) % ALPHABET.length]).join('');
}

/** JSON with sorted fields and without what is empty: absent, null, empty lists and objects. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? 'null';
}

function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  if (Array.isArray(value)) {
    return value.length === 0 ? undefined : value.map((item) => canonical(item) ?? null);
  }
  const fields: { [key: string]: unknown } = {};
  let isEmpty = true;
  for (const key of Object.keys(value).sort()) {
    const field = canonical((value as { [key: string]: unknown })[key]);
    if (field === undefined) continue;
    fields[key] = field;
    isEmpty = false;
  }
  return isEmpty ? undefined : fields;
}
