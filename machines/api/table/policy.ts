/**
 * Tables of access rules, admission, flow control and device claims. Follows pkg/printers. Pure.
 */
import type {
  APIService,
  ClusterRole,
  ClusterRoleBinding,
  CustomResourceDefinition,
  FlowSchema,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  PriorityLevelConfiguration,
  ResourceClaim,
  ResourceSlice,
  Role,
  RoleBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../types.ts';
import {
  ageColumn,
  ageOf,
  type Cell,
  integer,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  selectorText,
  text,
  wide,
} from './columns.ts';

type AnyBinding = RoleBinding | ClusterRoleBinding;

const binding = printer<AnyBinding>({
  columns: [
    nameColumn,
    text('Role', 'Role that is granted.'),
    ageColumn,
    wide('Users', 'Users it is granted to.'),
    wide('Groups', 'Groups it is granted to.'),
    wide('ServiceAccounts', 'ServiceAccounts it is granted to.'),
  ],
  cells: (object, nowMs) => {
    const subjects = (kind: string) => (object.subjects ?? []).filter((one) => one.kind === kind);
    const names = (kind: string) =>
      subjects(kind)
        .map((one) => one.name)
        .join(', ');
    const accounts = subjects('ServiceAccount').map((one) => `${one.namespace ?? ''}/${one.name}`);
    return [
      nameOf(object),
      `${object.roleRef?.kind ?? ''}/${object.roleRef?.name ?? ''}`,
      ageOf(object, nowMs),
      names('User'),
      names('Group'),
      accounts.join(', '),
    ];
  },
});

/** Kinds that have no table of their own in Kubernetes show when they were made. */
const createdAt = { ...text('Created At', 'When the object was created.'), type: 'date' };

const created = printer<Role | ClusterRole | CustomResourceDefinition>({
  columns: [nameColumn, createdAt],
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? ''],
});

const webhooks = printer<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>({
  columns: [nameColumn, integer('Webhooks', 'How many webhooks there are.'), ageColumn],
  cells: (object, nowMs) => [nameOf(object), object.webhooks?.length ?? 0, ageOf(object, nowMs)],
});

interface ParamKind {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
}

function paramKind(kind: ParamKind | undefined): string {
  return kind === undefined ? '<unset>' : `${kind.apiVersion ?? ''}/${kind.kind ?? ''}`;
}

type AnyPolicyBinding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;

function policyBindingCells(object: AnyPolicyBinding, nowMs: number): readonly Cell[] {
  const ref = object.spec?.paramRef;
  const selected = ref?.selector === undefined ? '<unset>' : selectorText(ref.selector);
  const param = ref?.name ? `${ref.namespace || '*'}/${ref.name}` : selected;
  return [nameOf(object), object.spec?.policyName ?? '', param, ageOf(object, nowMs)];
}

const policyBinding = printer<AnyPolicyBinding>({
  columns: [
    nameColumn,
    text('PolicyName', 'Policy that is bound.'),
    text('ParamRef', "Object with the policy's parameters."),
    ageColumn,
  ],
  cells: policyBindingCells,
});

const flowSchema = printer<FlowSchema>({
  columns: [
    nameColumn,
    text('PriorityLevel', 'Level that matching requests belong to.'),
    text('MatchingPrecedence', 'Which schema is tried first; less is earlier.'),
    text('DistinguisherMethod', 'How flows are told apart.'),
    ageColumn,
    text('MissingPL', 'Whether the level does not exist.'),
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.priorityLevelConfiguration?.name ?? '',
    object.spec?.matchingPrecedence ?? 0,
    object.spec?.distinguisherMethod?.type ?? '<none>',
    ageOf(object, nowMs),
    object.status?.conditions?.find((condition) => condition.type === 'Dangling')?.status ?? '?',
  ],
});

const priorityLevel = printer<PriorityLevelConfiguration>({
  columns: [
    nameColumn,
    text('Type', 'Whether requests are limited.'),
    text('NominalConcurrencyShares', "Share of the server's seats."),
    text('Queues', 'How many queues there are.'),
    text('HandSize', 'Among how many queues a flow is spread.'),
    text('QueueLengthLimit', 'Most requests in one queue.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const limited = object.spec?.limited;
    const queuing = limited?.limitResponse?.queuing;
    return [
      nameOf(object),
      object.spec?.type ?? '',
      limited?.nominalConcurrencyShares ?? '<none>',
      queuing?.queues ?? '<none>',
      queuing?.handSize ?? '<none>',
      queuing?.queueLengthLimit ?? '<none>',
      ageOf(object, nowMs),
    ];
  },
});

const apiService = printer<APIService>({
  columns: [
    nameColumn,
    text('Service', 'Service that serves this version, or Local.'),
    text('Available', 'Whether it answers.'),
    ageColumn,
  ],
  cells: (object, nowMs) => {
    const { service } = object.spec ?? {};
    const available = object.status?.conditions?.find((one) => one.type === 'Available');
    const state = available?.status ?? 'Unknown';
    const reason =
      available === undefined || state === 'True' ? '' : ` (${available.reason ?? ''})`;
    return [
      nameOf(object),
      service === undefined ? 'Local' : `${service.namespace ?? ''}/${service.name ?? ''}`,
      `${state}${reason}`,
      ageOf(object, nowMs),
    ];
  },
});

function claimState(object: ResourceClaim): string {
  const deleted = Boolean(object.metadata?.deletionTimestamp);
  const states = deleted ? ['deleted'] : [];
  if (object.status?.allocation === undefined) return deleted ? 'deleted' : 'pending';
  states.push('allocated');
  if ((object.status.reservedFor?.length ?? 0) > 0) states.push('reserved');
  return states.join(',');
}

/** Kinds about who may do what, and how much of it. */
export const policyPrinters: Printers = {
  'rbac.authorization.k8s.io/RoleBinding': binding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': binding,
  'rbac.authorization.k8s.io/Role': created,
  'rbac.authorization.k8s.io/ClusterRole': created,
  'apiextensions.k8s.io/CustomResourceDefinition': created,
  'apiregistration.k8s.io/APIService': apiService,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBinding,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': policyBinding,
  'flowcontrol.apiserver.k8s.io/FlowSchema': flowSchema,
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': priorityLevel,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': printer<ValidatingAdmissionPolicy>({
    columns: [
      nameColumn,
      integer('Validations', 'How many rules there are.'),
      text('ParamKind', "Kind of the policy's parameters."),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.validations?.length ?? 0,
      paramKind(object.spec?.paramKind),
      ageOf(object, nowMs),
    ],
  }),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': printer<MutatingAdmissionPolicy>({
    columns: [
      nameColumn,
      integer('Mutations', 'How many changes there are.'),
      text('ParamKind', "Kind of the policy's parameters."),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.mutations?.length ?? 0,
      paramKind(object.spec?.paramKind),
      ageOf(object, nowMs),
    ],
  }),
  'resource.k8s.io/ResourceClaim': printer<ResourceClaim>({
    columns: [nameColumn, text('State', 'What has become of the claim.'), ageColumn],
    cells: (object, nowMs) => [nameOf(object), claimState(object), ageOf(object, nowMs)],
  }),
  'resource.k8s.io/ResourceSlice': printer<ResourceSlice>({
    columns: [
      nameColumn,
      text('Node', 'Node the devices are on.'),
      text('Driver', 'Driver of the devices.'),
      text('Pool', 'Pool the devices belong to.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.nodeName ?? '',
      object.spec?.driver ?? '',
      object.spec?.pool?.name ?? '',
      ageOf(object, nowMs),
    ],
  }),
};
