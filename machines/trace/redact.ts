/**
 * Takes the values of Secrets out of whatever is recorded: the same value gives the same replacement, so that what is
 * recorded still tells equal from different and replays as it ran. Pure; the caller says how a value is replaced.
 *
 * A Secret is known by its kind, and where it has none by what it came with: the key of a write, the resource of a
 * change, the list that it is in. Tokens that the API hands out or is shown go too.
 */
import { isRecord } from '../api/json.ts';

/** What a value becomes: must not tell the value, and must be the same for the same value. */
export type Replace = (value: unknown) => string;

type Fields = { readonly [name: string]: unknown };

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Fields of a Secret that hold values, each by name. */
const VALUES = ['data', 'stringData'] as const;
/** Fields of what names a resource that hold an object of it, or a part of one. */
const OBJECTS: ReadonlySet<string> = new Set(['object', 'patch', 'body', 'value', 'previous']);
const SECRETS = 'core/secrets';

/** True of a key of the store below which values are kept secret. */
export const isSecretKey = (key: string): boolean => key.startsWith(`${SECRETS}/`);

/** True of a key whose objects are Secrets, or may hold some: an experiment has manifests in it. */
export const mayHoldSecrets = (key: string): boolean =>
  isSecretKey(key) || key.startsWith('chaos.kabuki.dev/');

/** The object of a key without the values of Secrets. */
export function redactObject<T extends object>(key: string, object: T, replace: Replace): T {
  return mayHoldSecrets(key) ? redact({ key, object }, replace).object : object;
}

/** The same data with every Secret in it redacted; data without one is given back as it is. */
export function redact<T>(data: T, replace: Replace): T {
  return walk(data, replace) as T;
}

/** `isSecret`: it is one, or several, whatever it says of itself. */
function walk(data: unknown, replace: Replace, isSecret = false): unknown {
  if (Array.isArray(data)) return walkAll(data, replace, isSecret);
  if (!isRecord(data) || data instanceof Uint8Array) return data;
  const whole =
    isSecret || data.kind === 'Secret' ? redactSecret(data, replace) : tokenless(data, replace);
  const named = namesSecrets(whole);
  let changed: { [name: string]: unknown } | undefined;
  for (const name in whole) {
    const value = whole[name];
    if (name === LAST_APPLIED && tellsOfSecret(value)) {
      changed ??= { ...whole };
      changed[name] = replace(value);
      continue;
    }
    const isOne = named && OBJECTS.has(name);
    if (!isOne && (typeof value !== 'object' || value === null)) continue;
    const clean = isOne
      ? secretOf(value, replace)
      : walk(value, replace, holdsSecrets(whole, name));
    if (clean === value) continue;
    changed ??= { ...whole };
    changed[name] = clean;
  }
  return changed ?? whole;
}

function walkAll(
  items: readonly unknown[],
  replace: Replace,
  areSecrets: boolean,
): readonly unknown[] {
  let changed: unknown[] | undefined;
  items.forEach((item, index) => {
    const clean = walk(item, replace, areSecrets);
    if (clean === item) return;
    changed ??= [...items];
    changed[index] = clean;
  });
  return changed ?? items;
}

/** What `kubectl apply` noted of something that has a Secret in it. */
const tellsOfSecret = (value: unknown): boolean =>
  typeof value === 'string' && /"Secret(List)?"/.test(value);

/** A Secret, a part of one, or a text that may hold one. */
function secretOf(value: unknown, replace: Replace): unknown {
  if (value === undefined || value === null) return value;
  if (Array.isArray(value) || value instanceof Uint8Array) return replace([...value]);
  return isRecord(value) ? walk(value, replace, true) : replace(value);
}

function namesSecrets({ key, resource }: Fields): boolean {
  if (resource === SECRETS || (typeof key === 'string' && isSecretKey(key))) return true;
  return isRecord(key) && key.resource === SECRETS;
}

const holdsSecrets = ({ kind }: Fields, name: string): boolean =>
  kind === 'SecretList' && name === 'items';

/** A token that the API hands out, or was shown, goes. */
function tokenless(data: Fields, replace: Replace): Fields {
  if (data.kind === 'TokenRequest') return redactField(data, 'status', 'token', replace);
  return data.kind === 'TokenReview' ? redactField(data, 'spec', 'token', replace) : data;
}

function redactField(data: Fields, part: string, field: string, replace: Replace): Fields {
  const inner = data[part];
  if (!isRecord(inner) || inner[field] === undefined) return data;
  return { ...data, [part]: { ...inner, [field]: replace(inner[field]) } };
}

/** One Secret without its values; what `kubectl apply` noted of it goes whole. */
export function redactSecret<T extends object>(secret: T, replace: Replace): T {
  const clean = { ...secret } as { [name: string]: unknown };
  for (const field of VALUES) {
    const values = clean[field];
    if (values === undefined || values === null) continue;
    clean[field] = isRecord(values)
      ? Object.fromEntries(Object.entries(values).map(([name, value]) => [name, replace(value)]))
      : replace(values);
  }
  const { metadata } = clean;
  if (isRecord(metadata) && isRecord(metadata.annotations)) {
    const applied = metadata.annotations[LAST_APPLIED];
    if (applied !== undefined) {
      const annotations = { ...metadata.annotations, [LAST_APPLIED]: replace(applied) };
      clean.metadata = { ...metadata, annotations };
    }
  }
  return clean as T;
}
