/**
 * Takes the values of Secrets out of whatever is recorded: the same value gives the same replacement, so that what is
 * recorded still tells equal from different and replays as it ran. Pure; the caller says how a value is replaced.
 */
import { isRecord } from '../api/json.ts';

/** What a value becomes: must not tell the value, and must be the same for the same value. */
export type Replace = (value: unknown) => string;

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Fields of a Secret that hold values, each by name. */
const VALUES = ['data', 'stringData'] as const;

/** True of a key of the store below which values are kept secret. */
export const isSecretKey = (key: string): boolean => key.startsWith('core/secrets/');

/** The same data with every Secret in it redacted; data without one is given back as it is. */
export function redact<T>(data: T, replace: Replace): T {
  return walk(data, replace) as T;
}

function walk(data: unknown, replace: Replace): unknown {
  if (Array.isArray(data)) return walkAll(data, replace);
  if (!isRecord(data)) return data;
  if (data instanceof Uint8Array) return data;
  const whole: typeof data = isSecret(data) ? redactSecret(data, replace) : data;
  let changed: { [name: string]: unknown } | undefined;
  for (const name in whole) {
    const value = whole[name];
    if (typeof value !== 'object' || value === null) continue;
    const clean = walk(value, replace);
    if (clean === value) continue;
    changed ??= { ...whole };
    changed[name] = clean;
  }
  return changed ?? whole;
}

function walkAll(items: readonly unknown[], replace: Replace): readonly unknown[] {
  let changed: unknown[] | undefined;
  items.forEach((item, index) => {
    const clean = walk(item, replace);
    if (clean === item) return;
    changed ??= [...items];
    changed[index] = clean;
  });
  return changed ?? items;
}

function isSecret({ kind, apiVersion }: { readonly [name: string]: unknown }): boolean {
  return kind === 'Secret' && (apiVersion === 'v1' || apiVersion === undefined);
}

/** One Secret without its values; what `kubectl apply` noted of it goes whole. */
export function redactSecret<T extends object>(secret: T, replace: Replace): T {
  const clean = { ...secret } as { [name: string]: unknown };
  for (const field of VALUES) {
    const values = clean[field];
    if (!isRecord(values)) continue;
    clean[field] = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, replace(value)]),
    );
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
