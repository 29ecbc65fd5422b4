/**
 * Why services, budgets and quotas are not settled: what is derived from the pods does not tell of them.
 *
 * Never judges slices and endpoints that the cluster's controllers do not write.
 */
import type {
  EndpointSlice,
  Endpoints,
  Pod,
  PodDisruptionBudget,
  ResourceQuota,
  Service,
} from '../api/types.ts';
import type { Stored } from '../api/view.ts';
import { nanosOf } from './objects/quantity.ts';
import {
  as,
  BUDGETS,
  isDeleting,
  isReady,
  isTerminal,
  keyOf,
  nameOf,
  QUOTAS,
  SERVICES,
  SLICES,
  same,
  selects,
  selectsPods,
} from './objects/read.ts';
import type { PodIndex, Say } from './settled-index.ts';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
/** Addresses of one Endpoints object; with more it is cut off. */
const ADDRESSES_MAX = 1_000;

/** Says which services, budgets and quotas do not tell of the pods that are. */
export function unsettledServices(pods: PodIndex, say: Say): void {
  const offered = offeredPods(pods, say);
  for (const held of pods.picture.list(SERVICES)) {
    const service = as<Service>(held) as Stored<Service>;
    if (isDeleting(service) || !selectsPods(service)) continue;
    endpoints(service, pods, offered.get(held.key) ?? new Map(), (what) =>
      say(`${SERVICES} ${nameOf(service)}: ${what}`),
    );
  }
  for (const held of pods.picture.list(BUDGETS)) {
    const budget = as<PodDisruptionBudget>(held) as Stored<PodDisruptionBudget>;
    if (isDeleting(budget)) continue;
    disruptions(budget, pods, (what) => say(`${BUDGETS} ${nameOf(budget)}: ${what}`));
  }
  for (const held of pods.picture.list(QUOTAS)) {
    const quota = as<ResourceQuota>(held) as Stored<ResourceQuota>;
    if (isDeleting(quota)) continue;
    quotas(quota, pods, (what) => say(`${QUOTAS} ${nameOf(quota)}: ${what}`));
  }
}

type Offered = Map<string, { readonly ready: boolean; readonly address: string }>;

/** Pods that slices offer, by the key of their service and their uid. */
function offeredPods({ picture }: PodIndex, say: Say): ReadonlyMap<string, Offered> {
  const byService = new Map<string, Offered>();
  for (const held of picture.list(SLICES)) {
    const slice = as<EndpointSlice>(held) as Stored<EndpointSlice>;
    const { labels = {}, namespace } = slice.metadata as EndpointSlice['metadata'] & object;
    if (labels[MANAGED_BY] !== MANAGER || isDeleting(slice)) continue;
    const key = keyOf(SERVICES, namespace, labels[SERVICE_NAME] ?? '');
    if (picture.get(key) === undefined) say(`${held.key} is of a service that is not there`);
    const offered = byService.get(key) ?? new Map();
    byService.set(key, offered);
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      const uid = targetRef?.uid ?? '';
      const before = offered.get(uid);
      if (before !== undefined && before.address === addresses[0]) {
        say(`${held.key} offers pod ${targetRef?.name} a second time`);
      }
      offered.set(uid, { ready: conditions?.ready !== false, address: addresses[0] ?? '' });
    }
  }
  return byService;
}

function endpoints(
  service: Stored<Service>,
  pods: PodIndex,
  offered: Offered,
  tell: (what: string) => void,
): void {
  const { namespace = '', name } = service.metadata as { namespace?: string; name: string };
  const publishesAll = service.spec?.publishNotReadyAddresses === true;
  const ready = new Set<string>();
  let count = 0;
  for (const pod of pods.labelled(namespace, service.spec?.selector ?? {})) {
    const ip = pod.status?.podIP ?? '';
    if (ip === '' || isTerminal(pod)) continue;
    count += 1;
    const isOffered = publishesAll || (isReady(pod) && !isDeleting(pod));
    if (isOffered) ready.add(ip);
    const slice = offered.get(pod.metadata.uid);
    const who = `pod ${pod.metadata.name}`;
    if (slice === undefined) tell(`${who} is in none of its slices`);
    else if (slice.ready !== isOffered)
      tell(`${who} is ${slice.ready ? '' : 'not '}ready in a slice`);
    else if ((service.spec?.ipFamilies ?? []).length < 2 && slice.address !== ip) {
      tell(`${who} has address ${slice.address} in a slice, not ${ip}`);
    }
  }
  if (offered.size > count) tell(`its slices hold ${offered.size} pods, not ${count}`);
  const listed = as<Endpoints>(pods.picture.get(keyOf('core/endpoints', namespace, name)));
  if (listed === undefined) tell('has no Endpoints');
  else if (count <= ADDRESSES_MAX && !hasNamedPorts(service)) {
    const ips = (listed.subsets ?? []).flatMap(({ addresses = [] }) =>
      addresses.map(({ ip }) => ip),
    );
    if (!sameSet(new Set(ips), ready)) tell('its Endpoints are not its ready pods');
  }
}

/** Pods without a port of that name are left out of Endpoints; so are all where there are no ports. */
function hasNamedPorts({ spec }: Service): boolean {
  const { ports = [] } = spec ?? {};
  return ports.length === 0 || ports.some(({ targetPort }) => typeof targetPort === 'string');
}
function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

function disruptions(
  budget: Stored<PodDisruptionBudget>,
  pods: PodIndex,
  tell: (what: string) => void,
): void {
  const { status, spec, metadata } = budget;
  const { conditions = [], disruptedPods = {}, observedGeneration = 0 } = status ?? {};
  if (conditions.some(({ reason }) => reason === 'SyncFailed')) return;
  const generation = metadata.generation ?? 0;
  if (observedGeneration !== generation) {
    tell(`generation ${generation} and observed ${observedGeneration}`);
    return;
  }
  const isHealthy = (pod: Stored<Pod>) =>
    isReady(pod) && !isDeleting(pod) && !(pod.metadata.name in disruptedPods);
  const healthy = pods
    .inNamespace(metadata.namespace ?? '')
    .filter((pod) => isHealthy(pod) && selects(spec?.selector, pod.metadata.labels)).length;
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = status ?? {};
  if (currentHealthy !== healthy)
    tell(`status.currentHealthy is ${currentHealthy}, not ${healthy}`);
  const allowed = expectedPods > 0 ? Math.max(0, healthy - desiredHealthy) : 0;
  const told = status?.disruptionsAllowed ?? 0;
  if (told !== allowed) tell(`status.disruptionsAllowed is ${told}, not ${allowed}`);
}

function quotas(quota: Stored<ResourceQuota>, pods: PodIndex, tell: (what: string) => void): void {
  const { spec, status, metadata } = quota;
  if (!same(spec?.hard, status?.hard)) {
    tell('status.hard is not spec.hard');
    return;
  }
  if ((spec?.scopes ?? []).length > 0 || spec?.scopeSelector !== undefined) return;
  const all = pods.inNamespace(metadata.namespace ?? '');
  const counts = { pods: all.filter((pod) => !isTerminal(pod)).length, 'count/pods': all.length };
  for (const [name, count] of Object.entries(counts)) {
    const used = status?.used?.[name];
    if (spec?.hard?.[name] === undefined || nanosOf(used) === BigInt(count) * 10n ** 9n) continue;
    tell(`status.used of ${name} is ${used}, not ${count}`);
  }
}
