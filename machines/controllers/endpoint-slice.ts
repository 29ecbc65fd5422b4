/**
 * The EndpointSlice controller: for every service with a selector slices of at most 100 endpoints,
 * per address family and set of ports. Changes as few slices as it can: endpoints stay in the slice
 * they are in.
 *
 * Never touches slices that another manager's label marks as its own.
 */
import type { Change } from '../api/change.ts';
import type { Endpoint, EndpointSlice, Pod, Service } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan } from './controller.ts';
import { controllerReference, enqueueSelf, splitKey } from './ownership.ts';
import { isPodDeleting, isPodReady } from './pods.ts';
import {
  type BackendPort,
  endpointsBatchMs,
  enqueueServicesOfPod,
  hostnameOf,
  labelsFor,
  podsBehind,
  portReader,
  selectingService,
} from './service-pods.ts';
import { deletion, sameValue } from './writes.ts';

/** Endpoints of one slice. */
export const ENDPOINTS_MAX = 100;

const RESOURCE = 'discovery.k8s.io/endpointslices';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
const ZONE = 'topology.kubernetes.io/zone';
const SERVICE = { apiVersion: 'v1', kind: 'Service', resource: 'core/services' } as const;

type Family = 'IPv4' | 'IPv6';

/** Endpoints with the same address family and ports. */
interface Group {
  readonly family: Family;
  readonly ports: EndpointSlice['ports'];
  readonly endpoints: Map<string, Endpoint>;
}

function plan(key: string, view: View): Plan {
  const { namespace, name } = splitKey(key);
  const slices = view
    .list(RESOURCE, namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[SERVICE_NAME] === name &&
        metadata.labels[MANAGED_BY] === MANAGER &&
        metadata.deletionTimestamp === undefined,
    );
  const service = selectingService(key, view);
  if (service === undefined) {
    const isGone = view.get('core/services', namespace, name) === undefined;
    return isGone ? { stages: [slices.map((slice) => deletion(RESOURCE, slice))] } : NOTHING;
  }
  if (service.metadata.deletionTimestamp !== undefined) return NOTHING;
  const changes = reconcile(service, slices, groupsOf(service, view));
  return changes.length === 0 ? NOTHING : { stages: [changes] };
}

/** The groups a service needs, by key; a family without endpoints keeps one empty group. */
function groupsOf(service: Stored<Service>, view: View): Map<string, Group> {
  const groups = new Map<string, Group>();
  const pods = podsBehind(service, view);
  const portsOn = portReader(service);
  for (const family of familiesOf(service)) {
    const byPorts = new Map<readonly BackendPort[], Group>();
    for (const pod of pods) {
      const address = addressOf(pod, family);
      if (address === undefined) continue;
      const ports = portsOn(pod);
      let group = byPorts.get(ports);
      if (group === undefined) {
        group = groupOf(groups, family, ports);
        byPorts.set(ports, group);
      }
      const endpoint = endpointOf(service, pod, address, view);
      group.endpoints.set(endpointKey(endpoint), endpoint);
    }
    const isMissing = ![...groups.values()].some((group) => group.family === family);
    if (isMissing) groups.set(groupKey(family, []), { family, ports: [], endpoints: new Map() });
  }
  return groups;
}

function groupOf(
  groups: Map<string, Group>,
  family: Family,
  backends: readonly BackendPort[],
): Group {
  const ports = backends.map(({ name, port, protocol, appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol !== undefined && { appProtocol }),
  }));
  const key = groupKey(family, ports);
  const group = groups.get(key) ?? { family, ports, endpoints: new Map() };
  groups.set(key, group);
  return group;
}

function familiesOf(service: Service): readonly Family[] {
  const families = (service.spec?.ipFamilies ?? []).filter((family) => family !== '');
  return families.length === 0 ? ['IPv4'] : families;
}

function addressOf(pod: Pod, family: Family): string | undefined {
  const { podIP = '', podIPs = [] } = pod.status ?? {};
  const addresses = [podIP, ...podIPs.map(({ ip }) => ip)];
  return addresses.find((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'));
}

function endpointOf(
  service: Stored<Service>,
  pod: Stored<Pod>,
  address: string,
  view: View,
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = isPodDeleting(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, namespace, uid } = pod.metadata;
  const nodeName = pod.spec?.nodeName;
  const zone = nodeName && view.get('core/nodes', '', nodeName)?.metadata.labels?.[ZONE];
  const hostname = hostnameOf(service, pod);
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName !== undefined && { nodeName }),
    ...(zone !== undefined && zone !== '' && { zone }),
  };
}

const endpointKey = ({ addresses, targetRef }: Endpoint): string =>
  `${addresses[0]} ${targetRef?.uid ?? ''}`;

function groupKey(family: string, ports: EndpointSlice['ports']): string {
  const texts = ports.map(({ name = '', port, protocol, appProtocol = '' }) =>
    [name, port, protocol, appProtocol].join(':'),
  );
  return `${family} ${texts.sort().join()}`;
}

function reconcile(
  service: Stored<Service>,
  slices: readonly Stored<EndpointSlice>[],
  groups: ReadonlyMap<string, Group>,
): readonly Change[] {
  const byGroup = new Map<string, Stored<EndpointSlice>[]>();
  const changes: Change[] = [];
  for (const slice of slices) {
    const key = groupKey(slice.addressType, slice.ports ?? []);
    if (groups.has(key)) byGroup.set(key, [...(byGroup.get(key) ?? []), slice]);
    else changes.push(deletion(RESOURCE, slice));
  }
  for (const [key, group] of groups) {
    changes.push(...reconcileGroup(service, byGroup.get(key) ?? [], group));
  }
  return changes;
}

/**
 * Keeps what is right, fills the gaps of slices that change anyway, then of others, then makes new
 * slices.
 */
function reconcileGroup(
  service: Stored<Service>,
  slices: readonly Stored<EndpointSlice>[],
  group: Group,
): readonly Change[] {
  const labels = labelsFor(service, {
    [SERVICE_NAME]: service.metadata.name,
    [MANAGED_BY]: MANAGER,
  });
  const missing = new Map(group.endpoints);
  const drafts = slices.map((slice) => {
    const endpoints: Endpoint[] = [];
    for (const old of slice.endpoints ?? []) {
      const wanted = missing.get(endpointKey(old));
      if (wanted === undefined) continue;
      missing.delete(endpointKey(old));
      endpoints.push(wanted);
    }
    const same = sameValue(endpoints, slice.endpoints) && sameValue(slice.metadata.labels, labels);
    return { slice, endpoints, changed: !same };
  });
  const waiting = [...missing.values()];
  const byPreference = [...drafts].sort(
    (a, b) => Number(b.changed) - Number(a.changed) || b.endpoints.length - a.endpoints.length,
  );
  for (const draft of byPreference) {
    const room = ENDPOINTS_MAX - draft.endpoints.length;
    if (waiting.length === 0 || room <= 0) continue;
    draft.endpoints.push(...waiting.splice(0, room));
    draft.changed = true;
  }
  const changes: Change[] = [];
  const filled = drafts.filter(({ endpoints }) => endpoints.length > 0);
  const keepEmpty = filled.length === 0 && waiting.length === 0 ? drafts[0] : undefined;
  for (const draft of drafts) {
    if (draft.endpoints.length === 0 && draft !== keepEmpty) {
      changes.push(deletion(RESOURCE, draft.slice));
    } else if (draft.changed) changes.push(update(draft.slice, labels, draft.endpoints));
  }
  if (drafts.length === 0 && waiting.length === 0) changes.push(create(service, group, labels, []));
  while (waiting.length > 0) {
    changes.push(create(service, group, labels, waiting.splice(0, ENDPOINTS_MAX)));
  }
  return changes;
}

function update(
  slice: Stored<EndpointSlice>,
  labels: { [key: string]: string },
  endpoints: Endpoint[],
): Change {
  const { name, namespace = '' } = slice.metadata;
  const object = {
    ...slice,
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...slice.metadata, labels },
    endpoints,
  };
  const key = { resource: RESOURCE, namespace, name };
  return { type: 'update', key, object: object as unknown as AnyObject };
}

function create(
  service: Stored<Service>,
  group: Group,
  labels: { [key: string]: string },
  endpoints: Endpoint[],
): Change {
  const { name, namespace = '' } = service.metadata;
  const object = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels,
      ownerReferences: [controllerReference(SERVICE, service)],
    },
    addressType: group.family,
    endpoints,
    ports: group.ports,
  };
  return { type: 'create', resource: RESOURCE, namespace, object: object as unknown as AnyObject };
}

const enqueueSlice: Enqueue = (object) => {
  const { labels = {}, namespace = '' } = object.metadata as {
    labels?: { [key: string]: string };
    namespace?: string;
  };
  const service = labels[SERVICE_NAME];
  return service !== undefined && labels[MANAGED_BY] === MANAGER ? [`${namespace}/${service}`] : [];
};

/** The row of the table. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  watches: {
    'core/services': enqueueSelf,
    'core/pods': enqueueServicesOfPod,
    [RESOURCE]: enqueueSlice,
  },
  batchMs: endpointsBatchMs,
  plan,
};
