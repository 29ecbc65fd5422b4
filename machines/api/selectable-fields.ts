/**
 * The fields that `fieldSelector` knows, resource by resource, besides metadata.name and
 * metadata.namespace.
 *
 * A table of facts; a field that is absent reads as ''. Never throws, whatever the object looks
 * like.
 */
import type { AnyObject } from './view.ts';

type Reader = (object: AnyObject) => string;
type Readers = Readonly<Record<string, Reader>>;

/** Reads a dotted path as text: '' where absent, booleans and numbers as Go prints them. */
function at(path: string, absent = ''): Reader {
  const steps = path.split('.');
  return (object) => {
    let value: unknown = object;
    for (const step of steps) {
      if (typeof value !== 'object' || value === null) return absent;
      value = (value as Record<string, unknown>)[step];
    }
    return value === undefined || value === null ? absent : String(value);
  };
}

function paths(...list: readonly string[]): Readers {
  return Object.fromEntries(list.map((path) => [path, at(path)]));
}

/** The selectable fields of each resource, by its name in the store. */
export const selectableFields: Readonly<Record<string, Readers>> = {
  'core/pods': {
    ...paths(
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ),
    'spec.hostNetwork': at('spec.hostNetwork', 'false'),
    'status.podIPs': podIps,
  },
  'core/events': {
    ...paths(
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'type',
    ),
    source: (object) => at('source.component')(object) || at('reportingComponent')(object),
  },
  'core/nodes': { 'spec.unschedulable': at('spec.unschedulable', 'false') },
  'core/namespaces': { ...paths('status.phase'), name: at('metadata.name') },
  'core/secrets': paths('type'),
  'core/services': paths('spec.clusterIP', 'spec.type'),
  'core/replicationcontrollers': { 'status.replicas': at('status.replicas', '0') },
  'core/persistentvolumes': { name: at('metadata.name') },
  'core/persistentvolumeclaims': { name: at('metadata.name') },
  'apps/replicasets': { 'status.replicas': at('status.replicas', '0') },
  'batch/jobs': { 'status.successful': at('status.succeeded', '0') },
  'certificates.k8s.io/certificatesigningrequests': paths('spec.signerName'),
  'networking.k8s.io/ipaddresses': {},
  'resource.k8s.io/resourceslices': paths('spec.nodeName', 'spec.driver'),
};

function podIps(object: AnyObject): string {
  const status = object.status as { podIPs?: { ip?: string }[] } | undefined;
  return status?.podIPs?.map(({ ip }) => ip ?? '').join(',') ?? '';
}

/** Field names of events.k8s.io/v1, which differ from those of the stored core Event. */
export const eventsV1Fields: Readonly<Record<string, string>> = {
  'regarding.kind': 'involvedObject.kind',
  'regarding.namespace': 'involvedObject.namespace',
  'regarding.name': 'involvedObject.name',
  'regarding.uid': 'involvedObject.uid',
  'regarding.apiVersion': 'involvedObject.apiVersion',
  'regarding.resourceVersion': 'involvedObject.resourceVersion',
  'regarding.fieldPath': 'involvedObject.fieldPath',
  reportingController: 'reportingComponent',
};
