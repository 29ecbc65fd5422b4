/**
 * Persistent volumes and the claims on them.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import { parseQuantity } from '../quantity.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from '../types.ts';
import { checkNodeSelector } from './affinity.ts';
import {
  type Causes,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
  unsupported,
} from './field-errors.ts';
import { checkSelector, dnsSubdomainErrors } from './names.ts';
import { checkAmount, compareAmounts } from './resource-amounts.ts';

const accessModes: readonly string[] = [
  'ReadOnlyMany',
  'ReadWriteMany',
  'ReadWriteOnce',
  'ReadWriteOncePod',
];
const volumeModes: readonly string[] = ['Block', 'Filesystem'];
const reclaimPolicies: readonly string[] = ['Delete', 'Recycle', 'Retain'];

/** Adds what is wrong with the spec of a claim. */
export function checkClaimSpec(
  causes: Causes,
  field: string,
  spec: Loose<PersistentVolumeClaimSpec>,
): void {
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) {
    required(causes, `${field}.accessModes`, 'at least 1 access mode is required');
  }
  checkSelector(causes, `${field}.selector`, spec.selector);
  checkAccessModes(causes, `${field}.accessModes`, modes);
  const storage = spec.resources?.requests?.storage;
  const path = `${field}.resources[storage]`;
  if (storage === undefined) required(causes, path);
  else {
    const quantity = parseQuantity(storage);
    if (quantity !== undefined && quantity.nanos <= 0n) {
      invalid(causes, path, storage, 'must be greater than zero');
    } else checkAmount(causes, path, 'storage', storage);
  }
  const { storageClassName = '', volumeAttributesClassName = '' } = spec;
  if (storageClassName) {
    const errors = dnsSubdomainErrors(storageClassName);
    invalidFor(causes, `${field}.storageClassName`, storageClassName, errors);
  }
  oneOfOptional(causes, `${field}.volumeMode`, spec.volumeMode, volumeModes);
  for (const source of ['dataSource', 'dataSourceRef'] as const) {
    const reference = spec[source];
    if (reference === undefined) continue;
    if (!reference.name) required(causes, `${field}.${source}.name`);
    if (!reference.kind) required(causes, `${field}.${source}.kind`);
    if (!reference.apiGroup && reference.kind !== 'PersistentVolumeClaim') {
      const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
      invalid(causes, `${field}.${source}`, reference.kind ?? '', detail);
    }
  }
  if (volumeAttributesClassName) {
    const errors = dnsSubdomainErrors(volumeAttributesClassName);
    invalidFor(causes, `${field}.volumeAttributesClassName`, volumeAttributesClassName, errors);
  }
}

function checkAccessModes(causes: Causes, field: string, modes: readonly string[]): void {
  for (const mode of modes) {
    if (!accessModes.includes(mode)) unsupported(causes, field, mode, accessModes);
  }
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod')) {
    forbidden(causes, field, 'may not use ReadWriteOncePod with other access modes');
  }
}

/** Adds what is wrong with a claim. */
export function checkClaim(causes: Causes, object: Loose<PersistentVolumeClaim>): void {
  checkClaimSpec(causes, 'spec', object.spec ?? {});
}

/** Adds what an update of a claim may not change. */
export function checkClaimUpdate(
  causes: Causes,
  object: Loose<PersistentVolumeClaim>,
  old: Loose<PersistentVolumeClaim>,
): void {
  const spec: Loose<PersistentVolumeClaimSpec> = { ...object.spec };
  const before: Loose<PersistentVolumeClaimSpec> = { ...old.spec };
  if (!before.volumeName) delete before.volumeName;
  if (before.volumeName === undefined) delete spec.volumeName;
  if (before.storageClassName === undefined) delete spec.storageClassName;
  const bound = object.status?.phase === 'Bound';
  const size = object.spec?.resources?.requests?.storage;
  const sizeBefore = old.spec?.resources?.requests?.storage;
  if (bound) {
    if (spec.resources?.requests !== undefined && sizeBefore !== undefined) {
      const requests = { ...spec.resources.requests, storage: sizeBefore };
      spec.resources = { ...spec.resources, requests };
    }
    delete spec.volumeAttributesClassName;
    delete before.volumeAttributesClassName;
  }
  if (!sameJson(spec, before)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName ' +
      'for bound claims';
    forbidden(causes, 'spec', detail);
  }
  if (compareAmounts(size, sizeBefore) < 0) {
    if (compareAmounts(size, old.status?.capacity?.storage) <= 0) {
      const path = 'spec.resources.requests.storage';
      forbidden(causes, path, 'field can not be less than status.capacity');
    }
  }
  if (object.spec?.volumeMode !== old.spec?.volumeMode) {
    invalid(causes, 'volumeMode', object.spec?.volumeMode, immutable);
  }
}

/** Where a persistent volume may say that its storage is. */
const sources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;

/** Adds what is wrong with a persistent volume. */
export function checkPersistentVolume(causes: Causes, object: Loose<PersistentVolume>): void {
  const spec = object.spec ?? {};
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) required(causes, 'spec.accessModes');
  checkAccessModes(causes, 'spec.accessModes', modes);
  const capacity = spec.capacity ?? {};
  const names = Object.keys(capacity);
  if (names.length === 0) required(causes, 'spec.capacity');
  if (capacity.storage === undefined || names.length > 1) {
    unsupported(causes, 'spec.capacity', capacity, ['storage']);
  }
  for (const name of names) {
    const path = `spec.capacity[${name}]`;
    const quantity = parseQuantity(capacity[name]);
    if (quantity !== undefined && quantity.nanos <= 0n) {
      invalid(causes, path, capacity[name], 'must be greater than zero');
    } else checkAmount(causes, path, name, capacity[name]);
  }
  oneOfOptional(
    causes,
    'spec.persistentVolumeReclaimPolicy',
    spec.persistentVolumeReclaimPolicy || undefined,
    reclaimPolicies,
  );
  if (spec.nodeAffinity !== undefined) {
    const needed = spec.nodeAffinity.required;
    const path = 'spec.nodeAffinity.required';
    if (needed === undefined) required(causes, path, 'must specify required node constraints');
    else checkNodeSelector(causes, path, needed);
  }
  checkVolumeSource(causes, spec);
  const className = spec.storageClassName ?? '';
  if (className)
    invalidFor(causes, 'spec.storageClassName', className, dnsSubdomainErrors(className));
  oneOfOptional(causes, 'spec.volumeMode', spec.volumeMode, volumeModes);
}

function checkVolumeSource(
  causes: Causes,
  spec: NonNullable<Loose<PersistentVolume>['spec']>,
): void {
  let found = false;
  for (const source of sources) {
    if (spec[source] === undefined) continue;
    if (found) forbidden(causes, `spec.${source}`, 'may not specify more than 1 volume type');
    found = true;
  }
  if (!found) required(causes, 'spec', 'must specify a volume type');
  if (spec.hostPath !== undefined && !spec.hostPath.path) required(causes, 'spec.hostPath.path');
  if (spec.local !== undefined) {
    if (!spec.local.path) required(causes, 'spec.local.path');
    if (spec.nodeAffinity === undefined) {
      required(causes, 'spec.nodeAffinity', 'Local volume requires node affinity');
    }
  }
  if (spec.csi !== undefined) {
    if (!spec.csi.driver) required(causes, 'spec.csi.driver');
    if (!spec.csi.volumeHandle) required(causes, 'spec.csi.volumeHandle');
  }
}

/** Adds what an update of a persistent volume may not change. */
export function checkPersistentVolumeUpdate(
  causes: Causes,
  object: Loose<PersistentVolume>,
  old: Loose<PersistentVolume>,
): void {
  for (const source of sources) {
    if (sameJson(object.spec?.[source], old.spec?.[source])) continue;
    const detail = 'spec.persistentvolumesource is immutable after creation';
    forbidden(causes, 'spec.persistentvolumesource', detail);
    break;
  }
  if (object.spec?.volumeMode !== old.spec?.volumeMode) {
    invalid(causes, 'volumeMode', object.spec?.volumeMode, immutable);
  }
  const affinity = old.spec?.nodeAffinity;
  if (affinity !== undefined && !sameJson(object.spec?.nodeAffinity, affinity)) {
    invalid(causes, 'nodeAffinity', object.spec?.nodeAffinity ?? null, immutable);
  }
}
