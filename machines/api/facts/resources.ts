/**
 * Every built-in resource of Kubernetes 1.36's stable groups, as its discovery documents name
 * them. Written by hand; facts only. Holds no code.
 *
 * A line without indentation opens a group version (`core` is the group without a name). An
 * indented line is a resource: kind, plural, scope (N namespaced, C cluster), verbs, short names,
 * categories, subresources; `-` means none. Verbs: c create, d delete, D deletecollection, g get,
 * l list, p patch, u update, w watch; `*` means all of them. A subresource is
 * `name:verbs[:group/version.Kind]`; without a kind it has the kind of its parent.
 */
export const resourcesText = `
core/v1
 Binding bindings N c - - -
 ComponentStatus componentstatuses C gl cs - -
 ConfigMap configmaps N * cm - -
 Endpoints endpoints N * ep - -
 Event events N * ev - -
 LimitRange limitranges N * limits - -
 Namespace namespaces C cdglpuw ns - finalize:u,status:gpu
 Node nodes C * no - proxy:cdgpu:core/v1.NodeProxyOptions,status:gpu
 PersistentVolumeClaim persistentvolumeclaims N * pvc - status:gpu
 PersistentVolume persistentvolumes C * pv - status:gpu
 Pod pods N * po all attach:cg:core/v1.PodAttachOptions,binding:c:core/v1.Binding,ephemeralcontainers:gpu,eviction:c:policy/v1.Eviction,exec:cg:core/v1.PodExecOptions,log:g,portforward:cg:core/v1.PodPortForwardOptions,proxy:cdgpu:core/v1.PodProxyOptions,resize:gpu,status:gpu
 PodTemplate podtemplates N * - - -
 ReplicationController replicationcontrollers N * rc all scale:gpu:autoscaling/v1.Scale,status:gpu
 ResourceQuota resourcequotas N * quota - status:gpu
 Secret secrets N * - - -
 ServiceAccount serviceaccounts N * sa - token:c:authentication.k8s.io/v1.TokenRequest
 Service services N * svc all proxy:cdgpu:core/v1.ServiceProxyOptions,status:gpu
apiregistration.k8s.io/v1
 APIService apiservices C * - api-extensions status:gpu
apps/v1
 ControllerRevision controllerrevisions N * - - -
 DaemonSet daemonsets N * ds all status:gpu
 Deployment deployments N * deploy all scale:gpu:autoscaling/v1.Scale,status:gpu
 ReplicaSet replicasets N * rs all scale:gpu:autoscaling/v1.Scale,status:gpu
 StatefulSet statefulsets N * sts all scale:gpu:autoscaling/v1.Scale,status:gpu
events.k8s.io/v1
 Event events N * ev - -
authentication.k8s.io/v1
 SelfSubjectReview selfsubjectreviews C c - - -
 TokenReview tokenreviews C c - - -
authorization.k8s.io/v1
 LocalSubjectAccessReview localsubjectaccessreviews N c - - -
 SelfSubjectAccessReview selfsubjectaccessreviews C c - - -
 SelfSubjectRulesReview selfsubjectrulesreviews C c - - -
 SubjectAccessReview subjectaccessreviews C c - - -
autoscaling/v2
 HorizontalPodAutoscaler horizontalpodautoscalers N * hpa all status:gpu
autoscaling/v1
 HorizontalPodAutoscaler horizontalpodautoscalers N * hpa all status:gpu
batch/v1
 CronJob cronjobs N * cj all status:gpu
 Job jobs N * - all status:gpu
certificates.k8s.io/v1
 CertificateSigningRequest certificatesigningrequests C * csr - approval:gpu,status:gpu
networking.k8s.io/v1
 IngressClass ingressclasses C * - - -
 Ingress ingresses N * ing - status:gpu
 IPAddress ipaddresses C * ip - -
 NetworkPolicy networkpolicies N * netpol - -
 ServiceCIDR servicecidrs C * - - status:gpu
policy/v1
 PodDisruptionBudget poddisruptionbudgets N * pdb - status:gpu
rbac.authorization.k8s.io/v1
 ClusterRoleBinding clusterrolebindings C * - - -
 ClusterRole clusterroles C * - - -
 RoleBinding rolebindings N * - - -
 Role roles N * - - -
storage.k8s.io/v1
 CSIDriver csidrivers C * - - -
 CSINode csinodes C * - - -
 CSIStorageCapacity csistoragecapacities N * - - -
 StorageClass storageclasses C * sc - -
 VolumeAttachment volumeattachments C * - - status:gpu
 VolumeAttributesClass volumeattributesclasses C * vac - -
admissionregistration.k8s.io/v1
 MutatingAdmissionPolicy mutatingadmissionpolicies C * - api-extensions -
 MutatingAdmissionPolicyBinding mutatingadmissionpolicybindings C * - api-extensions -
 MutatingWebhookConfiguration mutatingwebhookconfigurations C * - api-extensions -
 ValidatingAdmissionPolicy validatingadmissionpolicies C * - api-extensions status:gpu
 ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings C * - api-extensions -
 ValidatingWebhookConfiguration validatingwebhookconfigurations C * - api-extensions -
apiextensions.k8s.io/v1
 CustomResourceDefinition customresourcedefinitions C * crd,crds api-extensions status:gpu
scheduling.k8s.io/v1
 PriorityClass priorityclasses C * pc - -
coordination.k8s.io/v1
 Lease leases N * - - -
node.k8s.io/v1
 RuntimeClass runtimeclasses C * - - -
discovery.k8s.io/v1
 EndpointSlice endpointslices N * - - -
flowcontrol.apiserver.k8s.io/v1
 FlowSchema flowschemas C * - - status:gpu
 PriorityLevelConfiguration prioritylevelconfigurations C * - - status:gpu
resource.k8s.io/v1
 DeviceClass deviceclasses C * - - -
 ResourceClaim resourceclaims N * - - status:gpu
 ResourceClaimTemplate resourceclaimtemplates N * - - -
 ResourceSlice resourceslices C * - - -
`;
