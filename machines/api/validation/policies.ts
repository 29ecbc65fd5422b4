/**
 * The kinds that hold settings: networking, access, storage, priorities, leases, certificates.
 *
 * Follows the validation packages of their groups. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import { nameErrors } from '../metadata.ts';
import type {
  CertificateSigningRequest,
  ClusterRole,
  ClusterRoleBinding,
  Lease,
  PriorityClass,
  Role,
  RoleBinding,
  RuntimeClass,
  StorageClass,
} from '../types.ts';
import {
  type Causes,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  oneOf,
  required,
  unsupported,
} from './field-errors.ts';
import { checkLabelKey, checkLabels, checkSelector, dnsLabelErrors } from './names.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const userPriorityMax = 1_000_000_000;
const certificateSecondsMin = 600;

/** Adds what is wrong with a Role or a ClusterRole. */
export function checkRole(causes: Causes, object: Loose<Role>): void {
  checkRules(causes, object, true);
}

/** Adds what is wrong with a ClusterRole. */
export function checkClusterRole(causes: Causes, object: Loose<ClusterRole>): void {
  checkRules(causes, object, false);
  const selectors = object.aggregationRule?.clusterRoleSelectors;
  if (object.aggregationRule === undefined) return;
  const path = 'aggregationRule.clusterRoleSelectors';
  if ((selectors ?? []).length === 0) {
    required(
      causes,
      path,
      'at least one clusterRoleSelector required if aggregationRule is non-nil',
    );
  }
  selectors?.forEach((selector, index) => {
    checkSelector(causes, `${path}[${index}]`, selector);
  });
}

function checkRules(
  causes: Causes,
  object: Loose<Role> | Loose<ClusterRole>,
  namespaced: boolean,
): void {
  object.rules?.forEach((rule, index) => {
    const path = `rules[${index}]`;
    const { verbs = [], apiGroups = [], resources = [], resourceNames = [] } = rule;
    const urls = rule.nonResourceURLs ?? [];
    if (verbs.length === 0) {
      required(causes, `${path}.verbs`, 'verbs must contain at least one value');
    }
    if (urls.length > 0) {
      if (namespaced) {
        const detail = 'namespaced rules cannot apply to non-resource URLs';
        invalid(causes, `${path}.nonResourceURLs`, urls, detail);
      }
      if (apiGroups.length + resources.length + resourceNames.length > 0) {
        const detail = 'rules cannot apply to both regular resources and non-resource URLs';
        invalid(causes, `${path}.nonResourceURLs`, urls, detail);
      }
      return;
    }
    if (apiGroups.length === 0) {
      required(causes, `${path}.apiGroups`, 'resource rules must supply at least one api group');
    }
    if (resources.length === 0) {
      required(causes, `${path}.resources`, 'resource rules must supply at least one resource');
    }
  });
}

/** Adds what is wrong with a RoleBinding. */
export function checkRoleBinding(causes: Causes, object: Loose<RoleBinding>): void {
  checkBinding(causes, object, ['ClusterRole', 'Role'], true);
}

/** Adds what is wrong with a ClusterRoleBinding. */
export function checkClusterRoleBinding(causes: Causes, object: Loose<ClusterRoleBinding>): void {
  checkBinding(causes, object, ['ClusterRole'], false);
}

function checkBinding(
  causes: Causes,
  object: Loose<RoleBinding> | Loose<ClusterRoleBinding>,
  kinds: readonly string[],
  namespaced: boolean,
): void {
  const { apiGroup = '', kind = '', name = '' } = object.roleRef ?? {};
  if (apiGroup !== rbacGroup) unsupported(causes, 'roleRef.apiGroup', apiGroup, [rbacGroup]);
  if (!kinds.includes(kind)) unsupported(causes, 'roleRef.kind', kind, kinds);
  if (name === '') required(causes, 'roleRef.name');
  else invalidFor(causes, 'roleRef.name', name, nameErrors('pathSegment', name));
  object.subjects?.forEach((subject, index) => {
    const path = `subjects[${index}]`;
    if (!subject.name) required(causes, `${path}.name`);
    const group = subject.apiGroup ?? '';
    if (subject.kind === 'ServiceAccount') {
      const account = subject.name ?? '';
      if (account !== '') {
        invalidFor(causes, `${path}.name`, account, nameErrors('dnsSubdomain', account));
      }
      if (group !== '') unsupported(causes, `${path}.apiGroup`, group, ['']);
      if (!namespaced && !subject.namespace) required(causes, `${path}.namespace`);
    } else if (subject.kind === 'User' || subject.kind === 'Group') {
      if (group !== rbacGroup) unsupported(causes, `${path}.apiGroup`, group, [rbacGroup]);
    } else {
      const known = ['ServiceAccount', 'User', 'Group'];
      unsupported(causes, `${path}.kind`, subject.kind ?? '', known);
    }
  });
}

/** Adds what an update of a binding may not change. */
export function checkBindingUpdate(
  causes: Causes,
  object: Loose<RoleBinding> | Loose<ClusterRoleBinding>,
  old: Loose<RoleBinding> | Loose<ClusterRoleBinding>,
): void {
  if (sameJson(object.roleRef, old.roleRef)) return;
  invalid(causes, 'roleRef', object.roleRef, 'cannot change roleRef');
}

/** Adds what is wrong with a StorageClass. */
export function checkStorageClass(causes: Causes, object: Loose<StorageClass>): void {
  const { provisioner = '', parameters } = object;
  if (provisioner === '') required(causes, 'provisioner');
  else checkLabelKey(causes, 'provisioner', provisioner.toLowerCase());
  if (parameters !== undefined && Object.keys(parameters).some((key) => key === '')) {
    invalid(causes, 'parameters', '', 'field can not be empty.');
  }
  oneOf(causes, 'reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']);
  oneOf(causes, 'volumeBindingMode', object.volumeBindingMode, [
    'Immediate',
    'WaitForFirstConsumer',
  ]);
}

/** Adds what an update of a StorageClass may not change. */
export function checkStorageClassUpdate(
  causes: Causes,
  object: Loose<StorageClass>,
  old: Loose<StorageClass>,
): void {
  for (const name of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
    if (sameJson(object[name], old[name])) continue;
    forbidden(causes, name, `updates to ${name} are forbidden.`);
  }
  if (object.volumeBindingMode !== old.volumeBindingMode) {
    invalid(causes, 'volumeBindingMode', object.volumeBindingMode ?? null, immutable);
  }
}

const systemPriorities: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** Adds what is wrong with a PriorityClass. */
export function checkPriorityClass(causes: Causes, object: Loose<PriorityClass>): void {
  const name = object.metadata?.name ?? '';
  const value = object.value ?? 0;
  if (name.startsWith('system-')) {
    if (systemPriorities[name] !== value) {
      const detail = "priority class names with 'system-' prefix are reserved for system use only";
      forbidden(causes, 'metadata.name', detail);
    }
  } else if (value > userPriorityMax) {
    const detail = `maximum allowed value of a user defined priority is ${userPriorityMax}`;
    forbidden(causes, 'value', detail);
  }
  const policies = ['PreemptLowerPriority', 'Never'];
  if (object.preemptionPolicy !== undefined) {
    oneOf(causes, 'preemptionPolicy', object.preemptionPolicy, policies);
  }
}

/** Adds what an update of a PriorityClass may not change. */
export function checkPriorityClassUpdate(
  causes: Causes,
  object: Loose<PriorityClass>,
  old: Loose<PriorityClass>,
): void {
  if ((object.value ?? 0) !== (old.value ?? 0)) {
    forbidden(causes, 'value', 'may not be changed in an update.');
  }
  if (object.preemptionPolicy !== old.preemptionPolicy) {
    invalid(causes, 'preemptionPolicy', object.preemptionPolicy ?? null, immutable);
  }
}

/** Adds what is wrong with a RuntimeClass. */
export function checkRuntimeClass(causes: Causes, object: Loose<RuntimeClass>): void {
  const handler = object.handler ?? '';
  invalidFor(causes, 'handler', handler, dnsLabelErrors(handler));
  checkLabels(causes, 'scheduling.nodeSelector', object.scheduling?.nodeSelector);
}

/** Adds what an update of a RuntimeClass may not change. */
export function checkRuntimeClassUpdate(
  causes: Causes,
  object: Loose<RuntimeClass>,
  old: Loose<RuntimeClass>,
): void {
  if (object.handler !== old.handler) invalid(causes, 'handler', object.handler ?? '', immutable);
}

/** Adds what is wrong with a Lease. */
export function checkLease(causes: Causes, object: Loose<Lease>): void {
  const { leaseDurationSeconds: seconds, leaseTransitions } = object.spec ?? {};
  if (seconds !== undefined && seconds <= 0) {
    invalid(causes, 'spec.leaseDurationSeconds', seconds, 'must be greater than 0');
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    const detail = 'must be greater than or equal to 0';
    invalid(causes, 'spec.leaseTransitions', leaseTransitions, detail);
  }
  const { preferredHolder, strategy } = object.spec ?? {};
  if (strategy !== undefined) checkLabelKey(causes, 'spec.strategy', strategy);
  if (preferredHolder && !strategy) {
    const detail = 'can only be specified when strategy is defined';
    forbidden(causes, 'spec.preferredHolder', detail);
  }
}

/** Adds what is wrong with a CertificateSigningRequest. */
export function checkCertificateRequest(
  causes: Causes,
  object: Loose<CertificateSigningRequest>,
): void {
  const { request, usages = [], signerName = '', expirationSeconds } = object.spec ?? {};
  if (!request)
    invalid(causes, 'spec.request', request ?? '', 'PEM block type must be CERTIFICATE REQUEST');
  if (usages.length === 0) required(causes, 'spec.usages');
  if (signerName === '') required(causes, 'spec.signerName');
  else if (!signerName.includes('/')) {
    const detail =
      'must be a fully qualified domain and path of the form "example.com/signer-name"';
    invalid(causes, 'spec.signerName', signerName, detail);
  }
  if (expirationSeconds === undefined || expirationSeconds >= certificateSecondsMin) return;
  const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
  invalid(causes, 'spec.expirationSeconds', expirationSeconds, detail);
}

/** Adds what an update of a CertificateSigningRequest may not change. */
export function checkCertificateRequestUpdate(
  causes: Causes,
  object: Loose<CertificateSigningRequest>,
  old: Loose<CertificateSigningRequest>,
): void {
  if (!sameJson(object.spec, old.spec)) invalid(causes, 'spec', object.spec, immutable);
}
