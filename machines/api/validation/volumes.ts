/**
 * Volumes of pods: exactly one source each, and each source complete.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { parseQuantity } from '../quantity.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  Volume,
  VolumeProjection,
} from '../types.ts';
import { checkClaimSpec } from './claims.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  required,
  unsupported,
} from './field-errors.ts';
import { checkFieldReference, checkResourceReference, volumeFields } from './field-references.ts';
import {
  checkNoBacksteps,
  checkUnreservedPath,
  dnsLabelErrors,
  dnsSubdomainErrors,
} from './names.ts';

/** The usable volumes of a pod by name. */
export type Volumes = ReadonlyMap<string, Loose<Volume>>;

const noVolumes: Volumes = new Map();
const modeMax = 0o777;
const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';
const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;

const hostPathTypes: readonly string[] = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** Sources in the order in which they are looked at; all but the first found are forbidden. */
const sources = [
  'emptyDir',
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const;

type Source = (typeof sources)[number];

/** Fields that sources of rare kinds need. */
const needed: Partial<Record<Source, readonly string[]>> = {
  gitRepo: ['repository'],
  gcePersistentDisk: ['pdName'],
  awsElasticBlockStore: ['volumeID'],
  iscsi: ['targetPortal', 'iqn'],
  glusterfs: ['endpoints', 'path'],
  rbd: ['monitors', 'image'],
  cinder: ['volumeID'],
  cephfs: ['monitors'],
  flexVolume: ['driver'],
  azureFile: ['secretName', 'shareName'],
  vsphereVolume: ['volumePath'],
  photonPersistentDisk: ['pdID'],
  portworxVolume: ['volumeID'],
  azureDisk: ['diskName', 'diskURI'],
  scaleIO: ['gateway', 'system', 'volumeName'],
  csi: ['driver'],
  persistentVolumeClaim: ['claimName'],
};

/** Adds what is wrong with the volumes of a pod; `podName` is '' in templates. */
export function checkVolumes(
  causes: Causes,
  field: string,
  volumes: readonly Loose<Volume>[] | undefined,
  podName: string,
): Volumes {
  if (volumes === undefined || volumes.length === 0) return noVolumes;
  const usable = new Map<string, Loose<Volume>>();
  for (let index = 0; index < volumes.length; index += 1) {
    const volume = volumes[index]!;
    const path = `${field}[${index}]`;
    const before = causes.length;
    checkSource(causes, path, volume, podName);
    const name = volume.name ?? '';
    if (name === '') required(causes, `${path}.name`);
    else invalidFor(causes, `${path}.name`, name, dnsLabelErrors(name));
    if (usable.has(name)) duplicate(causes, `${path}.name`, name);
    if (causes.length === before) usable.set(name, volume);
  }
  return usable;
}

const known: ReadonlySet<string> = new Set(sources);

function checkSource(causes: Causes, field: string, volume: Loose<Volume>, podName: string): void {
  let found: Source | undefined;
  let count = 0;
  for (const key in volume) {
    if (!known.has(key) || volume[key as Source] === undefined) continue;
    found = key as Source;
    count += 1;
  }
  if (found === undefined) required(causes, field, 'must specify a volume type');
  else if (count === 1) checkOneSource(causes, field, volume, found, podName);
  else checkSources(causes, field, volume, podName);
}

function checkSources(causes: Causes, field: string, volume: Loose<Volume>, podName: string): void {
  let found = false;
  for (const source of sources) {
    if (volume[source] === undefined) continue;
    if (found) forbidden(causes, `${field}.${source}`, 'may not specify more than 1 volume type');
    else checkOneSource(causes, field, volume, source, podName);
    found = true;
  }
}

function checkOneSource(
  causes: Causes,
  field: string,
  volume: Loose<Volume>,
  source: Source,
  podName: string,
): void {
  const path = `${field}.${source}`;
  switch (source) {
    case 'configMap':
      if (!volume.configMap?.name) required(causes, `${path}.name`);
      checkMode(causes, `${path}.defaultMode`, volume.configMap?.defaultMode);
      checkItems(causes, `${path}.items`, volume.configMap?.items);
      return;
    case 'secret':
      if (!volume.secret?.secretName) required(causes, `${path}.secretName`);
      checkMode(causes, `${path}.defaultMode`, volume.secret?.defaultMode);
      checkItems(causes, `${path}.items`, volume.secret?.items);
      return;
    case 'projected':
      checkProjected(causes, path, volume.projected ?? {});
      return;
    case 'emptyDir':
      checkEmptyDir(causes, path, volume);
      return;
    case 'hostPath':
      checkHostPath(causes, path, volume);
      return;
    case 'downwardAPI':
      checkMode(causes, `${path}.defaultMode`, volume.downwardAPI?.defaultMode);
      for (const file of volume.downwardAPI?.items ?? []) checkFile(causes, path, file);
      return;
    case 'ephemeral':
      checkEphemeral(causes, field, volume, podName);
      return;
    case 'nfs':
      checkNfs(causes, path, volume);
      return;
    default:
      for (const name of needed[source] ?? []) {
        const value = (volume[source] as Record<string, unknown>)[name];
        if (!value || (Array.isArray(value) && value.length === 0)) {
          required(causes, `${path}.${name}`);
        }
      }
  }
}

function checkMode(causes: Causes, field: string, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= modeMax)) return;
  invalid(causes, field, mode, modeMessage);
}

function checkItems(
  causes: Causes,
  field: string,
  items: readonly Loose<KeyToPath>[] | undefined,
): void {
  items?.forEach(({ key, path = '', mode }, index) => {
    if (!key) required(causes, `${field}[${index}].key`);
    if (path === '') required(causes, `${field}[${index}].path`);
    checkUnreservedPath(causes, `${field}[${index}].path`, path);
    checkMode(causes, `${field}[${index}].mode`, mode);
  });
}

function checkEmptyDir(causes: Causes, field: string, { emptyDir }: Loose<Volume>): void {
  const limit = emptyDir?.sizeLimit;
  if (limit === undefined) return;
  const quantity = parseQuantity(limit);
  if (quantity !== undefined && quantity.nanos >= 0n) return;
  const detail = 'SizeLimit field must be a valid resource quantity';
  forbidden(causes, `${field}.sizeLimit`, detail);
}

function checkHostPath(causes: Causes, field: string, { hostPath }: Loose<Volume>): void {
  if (!hostPath?.path) {
    required(causes, `${field}.path`);
    return;
  }
  checkNoBacksteps(causes, `${field}.path`, hostPath.path);
  const type = hostPath.type ?? '';
  if (!hostPathTypes.includes(type)) unsupported(causes, `${field}.type`, type, hostPathTypes);
}

function checkNfs(causes: Causes, field: string, { nfs }: Loose<Volume>): void {
  if (!nfs?.server) required(causes, `${field}.server`);
  if (!nfs?.path) required(causes, `${field}.path`);
  if (!nfs?.path?.startsWith('/')) {
    invalid(causes, `${field}.path`, nfs?.path ?? '', 'must be an absolute path');
  }
}

function checkEphemeral(
  causes: Causes,
  field: string,
  { ephemeral, name = '' }: Loose<Volume>,
  podName: string,
): void {
  const path = `${field}.ephemeral.volumeClaimTemplate`;
  if (ephemeral?.volumeClaimTemplate === undefined) required(causes, path);
  else checkClaimSpec(causes, `${path}.spec`, ephemeral.volumeClaimTemplate.spec ?? {});
  if (podName === '' || name === '') return;
  const claim = `${podName}-${name}`;
  for (const detail of dnsSubdomainErrors(claim)) {
    invalid(causes, `${field}.name`, name, `PVC name ${JSON.stringify(claim)}: ${detail}`);
  }
}

function checkFile(causes: Causes, field: string, file: Loose<DownwardAPIVolumeFile>): void {
  if (!file.path) required(causes, `${field}.path`);
  checkUnreservedPath(causes, `${field}.path`, file.path ?? '');
  if (file.fieldRef !== undefined) {
    checkFieldReference(causes, `${field}.fieldRef`, file.fieldRef, volumeFields);
    if (file.resourceFieldRef !== undefined) {
      const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
      invalid(causes, field, 'resource', detail);
    }
  } else if (file.resourceFieldRef !== undefined) {
    checkResourceReference(causes, `${field}.resourceFieldRef`, file.resourceFieldRef, true);
  } else required(causes, field, 'one of fieldRef and resourceFieldRef is required');
  checkMode(causes, `${field}.mode`, file.mode);
}

function checkProjected(
  causes: Causes,
  field: string,
  projected: Loose<ProjectedVolumeSource>,
): void {
  checkMode(causes, `${field}.defaultMode`, projected.defaultMode);
  const paths = new Set<string>();
  const list = projected.sources ?? [];
  for (let index = 0; index < list.length; index += 1) {
    checkProjection(causes, field, `${field}.sources[${index}]`, list[index]!, paths);
  }
}

function checkProjection(
  causes: Causes,
  volume: string,
  field: string,
  source: Loose<VolumeProjection>,
  paths: Set<string>,
): void {
  let count = 0;
  for (const kind of ['secret', 'configMap'] as const) {
    const reference = source[kind];
    if (reference === undefined) continue;
    count += 1;
    if (!reference.name) required(causes, `${field}.${kind}.name`);
    checkItems(causes, `${field}.${kind}.items`, reference.items);
    for (const { path } of reference.items ?? []) {
      addPath(causes, volume, path, reference.name ?? '', paths);
    }
  }
  if (source.downwardAPI !== undefined) {
    count += 1;
    for (const file of source.downwardAPI.items ?? []) {
      checkFile(causes, `${field}.downwardAPI`, file);
      addPath(causes, volume, file.path, file.path, paths);
    }
  }
  if (source.serviceAccountToken !== undefined) {
    count += 1;
    checkToken(causes, volume, `${field}.serviceAccountToken`, source.serviceAccountToken);
  }
  if (source.clusterTrustBundle !== undefined) count += 1;
  if (source.podCertificate !== undefined) count += 1;
  if (count > 1) forbidden(causes, field, 'may not specify more than 1 volume type per source');
}

function addPath(
  causes: Causes,
  field: string,
  path: string | undefined,
  shown: string | undefined,
  paths: Set<string>,
): void {
  if (!path) return;
  if (paths.has(path)) invalid(causes, field, shown, 'conflicting duplicate paths');
  paths.add(path);
}

function checkToken(
  causes: Causes,
  volume: string,
  field: string,
  {
    expirationSeconds = 0,
    path = '',
  }: { expirationSeconds?: number | undefined; path?: string | undefined },
): void {
  if (expirationSeconds < tokenSecondsMin) {
    const detail = 'may not specify a duration less than 10 minutes';
    invalid(causes, `${field}.expirationSeconds`, expirationSeconds, detail);
  }
  if (expirationSeconds > tokenSecondsMax) {
    const detail = 'may not specify a duration larger than 2^32 seconds';
    invalid(causes, `${field}.expirationSeconds`, expirationSeconds, detail);
  }
  if (path === '') required(causes, `${volume}.path`);
  else checkUnreservedPath(causes, `${volume}.path`, path);
}
