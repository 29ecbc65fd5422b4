/**
 * LimitRanger: defaults for requests and limits from the namespace's LimitRanges, and their bounds.
 *
 * Follows the plugin of the same name, with its messages. Pure; containers are replaced, never
 * changed.
 */
import { isRecord } from '../json.ts';
import {
  add,
  compare,
  formatQuantity,
  parseQuantity,
  type Quantity,
  zeroQuantity,
} from '../quantity.ts';
import type { Draft } from '../registry.ts';
import { forbidden } from '../status.ts';
import { specOf } from '../subresources.ts';
import type { Container, LimitRange, LimitRangeItem } from '../types.ts';
import type { Stored } from '../view.ts';
import { type AdmissionStep, type Attributes, type Refusal, refuse } from './attributes.ts';

type Amounts = Readonly<Record<string, string>>;

/** The resources of one container or, summed up, of a pod. */
interface Wanted {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const annotation = 'kubernetes.io/limit-ranger';

/** Applies every LimitRange of the namespace to a pod or a claim. */
export const applyLimits: AdmissionStep = (attributes) => {
  const ranges = attributes.env.view.list('core/limitranges', attributes.namespace);
  if (ranges.length === 0) return undefined;
  if (attributes.served.storage === 'core/pods') fillDefaults(attributes, ranges);
  const errors: string[] = [];
  for (const range of ranges) {
    for (const item of range.spec?.limits ?? []) check(item, attributes, errors);
  }
  return errors.length === 0 ? undefined : refuseWith(attributes, errors);
};

function refuseWith({ served, name, object }: Attributes, errors: readonly string[]): Refusal {
  const shown = name || (object.metadata?.generateName ?? '');
  const unique = [...new Set(errors)];
  const detail = unique.length === 1 ? (unique[0] as string) : `[${unique.join(', ')}]`;
  return refuse(forbidden(served.named, shown, detail), true);
}

function fillDefaults({ object }: Attributes, ranges: readonly Stored<LimitRange>[]): void {
  const limits: Record<string, string> = {};
  const requests: Record<string, string> = {};
  for (const range of ranges) {
    for (const item of range.spec?.limits ?? []) {
      if (item.type !== 'Container') continue;
      Object.assign(limits, item.default);
      Object.assign(requests, item.defaultRequest);
    }
  }
  const spec: Record<string, unknown> = { ...specOf(object) };
  const notes: string[] = [];
  for (const [list, title] of [
    ['containers', 'container'],
    ['initContainers', 'init container'],
  ] as const) {
    const containers = spec[list];
    if (!Array.isArray(containers)) continue;
    spec[list] = containers.map((container: Container) =>
      isRecord(container)
        ? withDefaults(container as Container, title, requests, limits, notes)
        : container,
    );
  }
  if (notes.length === 0) return;
  const draft = object as Draft;
  draft.spec = spec;
  const text = `LimitRanger plugin set: ${notes.join('; ')}`;
  draft.metadata.annotations = { ...draft.metadata.annotations, [annotation]: text };
}

function withDefaults(
  container: Container,
  title: string,
  requests: Amounts,
  limits: Amounts,
  notes: string[],
): Container {
  const before = container.resources ?? {};
  const missing = (defaults: Amounts, given: Amounts | undefined) =>
    Object.keys(defaults).filter((name) => given?.[name] === undefined);
  const newRequests = missing(requests, before.requests);
  const newLimits = missing(limits, before.limits);
  if (newRequests.length === 0 && newLimits.length === 0) return container;
  const join = (names: readonly string[], what: string) =>
    notes.push(`${[...names].sort().join(', ')} ${what} for ${title} ${container.name}`);
  if (newRequests.length > 0) join(newRequests, 'request');
  if (newLimits.length > 0) join(newLimits, 'limit');
  const merge = (defaults: Amounts, given: Amounts | undefined) =>
    Object.keys(defaults).length === 0 ? given : { ...defaults, ...given };
  const merged = { ...before };
  const allRequests = merge(requests, before.requests);
  const allLimits = merge(limits, before.limits);
  if (allRequests !== undefined) merged.requests = allRequests;
  if (allLimits !== undefined) merged.limits = allLimits;
  return { ...container, resources: merged };
}

function check(item: LimitRangeItem, attributes: Attributes, errors: string[]): void {
  const { served, object } = attributes;
  const spec = specOf(object);
  if (served.storage === 'core/persistentvolumeclaims') {
    if (item.type !== 'PersistentVolumeClaim') return;
    const resources = isRecord(spec.resources) ? spec.resources : {};
    const requests = (resources.requests ?? {}) as Amounts;
    bounds(item, { requests, limits: {} }, errors);
    return;
  }
  const containers = containersOf(spec);
  if (item.type === 'Container') {
    for (const container of [...containers.init, ...containers.main]) {
      bounds(item, wantedBy(container), errors);
    }
  } else if (item.type === 'Pod') bounds(item, podTotal(containers), errors);
}

/** The containers of a pod's spec, where they are well-formed. */
export function containersOf(spec: Record<string, unknown>): {
  readonly main: readonly Container[];
  readonly init: readonly Container[];
} {
  const of = (list: unknown) =>
    (Array.isArray(list) ? list.filter(isRecord) : []) as unknown as Container[];
  return { main: of(spec.containers), init: of(spec.initContainers) };
}

function wantedBy({ resources }: Container): Wanted {
  const limits = resources?.limits ?? {};
  return { limits, requests: { ...limits, ...resources?.requests } };
}

/** The greater of what the containers want together and what any init container wants alone. */
function podTotal({ main, init }: ReturnType<typeof containersOf>): Wanted {
  return {
    requests: total(
      main.map((one) => wantedBy(one).requests),
      init.map((one) => wantedBy(one).requests),
    ),
    limits: total(
      main.map((one) => wantedBy(one).limits),
      init.map((one) => wantedBy(one).limits),
    ),
  };
}

function total(main: readonly Amounts[], init: readonly Amounts[]): Amounts {
  const sums = new Map<string, Quantity>();
  for (const amounts of main) {
    for (const [name, text] of Object.entries(amounts)) {
      sums.set(name, add(sums.get(name) ?? zeroQuantity, parseQuantity(text) ?? zeroQuantity));
    }
  }
  for (const amounts of init) {
    for (const [name, text] of Object.entries(amounts)) {
      const one = parseQuantity(text) ?? zeroQuantity;
      const sum = sums.get(name);
      if (sum === undefined || compare(one, sum) > 0) sums.set(name, one);
    }
  }
  return Object.fromEntries([...sums].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

function bounds(item: LimitRangeItem, { requests, limits }: Wanted, errors: string[]): void {
  const kind = item.type;
  for (const [name, min] of Object.entries(item.min ?? {})) {
    const request = requests[name];
    const limit = limits[name];
    const text = `minimum ${name} usage per ${kind} is ${min}`;
    if (request === undefined) errors.push(`${text}.  No request is specified`);
    else if (less(request, min)) errors.push(`${text}, but request is ${request}`);
    else if (limit !== undefined && less(limit, min)) errors.push(`${text}, but limit is ${limit}`);
  }
  for (const [name, max] of Object.entries(item.max ?? {})) {
    const text = `maximum ${name} usage per ${kind} is ${max}`;
    const limit = limits[name];
    const request = requests[name];
    const isClaim = kind === 'PersistentVolumeClaim';
    if (limit === undefined && !isClaim) errors.push(`${text}.  No limit is specified`);
    else if (limit !== undefined && less(max, limit)) errors.push(`${text}, but limit is ${limit}`);
    else if (request !== undefined && less(max, request)) {
      errors.push(`${text}, but request is ${request}`);
    }
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    ratioError(name, ratio, kind, { requests, limits }, errors);
  }
}

function ratioError(
  name: string,
  ratio: string,
  kind: string,
  { requests, limits }: Wanted,
  errors: string[],
): void {
  const text = `${name} max limit to request ratio per ${kind} is ${ratio}`;
  const request = parseQuantity(requests[name]);
  const limit = parseQuantity(limits[name]);
  const max = parseQuantity(ratio);
  if (max === undefined) return;
  if (request === undefined || request.nanos === 0n)
    errors.push(`${text}, but no request is specified or request is 0`);
  else if (limit === undefined || limit.nanos === 0n)
    errors.push(`${text}, but no limit is specified or limit is 0`);
  else {
    const provided = Number(limit.nanos) / Number(request.nanos);
    if (provided > Number(max.nanos) / 1e9) {
      errors.push(`${text}, but provided ratio is ${provided.toFixed(6)}`);
    }
  }
}

function less(a: string, b: string): boolean {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left !== undefined && right !== undefined && compare(left, right) < 0;
}
