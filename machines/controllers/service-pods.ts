/**
 * What Endpoints and EndpointSlices have in common: which pods stand behind a service, on which
 * ports, and which services a change of a pod concerns. Pure.
 */
import { matchesLabels } from '../api/labels.ts';
import type { Container, Pod, Service, ServicePort } from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import type { Enqueue, WorkKey } from './controller.ts';
import { splitKey, workKey } from './ownership.ts';
import { isPodReady, isPodTerminal } from './pods.ts';
import { sameValue } from './writes.ts';

/** Gather changes of pods for this long, so that a rollout costs few writes. */
const BATCH_MS = 20;
/** Many pods make a plan dear, so it comes less often; but never less often than this. */
const BATCH_MAX_MS = 500;
const PODS_FOR_ONE_MS = 10;

/** How long the endpoints of a service wait for further changes, by the pods of its namespace. */
export function endpointsBatchMs(key: WorkKey, view: View): number {
  const pods = view.list('core/pods', splitKey(key).namespace).length;
  return Math.min(BATCH_MAX_MS, BATCH_MS + Math.floor(pods / PODS_FOR_ONE_MS));
}

/** Label of objects of a service without a cluster IP. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** A port of a pod behind a service. */
export interface BackendPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly appProtocol: string | undefined;
}

/**
 * The service of a key where its endpoints are ours to write: it has a selector and is no
 * ExternalName.
 */
export function selectingService(key: WorkKey, view: View): Stored<Service> | undefined {
  const { namespace, name } = splitKey(key);
  const service = view.get('core/services', namespace, name);
  const isOurs = service?.spec?.selector !== undefined && service.spec.type !== 'ExternalName';
  return isOurs ? service : undefined;
}

/** True where a service has no cluster IP. */
export function isHeadless(service: Service): boolean {
  const ip = service.spec?.clusterIP ?? '';
  return ip === '' || ip === 'None';
}

/** Pods a service selects that have an address and have not ended. */
export function podsBehind(service: Stored<Service>, view: View): readonly Stored<Pod>[] {
  const selector = service.spec?.selector;
  return view
    .list('core/pods', service.metadata.namespace)
    .filter(
      (pod) =>
        (pod.status?.podIP ?? '') !== '' &&
        !isPodTerminal(pod) &&
        matchesLabels(selector, pod.metadata.labels),
    );
}

/** Reads the ports of a service on a pod; ports whose name the pod does not know are left out. */
export function portReader(service: Service): (pod: Pod) => readonly BackendPort[] {
  const ports = service.spec?.ports ?? [];
  const read = (pod: Pod | undefined) =>
    ports.flatMap((wanted) => {
      const port = targetPort(wanted, pod);
      if (port === undefined) return [];
      const { name = '', protocol = 'TCP', appProtocol } = wanted;
      return [{ name, port, protocol, appProtocol }];
    });
  if (ports.some(({ targetPort: target }) => typeof target === 'string')) return read;
  const same = read(undefined);
  return () => same;
}

function targetPort(wanted: ServicePort, pod: Pod | undefined): number | undefined {
  const target = wanted.targetPort ?? wanted.port;
  if (typeof target === 'number') return target === 0 ? wanted.port : target;
  const { containers = [], initContainers = [] } = pod?.spec ?? {};
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const named = (container: Container) =>
    container.ports?.find(
      ({ name, protocol = 'TCP' }) => name === target && protocol === (wanted.protocol ?? 'TCP'),
    )?.containerPort;
  for (const container of [...containers, ...sidecars]) {
    const port = named(container);
    if (port !== undefined) return port;
  }
  return undefined;
}

/** The host name a pod has under a headless service. */
export function hostnameOf(service: Stored<Service>, pod: Stored<Pod>): string | undefined {
  const { hostname = '', subdomain = '' } = pod.spec ?? {};
  const isNamed = hostname !== '' && subdomain === service.metadata.name;
  return isNamed ? hostname : undefined;
}

/** Labels of the service, with those the controller itself sets. */
export function labelsFor(
  service: Stored<Service>,
  own: { readonly [key: string]: string },
): { [key: string]: string } {
  const { [HEADLESS_LABEL]: _, ...labels } = service.metadata.labels ?? {};
  return { ...labels, ...(isHeadless(service) && { [HEADLESS_LABEL]: '' }), ...own };
}

/** The services that select a pod now or did before, where the change matters to them. */
export const enqueueServicesOfPod: Enqueue = (object, before, view, deleted) => {
  const pod = object as Stored<AnyObject> & Stored<Pod>;
  const previous = before as typeof pod | undefined;
  if (previous !== undefined && !deleted && sameBackend(previous, pod)) return [];
  const keys: WorkKey[] = [];
  for (const service of view.list('core/services', pod.metadata.namespace)) {
    const selector = service.spec?.selector;
    if (selector === undefined) continue;
    const selects =
      matchesLabels(selector, pod.metadata.labels) ||
      (previous !== undefined && matchesLabels(selector, previous.metadata.labels));
    if (selects) keys.push(workKey(service));
  }
  return keys;
};

function sameBackend(a: Stored<Pod>, b: Stored<Pod>): boolean {
  return (
    a.status?.podIP === b.status?.podIP &&
    isPodReady(a) === isPodReady(b) &&
    isPodTerminal(a) === isPodTerminal(b) &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    a.spec?.nodeName === b.spec?.nodeName &&
    a.spec?.hostname === b.spec?.hostname &&
    sameValue(a.metadata.labels, b.metadata.labels)
  );
}
