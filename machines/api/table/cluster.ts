/**
 * Tables of nodes, namespaces, events and of the small core kinds. Follows
 * pkg/printers/internalversion. Pure.
 */
import type {
  CertificateSigningRequest,
  ConfigMap,
  Event,
  EventsV1Event,
  Lease,
  Namespace,
  Node,
  PriorityClass,
  ResourceQuota,
  RuntimeClass,
  Secret,
  ServiceAccount,
} from '../types.ts';
import type { AnyObject } from '../view.ts';
import {
  ageColumn,
  ageOf,
  boolean,
  type Cell,
  integer,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  text,
  wide,
} from './columns.ts';
import { age, humanDuration } from './duration.ts';

const node = printer<Node>({
  columns: [
    nameColumn,
    text('Status', 'Whether the node is ready, and whether pods may be bound to it.'),
    text('Roles', 'Roles of the node, from its labels.'),
    ageColumn,
    text('Version', 'Version of the kubelet.'),
    wide('Internal-IP', 'Address of the node inside the cluster.'),
    wide('External-IP', 'Address of the node outside the cluster.'),
    wide('OS-Image', 'Operating system of the node.'),
    wide('Kernel-Version', 'Kernel of the node.'),
    wide('Container-Runtime', 'Runtime that runs the containers.'),
  ],
  cells: (object, nowMs) => {
    const info = object.status?.nodeInfo;
    return [
      nameOf(object),
      nodeStatus(object),
      nodeRoles(object),
      ageOf(object, nowMs),
      info?.kubeletVersion ?? '',
      nodeAddress(object, 'InternalIP'),
      nodeAddress(object, 'ExternalIP'),
      info?.osImage || '<unknown>',
      info?.kernelVersion || '<unknown>',
      info?.containerRuntimeVersion || '<unknown>',
    ];
  },
});

function nodeStatus(object: Node): string {
  const ready = object.status?.conditions?.findLast((condition) => condition.type === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return object.spec?.unschedulable === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(object: Node): string {
  const roles = new Set<string>();
  const prefix = 'node-role.kubernetes.io/';
  for (const [key, value] of Object.entries(object.metadata?.labels ?? {})) {
    if (key.startsWith(prefix) && key.length > prefix.length) roles.add(key.slice(prefix.length));
    else if (key === 'kubernetes.io/role' && value !== '') roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function nodeAddress(object: Node, type: string): string {
  const found = object.status?.addresses?.find((address) => address.type === type);
  return found?.address ?? '<none>';
}

const eventColumns = [
  text('Last Seen', 'Time since the event last happened.'),
  text('Type', 'Normal or Warning.'),
  text('Reason', 'Short reason, for machines.'),
  text('Object', 'What the event is about.'),
  wide('Subobject', 'Which part of the object the event is about.'),
  wide('Source', 'Who reported the event.'),
  text('Message', 'What happened, for people.'),
  wide('First Seen', 'Time since the event first happened.'),
  wide('Count', 'How often the event has happened.'),
  { ...nameColumn, priority: 1 },
];

/** An event in either of its two forms. */
type AnyEvent = Event & Partial<Omit<EventsV1Event, keyof Event>>;

function eventCells(event: AnyEvent, nowMs: number): readonly Cell[] {
  const regarding = event.involvedObject ?? event.regarding;
  const source = event.source ?? event.deprecatedSource;
  const firstTimestamp = event.firstTimestamp ?? event.deprecatedFirstTimestamp;
  const lastTimestamp = event.lastTimestamp ?? event.deprecatedLastTimestamp;
  const first = age(firstTimestamp || event.eventTime, nowMs);
  const { series } = event;
  const last = lastTimestamp ? age(lastTimestamp, nowMs) : first;
  const kind = (regarding?.kind ?? '').toLowerCase();
  const component = source?.component || event.reportingComponent || event.reportingController;
  const host = source?.host || event.reportingInstance;
  return [
    series === undefined ? last : age(series.lastObservedTime, nowMs),
    event.type ?? '',
    event.reason ?? '',
    regarding?.name ? `${kind}/${regarding.name}` : kind,
    regarding?.fieldPath ?? '',
    [component ?? '', ...(host ? [host] : [])].join(', '),
    (event.message ?? event.note ?? '').trim(),
    first,
    series?.count ?? (event.count || event.deprecatedCount || 1),
    nameOf(event),
  ];
}

const event = printer<AnyEvent>({ columns: eventColumns, cells: eventCells });

const resourceQuota = printer<ResourceQuota>({
  columns: [
    nameColumn,
    text('Request', 'Requests in use and allowed.'),
    text('Limit', 'Limits in use and allowed.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const hard = object.status?.hard ?? {};
    const used = object.status?.used ?? {};
    const texts = (limits: boolean) =>
      Object.keys(hard)
        .sort()
        .filter((resource) => resource.startsWith('limits.') === limits)
        .map((resource) => `${resource}: ${used[resource] ?? '0'}/${hard[resource]}`)
        .join(', ');
    return [nameOf(object), texts(false), texts(true), ageOf(object, nowMs)];
  },
});

const signingRequest = printer<CertificateSigningRequest>({
  columns: [
    nameColumn,
    ageColumn,
    text('SignerName', 'Who is asked to sign.'),
    text('Requestor', 'Who asked.'),
    text('RequestedDuration', 'How long the certificate should be valid.'),
    text('Condition', 'What has become of the request.'),
  ],
  cells: (object, nowMs) => {
    const { spec, status } = object;
    const has = (type: string) => status?.conditions?.some((one) => one.type === type) === true;
    const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
    const seconds = spec?.expirationSeconds;
    return [
      nameOf(object),
      ageOf(object, nowMs),
      spec?.signerName || '<none>',
      spec?.username ?? '',
      seconds === undefined ? '<none>' : humanDuration(seconds * 1000),
      `${decision}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`,
    ];
  },
});

interface ComponentStatus extends AnyObject {
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
    readonly error?: string;
  }[];
}

const componentStatus = printer<ComponentStatus>({
  columns: [
    nameColumn,
    text('Status', 'Whether the component is healthy.'),
    text('Message', 'What the component says.'),
    text('Error', 'What is wrong with the component.'),
  ],
  cells: (object) => {
    const healthy = object.conditions?.find((condition) => condition.type === 'Healthy');
    const state = healthy?.status === 'True' ? 'Healthy' : 'Unhealthy';
    return [
      nameOf(object),
      healthy === undefined ? 'Unknown' : state,
      healthy?.message ?? '',
      healthy?.error ?? '',
    ];
  },
});

const count = (map: object | undefined) => Object.keys(map ?? {}).length;

/** Kinds of the cluster itself, and configuration. */
export const clusterPrinters: Printers = {
  '/Node': node,
  '/Event': event,
  'events.k8s.io/Event': event,
  '/ResourceQuota': resourceQuota,
  '/ComponentStatus': componentStatus,
  'certificates.k8s.io/CertificateSigningRequest': signingRequest,
  '/Namespace': printer<Namespace>({
    columns: [nameColumn, text('Status', 'Whether the namespace is in use.'), ageColumn],
    cells: (object, nowMs) => [nameOf(object), object.status?.phase ?? '', ageOf(object, nowMs)],
  }),
  '/Secret': printer<Secret>({
    columns: [
      nameColumn,
      text('Type', 'What the data is for.'),
      text('Data', 'How many entries there are.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.type ?? '',
      count(object.data),
      ageOf(object, nowMs),
    ],
  }),
  '/ConfigMap': printer<ConfigMap>({
    columns: [nameColumn, text('Data', 'How many entries there are.'), ageColumn],
    cells: (object, nowMs) => [
      nameOf(object),
      count(object.data) + count(object.binaryData),
      ageOf(object, nowMs),
    ],
  }),
  '/ServiceAccount': printer<ServiceAccount>({
    columns: [nameColumn, text('Secrets', 'How many secrets the account names.'), ageColumn],
    cells: (object, nowMs) => [nameOf(object), object.secrets?.length ?? 0, ageOf(object, nowMs)],
  }),
  'coordination.k8s.io/Lease': printer<Lease>({
    columns: [nameColumn, text('Holder', 'Who holds the lease.'), ageColumn],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.holderIdentity ?? '',
      ageOf(object, nowMs),
    ],
  }),
  'node.k8s.io/RuntimeClass': printer<RuntimeClass>({
    columns: [nameColumn, text('Handler', 'Runtime configuration of this name.'), ageColumn],
    cells: (object, nowMs) => [nameOf(object), object.handler ?? '', ageOf(object, nowMs)],
  }),
  'scheduling.k8s.io/PriorityClass': printer<PriorityClass>({
    columns: [
      nameColumn,
      integer('Value', 'Priority of pods in the class; more is more important.'),
      boolean('Global-Default', 'Whether pods without a class are in this one.'),
      ageColumn,
      text('PreemptionPolicy', 'Whether pods in the class may take the place of others.'),
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.value ?? 0,
      object.globalDefault ?? false,
      ageOf(object, nowMs),
      object.preemptionPolicy ?? '',
    ],
  }),
};
