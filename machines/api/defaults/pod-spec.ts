/**
 * Defaults of a pod's spec, the same in pods and in templates.
 *
 * Follows pkg/apis/core/v1/defaults.go. In place and idempotent; builds no closure, copies nothing.
 */
import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  PersistentVolumeClaimSpec,
  PodSpec,
  Probe,
  Volume,
  VolumeProjection,
} from '../types.ts';
import type { Loose } from './loose.ts';
import { canonicalList, canonicalOr } from './quantities.ts';

const modeDefault = 0o644;
const tokenSecondsDefault = 3600;
const graceSecondsDefault = 30;

/** Fills in a pod's spec. */
export function defaultPodSpec(spec: Loose<PodSpec>): void {
  spec.restartPolicy ||= 'Always';
  spec.terminationGracePeriodSeconds ??= graceSecondsDefault;
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ||= 'default-scheduler';
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  } else {
    if (spec.serviceAccountName !== undefined) delete spec.serviceAccountName;
    if (spec.serviceAccount !== undefined) delete spec.serviceAccount;
  }
  if (spec.initContainers !== undefined) {
    for (const container of spec.initContainers) defaultContainer(container);
  }
  if (spec.containers !== undefined) {
    for (const container of spec.containers) defaultContainer(container);
  }
  if (spec.ephemeralContainers !== undefined) {
    for (const container of spec.ephemeralContainers) defaultContainer(container);
  }
  if (spec.volumes !== undefined) for (const volume of spec.volumes) defaultVolume(volume);
  if (spec.overhead !== undefined) canonicalList(spec.overhead);
  if (spec.resources !== undefined) {
    canonicalList(spec.resources.limits);
    canonicalList(spec.resources.requests);
  }
}

function defaultContainer(container: Loose<Container> | Loose<EphemeralContainer>): void {
  if (!container.imagePullPolicy) container.imagePullPolicy = pullPolicyOf(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  const resources = container.resources;
  if (resources.limits !== undefined) canonicalList(resources.limits);
  if (resources.requests !== undefined) canonicalList(resources.requests);
  if (container.ports !== undefined) {
    for (const port of container.ports) port.protocol ||= 'TCP';
  }
  if (container.env !== undefined) {
    for (const { valueFrom } of container.env) {
      if (valueFrom === undefined) continue;
      if (valueFrom.fieldRef !== undefined) valueFrom.fieldRef.apiVersion ||= 'v1';
      if (valueFrom.resourceFieldRef !== undefined) defaultDivisor(valueFrom.resourceFieldRef);
      if (valueFrom.fileKeyRef !== undefined) valueFrom.fileKeyRef.optional ??= false;
    }
  }
  if (container.livenessProbe !== undefined) defaultProbe(container.livenessProbe);
  if (container.readinessProbe !== undefined) defaultProbe(container.readinessProbe);
  if (container.startupProbe !== undefined) defaultProbe(container.startupProbe);
  if (container.lifecycle !== undefined) {
    defaultHandler(container.lifecycle.postStart);
    defaultHandler(container.lifecycle.preStop);
  }
}

/**
 * Always for the tag latest, given or implied; IfNotPresent otherwise, also for what is no image
 * name.
 */
export function pullPolicyOf(image: string): 'Always' | 'IfNotPresent' {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  if (colon >= 0) return name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
  return at >= 0 || !imageNamePattern.test(name) ? 'IfNotPresent' : 'Always';
}

const imageNamePattern =
  /^([A-Za-z0-9.-]+(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;

function defaultDivisor(reference: { divisor?: string | undefined }): void {
  reference.divisor = reference.divisor === undefined ? '0' : canonicalOr(reference.divisor);
}

function defaultProbe(probe: Loose<Probe>): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet !== undefined) defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function defaultHandler(handler: Loose<LifecycleHandler> | undefined): void {
  if (handler?.httpGet !== undefined) defaultHttpGet(handler.httpGet);
}

function defaultHttpGet(action: Loose<HTTPGetAction>): void {
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function defaultVolume(volume: Loose<Volume>): void {
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= modeDefault;
  else if (volume.secret !== undefined) volume.secret.defaultMode ??= modeDefault;
  else if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= modeDefault;
    for (const source of volume.projected.sources ?? []) defaultProjection(source);
  } else if (volume.emptyDir !== undefined) {
    const { emptyDir } = volume;
    if (emptyDir.sizeLimit !== undefined) emptyDir.sizeLimit = canonicalOr(emptyDir.sizeLimit);
  } else if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= modeDefault;
    defaultDownward(volume.downwardAPI);
  } else if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  else defaultRareVolume(volume);
}

function defaultRareVolume(volume: Loose<Volume>): void {
  const { ephemeral, image, rbd, iscsi, azureDisk, scaleIO } = volume;
  if (image !== undefined) image.pullPolicy ||= pullPolicyOf(image.reference ?? '');
  if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
  if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  const claim = ephemeral?.volumeClaimTemplate;
  if (claim?.spec !== undefined) defaultClaimSpec(claim.spec);
  for (const key in volume) if (key !== 'name') return;
  volume.emptyDir = {};
}

function defaultProjection(source: Loose<VolumeProjection>): void {
  if (source.serviceAccountToken !== undefined) {
    source.serviceAccountToken.expirationSeconds ??= tokenSecondsDefault;
  }
  if (source.downwardAPI !== undefined) defaultDownward(source.downwardAPI);
}

function defaultDownward(source: NonNullable<Loose<VolumeProjection>['downwardAPI']>): void {
  for (const item of source.items ?? []) {
    if (item.fieldRef !== undefined) item.fieldRef.apiVersion ||= 'v1';
    if (item.resourceFieldRef !== undefined) defaultDivisor(item.resourceFieldRef);
  }
}

/** Fills in the spec of a persistent volume claim. */
export function defaultClaimSpec(spec: Loose<PersistentVolumeClaimSpec>): void {
  spec.volumeMode ??= 'Filesystem';
  spec.resources ??= {};
  const resources = spec.resources;
  canonicalList(resources.limits);
  canonicalList(resources.requests);
}
