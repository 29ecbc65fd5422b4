/**
 * Defaults of the core group besides pods and what makes them, and of endpoint slices.
 *
 * Follows pkg/apis/core/v1/defaults.go and pkg/apis/discovery/v1/defaults.go. In place and
 * idempotent.
 */
import type {
  EndpointSlice,
  Endpoints,
  LimitRange,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from '../types.ts';
import { base64OfText } from './base64.ts';
import type { Loose } from './loose.ts';
import { defaultClaimSpec } from './pod-spec.ts';
import { canonicalList } from './quantities.ts';

const affinitySecondsDefault = 10_800;
const nameLabel = 'kubernetes.io/metadata.name';

type Quantities = Record<string, string | undefined>;

/** Fills in a Service. */
export function defaultService(object: Loose<Service>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
      spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: affinitySecondsDefault } };
    }
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    const target = port.targetPort;
    if (target === undefined || target === 0 || target === '') port.targetPort = port.port ?? 0;
  }
  const { type } = spec;
  const external =
    type === 'LoadBalancer' ||
    type === 'NodePort' ||
    (type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (external) spec.externalTrafficPolicy ||= 'Cluster';
  if (type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  object.status ??= {};
  const status = object.status;
  status.loadBalancer ??= {};
  const balancer = status.loadBalancer;
  if (type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of balancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

/** Fills in an Endpoints object. */
export function defaultEndpoints(object: Loose<Endpoints>): void {
  for (const subset of object.subsets ?? []) {
    for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
  }
}

/** Fills in an EndpointSlice. */
export function defaultEndpointSlice(object: Loose<EndpointSlice>): void {
  for (const port of object.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
  for (const endpoint of object.endpoints ?? []) endpoint.conditions ??= {};
}

/** Fills in a Secret and moves what is given as text into its data. */
export function defaultSecret(object: Loose<Secret>): void {
  if (!object.type) object.type = 'Opaque';
  const texts = object.stringData;
  if (texts === undefined) return;
  const data: Record<string, string | undefined> = { ...object.data };
  let any = false;
  for (const key of Object.keys(texts)) {
    data[key] = base64OfText(texts[key] ?? '');
    any = true;
  }
  if (any) object.data = data;
  delete object.stringData;
}

/** Fills in a ServiceAccount: references without a name carry an empty one. */
export function defaultServiceAccount(object: Loose<ServiceAccount>): void {
  for (const reference of object.imagePullSecrets ?? []) reference.name ??= '';
}

/** Fills in a Namespace: its name as a label. */
export function defaultNamespace(object: Loose<Namespace>): void {
  const name = object.metadata?.name;
  if (!name || object.metadata === undefined) return;
  if (object.metadata.labels?.[nameLabel] === name) return;
  object.metadata.labels = { ...object.metadata.labels, [nameLabel]: name };
}

/** Fills in a Node: all of its capacity can be used, unless it says otherwise. */
export function defaultNode(object: Loose<Node>): void {
  object.spec ??= {};
  const { status } = object;
  if (status === undefined) return;
  canonicalList(status.capacity);
  canonicalList(status.allocatable);
  if (status.allocatable === undefined && status.capacity !== undefined) {
    status.allocatable = { ...status.capacity };
  }
}

/** Fills in a PersistentVolume. */
export function defaultPersistentVolume(object: Loose<PersistentVolume>): void {
  object.spec ??= {};
  const spec = object.spec;
  canonicalList(spec.capacity);
  object.status ??= {};
  const status = object.status;
  status.phase ||= 'Pending';
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
  if (spec.iscsi !== undefined) spec.iscsi.iscsiInterface ||= 'default';
}

/** Fills in a PersistentVolumeClaim. */
export function defaultPersistentVolumeClaim(object: Loose<PersistentVolumeClaim>): void {
  object.spec ??= {};
  defaultClaimSpec(object.spec);
  object.status ??= {};
  const status = object.status;
  status.phase ||= 'Pending';
  canonicalList(status.capacity);
}

/** Fills in a LimitRange: defaults of containers from max and min. */
export function defaultLimitRange(object: Loose<LimitRange>): void {
  for (const item of object.spec?.limits ?? []) {
    canonicalList(item.max);
    canonicalList(item.min);
    canonicalList(item.default);
    canonicalList(item.defaultRequest);
    canonicalList(item.maxLimitRequestRatio);
    if (item.type !== 'Container') continue;
    const limit = { ...(item.max as Quantities), ...(item.default as Quantities) };
    const request = {
      ...(item.min as Quantities),
      ...limit,
      ...(item.defaultRequest as Quantities),
    };
    if (!isEmpty(limit)) item.default = limit as Record<string, string>;
    if (!isEmpty(request)) item.defaultRequest = request as Record<string, string>;
  }
}

function isEmpty(map: object): boolean {
  for (const _ in map) return false;
  return true;
}

/** Fills in a ResourceQuota: canonical quantities. */
export function defaultResourceQuota(object: Loose<ResourceQuota>): void {
  canonicalList(object.spec?.hard);
  canonicalList(object.status?.hard);
  canonicalList(object.status?.used);
}
