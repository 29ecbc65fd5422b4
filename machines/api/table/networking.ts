/**
 * Tables of services, endpoints and what routes traffic. Follows pkg/printers/internalversion.
 * Pure.
 */
import type {
  EndpointSlice,
  Endpoints,
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  Service,
  ServiceCIDR,
} from '../types.ts';
import {
  ageColumn,
  ageOf,
  firstThree,
  formatLabels,
  formatSelector,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  text,
  wide,
} from './columns.ts';

const service = printer<Service>({
  columns: [
    nameColumn,
    text('Type', 'How the service is reached.'),
    text('Cluster-IP', 'Address of the service inside the cluster.'),
    text('External-IP', 'Addresses of the service outside the cluster.'),
    text('Port(s)', 'Ports of the service, with node ports.'),
    ageColumn,
    wide('Selector', 'Selects the pods behind the service.'),
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.type ?? '',
    object.spec?.clusterIPs?.[0] ?? (object.spec?.clusterIP || '<none>'),
    externalAddress(object),
    portsText(object),
    ageOf(object, nowMs),
    formatLabels(object.spec?.selector),
  ],
});

function externalAddress({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || '<none>';
    case 'LoadBalancer':
      return (
        [...balancerAddresses(status?.loadBalancer?.ingress), ...external].join(',') || '<pending>'
      );
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function balancerAddresses(
  ingress: readonly {
    readonly ip?: string | undefined;
    readonly hostname?: string | undefined;
  }[] = [],
): readonly string[] {
  const addresses = ingress.map((point) => point.ip || point.hostname || '');
  return [...new Set(addresses.filter((address) => address !== ''))].sort();
}

function portsText(object: Service): string {
  const texts = (object.spec?.ports ?? []).map(({ port, nodePort, protocol }) => {
    const numbers = nodePort !== undefined && nodePort > 0 ? `${port}:${nodePort}` : `${port}`;
    return `${numbers}/${protocol ?? 'TCP'}`;
  });
  return texts.join(',') || '<none>';
}

const ingress = printer<Ingress>({
  columns: [
    nameColumn,
    text('Class', 'Class of the ingress.'),
    text('Hosts', 'Hosts whose requests the rules match.'),
    text('Address', 'Addresses of the load balancer.'),
    text('Ports', 'Ports that are open.'),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.ingressClassName ?? '<none>',
    hostsText(object),
    balancerAddresses(object.status?.loadBalancer?.ingress).join(','),
    (object.spec?.tls?.length ?? 0) > 0 ? '80, 443' : '80',
    ageOf(object, nowMs),
  ],
});

/**
 * The first three hosts; once there are three, every further rule counts, with a host or without.
 */
function hostsText(object: Ingress): string {
  const rules = object.spec?.rules ?? [];
  const hosts: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (hosts.length === 3) more = true;
    else if (host) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return more ? `${hosts.join(',')} + ${rules.length - 3} more...` : hosts.join(',');
}

const ingressClass = printer<IngressClass>({
  columns: [
    nameColumn,
    text('Controller', 'Who handles ingresses of the class.'),
    text('Parameters', 'Object with more settings.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const parameters = object.spec?.parameters;
    const group = parameters?.apiGroup === undefined ? '' : `.${parameters.apiGroup}`;
    return [
      nameOf(object),
      object.spec?.controller ?? '',
      parameters === undefined ? '<none>' : `${parameters.kind}${group}/${parameters.name}`,
      ageOf(object, nowMs),
    ];
  },
});

function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function endpointsText(object: Endpoints): string {
  const subsets = object.subsets ?? [];
  if (subsets.length === 0) return '<none>';
  const list = subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map((address) => address.ip);
    return ports.flatMap((port) => addresses.map((address) => joinHostPort(address.ip, port.port)));
  });
  return firstThree(list, list.length);
}

function sliceText(list: readonly string[]): string {
  return firstThree(list, list.length) || '<unset>';
}

/** Kinds about the network. */
export const networkingPrinters: Printers = {
  '/Service': service,
  'networking.k8s.io/Ingress': ingress,
  'networking.k8s.io/IngressClass': ingressClass,
  '/Endpoints': printer<Endpoints>({
    columns: [nameColumn, text('Endpoints', 'Addresses that are ready.'), ageColumn],
    cells: (object, nowMs) => [nameOf(object), endpointsText(object), ageOf(object, nowMs)],
  }),
  'discovery.k8s.io/EndpointSlice': printer<EndpointSlice>({
    columns: [
      nameColumn,
      text('AddressType', 'Kind of the addresses.'),
      text('Ports', 'Ports of each endpoint.'),
      text('Endpoints', 'Addresses of the endpoints.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.addressType ?? '',
      sliceText((object.ports ?? []).map((port) => String(port.port ?? port.name ?? '*'))),
      sliceText((object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
      ageOf(object, nowMs),
    ],
  }),
  'networking.k8s.io/NetworkPolicy': printer<NetworkPolicy>({
    columns: [nameColumn, text('Pod-Selector', 'Selects the pods it applies to.'), ageColumn],
    cells: (object, nowMs) => [
      nameOf(object),
      formatSelector(object.spec?.podSelector),
      ageOf(object, nowMs),
    ],
  }),
  'networking.k8s.io/ServiceCIDR': printer<ServiceCIDR>({
    columns: [nameColumn, text('CIDRs', 'Ranges of service addresses.'), ageColumn],
    cells: (object, nowMs) => [
      nameOf(object),
      (object.spec?.cidrs ?? []).join(','),
      ageOf(object, nowMs),
    ],
  }),
  'networking.k8s.io/IPAddress': printer<IPAddress>({
    columns: [nameColumn, text('ParentRef', 'Who uses the address.'), ageColumn],
    cells: (object, nowMs) => {
      const parent = object.spec?.parentRef;
      const group = parent?.group ? `.${parent.group}` : '';
      const namespace = parent?.namespace ? `/${parent.namespace}` : '';
      const resource = `${parent?.resource ?? ''}${group}`.toLowerCase();
      return [
        nameOf(object),
        parent === undefined ? '<none>' : `${resource}${namespace}/${parent.name ?? ''}`,
        ageOf(object, nowMs),
      ];
    },
  }),
};
