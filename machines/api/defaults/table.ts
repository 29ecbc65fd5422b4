/**
 * Which function fills in which kind. Kinds without a row have no defaults.
 */
import type { StrategyTable } from '../strategy-parts.ts';
import type { ResourceName, ResourceTypes } from '../types.ts';
import type { AnyObject } from '../view.ts';
import {
  defaultEndpointSlice,
  defaultEndpoints,
  defaultLimitRange,
  defaultNamespace,
  defaultNode,
  defaultPersistentVolume,
  defaultPersistentVolumeClaim,
  defaultResourceQuota,
  defaultSecret,
  defaultService,
  defaultServiceAccount,
} from './core.ts';
import type { Loose } from './loose.ts';
import { defaultPod, defaultPodTemplate } from './pods.ts';
import {
  defaultAdmissionBinding,
  defaultAdmissionPolicy,
  defaultApiService,
  defaultCsiDriver,
  defaultCustomResourceDefinition,
  defaultFlowSchema,
  defaultIngressClass,
  defaultMutatingWebhooks,
  defaultNetworkPolicy,
  defaultPriorityClass,
  defaultPriorityLevel,
  defaultRoleBinding,
  defaultRuntimeClass,
  defaultStorageClass,
  defaultValidatingWebhooks,
} from './policies.ts';
import {
  defaultAutoscaler,
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
} from './workloads.ts';

type Defaulting = {
  readonly [Resource in ResourceName]?: (object: Loose<ResourceTypes[Resource]>) => void;
};

const defaulting: Defaulting = {
  'core/endpoints': defaultEndpoints,
  'core/limitranges': defaultLimitRange,
  'core/namespaces': defaultNamespace,
  'core/nodes': defaultNode,
  'core/persistentvolumeclaims': defaultPersistentVolumeClaim,
  'core/persistentvolumes': defaultPersistentVolume,
  'core/pods': defaultPod,
  'core/podtemplates': defaultPodTemplate,
  'core/replicationcontrollers': defaultReplicationController,
  'core/resourcequotas': defaultResourceQuota,
  'core/secrets': defaultSecret,
  'core/serviceaccounts': defaultServiceAccount,
  'core/services': defaultService,
  'apiregistration.k8s.io/apiservices': defaultApiService,
  'apps/daemonsets': defaultDaemonSet,
  'apps/deployments': defaultDeployment,
  'apps/replicasets': defaultReplicaSet,
  'apps/statefulsets': defaultStatefulSet,
  'autoscaling/horizontalpodautoscalers': defaultAutoscaler,
  'batch/cronjobs': defaultCronJob,
  'batch/jobs': defaultJob,
  'networking.k8s.io/ingressclasses': defaultIngressClass,
  'networking.k8s.io/networkpolicies': defaultNetworkPolicy,
  'rbac.authorization.k8s.io/clusterrolebindings': defaultRoleBinding,
  'rbac.authorization.k8s.io/rolebindings': defaultRoleBinding,
  'storage.k8s.io/csidrivers': defaultCsiDriver,
  'storage.k8s.io/storageclasses': defaultStorageClass,
  'admissionregistration.k8s.io/mutatingadmissionpolicies': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': defaultAdmissionBinding,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': defaultMutatingWebhooks,
  'admissionregistration.k8s.io/validatingadmissionpolicies': defaultAdmissionPolicy,
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': defaultAdmissionBinding,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': defaultValidatingWebhooks,
  'apiextensions.k8s.io/customresourcedefinitions': defaultCustomResourceDefinition,
  'scheduling.k8s.io/priorityclasses': defaultPriorityClass,
  'node.k8s.io/runtimeclasses': defaultRuntimeClass,
  'discovery.k8s.io/endpointslices': defaultEndpointSlice,
  'flowcontrol.apiserver.k8s.io/flowschemas': defaultFlowSchema,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': defaultPriorityLevel,
};

/** The defaults of every kind, as parts of strategies. */
export const defaults: StrategyTable = Object.fromEntries(
  Object.entries(defaulting).map(([resource, defaultsOf]) => [
    resource,
    { defaults: defaultsOf as (object: AnyObject) => void },
  ]),
);
