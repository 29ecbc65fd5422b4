/**
 * The ConfigMaps and Secrets of one namespace as a pod needs them for one moment: fetched together,
 * then looked up without waiting.
 */
import type { AnyObject } from '../../machines/api/view.ts';
import type { Lookup, Reference } from '../../machines/kubelet/env.ts';
import type { KubeletApi } from './api.ts';

const RESOURCES = { ConfigMap: 'core/configmaps', Secret: 'core/secrets' } as const;

/** The key of a reference in the API. */
export function referenceKey({ kind, name }: Reference, namespace: string) {
  return { resource: RESOURCES[kind], namespace, name };
}

/**
 * Fetches what is referred to; what cannot be had for another reason than that it is not there is
 * an error.
 */
export async function fetchObjects(
  api: KubeletApi,
  namespace: string,
  references: readonly Reference[],
): Promise<{ readonly lookup: Lookup } | { readonly error: string }> {
  const data = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const unique = new Map(references.map((ref) => [`${ref.kind}/${ref.name}`, ref]));
  const results = await Promise.all(
    [...unique].map(async ([key, ref]) => ({
      key,
      kind: ref.kind,
      result: await api.get(referenceKey(ref, namespace)),
    })),
  );
  for (const { key, kind, result } of results) {
    if (result.ok) data.set(key, decode(result.object, kind));
    else if (result.code !== 404) return { error: result.message };
  }
  return { lookup: ({ kind, name }) => data.get(`${kind}/${name}`) };
}

type Texts = { readonly [key: string]: string } | undefined;

/** ConfigMaps hold texts and, apart, base64; Secrets hold base64 alone. */
function decode(object: AnyObject, kind: Reference['kind']): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  const encoding = kind === 'Secret' ? 'base64' : 'utf8';
  for (const [key, text] of Object.entries((object.data as Texts) ?? {})) {
    found.set(key, Buffer.from(text, encoding));
  }
  for (const [key, text] of Object.entries((object.binaryData as Texts) ?? {})) {
    found.set(key, Buffer.from(text, 'base64'));
  }
  return found;
}
