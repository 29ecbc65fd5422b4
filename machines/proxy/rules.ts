/**
 * Proxy rules: from Services and EndpointSlices to what each address and port forwards to.
 *
 * Follows kube-proxy: only ready endpoints; where none is ready, those still serving while they terminate;
 * traffic policies `Local` keep to this node's endpoints; headless and ExternalName Services have no rules, nor
 * has a port without endpoints: nothing listens there, so that clients are refused as kube-proxy rejects them.
 * Pure; never looks at a socket.
 */
import type { DiscoveryV1EndpointPort, EndpointSlice, Service, ServicePort } from '../api/types.ts';

export type ProxyProtocol = 'TCP' | 'UDP';

/** Where one connection may go. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** One address and port to listen on, and where it forwards to. */
export interface ProxyRule {
  /** `tcp/127.96.0.10:80`; unique. */
  readonly id: string;
  /** `namespace/name:port` of the Service port, for events and logs. */
  readonly servicePort: string;
  readonly protocol: ProxyProtocol;
  readonly address: string;
  readonly port: number;
  readonly backends: readonly Backend[];
  /** How long a client stays with its backend, milliseconds; 0 for no affinity. */
  readonly affinityMs: number;
}

/** Kubernetes' default of `sessionAffinityConfig.clientIP.timeoutSeconds`: three hours. */
const AFFINITY_SECONDS = 10_800;
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** Rules of all Services for one node, sorted by id. */
export function rules(
  services: Iterable<Service>,
  slices: Iterable<EndpointSlice>,
  node: { readonly name: string; readonly address: string },
): readonly ProxyRule[] {
  const slicesOf = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const name = slice.metadata?.labels?.[SERVICE_NAME_LABEL];
    if (name === undefined || slice.addressType !== 'IPv4') continue;
    const key = `${slice.metadata?.namespace}/${name}`;
    const list = slicesOf.get(key);
    if (list === undefined) slicesOf.set(key, [slice]);
    else list.push(slice);
  }
  const all: ProxyRule[] = [];
  for (const service of services) {
    const key = `${service.metadata?.namespace}/${service.metadata?.name}`;
    all.push(...rulesOfService(service, key, slicesOf.get(key) ?? [], node));
  }
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function rulesOfService(
  service: Service,
  key: string,
  slices: readonly EndpointSlice[],
  node: { readonly name: string; readonly address: string },
): readonly ProxyRule[] {
  const { spec, metadata } = service;
  const labels = metadata?.labels ?? {};
  if (spec === undefined || spec.type === 'ExternalName') return [];
  if (labels[PROXY_NAME_LABEL] !== undefined || labels[HEADLESS_LABEL] !== undefined) return [];
  const clusterIps = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(isIpv4);
  if (clusterIps.length === 0) return [];
  const affinityMs =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS) * 1_000
      : 0;
  const found: ProxyRule[] = [];
  for (const port of spec.ports ?? []) {
    const protocol = port.protocol ?? 'TCP';
    if (protocol === 'SCTP') continue;
    const servicePort = port.name ? `${key}:${port.name}` : key;
    const add = (address: string, at: number, localOnly: boolean): void => {
      const chosen = backends(slices, port, localOnly ? node.name : undefined);
      if (chosen.length === 0) return;
      const id = `${protocol.toLowerCase()}/${address}:${at}`;
      found.push({ id, servicePort, protocol, address, port: at, backends: chosen, affinityMs });
    };
    for (const ip of clusterIps) add(ip, port.port, spec.internalTrafficPolicy === 'Local');
    const external = spec.externalTrafficPolicy === 'Local';
    if (port.nodePort) add(node.address, port.nodePort, external);
    for (const ip of (spec.externalIPs ?? []).filter(isLoopback)) add(ip, port.port, external);
  }
  return found;
}

/** Backends of one Service port: ready ones, or else those serving while they terminate. */
function backends(
  slices: readonly EndpointSlice[],
  port: ServicePort,
  onlyNode: string | undefined,
): readonly Backend[] {
  const ready = new Map<string, Backend>();
  const terminating = new Map<string, Backend>();
  for (const slice of slices) {
    const target = slice.ports?.find((one) => samePort(one, port))?.port;
    if (target === undefined) continue;
    for (const { addresses, conditions, nodeName } of slice.endpoints ?? []) {
      const address = addresses[0];
      if (address === undefined || (onlyNode !== undefined && nodeName !== onlyNode)) continue;
      const backend = { address, port: target };
      if (conditions?.ready !== false) ready.set(`${address}:${target}`, backend);
      else if (conditions.serving && conditions.terminating) {
        terminating.set(`${address}:${target}`, backend);
      }
    }
  }
  const chosen = ready.size > 0 ? ready : terminating;
  return [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend);
}

function samePort(endpoint: DiscoveryV1EndpointPort, port: ServicePort): boolean {
  return (
    (endpoint.name ?? '') === (port.name ?? '') &&
    (endpoint.protocol ?? 'TCP') === (port.protocol ?? 'TCP')
  );
}

const isIpv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);
const isLoopback = (address: string): boolean => address.startsWith('127.');
