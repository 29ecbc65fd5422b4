/**
 * What a pod refers to by name in its own namespace: secrets, config maps, claims and its service
 * account.
 *
 * Pure; remembered for each pod object, which never changes.
 */
import type { Container, Pod, Volume } from './types.ts';

/** Names by kind. */
export interface PodReferences {
  readonly secrets: ReadonlySet<string>;
  readonly configMaps: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
  readonly serviceAccounts: ReadonlySet<string>;
}

interface Found {
  readonly secrets: Set<string>;
  readonly configMaps: Set<string>;
  readonly claims: Set<string>;
  readonly serviceAccounts: Set<string>;
}

const known = new WeakMap<Pod, PodReferences>();

/** The names a pod refers to. */
export function podReferences(pod: Pod): PodReferences {
  const cached = known.get(pod);
  if (cached !== undefined) return cached;
  const found: Found = {
    secrets: new Set(),
    configMaps: new Set(),
    claims: new Set(),
    serviceAccounts: new Set(),
  };
  const spec = pod.spec;
  if (spec?.serviceAccountName) found.serviceAccounts.add(spec.serviceAccountName);
  for (const { name } of spec?.imagePullSecrets ?? []) if (name) found.secrets.add(name);
  for (const volume of spec?.volumes ?? []) fromVolume(pod, volume, found);
  for (const list of [spec?.initContainers, spec?.containers, spec?.ephemeralContainers]) {
    for (const container of (list ?? []) as Container[]) fromContainer(container, found);
  }
  known.set(pod, found);
  return found;
}

function fromVolume(pod: Pod, volume: Volume, found: Found): void {
  if (volume.secret?.secretName) found.secrets.add(volume.secret.secretName);
  if (volume.configMap?.name) found.configMaps.add(volume.configMap.name);
  if (volume.persistentVolumeClaim) found.claims.add(volume.persistentVolumeClaim.claimName);
  if (volume.ephemeral) found.claims.add(`${pod.metadata?.name ?? ''}-${volume.name}`);
  for (const source of volume.projected?.sources ?? []) {
    if (source.secret?.name) found.secrets.add(source.secret.name);
    if (source.configMap?.name) found.configMaps.add(source.configMap.name);
  }
  const csi = volume.csi?.nodePublishSecretRef?.name;
  if (csi) found.secrets.add(csi);
}

function fromContainer(container: Container, found: Found): void {
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef?.name) found.configMaps.add(configMapRef.name);
    if (secretRef?.name) found.secrets.add(secretRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.configMapKeyRef?.name) found.configMaps.add(valueFrom.configMapKeyRef.name);
    if (valueFrom?.secretKeyRef?.name) found.secrets.add(valueFrom.secretKeyRef.name);
  }
}
