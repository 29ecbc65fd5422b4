/**
 * The table that assembles each resource's strategy: what is particular to it on its way into the
 * store.
 *
 * Parts come from several files and are merged by resource: the general facts here (names,
 * generations, grace, garbage collection, selectable fields), defaults and validation in their
 * folders. A resource without a row gets the general behaviour. Data and pure functions only.
 */

import { selectableFields } from './selectable-fields.ts';
import type { Strategy } from './strategy.ts';
import { strategyParts } from './strategy-parts.ts';

/** A strategy with the facts that the general request path needs of every resource. */
export interface GeneralStrategy extends Strategy {
  /** metadata.generation counts the changes of everything but metadata and status. */
  readonly generation: 'none' | 'spec' | 'specAndAnnotations' | 'specAndLabels';
  /** What a delete does with dependents when the client does not say. */
  readonly garbage: 'background' | 'orphan' | 'unsupported';
  /** A delete answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  /** A client may set the status on create and (`always`) on plain updates. */
  readonly keepsStatus: 'never' | 'onCreate' | 'always';
}

const generationSpec = [
  'core/pods',
  'core/replicationcontrollers',
  'core/podtemplates',
  'apps/replicasets',
  'apps/daemonsets',
  'apps/statefulsets',
  'batch/jobs',
  'batch/cronjobs',
  'policy/poddisruptionbudgets',
  'networking.k8s.io/ingresses',
  'networking.k8s.io/ingressclasses',
  'networking.k8s.io/networkpolicies',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'apiextensions.k8s.io/customresourcedefinitions',
  'scheduling.k8s.io/priorityclasses',
  'resource.k8s.io/deviceclasses',
  'resource.k8s.io/resourceslices',
  'chaos.kabuki.dev/chaosexperiments',
];

const refusesUnconditional = [
  'coordination.k8s.io/leases',
  'policy/poddisruptionbudgets',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
  'admissionregistration.k8s.io/mutatingadmissionpolicies',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'storage.k8s.io/csinodes',
  'storage.k8s.io/csidrivers',
  'storage.k8s.io/csistoragecapacities',
  'storage.k8s.io/volumeattachments',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'node.k8s.io/runtimeclasses',
];

const createsOnUpdate = [
  'core/endpoints',
  'core/events',
  'core/limitranges',
  'core/services',
  'coordination.k8s.io/leases',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/roles',
  'rbac.authorization.k8s.io/rolebindings',
];

const returnsDeleted = [
  'core/pods',
  'core/podtemplates',
  'core/resourcequotas',
  'core/serviceaccounts',
  'core/services',
  'core/persistentvolumes',
  'core/persistentvolumeclaims',
];

const nameRules: Readonly<Record<string, NonNullable<Strategy['nameRule']>>> = {
  'core/namespaces': 'dnsLabel',
  'core/services': 'dns1035Label',
  'apps/statefulsets': 'dnsLabel',
  'core/events': 'pathSegment',
  'certificates.k8s.io/certificatesigningrequests': 'pathSegment',
  'networking.k8s.io/ipaddresses': 'pathSegment',
  'rbac.authorization.k8s.io/clusterroles': 'pathSegment',
  'rbac.authorization.k8s.io/clusterrolebindings': 'pathSegment',
  'rbac.authorization.k8s.io/roles': 'pathSegment',
  'rbac.authorization.k8s.io/rolebindings': 'pathSegment',
};

const known = new Map<string, GeneralStrategy>();

/** The strategy of a resource, by its name in the store. */
export function strategyOf(storage: string): GeneralStrategy {
  const found = known.get(storage);
  if (found !== undefined) return found;
  const strategy = merge(storage);
  known.set(storage, strategy);
  return strategy;
}

function merge(storage: string): GeneralStrategy {
  const parts = strategyParts.flatMap((table) => table[storage] ?? []);
  return {
    ...mergeParts(parts),
    selectableFields: { ...selectableFields[storage] },
    generation: generationOf(storage),
    garbage: garbageOf(storage),
    returnsDeleted: returnsDeleted.includes(storage),
    keepsStatus: storage === 'core/nodes' ? 'onCreate' : 'never',
    allowUnconditionalUpdate: !refusesUnconditional.includes(storage),
    allowCreateOnUpdate: createsOnUpdate.includes(storage),
    nameRule: nameRules[storage] ?? 'dnsSubdomain',
  };
}

function generationOf(storage: string): GeneralStrategy['generation'] {
  if (storage === 'apps/deployments') return 'specAndAnnotations';
  if (storage === 'discovery.k8s.io/endpointslices') return 'specAndLabels';
  return generationSpec.includes(storage) ? 'spec' : 'none';
}

function garbageOf(storage: string): GeneralStrategy['garbage'] {
  if (storage === 'core/events') return 'unsupported';
  return storage === 'core/replicationcontrollers' || storage === 'batch/jobs'
    ? 'orphan'
    : 'background';
}

/**
 * Joins parts of one strategy: functions in place run in order, lists of causes and warnings add
 * up.
 */
export function mergeParts(parts: readonly Strategy[]): Strategy {
  if (parts.length === 1) return parts[0]!;
  const all = <K extends keyof Strategy>(field: K) =>
    parts.flatMap((part) => (part[field] === undefined ? [] : [part[field]])) as NonNullable<
      Strategy[K]
    >[];
  const run = <K extends 'defaults' | 'prepareForCreate' | 'prepareForUpdate'>(field: K) => {
    const steps = all(field) as ((...args: unknown[]) => void)[];
    if (steps.length === 0) return {};
    const joined = (...args: unknown[]) => {
      for (const step of steps) step(...args);
    };
    return { [field]: joined } as Pick<Strategy, K>;
  };
  const gather = <K extends 'validate' | 'validateUpdate' | 'validateStatusUpdate' | 'warnings'>(
    field: K,
  ) => {
    const steps = all(field) as ((...args: unknown[]) => readonly unknown[])[];
    if (steps.length === 0) return {};
    const joined = (...args: unknown[]) => steps.flatMap((step) => step(...args));
    return { [field]: joined } as unknown as Pick<Strategy, K>;
  };
  const grace = all('graceSeconds')[0];
  return {
    ...run('defaults'),
    ...run('prepareForCreate'),
    ...run('prepareForUpdate'),
    ...gather('validate'),
    ...gather('validateUpdate'),
    ...gather('validateStatusUpdate'),
    ...gather('warnings'),
    ...(grace === undefined ? {} : { graceSeconds: grace }),
  };
}
