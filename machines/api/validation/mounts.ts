/**
 * Where containers mount volumes and map devices.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Container, VolumeMount } from '../types.ts';
import {
  type Causes,
  forbidden,
  invalid,
  notFound,
  required,
  unsupported,
} from './field-errors.ts';
import { checkDescendingPath } from './names.ts';
import type { Volumes } from './volumes.ts';

const propagations: readonly string[] = ['Bidirectional', 'HostToContainer', 'None'];
const recursive: readonly string[] = ['Disabled', 'Enabled', 'IfPossible'];

/** Adds what is wrong with the mounts and devices of a container. */
export function checkMounts(
  causes: Causes,
  field: string,
  container: Loose<Container>,
  volumes: Volumes,
): void {
  const { volumeMounts = [], volumeDevices = [] } = container;
  let paths: Set<string> | undefined;
  for (let index = 0; index < volumeMounts.length; index += 1) {
    const mount = volumeMounts[index]!;
    const { name = '', mountPath = '' } = mount;
    const path = `${field}.volumeMounts[${index}]`;
    if (name === '') required(causes, `${path}.name`);
    const volume = volumes.get(name);
    if (volume === undefined) notFound(causes, `${path}.name`, name);
    if (mountPath === '') required(causes, `${path}.mountPath`);
    paths ??= new Set();
    if (paths.has(mountPath)) invalid(causes, `${path}.mountPath`, mountPath, 'must be unique');
    paths.add(mountPath);
    if (volumeDevices.some((device) => (device.name ?? '') === name)) {
      invalid(causes, `${path}.name`, name, 'must not already exist in volumeDevices');
    }
    if (volumeDevices.some((device) => (device.devicePath ?? '') === mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      invalid(causes, `${path}.mountPath`, mountPath, detail);
    }
    checkOptions(causes, `${field}.volumeMounts`, mount, container);
  }
  if (volumeDevices.length > 0) checkDevices(causes, field, container, volumes);
}

function checkOptions(
  causes: Causes,
  field: string,
  mount: Loose<VolumeMount>,
  container: Loose<Container>,
): void {
  const { subPath, subPathExpr, mountPropagation, recursiveReadOnly, readOnly } = mount;
  if (subPath) checkDescendingPath(causes, `${field}.subPath`, subPath);
  if (subPathExpr) {
    if (subPath) {
      const detail = 'subPathExpr and subPath are mutually exclusive';
      invalid(causes, `${field}.subPathExpr`, subPathExpr, detail);
    }
    checkDescendingPath(causes, `${field}.subPathExpr`, subPathExpr);
  }
  if (mountPropagation !== undefined) {
    const path = `${field}.mountPropagation`;
    if (!propagations.includes(mountPropagation)) {
      unsupported(causes, path, mountPropagation, propagations);
    }
    const privileged = container.securityContext?.privileged === true;
    if (mountPropagation === 'Bidirectional' && !privileged) {
      const detail = 'Bidirectional mount propagation is available only to privileged containers';
      forbidden(causes, path, detail);
    }
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  const path = `${field}.recursiveReadOnly`;
  if (!recursive.includes(recursiveReadOnly)) {
    unsupported(causes, path, recursiveReadOnly, recursive);
    return;
  }
  if (readOnly !== true) forbidden(causes, path, 'may only be specified when readOnly is true');
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    const detail = 'may only be specified when mountPropagation is None or not specified';
    forbidden(causes, path, detail);
  }
}

function checkDevices(
  causes: Causes,
  field: string,
  { volumeDevices = [], volumeMounts = [] }: Loose<Container>,
  volumes: Volumes,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  volumeDevices.forEach(({ name = '', devicePath = '' }, index) => {
    const path = `${field}.volumeDevices[${index}]`;
    const volume = volumes.get(name);
    if (name === '') required(causes, `${path}.name`);
    if (names.has(name)) invalid(causes, `${path}.name`, name, 'must be unique');
    if (volume === undefined) notFound(causes, `${path}.name`, name);
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const detail =
        'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      invalid(causes, `${path}.name`, name, detail);
    }
    if (devicePath === '') required(causes, `${path}.devicePath`);
    if (paths.has(devicePath)) invalid(causes, `${path}.devicePath`, devicePath, 'must be unique');
    if (devicePath.split('/').includes('..')) {
      invalid(causes, `${path}.devicePath`, devicePath, "can not contain backsteps ('..')");
    }
    paths.add(devicePath);
    if (volumeMounts.some((mount) => (mount.name ?? '') === name)) {
      invalid(causes, `${path}.name`, name, 'must not already exist in volumeMounts');
    }
    if (volumeMounts.some((mount) => (mount.mountPath ?? '') === devicePath)) {
      const detail = 'must not already exist as a path in volumeMounts';
      invalid(causes, `${path}.devicePath`, devicePath, detail);
    }
    names.add(name);
  });
}
