/**
 * Which functions validate which kind, as parts of strategies. Kinds without a row have their
 * metadata validated only.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Strategy } from '../strategy.ts';
import type { StrategyTable } from '../strategy-parts.ts';
import type { ResourceName, ResourceTypes } from '../types.ts';
import type { AnyObject } from '../view.ts';
import { checkAutoscaler, checkDisruptionBudget } from './autoscaling.ts';
import { checkExperiment, checkExperimentStatus, checkExperimentUpdate } from './chaos.ts';
import {
  checkClaim,
  checkClaimUpdate,
  checkPersistentVolume,
  checkPersistentVolumeUpdate,
} from './claims.ts';
import {
  checkConfigMap,
  checkFrozen,
  checkNamespace,
  checkNamespaceStatus,
  checkNode,
  checkNodeStatus,
  checkNodeUpdate,
  checkResourceQuota,
  checkResourceQuotaStatus,
  checkResourceQuotaUpdate,
  checkSecret,
  checkSecretUpdate,
} from './core.ts';
import { checkEndpointSlice, checkEndpoints } from './endpoints.ts';
import { type Causes, immutable, invalid } from './field-errors.ts';
import { checkJobStatus, checkJobUpdate } from './job-updates.ts';
import { checkCronJob, checkJob } from './jobs.ts';
import { checkLimitRange } from './limits.ts';
import { checkIngress, checkIngressClass, checkNetworkPolicy } from './networking.ts';
import { checkTemplate } from './pod-spec.ts';
import { checkPodStatus } from './pod-status.ts';
import { checkPod, checkPodUpdate } from './pods.ts';
import {
  checkBindingUpdate,
  checkCertificateRequest,
  checkCertificateRequestUpdate,
  checkClusterRole,
  checkClusterRoleBinding,
  checkLease,
  checkPriorityClass,
  checkPriorityClassUpdate,
  checkRole,
  checkRoleBinding,
  checkRuntimeClass,
  checkRuntimeClassUpdate,
  checkStorageClass,
  checkStorageClassUpdate,
} from './policies.ts';
import { checkServiceStatus, checkServiceUpdate } from './service-updates.ts';
import { checkService } from './services.ts';
import { checkAvailable, checkCollisions, checkCounts } from './status-counts.ts';
import {
  checkControllerRevision,
  checkControllerRevisionUpdate,
  checkDaemonSet,
  checkDeployment,
  checkReplicaSet,
  checkReplicationController,
  checkSelectorKept,
  checkStatefulSet,
  checkStatefulSetUpdate,
} from './workloads.ts';

interface Checks<T> {
  /** What is wrong with the object; `old` is there on updates. */
  readonly check?: (causes: Causes, object: Loose<T>, old: Loose<T> | undefined) => void;
  readonly update?: (causes: Causes, object: Loose<T>, old: Loose<T>, subresource: string) => void;
  readonly status?: (causes: Causes, object: Loose<T>, old: Loose<T>) => void;
}

type Validating = {
  readonly [Resource in ResourceName]?: Checks<ResourceTypes[Resource]>;
};

interface Counted {
  readonly status?: { readonly [field: string]: unknown } | undefined;
}

/** Rules of a status that counts replicas. */
function counts(counters: readonly string[], within: readonly string[], ready?: string) {
  return (causes: Causes, object: unknown, old: unknown): void => {
    const status = (object as Counted).status ?? {};
    const before = (old as Counted).status ?? {};
    checkCounts(causes, status, counters, within);
    if (ready !== undefined) checkAvailable(causes, status, ready);
    checkCollisions(causes, status, before);
  };
}

const replicaCounts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
const setCounts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
const deploymentCounts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
const replicaStatus = counts(['replicas', ...replicaCounts], replicaCounts, '');

const validating: Validating = {
  'core/pods': { check: checkPod, update: checkPodUpdate, status: checkPodStatus },
  'core/podtemplates': {
    check: (causes, object) => checkTemplate(causes, 'template', object.template ?? {}),
  },
  'core/configmaps': { check: checkConfigMap, update: checkFrozen },
  'core/secrets': { check: checkSecret, update: checkSecretUpdate },
  'core/namespaces': {
    check: (causes, object, old) => {
      if (old === undefined) checkNamespace(causes, object);
    },
    update: (causes, object, _, subresource) => {
      if (subresource === 'finalize') checkNamespace(causes, object);
    },
    status: checkNamespaceStatus,
  },
  'core/nodes': { check: checkNode, update: checkNodeUpdate, status: checkNodeStatus },
  'core/services': {
    check: checkService,
    update: checkServiceUpdate,
    status: checkServiceStatus,
  },
  'core/endpoints': { check: checkEndpoints },
  'core/limitranges': { check: checkLimitRange },
  'core/resourcequotas': {
    check: checkResourceQuota,
    update: checkResourceQuotaUpdate,
    status: checkResourceQuotaStatus,
  },
  'core/persistentvolumes': { check: checkPersistentVolume, update: checkPersistentVolumeUpdate },
  'core/persistentvolumeclaims': { check: checkClaim, update: checkClaimUpdate },
  'core/replicationcontrollers': { check: checkReplicationController, status: replicaStatus },
  'apps/deployments': {
    check: checkDeployment,
    update: checkSelectorKept,
    status: counts(['replicas', ...deploymentCounts, 'unavailableReplicas'], deploymentCounts, ''),
  },
  'apps/replicasets': {
    check: checkReplicaSet,
    update: checkSelectorKept,
    status: replicaStatus,
  },
  'apps/statefulsets': {
    check: checkStatefulSet,
    update: checkStatefulSetUpdate,
    status: counts(['replicas', ...setCounts], setCounts, 'status.'),
  },
  'apps/daemonsets': {
    check: checkDaemonSet,
    update: checkSelectorKept,
    status: counts(
      [
        'currentNumberScheduled',
        'numberMisscheduled',
        'desiredNumberScheduled',
        'numberReady',
        'updatedNumberScheduled',
        'numberAvailable',
        'numberUnavailable',
      ],
      [],
    ),
  },
  'apps/controllerrevisions': {
    check: checkControllerRevision,
    update: checkControllerRevisionUpdate,
  },
  'batch/jobs': { check: checkJob, update: checkJobUpdate, status: checkJobStatus },
  'batch/cronjobs': { check: checkCronJob },
  'autoscaling/horizontalpodautoscalers': {
    check: checkAutoscaler,
    status: counts(['currentReplicas', 'desiredReplicas'], []),
  },
  'policy/poddisruptionbudgets': {
    check: checkDisruptionBudget,
    status: counts(['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'], []),
  },
  'networking.k8s.io/ingresses': { check: checkIngress },
  'networking.k8s.io/ingressclasses': {
    check: checkIngressClass,
    update: (causes, object, old) => {
      if (object.spec?.controller === old.spec?.controller) return;
      invalid(causes, 'spec.controller', object.spec?.controller ?? '', immutable);
    },
  },
  'networking.k8s.io/networkpolicies': { check: checkNetworkPolicy },
  'discovery.k8s.io/endpointslices': {
    check: checkEndpointSlice,
    update: (causes, object, old) => {
      if (object.addressType === old.addressType) return;
      invalid(causes, 'addressType', object.addressType ?? '', immutable);
    },
  },
  'rbac.authorization.k8s.io/roles': { check: checkRole },
  'rbac.authorization.k8s.io/clusterroles': { check: checkClusterRole },
  'rbac.authorization.k8s.io/rolebindings': {
    check: checkRoleBinding,
    update: checkBindingUpdate,
  },
  'rbac.authorization.k8s.io/clusterrolebindings': {
    check: checkClusterRoleBinding,
    update: checkBindingUpdate,
  },
  'storage.k8s.io/storageclasses': {
    check: checkStorageClass,
    update: checkStorageClassUpdate,
  },
  'scheduling.k8s.io/priorityclasses': {
    check: checkPriorityClass,
    update: checkPriorityClassUpdate,
  },
  'node.k8s.io/runtimeclasses': {
    check: checkRuntimeClass,
    update: checkRuntimeClassUpdate,
  },
  'coordination.k8s.io/leases': { check: checkLease },
  'chaos.kabuki.dev/chaosexperiments': {
    check: checkExperiment,
    update: checkExperimentUpdate,
    status: checkExperimentStatus,
  },
  'certificates.k8s.io/certificatesigningrequests': {
    check: checkCertificateRequest,
    update: checkCertificateRequestUpdate,
  },
};

type AnyChecks = Checks<AnyObject>;

function part({ check, update, status }: AnyChecks): Strategy {
  return {
    ...(check && {
      validate: (object: AnyObject, old?: AnyObject) => {
        const causes: Causes = [];
        check(causes, object as Draft, old as Draft | undefined);
        return causes;
      },
    }),
    ...(update && {
      validateUpdate: (object: AnyObject, old: AnyObject, subresource = '') => {
        const causes: Causes = [];
        update(causes, object as Draft, old as Draft, subresource);
        return causes;
      },
    }),
    ...(status && {
      validateStatusUpdate: (object: AnyObject, old: AnyObject) => {
        const causes: Causes = [];
        status(causes, object as Draft, old as Draft);
        return causes;
      },
    }),
  };
}

type Draft = Loose<AnyObject>;

/** The validation of every kind, as parts of strategies. */
export const validation: StrategyTable = Object.fromEntries(
  Object.entries(validating).map(([resource, checks]) => [resource, part(checks as AnyChecks)]),
);
