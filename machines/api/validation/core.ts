/**
 * The small kinds of the core group: configuration, namespaces, nodes, quotas.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import { labelKeyErrors } from '../label-syntax.ts';
import type { ConfigMap, Namespace, Node, ResourceQuota, Secret } from '../types.ts';
import { checkCidr } from './addresses.ts';
import { checkTaints } from './affinity.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  required,
  tooLong,
} from './field-errors.ts';
import { configKeyErrors } from './names.ts';
import { checkAmount, checkAmounts, checkQuotaResource } from './resource-amounts.ts';

const dataBytesMax = 1024 * 1024;
const frozen = 'field is immutable when `immutable` is set';

type Texts = { readonly [key: string]: string | undefined };

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7ff) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code > 0x7f) bytes += 1;
  }
  return bytes;
}

function base64Length(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

function checkKeys(causes: Causes, field: string, data: Texts | undefined): void {
  for (const key in data) {
    const errors = configKeyErrors(key);
    if (errors.length > 0) invalidFor(causes, `${field}[${key}]`, key, errors);
  }
}

/** Adds what is wrong with a ConfigMap. */
export function checkConfigMap(causes: Causes, object: Loose<ConfigMap>): void {
  const { data, binaryData } = object as { data?: Texts; binaryData?: Texts };
  let bytes = 0;
  for (const key in data) {
    const path = `data[${key}]`;
    const errors = configKeyErrors(key);
    if (errors.length > 0) invalidFor(causes, path, key, errors);
    if (binaryData !== undefined && Object.hasOwn(binaryData, key)) {
      invalid(causes, path, key, 'duplicate of key present in binaryData');
    }
    bytes += utf8Length(data[key] ?? '');
  }
  checkKeys(causes, 'binaryData', binaryData);
  for (const key in binaryData) bytes += base64Length(binaryData[key] ?? '');
  if (bytes > dataBytesMax) tooLong(causes, '', dataBytesMax);
}

/** Adds what an update of a ConfigMap or a Secret may not change. */
export function checkFrozen(
  causes: Causes,
  object: { readonly [field: string]: unknown },
  old: { readonly [field: string]: unknown },
): void {
  if (old.immutable !== true) return;
  if (object.immutable !== true) forbidden(causes, 'immutable', frozen);
  for (const field of ['data', 'binaryData']) {
    if (!sameJson(object[field] ?? {}, old[field] ?? {})) forbidden(causes, field, frozen);
  }
}

/** Data that secrets of a type have to hold. */
const secretKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);
const accountAnnotation = 'kubernetes.io/service-account.name';

/** Adds what is wrong with a Secret. */
export function checkSecret(causes: Causes, object: Loose<Secret>): void {
  const data = object.data as Texts | undefined;
  checkKeys(causes, 'data', data);
  let bytes = 0;
  for (const key in data) bytes += base64Length(data[key] ?? '');
  if (bytes > dataBytesMax) tooLong(causes, 'data', dataBytesMax);
  const type = object.type ?? '';
  if (type === 'kubernetes.io/service-account-token') {
    if (object.metadata?.annotations?.[accountAnnotation]) return;
    required(causes, `metadata.annotations[${accountAnnotation}]`);
  } else if (type === 'kubernetes.io/basic-auth') {
    if (data?.username !== undefined || data?.password !== undefined) return;
    required(causes, 'data[username]');
    required(causes, 'data[password]');
  } else {
    for (const key of secretKeys.get(type) ?? []) {
      const value = data?.[key];
      if (value === undefined || (value === '' && key === 'ssh-privatekey')) {
        required(causes, `data[${key}]`);
      }
    }
  }
}

/** Adds what an update of a Secret may not change. */
export function checkSecretUpdate(causes: Causes, object: Loose<Secret>, old: Loose<Secret>): void {
  if (object.type !== old.type) invalid(causes, 'type', object.type ?? '', immutable);
  checkFrozen(causes, object, old);
}

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Adds what is wrong with the finalizers of a Namespace's spec. */
export function checkNamespace(causes: Causes, object: Loose<Namespace>): void {
  for (const name of object.spec?.finalizers ?? []) {
    const path = 'spec.finalizers';
    invalidFor(causes, path, name, labelKeyErrors(name));
    if (name.includes('/') || standardFinalizers.has(name)) continue;
    const detail = 'name is neither a standard finalizer name nor is it fully qualified';
    invalid(causes, path, name, detail);
  }
}

/** Adds what is wrong with a Namespace's phase. */
export function checkNamespaceStatus(causes: Causes, object: Loose<Namespace>): void {
  const deleting = object.metadata?.deletionTimestamp !== undefined;
  const phase = object.status?.phase ?? '';
  const wanted = deleting ? 'Terminating' : 'Active';
  if (phase === wanted) return;
  const when = deleting ? 'not empty' : 'empty';
  const detail = `may only be '${wanted}' if \`deletionTimestamp\` is ${when}`;
  invalid(causes, 'status.Phase', phase, detail);
}

function checkNodeAmounts(causes: Causes, object: Loose<Node>): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    const amounts = object.status?.[list];
    for (const name in amounts) checkAmount(causes, `status.${list}.${name}`, name, amounts[name]);
  }
}

/** Adds what is wrong with a Node. */
export function checkNode(causes: Causes, object: Loose<Node>, old: Loose<Node> | undefined): void {
  const { taints, podCIDRs = [] } = object.spec ?? {};
  if (taints !== undefined) checkTaints(causes, 'metadata.taints', taints);
  checkNodeAmounts(causes, object);
  if (old !== undefined) return;
  podCIDRs.forEach((range, index) => {
    checkCidr(causes, `spec.podCIDRs[${index}]`, range);
  });
  const families = new Set(podCIDRs.map((range) => range.includes(':')));
  if (podCIDRs.length > 1 && podCIDRs.length > families.size) {
    const detail = 'may specify no more than one CIDR for each IP family';
    invalid(causes, 'spec.podCIDRs', podCIDRs, detail);
  }
}

/** Adds what an update of a Node may not change. */
export function checkNodeUpdate(causes: Causes, object: Loose<Node>, old: Loose<Node>): void {
  const seen = new Set<string>();
  object.status?.addresses?.forEach((address, index) => {
    const key = `${address.type}/${address.address}`;
    if (seen.has(key)) duplicate(causes, `status.addresses[${index}]`, address);
    seen.add(key);
  });
  const { podCIDRs: was = [], providerID = '', externalID } = old.spec ?? {};
  if (was.length > 0 && !sameJson(object.spec?.podCIDRs ?? [], was)) {
    const detail = 'node updates may not change podCIDR except from "" to valid';
    forbidden(causes, 'spec.podCIDRs', detail);
  }
  if (providerID !== '' && object.spec?.providerID !== providerID) {
    const detail = 'node updates may not change providerID except from "" to valid';
    forbidden(causes, 'spec.providerID', detail);
  }
  if (object.spec?.externalID !== externalID) {
    forbidden(causes, 'spec.externalID', 'may not be updated');
  }
}

/** Adds what is wrong with the status of a Node. */
export function checkNodeStatus(causes: Causes, object: Loose<Node>, old: Loose<Node>): void {
  checkNodeAmounts(causes, object);
  checkNodeUpdate(causes, object, old);
}

const scopes = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'PriorityClass',
  'CrossNamespacePodAffinity',
  'VolumeAttributesClass',
]);

/** Adds what is wrong with a ResourceQuota. */
export function checkResourceQuota(causes: Causes, object: Loose<ResourceQuota>): void {
  const spec = object.spec ?? {};
  checkAmounts(causes, 'spec.hard', spec.hard, checkQuotaResource);
  const list = spec.scopes ?? [];
  const path = 'spec.scopes';
  for (const scope of list) {
    if (!scopes.has(scope)) invalid(causes, path, list, 'unsupported scope');
    else if (scope === 'BestEffort' && Object.keys(spec.hard ?? {}).some((one) => one !== 'pods')) {
      invalid(causes, path, list, 'unsupported scope applied to resource');
    }
  }
  for (const scope of ['BestEffort', 'Terminating'] as const) {
    if (!list.includes(scope) || !list.includes(`Not${scope}`)) continue;
    invalid(causes, path, list, 'conflicting scopes');
  }
  spec.scopeSelector?.matchExpressions?.forEach(
    ({ scopeName = '', operator = '', values = [] }) => {
      const field = 'spec.scopeSelector.matchExpressions';
      if (!scopes.has(scopeName)) {
        invalid(causes, `${field}.scopeName`, scopeName, 'unsupported scope');
      }
      if (operator === 'In' || operator === 'NotIn') {
        if (values.length > 0) return;
        const detail =
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
        required(causes, `${field}.values`, detail);
      } else if (operator === 'Exists' || operator === 'DoesNotExist') {
        if (values.length === 0) return;
        const detail =
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
        invalid(causes, `${field}.values`, values, detail);
      } else invalid(causes, `${field}.operator`, operator, 'not a valid selector operator');
    },
  );
}

/** Adds what an update of a ResourceQuota may not change. */
export function checkResourceQuotaUpdate(
  causes: Causes,
  object: Loose<ResourceQuota>,
  old: Loose<ResourceQuota>,
): void {
  const now = [...(object.spec?.scopes ?? [])].sort();
  if (sameJson(now, [...(old.spec?.scopes ?? [])].sort())) return;
  invalid(causes, 'spec.scopes', object.spec?.scopes ?? null, immutable);
}

/** Adds what is wrong with the status of a ResourceQuota. */
export function checkResourceQuotaStatus(causes: Causes, object: Loose<ResourceQuota>): void {
  checkAmounts(causes, 'status.hard', object.status?.hard, checkQuotaResource);
  checkAmounts(causes, 'status.used', object.status?.used, checkQuotaResource);
}
