/**
 * Resource names and amounts: what containers, quotas and limits may ask for.
 *
 * Follows pkg/apis/core/validation/validation.go and pkg/apis/core/helper. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { labelKeyErrors } from '../label-syntax.ts';
import { compare, parseQuantity, type Quantity, quantityError, zeroQuantity } from '../quantity.ts';
import type { ResourceRequirements } from '../types.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  notFound,
  required,
  unsupported,
} from './field-errors.ts';
import { dnsLabelErrors } from './names.ts';

/** Amounts by resource name, as objects hold them. */
export type Amounts = { readonly [name: string]: unknown };

const forContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);
const counted = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const forQuotas = new Set([
  ...forContainers,
  ...counted,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);
const nanosPerUnit = 1_000_000_000n;

function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

function isExtended(name: string): boolean {
  if (isNative(name) || name.startsWith('requests.')) return false;
  return labelKeyErrors(`requests.${name}`).length === 0;
}

/** True where containers together may ask for more than there is. */
export function isOvercommitAllowed(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

function checkName(causes: Causes, field: string, name: string): boolean {
  const errors = labelKeyErrors(name);
  invalidFor(causes, field, name, errors);
  if (errors.length > 0 || name.includes('/')) return errors.length === 0;
  if (forQuotas.has(name) || name === 'storage') return true;
  if (isHugePages(name) || name.startsWith('requests.hugepages-')) return true;
  invalid(causes, field, name, 'must be a standard resource type or fully qualified');
  return false;
}

/** Adds what is wrong with the name of a resource of a container. */
export function checkContainerResource(causes: Causes, field: string, name: string): void {
  if (forContainers.has(name)) return;
  checkName(causes, field, name);
  if (!name.includes('/')) {
    if (!isHugePages(name)) {
      invalid(causes, field, name, 'must be a standard resource for containers');
    }
  } else if (!isNative(name) && !isExtended(name)) {
    invalid(causes, field, name, "doesn't follow extended resource name standard");
  }
}

/** Adds what is wrong with the name of any resource. */
export function checkAnyResource(causes: Causes, field: string, name: string): void {
  checkName(causes, field, name);
}

/** Adds what is wrong with the name of a resource of a quota. */
export function checkQuotaResource(causes: Causes, field: string, name: string): void {
  checkName(causes, field, name);
  if (name.includes('/') || forQuotas.has(name)) return;
  if (isHugePages(name) || name.startsWith('requests.hugepages-')) return;
  invalid(causes, field, name, 'must be a standard resource for quota');
}

function checkPodResource(causes: Causes, field: string, name: string): void {
  if (!checkName(causes, field, name)) return;
  if (name === 'cpu' || name === 'memory' || isHugePages(name)) return;
  unsupported(causes, field, name, ['cpu', 'hugepages-', 'memory']);
}

/** Adds what is wrong with an amount; the amount where it is one. */
export function checkAmount(
  causes: Causes,
  field: string,
  name: string,
  value: unknown,
): Quantity | undefined {
  const quantity = parseQuantity(value);
  if (quantity === undefined) {
    invalid(causes, field, value, quantityError(String(value)));
    return undefined;
  }
  if (quantity.nanos < 0n) {
    invalid(causes, field, String(value), 'must be greater than or equal to 0');
  }
  const whole = counted.has(name) || isExtended(name);
  if (whole && quantity.nanos % nanosPerUnit !== 0n) {
    invalid(causes, field, String(value), 'must be an integer');
  }
  return quantity;
}

/** Adds what is wrong with amounts by name. */
export function checkAmounts(
  causes: Causes,
  field: string,
  amounts: Amounts | undefined,
  checkResource: (causes: Causes, field: string, name: string) => void,
): void {
  for (const name in amounts) {
    const path = `${field}[${name}]`;
    checkResource(causes, path, name);
    checkAmount(causes, path, name, amounts[name]);
  }
}

/** Adds what is wrong with the requests and limits of a container or (`pod`) of a whole pod. */
export function checkRequirements(
  causes: Causes,
  field: string,
  resources: Loose<ResourceRequirements> | undefined,
  claimNames: readonly string[],
  pod = false,
): void {
  if (resources === undefined) return;
  const { limits, requests, claims } = resources;
  if (limits === undefined && requests === undefined && claims === undefined) return;
  const checkResource = pod ? checkPodResource : checkContainerResource;
  const state = { hugePages: false, compute: false };
  checkSide(causes, `${field}.limits`, limits, checkResource, state);
  checkSide(causes, `${field}.requests`, requests, checkResource, state);
  for (const name in requests) {
    checkRequest(causes, field, name, requests[name], limits?.[name]);
  }
  if (state.hugePages && !state.compute) {
    forbidden(causes, field, 'HugePages require cpu or memory');
  }
  if (claims !== undefined) checkClaims(causes, `${field}.claims`, claims, claimNames);
}

function checkSide(
  causes: Causes,
  field: string,
  amounts: Amounts | undefined,
  checkResource: (causes: Causes, field: string, name: string) => void,
  state: { hugePages: boolean; compute: boolean },
): void {
  for (const name in amounts) {
    const value = amounts[name];
    if (name === 'cpu' || name === 'memory') {
      state.compute = true;
      if (isPlainAmount(value)) continue;
    }
    const path = `${field}[${name}]`;
    checkResource(causes, path, name);
    const quantity = checkAmount(causes, path, name, value);
    if (!isHugePages(name)) continue;
    state.hugePages = true;
    const page = parseQuantity(name.slice('hugepages-'.length));
    if (quantity === undefined || page === undefined || page.nanos <= 0n) continue;
    if (quantity.nanos % page.nanos !== 0n) {
      invalid(causes, path, value, `${value} is not positive integer multiple of ${name}`);
    }
  }
}

const plain = /^\d{1,12}(m|[KMGT]i)?$/;

/** Most amounts are: a canonical number that needs no closer look. */
function isPlainAmount(value: unknown): boolean {
  return typeof value === 'string' && plain.test(value);
}

function checkRequest(
  causes: Causes,
  field: string,
  name: string,
  request: unknown,
  limit: unknown,
): void {
  const overcommit = isOvercommitAllowed(name);
  if (limit === undefined) {
    if (overcommit) return;
    required(causes, `${field}.limits`, 'Limit must be set for non overcommitable resources');
    return;
  }
  if (request === limit) return;
  const asked = parseQuantity(request);
  const most = parseQuantity(limit);
  if (asked === undefined || most === undefined) return;
  const order = compare(asked, most);
  if (order !== 0 && !overcommit) {
    const detail = `must be equal to ${name} limit of ${limit}`;
    invalid(causes, `${field}.requests`, request, detail);
  } else if (order > 0) {
    const detail = `must be less than or equal to ${name} limit of ${limit}`;
    invalid(causes, `${field}.requests`, request, detail);
  }
}

function checkClaims(
  causes: Causes,
  field: string,
  claims: NonNullable<Loose<ResourceRequirements>['claims']>,
  claimNames: readonly string[],
): void {
  const seen = new Set<string>();
  claims.forEach(({ name, request }, index) => {
    const path = `${field}[${index}]`;
    if (!name) {
      required(causes, path);
      return;
    }
    if (request) invalidFor(causes, `${path}.request`, request, dnsLabelErrors(request));
    const key = request ? `${name}/${request}` : name;
    if (seen.has(name) || seen.has(key)) duplicate(causes, path, seen.has(name) ? name : key);
    seen.add(key);
    if (claimNames.includes(name)) return;
    const known =
      claimNames.length === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
    notFound(causes, path, name, `must be one of the names in pod.spec.resourceClaims${known}`);
  });
}

/** Compares two amounts; a missing one counts as nothing. */
export function compareAmounts(left: unknown, right: unknown): number {
  return compare(parseQuantity(left) ?? zeroQuantity, parseQuantity(right) ?? zeroQuantity);
}
