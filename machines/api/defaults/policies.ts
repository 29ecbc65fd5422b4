/**
 * Defaults of the kinds that hold settings: networking, access, storage, admission, flow control,
 * extensions.
 *
 * Follows the defaults.go of their groups. In place and idempotent.
 */
import type {
  APIService,
  ClusterRoleBinding,
  CSIDriver,
  CustomResourceDefinition,
  FlowSchema,
  IngressClass,
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  PriorityClass,
  PriorityLevelConfiguration,
  RoleBinding,
  RuntimeClass,
  StorageClass,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../types.ts';
import type { Loose } from './loose.ts';
import { canonicalList } from './quantities.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const webhookSecondsDefault = 10;
const httpsPort = 443;

/** Fills in a NetworkPolicy. */
export function defaultNetworkPolicy(object: Loose<NetworkPolicy>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.podSelector ??= {};
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if ((spec.policyTypes ?? []).length > 0) return;
  spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

/** Fills in an IngressClass. */
export function defaultIngressClass(object: Loose<IngressClass>): void {
  const parameters = object.spec?.parameters;
  if (parameters !== undefined) parameters.scope ??= 'Cluster';
}

/** Fills in a RoleBinding or ClusterRoleBinding: the API groups of role and subjects. */
export function defaultRoleBinding(object: Loose<RoleBinding> | Loose<ClusterRoleBinding>): void {
  if (object.roleRef !== undefined) object.roleRef.apiGroup ||= rbacGroup;
  for (const subject of object.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}

/** Fills in a StorageClass. */
export function defaultStorageClass(object: Loose<StorageClass>): void {
  object.reclaimPolicy ??= 'Delete';
  object.volumeBindingMode ??= 'Immediate';
}

/** Fills in a CSIDriver. */
export function defaultCsiDriver(object: Loose<CSIDriver>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
}

/** Fills in a PriorityClass. */
export function defaultPriorityClass(object: Loose<PriorityClass>): void {
  object.preemptionPolicy ??= 'PreemptLowerPriority';
}

/** Fills in a RuntimeClass: canonical quantities. */
export function defaultRuntimeClass(object: Loose<RuntimeClass>): void {
  canonicalList(object.overhead?.podFixed);
}

/** Fills in a ValidatingWebhookConfiguration. */
export function defaultValidatingWebhooks(object: Loose<ValidatingWebhookConfiguration>): void {
  for (const webhook of object.webhooks ?? []) defaultWebhook(webhook);
}

/** Fills in a MutatingWebhookConfiguration. */
export function defaultMutatingWebhooks(object: Loose<MutatingWebhookConfiguration>): void {
  for (const webhook of object.webhooks ?? []) {
    defaultWebhook(webhook as Loose<ValidatingWebhook>);
    webhook.reinvocationPolicy ??= 'Never';
  }
}

function defaultWebhook(webhook: Loose<ValidatingWebhook>): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= webhookSecondsDefault;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= httpsPort;
}

/** Fills in a ValidatingAdmissionPolicy or a MutatingAdmissionPolicy. */
export function defaultAdmissionPolicy(
  object: Loose<ValidatingAdmissionPolicy> | Loose<MutatingAdmissionPolicy>,
): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.failurePolicy ??= 'Fail';
  if (spec.matchConstraints !== undefined) defaultMatch(spec.matchConstraints);
}

/** Fills in the binding of an admission policy. */
export function defaultAdmissionBinding(
  object: Loose<ValidatingAdmissionPolicyBinding> | Loose<MutatingAdmissionPolicyBinding>,
): void {
  if (object.spec?.matchResources !== undefined) defaultMatch(object.spec.matchResources);
}

function defaultMatch(match: Loose<MatchResources>): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of match.resourceRules ?? []) rule.scope ??= '*';
  for (const rule of match.excludeResourceRules ?? []) rule.scope ??= '*';
}

/** Fills in an APIService. */
export function defaultApiService(object: Loose<APIService>): void {
  if (object.spec?.service !== undefined) object.spec.service.port ??= httpsPort;
}

/** Fills in a CustomResourceDefinition: names and conversion. */
export function defaultCustomResourceDefinition(object: Loose<CustomResourceDefinition>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.names ??= {};
  const names = spec.names;
  if (names.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
  const conversion = spec.conversion;
  const service = conversion.webhook?.clientConfig?.service;
  if (service !== undefined) service.port ??= httpsPort;
}

/** Fills in a FlowSchema. */
export function defaultFlowSchema(object: Loose<FlowSchema>): void {
  object.spec ??= {};
  const spec = object.spec;
  spec.matchingPrecedence ||= 1000;
}

/** Fills in a PriorityLevelConfiguration. */
export function defaultPriorityLevel(object: Loose<PriorityLevelConfiguration>): void {
  const { limited, exempt } = object.spec ?? {};
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (queuing === undefined) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}
