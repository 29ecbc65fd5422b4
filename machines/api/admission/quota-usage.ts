/**
 * What objects count for in quotas: themselves, and for pods and claims what they ask for. Pure.
 */
import { isRecord } from '../json.ts';
import { qosClassOf } from '../pod-qos.ts';
import {
  add,
  compare,
  formatQuantity,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from '../quantity.ts';
import { specOf } from '../subresources.ts';
import type { Container, PodSpec, ResourceQuota } from '../types.ts';
import type { AnyObject, View } from '../view.ts';
import { containersOf } from './limit-ranger.ts';

/** Amounts by quota resource name. */
export type Usage = Readonly<Record<string, Quantity>>;

const one: Quantity = { nanos: 1_000_000_000n, format: 'DecimalSI' };
const podResources = ['cpu', 'memory', 'ephemeral-storage'];

/** Old names of object counts, by the store's name of the resource. */
const countNames: Readonly<Record<string, string>> = {
  'core/pods': 'pods',
  'core/services': 'services',
  'core/configmaps': 'configmaps',
  'core/secrets': 'secrets',
  'core/persistentvolumeclaims': 'persistentvolumeclaims',
  'core/replicationcontrollers': 'replicationcontrollers',
  'core/resourcequotas': 'resourcequotas',
};

/** `count/pods`, `count/deployments.apps`. */
function genericCount(storage: string): string {
  const [group = '', plural = ''] = storage.split('/');
  return group === 'core' ? `count/${plural}` : `count/${plural}.${group}`;
}

/** What a namespace uses of every resource that a quota limits, as its status shows it. */
export function usedOf(
  quota: ResourceQuota,
  namespace: string,
  view: View,
): Record<string, string> {
  const hard = Object.keys(quota.spec?.hard ?? {});
  const used = new Map(hard.map((name) => [name, zeroQuantity]));
  for (const storage of countedStorages(hard)) {
    for (const object of view.listAny(storage, namespace)) {
      if (!inScope(quota, storage, object)) continue;
      for (const [name, amount] of Object.entries(usageOf(storage, object))) {
        const sum = used.get(name);
        if (sum !== undefined) used.set(name, add(sum, amount));
      }
    }
  }
  return Object.fromEntries([...used].map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** The resources whose objects count for one of these names. */
function countedStorages(names: readonly string[]): readonly string[] {
  const generic = names.flatMap((name) => {
    const match = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
    return match === null ? [] : [`${match[2] ?? 'core'}/${match[1]}`];
  });
  const plain = Object.keys(countNames);
  return [...new Set([...plain, ...generic])].filter((storage) =>
    names.some((name) => countable(name, storage)),
  );
}

/** True where objects of this kind count for a quota resource. */
export function countable(name: string, storage: string): boolean {
  if (name === genericCount(storage) || name === countNames[storage]) return true;
  switch (storage) {
    case 'core/pods': {
      const plain = name.replace(/^(requests|limits)\./, '');
      return podResources.includes(plain);
    }
    case 'core/services':
      return name === 'services.nodeports' || name === 'services.loadbalancers';
    case 'core/persistentvolumeclaims':
      return name === 'requests.storage';
    default:
      return false;
  }
}

/**
 * What an object counts for. Pods that have ended count for nothing but their own number as
 * objects.
 */
export function usageOf(storage: string, object: AnyObject): Usage {
  const usage: Record<string, Quantity> = { [genericCount(storage)]: one };
  const name = countNames[storage];
  const spec = specOf(object);
  if (storage === 'core/pods' && hasEnded(object)) return usage;
  if (name !== undefined) usage[name] = one;
  if (storage === 'core/pods') podUsage(spec, usage);
  if (storage === 'core/services') serviceUsage(spec, usage);
  if (storage === 'core/persistentvolumeclaims') {
    const requests = isRecord(spec.resources) ? spec.resources.requests : undefined;
    const storageAmount = isRecord(requests) ? parseQuantity(requests.storage) : undefined;
    if (storageAmount !== undefined) usage['requests.storage'] = storageAmount;
  }
  return usage;
}

function hasEnded(object: AnyObject): boolean {
  const phase = isRecord(object.status) ? object.status.phase : undefined;
  return phase === 'Succeeded' || phase === 'Failed';
}

function podUsage(spec: Record<string, unknown>, usage: Record<string, Quantity>): void {
  const { main, init } = containersOf(spec);
  for (const name of podResources) {
    const request = most(main, init, 'requests', name);
    const limit = most(main, init, 'limits', name);
    usage[name] = request;
    usage[`requests.${name}`] = request;
    usage[`limits.${name}`] = limit;
  }
}

function most(
  main: readonly Container[],
  init: readonly Container[],
  kind: 'requests' | 'limits',
  name: string,
): Quantity {
  const of = ({ resources }: Container) => parseQuantity(resources?.[kind]?.[name]) ?? zeroQuantity;
  let sum = zeroQuantity;
  for (const container of main) sum = add(sum, of(container));
  for (const container of init) if (compare(of(container), sum) > 0) sum = of(container);
  return sum;
}

function serviceUsage(spec: Record<string, unknown>, usage: Record<string, Quantity>): void {
  const ports = Array.isArray(spec.ports) ? spec.ports.length : 0;
  const type = spec.type;
  const withPorts = type === 'NodePort' || type === 'LoadBalancer';
  const nanos = withPorts ? BigInt(ports) * one.nanos : 0n;
  usage['services.nodeports'] = { nanos, format: 'DecimalSI' };
  usage['services.loadbalancers'] = type === 'LoadBalancer' ? one : zeroQuantity;
}

/** Compute resources that a quota limits and containers do not name, as `limits.cpu for: main`. */
export function missingFor(
  names: readonly string[],
  storage: string,
  spec: Record<string, unknown>,
): readonly string[] {
  if (storage !== 'core/pods') return [];
  const { main, init } = containersOf(spec);
  const missing: string[] = [];
  for (const name of [...names].sort()) {
    const plain = name.replace(/^(requests|limits)\./, '');
    if (!podResources.includes(plain) || plain === 'ephemeral-storage') continue;
    const kind = name.startsWith('limits.') ? 'limits' : 'requests';
    const without = [...init, ...main].filter(
      (one) => one.resources?.[kind]?.[plain] === undefined,
    );
    if (without.length === 0) continue;
    missing.push(`${name} for: ${without.map((container) => container.name).join(',')}`);
  }
  return missing;
}

/** True where the quota's scopes cover the object. */
export function inScope(quota: ResourceQuota, storage: string, object: AnyObject): boolean {
  const { scopes = [], scopeSelector } = quota.spec ?? {};
  if (scopes.length === 0 && scopeSelector === undefined) return true;
  if (storage !== 'core/pods') return false;
  const spec = specOf(object);
  const terms = [
    ...scopes.map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as string[] })),
    ...(scopeSelector?.matchExpressions ?? []),
  ];
  return terms.every(({ scopeName, operator, values = [] }) => {
    if (scopeName === 'PriorityClass') {
      const name = typeof spec.priorityClassName === 'string' ? spec.priorityClassName : '';
      if (operator === 'In') return values.includes(name);
      if (operator === 'NotIn') return !values.includes(name);
      return operator === 'Exists' ? name !== '' : name === '';
    }
    const holds = inPlainScope(scopeName, spec);
    return operator === 'DoesNotExist' ? !holds : holds;
  });
}

function inPlainScope(scope: string, spec: Record<string, unknown>): boolean {
  const terminating = typeof spec.activeDeadlineSeconds === 'number';
  const bestEffort = () => qosClassOf(spec as unknown as PodSpec) === 'BestEffort';
  switch (scope) {
    case 'Terminating':
      return terminating;
    case 'NotTerminating':
      return !terminating;
    case 'BestEffort':
      return bestEffort();
    case 'NotBestEffort':
      return !bestEffort();
    default:
      return false;
  }
}
