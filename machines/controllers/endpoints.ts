/**
 * The Endpoints controller: for every service with a selector one Endpoints object of the same
 * name, with the pods behind it grouped by ports.
 *
 * Never writes Endpoints of services without a selector: their owners do.
 */
import type { Change } from '../api/change.ts';
import type { EndpointAddress, EndpointSubset, Endpoints, Pod, Service } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan } from './controller.ts';
import { enqueueSelf, splitKey, workKey } from './ownership.ts';
import { isPodDeleting, isPodReady } from './pods.ts';
import {
  type BackendPort,
  endpointsBatchMs,
  enqueueServicesOfPod,
  hostnameOf,
  isHeadless,
  labelsFor,
  podsBehind,
  portReader,
  selectingService,
} from './service-pods.ts';
import { deletion, sameValue } from './writes.ts';

/** Addresses of one Endpoints object; more are left out, ready ones last. */
export const ADDRESSES_MAX = 1000;

const RESOURCE = 'core/endpoints';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';

function plan(key: string, view: View): Plan {
  const { namespace, name } = splitKey(key);
  const found = view.get(RESOURCE, namespace, name);
  if (view.get('core/services', namespace, name) === undefined) {
    const isOurs = found?.metadata.labels?.[MANAGED_BY] === 'endpoint-controller';
    if (found === undefined || !isOurs) return NOTHING;
    return { stages: [[deletion(RESOURCE, found)]] };
  }
  const service = selectingService(key, view);
  if (service === undefined) return NOTHING;
  const { subsets, truncated } = truncate(subsetsOf(service, view));
  const labels = labelsFor(service, { [MANAGED_BY]: 'endpoint-controller' });
  const { [OVER_CAPACITY]: _, ...kept } = found?.metadata.annotations ?? {};
  const annotations = truncated ? { ...kept, [OVER_CAPACITY]: 'truncated' } : kept;
  const same =
    found !== undefined &&
    sameValue(found.subsets, subsets) &&
    sameValue(found.metadata.labels, labels) &&
    sameValue(found.metadata.annotations, annotations);
  return same
    ? NOTHING
    : { stages: [[write(found, namespace, name, { labels, annotations, subsets })]] };
}

function write(
  found: Stored<Endpoints> | undefined,
  namespace: string,
  name: string,
  wanted: { readonly labels: object; readonly annotations: object; readonly subsets: unknown },
): Change {
  const { labels, annotations, subsets } = wanted;
  const metadata = { ...(found?.metadata ?? { name, namespace }), labels, annotations };
  const object = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets } as AnyObject;
  return found === undefined
    ? { type: 'create', resource: RESOURCE, namespace, object }
    : { type: 'update', key: { resource: RESOURCE, namespace, name }, object };
}

/** Pods grouped by the ports they serve, sorted so that equal states are written equally. */
function subsetsOf(service: Stored<Service>, view: View): EndpointSubset[] {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  const groups = new Map<
    string,
    { ports: readonly BackendPort[]; ready: EndpointAddress[]; not: EndpointAddress[] }
  >();
  const wantsPorts = (service.spec?.ports ?? []).length > 0;
  const portsOn = portReader(service);
  const keys = new Map<readonly BackendPort[], string>();
  for (const pod of podsBehind(service, view)) {
    if (isPodDeleting(pod) && !publishAll) continue;
    const ports = portsOn(pod);
    if (wantsPorts ? ports.length === 0 : !isHeadless(service)) continue;
    const key = keys.get(ports) ?? JSON.stringify(ports);
    keys.set(ports, key);
    let group = groups.get(key);
    if (group === undefined) {
      group = { ports, ready: [], not: [] };
      groups.set(key, group);
    }
    const address = addressOf(service, pod);
    (publishAll || isPodReady(pod) ? group.ready : group.not).push(address);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, not }]) => ({
      ...(ready.length > 0 && { addresses: ready.sort(byAddress) }),
      ...(not.length > 0 && { notReadyAddresses: not.sort(byAddress) }),
      ...(ports.length > 0 && { ports: ports.map(portOf) }),
    }));
}

function portOf({ name, port, protocol, appProtocol }: BackendPort) {
  return {
    ...(name !== '' && { name }),
    port,
    protocol,
    ...(appProtocol !== undefined && { appProtocol }),
  };
}

function addressOf(service: Stored<Service>, pod: Stored<Pod>): EndpointAddress {
  const hostname = hostnameOf(service, pod);
  const nodeName = pod.spec?.nodeName;
  const { name, namespace, uid } = pod.metadata;
  return {
    ip: pod.status?.podIP ?? '',
    ...(hostname !== undefined && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  if (a.ip !== b.ip) return a.ip < b.ip ? -1 : 1;
  return (a.targetRef?.uid ?? '') < (b.targetRef?.uid ?? '') ? -1 : 1;
}

/** Keeps the object within its bound; ready addresses have the first claim. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  let left = ADDRESSES_MAX;
  let truncated = false;
  const take = (addresses: EndpointAddress[] | undefined) => {
    if (addresses === undefined) return undefined;
    const taken = addresses.slice(0, left);
    truncated ||= taken.length < addresses.length;
    left -= taken.length;
    return taken.length === 0 ? undefined : taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const kept = subsets.map(({ notReadyAddresses, ports }, index) => {
    const not = take(notReadyAddresses);
    return {
      ...(ready[index] !== undefined && { addresses: ready[index] }),
      ...(not !== undefined && { notReadyAddresses: not }),
      ...(ports !== undefined && { ports }),
    };
  });
  return {
    subsets: kept.filter((s) => s.addresses !== undefined || s.notReadyAddresses !== undefined),
    truncated,
  };
}

/** The row of the table. */
export const endpointsController: Controller = {
  name: 'endpoints-controller',
  component: 'endpoint-controller',
  watches: {
    'core/services': enqueueSelf,
    'core/pods': enqueueServicesOfPod,
    [RESOURCE]: (object) => [workKey(object)],
  },
  batchMs: endpointsBatchMs,
  plan,
};
