/**
 * What the files of a pod's volumes are: ConfigMaps, Secrets, the downward API, tokens, and
 * projections of these. Pure: objects and tokens are fetched before, `volumeReferences` and
 * `volumeTokens` say which.
 */
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '../api/types.ts';
import { fieldValue, type PodFacts, resourceValue } from './downward.ts';
import { type Lookup, notFound, type Reference } from './env.ts';

/** One file of a volume, below its directory. */
export interface VolumeFile {
  readonly path: string;
  readonly data: Uint8Array;
  readonly mode: number;
}

/** How a volume comes to be; `error` where it cannot. */
export type VolumePlan =
  | { readonly kind: 'files'; readonly files: readonly VolumeFile[] }
  | { readonly kind: 'emptyDir'; readonly inMemory: boolean }
  | { readonly kind: 'hostPath'; readonly path: string; readonly check: string }
  | { readonly kind: 'error'; readonly message: string };

/** The token for a projection, by its place in the volume. */
export type TokenOf = (token: ServiceAccountTokenProjection) => string | undefined;

const MODE_DEFAULT = 0o644;

/** A volume's sources in one list, whichever way they are written. */
function projections({ configMap, secret, downwardAPI, projected }: Volume): VolumeProjection[] {
  if (configMap !== undefined) return [{ configMap }];
  if (secret !== undefined) {
    const { secretName, items, optional } = secret;
    return [{ secret: { name: secretName, items, optional } }];
  }
  if (downwardAPI !== undefined) return [{ downwardAPI: { items: downwardAPI.items } }];
  return projected?.sources ?? [];
}

function defaultMode({ configMap, secret, downwardAPI, projected }: Volume): number {
  const given = configMap ?? secret ?? downwardAPI ?? projected;
  return given?.defaultMode ?? MODE_DEFAULT;
}

/** The ConfigMaps and Secrets a volume shows. */
export function volumeReferences(volume: Volume): readonly Reference[] {
  return projections(volume).flatMap(({ configMap, secret }): Reference[] => {
    const named = configMap ?? secret;
    if (!named?.name) return [];
    return [{ kind: configMap === undefined ? 'Secret' : 'ConfigMap', name: named.name }];
  });
}

/** The tokens a volume shows. */
export function volumeTokens(volume: Volume): readonly ServiceAccountTokenProjection[] {
  return projections(volume).flatMap(({ serviceAccountToken }) => serviceAccountToken ?? []);
}

/** True where a volume shows fields of the pod that may change. */
export function showsPod(volume: Volume): boolean {
  return projections(volume).some(({ downwardAPI }) => downwardAPI !== undefined);
}

/** Plans one volume. */
export function planVolume(
  volume: Volume,
  facts: PodFacts,
  lookup: Lookup,
  tokenOf: TokenOf,
): VolumePlan {
  const { emptyDir, hostPath } = volume;
  if (emptyDir !== undefined) return { kind: 'emptyDir', inMemory: emptyDir.medium === 'Memory' };
  if (hostPath !== undefined) {
    return { kind: 'hostPath', path: hostPath.path, check: hostPath.type ?? '' };
  }
  const filed = ['configMap', 'secret', 'downwardAPI', 'projected'] as const;
  if (!filed.some((source) => volume[source] !== undefined)) {
    const source = Object.keys(volume).find((key) => key !== 'name') ?? 'no source';
    return { kind: 'error', message: `volumes of type ${source} are not supported by this node` };
  }
  const files: VolumeFile[] = [];
  for (const projection of projections(volume)) {
    const error = project(files, projection, defaultMode(volume), facts, lookup, tokenOf);
    if (error !== undefined) return { kind: 'error', message: error };
  }
  return { kind: 'files', files };
}

function project(
  files: VolumeFile[],
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection,
  mode: number,
  facts: PodFacts,
  lookup: Lookup,
  tokenOf: TokenOf,
): string | undefined {
  const source = configMap ?? secret;
  if (source !== undefined) {
    const kind = configMap === undefined ? 'Secret' : 'ConfigMap';
    return projectKeys(files, { kind, name: source.name ?? '' }, source, mode, facts, lookup);
  }
  for (const item of downwardAPI?.items ?? []) {
    const value = itemValue(facts, item);
    if ('error' in value) return value.error;
    files.push({ path: item.path, data: bytes(value.value), mode: item.mode ?? mode });
  }
  if (serviceAccountToken !== undefined) {
    const token = tokenOf(serviceAccountToken);
    if (token === undefined) return 'failed to fetch token';
    files.push({ path: serviceAccountToken.path, data: bytes(token), mode });
  }
  return undefined;
}

function projectKeys(
  files: VolumeFile[],
  reference: Reference,
  source: { readonly items?: KeyToPath[] | undefined; readonly optional?: boolean | undefined },
  mode: number,
  { pod }: PodFacts,
  lookup: Lookup,
): string | undefined {
  const data = lookup(reference);
  const optional = source.optional === true;
  if (data === undefined) return optional ? undefined : notFound(reference);
  if (source.items === undefined || source.items.length === 0) {
    for (const [path, value] of data) files.push({ path, data: value, mode });
    return undefined;
  }
  for (const item of source.items) {
    const value = data.get(item.key);
    if (value !== undefined) {
      files.push({ path: item.path, data: value, mode: item.mode ?? mode });
    } else if (!optional) {
      const object = `${pod.metadata?.namespace}/${reference.name}`;
      const kind = reference.kind.toLowerCase();
      return `references non-existent ${kind} key: ${item.key} of ${object}`;
    }
  }
  return undefined;
}

function itemValue(
  facts: PodFacts,
  { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
): { readonly value: string } | { readonly error: string } {
  if (resourceFieldRef !== undefined) return resourceValue(facts, resourceFieldRef, '');
  const value = fieldValue(facts, fieldRef?.fieldPath ?? '');
  if (value === undefined) return { error: `unsupported fieldPath: ${fieldRef?.fieldPath}` };
  return { value };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
