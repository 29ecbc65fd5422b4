/**
 * Facts about every API type of Kubernetes 1.36's stable groups, written by
 * cmd/tools/write-facts.ts from the published definitions; never edited by hand. The syntax is
 * described in machines/api/schema.ts. Holds no code and no prose.
 */
export const typesText = `
#meta.v1 meta.k8s.io/v1 io.k8s.apimachinery.pkg.apis.meta.v1
APIGroup:K name:1:s versions:2:[GroupVersionForDiscovery:a preferredVersion:3:GroupVersionForDiscovery:?o serverAddressByClientCIDRs:4:[ServerAddressByClientCIDR:?oa
APIGroupList:K groups:1:[APIGroup:a
APIResource name:1:s singularName:6:s namespaced:2:b group:8:s:? version:9:s:? kind:3:s verbs:4:W shortNames:5:[s:?a categories:7:[s:?a storageVersionHash:10:s:?o
APIResourceList:K groupVersion:1:s resources:2:[APIResource:a
APIVersions:K versions:1:[s:a serverAddressByClientCIDRs:2:[ServerAddressByClientCIDR:a
%CauseType s
Condition type:1:s:! status:2:%ConditionStatus:! observedGeneration:3:l:?o lastTransitionTime:4:T:! reason:5:s:! message:6:s:!
%ConditionStatus s
CreateOptions:K dryRun:1:[s:?oa fieldManager:3:s:?o fieldValidation:4:s:?o
DeleteOptions:K gracePeriodSeconds:1:l:?*o preconditions:2:Preconditions:?*o orphanDependents:3:b:?*o propagationPolicy:4:%DeletionPropagation:?*o dryRun:5:[s:?oa ignoreStoreReadErrorWithClusterBreakingPotential:6:b:?*o
%DeletionPropagation s
%FieldSelectorOperator s
FieldSelectorRequirement key:1:s operator:2:%FieldSelectorOperator values:3:[s:?oa
GetOptions:K resourceVersion:1:s:?o
GroupVersionForDiscovery groupVersion:1:s version:2:s
GroupVersionKind group:1:s version:2:s kind:3:s
GroupVersionResource group:1:s version:2:s resource:3:s
%IncludeObjectPolicy s
LabelSelector:g matchLabels:1:{s:?o matchExpressions:2:[LabelSelectorRequirement:?oa
%LabelSelectorOperator s
LabelSelectorRequirement key:1:s operator:2:%LabelSelectorOperator values:3:[s:?oa
List:K metadata:1:ListMeta:?o items:2:[X
ListMeta selfLink:1:s:?o resourceVersion:2:s:?o continue:3:s:? remainingItemCount:4:l:?*o shardInfo:5:ShardInfo:?*o
ListOptions:K labelSelector:1:s:?o fieldSelector:2:s:?o watch:3:b:?o allowWatchBookmarks:9:b:?o resourceVersion:4:s:?o resourceVersionMatch:10:%ResourceVersionMatch:?o timeoutSeconds:5:l:?*o limit:7:l:? continue:8:s:? sendInitialEvents:11:b:?*o shardSelector:15:s:?o
ManagedFieldsEntry manager:1:s:? operation:2:%ManagedFieldsOperationType:? apiVersion:3:s:? time:4:T:?*o fieldsType:6:s:? fieldsV1:7:F:?*o subresource:8:s:?
%ManagedFieldsOperationType s
ObjectMeta name:1:s:?o generateName:2:s:?o namespace:3:s:?o selfLink:4:s:?o uid:5:s:?o resourceVersion:6:s:?o generation:7:l:?o creationTimestamp:8:T:?zo deletionTimestamp:9:T:?*o deletionGracePeriodSeconds:10:l:?*o labels:11:{s:?o annotations:12:{s:?o ownerReferences:13:[OwnerReference:?ok(uid)p^uid^ finalizers:14:[s:?oup managedFields:17:[ManagedFieldsEntry:?oa
OwnerReference:g apiVersion:5:s kind:1:s name:3:s uid:4:s controller:6:b:?*o blockOwnerDeletion:7:b:?*o
PartialObjectMetadata:K metadata:1:ObjectMeta:?o
PartialObjectMetadataList:K metadata:1:ListMeta:?o items:2:[PartialObjectMetadata
PatchOptions:K dryRun:1:[s:?oa force:2:b:?*o fieldManager:3:s:?o fieldValidation:4:s:?o
Preconditions uid:1:s:?*o resourceVersion:2:s:?*o
%ResourceVersionMatch s
%RowConditionType s
ServerAddressByClientCIDR clientCIDR:1:s serverAddress:2:s
ShardInfo selector:1:s:!
Status:K metadata:1:ListMeta:?o status:2:s:?o message:3:s:?o reason:4:%StatusReason:?o details:5:StatusDetails:?*o code:6:i:?o
StatusCause reason:1:%CauseType:?o message:2:s:?o field:3:s:?o
StatusDetails name:1:s:?o group:2:s:?o kind:3:s:?o uid:6:s:?o causes:4:[StatusCause:?oa retryAfterSeconds:5:i:?o
%StatusReason s
Table:K metadata:0:ListMeta:?o columnDefinitions:0:[TableColumnDefinition:a rows:0:[TableRow:a
TableColumnDefinition name:0:s type:0:s format:0:s description:0:s priority:0:i
TableOptions:K includeObject:1:%IncludeObjectPolicy:?
TableRow cells:0:[A:a conditions:0:[TableRowCondition:?oa object:0:X:?o
TableRowCondition type:0:%RowConditionType status:0:%ConditionStatus reason:0:s:?o message:0:s:?o
UpdateOptions:K dryRun:1:[s:?oa fieldManager:2:s:?o fieldValidation:3:s:?o
WatchEvent type:1:s object:2:X
#core.v1 core/v1 io.k8s.api.core.v1
AWSElasticBlockStoreVolumeSource volumeID:1:s fsType:2:s:?o partition:3:i:?o readOnly:4:b:?o
Affinity nodeAffinity:1:NodeAffinity:?*o podAffinity:2:PodAffinity:?*o podAntiAffinity:3:PodAntiAffinity:?*o
AppArmorProfile type:1:%AppArmorProfileType localhostProfile:2:s:?*o
%AppArmorProfileType s Unconfined|RuntimeDefault|Localhost
AttachedVolume name:1:%UniqueVolumeName devicePath:2:s
%AzureDataDiskCachingMode s None|ReadOnly|ReadWrite
%AzureDataDiskKind s Shared|Dedicated|Managed
AzureDiskVolumeSource diskName:1:s diskURI:2:s cachingMode:3:%AzureDataDiskCachingMode:?*o fsType:4:s:?*o="ext4" readOnly:5:b:?*o=false kind:6:%AzureDataDiskKind:?*
AzureFilePersistentVolumeSource secretName:1:s shareName:2:s readOnly:3:b:?o secretNamespace:4:s:*o
AzureFileVolumeSource secretName:1:s shareName:2:s readOnly:3:b:?o
Binding:K metadata:1:meta.v1.ObjectMeta:?o target:2:ObjectReference
CSIPersistentVolumeSource driver:1:s volumeHandle:2:s readOnly:3:b:?o fsType:4:s:?o volumeAttributes:5:{s:?o controllerPublishSecretRef:6:SecretReference:?*o nodeStageSecretRef:7:SecretReference:?*o nodePublishSecretRef:8:SecretReference:?*o controllerExpandSecretRef:9:SecretReference:?*o nodeExpandSecretRef:10:SecretReference:?*o
CSIVolumeSource driver:1:s readOnly:2:b:?*o fsType:3:s:?*o volumeAttributes:4:{s:?o nodePublishSecretRef:5:LocalObjectReference:?*o
Capabilities add:1:[%Capability:?oa drop:2:[%Capability:?oa
%Capability s
CephFSPersistentVolumeSource monitors:1:[s:a path:2:s:?o user:3:s:?o secretFile:4:s:?o secretRef:5:SecretReference:?*o readOnly:6:b:?o
CephFSVolumeSource monitors:1:[s:a path:2:s:?o user:3:s:?o secretFile:4:s:?o secretRef:5:LocalObjectReference:?*o readOnly:6:b:?o
CinderPersistentVolumeSource volumeID:1:s fsType:2:s:?o readOnly:3:b:?o secretRef:4:SecretReference:?*o
CinderVolumeSource volumeID:1:s fsType:2:s:?o readOnly:3:b:?o secretRef:4:LocalObjectReference:?*o
%ClaimResourceStatus s ControllerResizeInProgress|ControllerResizeInfeasible|NodeResizePending|NodeResizeInProgress|NodeResizeInfeasible
ClientIPConfig timeoutSeconds:1:i:?*o
ClusterTrustBundleProjection name:1:s:?*o signerName:2:s:?*o labelSelector:3:meta.v1.LabelSelector:?*o optional:5:b:?*o path:4:s
ComponentCondition type:1:%ComponentConditionType status:2:%ConditionStatus message:3:s:?o error:4:s:?o
%ComponentConditionType s
ComponentStatus:K metadata:1:meta.v1.ObjectMeta:?o conditions:2:[ComponentCondition:?ok(type)p^type^
ComponentStatusList:K metadata:1:meta.v1.ListMeta:?o items:2:[ComponentStatus
%ConditionStatus s
ConfigMap:K metadata:1:meta.v1.ObjectMeta:?o immutable:4:b:?*o data:2:{s:?o binaryData:3:{B:?o
ConfigMapEnvSource :1:LocalObjectReference optional:2:b:?*o
ConfigMapKeySelector:g :1:LocalObjectReference key:2:s optional:3:b:?*o
ConfigMapList:K metadata:1:meta.v1.ListMeta:?o items:2:[ConfigMap
ConfigMapNodeConfigSource namespace:1:s name:2:s uid:3:s:?o resourceVersion:4:s:?o kubeletConfigKey:5:s
ConfigMapProjection :1:LocalObjectReference items:2:[KeyToPath:?oa optional:4:b:?*o
ConfigMapVolumeSource :1:LocalObjectReference items:2:[KeyToPath:?oa defaultMode:3:i:?*o optional:4:b:?*o
Container name:1:s image:2:s:?o command:3:[s:?oa args:4:[s:?oa workingDir:5:s:?o ports:6:[ContainerPort:?ok(containerPort,protocol)p^containerPort^ envFrom:19:[EnvFromSource:?oa env:7:[EnvVar:?ok(name)p^name^ resources:8:ResourceRequirements:?o resizePolicy:23:[ContainerResizePolicy:?oa restartPolicy:24:%ContainerRestartPolicy:?*o restartPolicyRules:25:[ContainerRestartRule:?oa volumeMounts:9:[VolumeMount:?ok(mountPath)p^mountPath^ volumeDevices:21:[VolumeDevice:?ok(devicePath)p^devicePath^ livenessProbe:10:Probe:?*o readinessProbe:11:Probe:?*o startupProbe:22:Probe:?*o lifecycle:12:Lifecycle:?*o terminationMessagePath:13:s:?o terminationMessagePolicy:20:%TerminationMessagePolicy:?o imagePullPolicy:14:%PullPolicy:?o securityContext:15:SecurityContext:?*o stdin:16:b:?o stdinOnce:17:b:?o tty:18:b:?o
ContainerExtendedResourceRequest containerName:1:s resourceName:2:s requestName:3:s
ContainerImage names:1:[s:oa sizeBytes:2:l:?o
ContainerPort name:1:s:?o hostPort:2:i:?o containerPort:3:i protocol:4:%Protocol:?o="TCP" hostIP:5:s:?o
ContainerResizePolicy resourceName:1:%ResourceName restartPolicy:2:%ResourceResizeRestartPolicy
%ContainerRestartPolicy s
ContainerRestartRule action:1:%ContainerRestartRuleAction:?! exitCodes:2:ContainerRestartRuleOnExitCodes:?*o
%ContainerRestartRuleAction s
ContainerRestartRuleOnExitCodes operator:1:%ContainerRestartRuleOnExitCodesOperator:?! values:2:[i:?ou
%ContainerRestartRuleOnExitCodesOperator s
ContainerState waiting:1:ContainerStateWaiting:?*o running:2:ContainerStateRunning:?*o terminated:3:ContainerStateTerminated:?*o
ContainerStateRunning startedAt:1:T:?o
ContainerStateTerminated exitCode:1:i signal:2:i:?o reason:3:s:?o message:4:s:?o startedAt:5:T:?o finishedAt:6:T:?o containerID:7:s:?o
ContainerStateWaiting reason:1:s:?o message:2:s:?o
ContainerStatus name:1:s state:2:ContainerState:?o lastState:3:ContainerState:?o ready:4:b restartCount:5:i image:6:s imageID:7:s containerID:8:s:?o started:9:b:?*o allocatedResources:10:%ResourceList:?o resources:11:ResourceRequirements:?*o volumeMounts:12:[VolumeMountStatus:?ok(mountPath)p^mountPath^ user:13:ContainerUser:?*o allocatedResourcesStatus:14:[ResourceStatus:?ok(name)p^name^ stopSignal:15:%Signal:?*o
ContainerUser linux:1:LinuxContainerUser:?*o
%DNSPolicy s ClusterFirstWithHostNet|ClusterFirst|Default|None
DaemonEndpoint Port:1:i
DownwardAPIProjection items:1:[DownwardAPIVolumeFile:?oa
DownwardAPIVolumeFile path:1:s fieldRef:2:ObjectFieldSelector:?*o resourceFieldRef:3:ResourceFieldSelector:?*o mode:4:i:?*o
DownwardAPIVolumeSource items:1:[DownwardAPIVolumeFile:?oa defaultMode:2:i:?*o
EmptyDirVolumeSource medium:1:%StorageMedium:?o sizeLimit:2:Q:?*o
EndpointAddress:g ip:1:s hostname:3:s:?o nodeName:4:s:?*o targetRef:2:ObjectReference:?*o
EndpointPort:g name:1:s:?o port:2:i protocol:3:%Protocol:?o appProtocol:4:s:?*o
EndpointSubset addresses:1:[EndpointAddress:?oa notReadyAddresses:2:[EndpointAddress:?oa ports:3:[EndpointPort:?oa
Endpoints:K metadata:1:meta.v1.ObjectMeta:?o subsets:2:[EndpointSubset:?oa
EndpointsList:K metadata:1:meta.v1.ListMeta:?o items:2:[Endpoints
EnvFromSource prefix:1:s:?o configMapRef:2:ConfigMapEnvSource:?*o secretRef:3:SecretEnvSource:?*o
EnvVar name:1:s value:2:s:?o valueFrom:3:EnvVarSource:?*o
EnvVarSource fieldRef:1:ObjectFieldSelector:?*o resourceFieldRef:2:ResourceFieldSelector:?*o configMapKeyRef:3:ConfigMapKeySelector:?*o secretKeyRef:4:SecretKeySelector:?*o fileKeyRef:5:FileKeySelector:?*o
EphemeralContainer :1:EphemeralContainerCommon targetContainerName:2:s:?o
EphemeralContainerCommon name:1:s image:2:s:? command:3:[s:?oa args:4:[s:?oa workingDir:5:s:?o ports:6:[ContainerPort:?ok(containerPort,protocol)p^containerPort^ envFrom:19:[EnvFromSource:?oa env:7:[EnvVar:?ok(name)p^name^ resources:8:ResourceRequirements:?o resizePolicy:23:[ContainerResizePolicy:?oa restartPolicy:24:%ContainerRestartPolicy:?*o restartPolicyRules:25:[ContainerRestartRule:?oa volumeMounts:9:[VolumeMount:?ok(mountPath)p^mountPath^ volumeDevices:21:[VolumeDevice:?ok(devicePath)p^devicePath^ livenessProbe:10:Probe:?*o readinessProbe:11:Probe:?*o startupProbe:22:Probe:?*o lifecycle:12:Lifecycle:?*o terminationMessagePath:13:s:?o terminationMessagePolicy:20:%TerminationMessagePolicy:?o imagePullPolicy:14:%PullPolicy:?o securityContext:15:SecurityContext:?*o stdin:16:b:?o stdinOnce:17:b:?o tty:18:b:?o
EphemeralVolumeSource volumeClaimTemplate:1:PersistentVolumeClaimTemplate:?*
Event:K metadata:1:meta.v1.ObjectMeta involvedObject:2:ObjectReference reason:3:s:?o message:4:s:?o source:5:EventSource:?o firstTimestamp:6:T:?o lastTimestamp:7:T:?o count:8:i:?o type:9:s:?o eventTime:10:M:?o series:11:EventSeries:?*o action:12:s:?o related:13:ObjectReference:?*o reportingComponent:14:s:o reportingInstance:15:s:o
EventList:K metadata:1:meta.v1.ListMeta:?o items:2:[Event
EventSeries count:1:i:? lastObservedTime:2:M:?
EventSource component:1:s:?o host:2:s:?o
ExecAction command:1:[s:?oa
FCVolumeSource targetWWNs:1:[s:?oa lun:2:i:?*o fsType:3:s:?o readOnly:4:b:?o wwids:5:[s:?oa
FileKeySelector:g volumeName:1:s:! path:2:s:! key:3:s:! optional:4:b:?*o=false
%FinalizerName s
FlexPersistentVolumeSource driver:1:s fsType:2:s:?o secretRef:3:SecretReference:?*o readOnly:4:b:?o options:5:{s:?o
FlexVolumeSource driver:1:s fsType:2:s:?o secretRef:3:LocalObjectReference:?*o readOnly:4:b:?o options:5:{s:?o
FlockerVolumeSource datasetName:1:s:?o datasetUUID:2:s:?o
GCEPersistentDiskVolumeSource pdName:1:s fsType:2:s:?o partition:3:i:?o readOnly:4:b:?o
GRPCAction port:1:i service:2:s:*o=""
GitRepoVolumeSource repository:1:s revision:2:s:?o directory:3:s:?o
GlusterfsPersistentVolumeSource endpoints:1:s path:2:s readOnly:3:b:?o endpointsNamespace:4:s:?*o
GlusterfsVolumeSource endpoints:1:s path:2:s readOnly:3:b:?o
HTTPGetAction path:1:s:?o port:2:N host:3:s:?o scheme:4:%URIScheme:?o httpHeaders:5:[HTTPHeader:?oa
HTTPHeader name:1:s value:2:s
HostAlias ip:1:s:! hostnames:2:[s:?a
HostIP ip:1:s:!
%HostPathType s |DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice
HostPathVolumeSource path:1:s type:2:%HostPathType:?*o
%IPFamily s IPv4|IPv6|
%IPFamilyPolicy s SingleStack|PreferDualStack|RequireDualStack
ISCSIPersistentVolumeSource targetPortal:1:s iqn:2:s lun:3:i iscsiInterface:4:s:?o="default" fsType:5:s:?o readOnly:6:b:?o portals:7:[s:?oa chapAuthDiscovery:8:b:?o chapAuthSession:11:b:?o secretRef:10:SecretReference:?*o initiatorName:12:s:?*o
ISCSIVolumeSource targetPortal:1:s iqn:2:s lun:3:i iscsiInterface:4:s:?o="default" fsType:5:s:?o readOnly:6:b:?o portals:7:[s:?oa chapAuthDiscovery:8:b:?o chapAuthSession:11:b:?o secretRef:10:LocalObjectReference:?*o initiatorName:12:s:?*o
ImageVolumeSource reference:1:s:?o pullPolicy:2:%PullPolicy:?o
ImageVolumeStatus imageRef:1:s:?!
KeyToPath key:1:s path:2:s mode:3:i:?*o
Lifecycle postStart:1:LifecycleHandler:?*o preStop:2:LifecycleHandler:?*o stopSignal:3:%Signal:?*o
LifecycleHandler exec:1:ExecAction:?*o httpGet:2:HTTPGetAction:?*o tcpSocket:3:TCPSocketAction:?*o sleep:4:SleepAction:?*o
LimitRange:K metadata:1:meta.v1.ObjectMeta:?o spec:2:LimitRangeSpec:?o
LimitRangeItem type:1:%LimitType max:2:%ResourceList:?o min:3:%ResourceList:?o default:4:%ResourceList:?o defaultRequest:5:%ResourceList:?o maxLimitRequestRatio:6:%ResourceList:?o
LimitRangeList:K metadata:1:meta.v1.ListMeta:?o items:2:[LimitRange
LimitRangeSpec limits:1:[LimitRangeItem:a
%LimitType s
LinuxContainerUser uid:1:l gid:2:l supplementalGroups:3:[l:?oa
%LoadBalancerIPMode s
LoadBalancerIngress ip:1:s:?o hostname:2:s:?o ipMode:3:%LoadBalancerIPMode:?*o ports:4:[PortStatus:?oa
LoadBalancerStatus ingress:1:[LoadBalancerIngress:?oa
LocalObjectReference:g name:1:s:?o=""
LocalVolumeSource path:1:s fsType:2:s:?*o
ModifyVolumeStatus targetVolumeAttributesClassName:1:s:? status:2:%PersistentVolumeClaimModifyVolumeStatus
%MountPropagationMode s None|HostToContainer|Bidirectional
NFSVolumeSource server:1:s path:2:s readOnly:3:b:?o
Namespace:K metadata:1:meta.v1.ObjectMeta:?o spec:2:NamespaceSpec:?o status:3:NamespaceStatus:?o
NamespaceCondition type:1:%NamespaceConditionType status:2:%ConditionStatus lastTransitionTime:4:T:?o reason:5:s:?o message:6:s:?o
%NamespaceConditionType s
NamespaceList:K metadata:1:meta.v1.ListMeta:?o items:2:[Namespace
%NamespacePhase s Active|Terminating
NamespaceSpec finalizers:1:[%FinalizerName:?oa
NamespaceStatus phase:1:%NamespacePhase:?o conditions:2:[NamespaceCondition:?ok(type)p^type^
Node:K metadata:1:meta.v1.ObjectMeta:?o spec:2:NodeSpec:?o status:3:NodeStatus:?o
NodeAddress type:1:%NodeAddressType address:2:s
%NodeAddressType s
NodeAffinity requiredDuringSchedulingIgnoredDuringExecution:1:NodeSelector:?*o preferredDuringSchedulingIgnoredDuringExecution:2:[PreferredSchedulingTerm:?oa
NodeAllocatableResourceClaimStatus resourceClaimName:1:s:! containers:2:[s:?ou resources:3:{Q:!
NodeCondition type:1:%NodeConditionType status:2:%ConditionStatus lastHeartbeatTime:3:T:?o lastTransitionTime:4:T:?o reason:5:s:?o message:6:s:?o
%NodeConditionType s
NodeConfigSource configMap:2:ConfigMapNodeConfigSource:?*
NodeConfigStatus assigned:1:NodeConfigSource:?*o active:2:NodeConfigSource:?*o lastKnownGood:3:NodeConfigSource:?*o error:4:s:?o
NodeDaemonEndpoints kubeletEndpoint:1:DaemonEndpoint:?o
NodeFeatures supplementalGroupsPolicy:1:b:?*o
%NodeInclusionPolicy s Ignore|Honor
NodeList:K metadata:1:meta.v1.ListMeta:?o items:2:[Node
%NodePhase s Pending|Running|Terminated
NodeProxyOptions:K path:1:s:?o
NodeRuntimeHandler name:1:s:o features:2:NodeRuntimeHandlerFeatures:?*o
NodeRuntimeHandlerFeatures recursiveReadOnlyMounts:1:b:?*o userNamespaces:2:b:?*o
NodeSelector:g nodeSelectorTerms:1:[NodeSelectorTerm:a
%NodeSelectorOperator s In|NotIn|Exists|DoesNotExist|Gt|Lt
NodeSelectorRequirement key:1:s operator:2:%NodeSelectorOperator values:3:[s:?oa
NodeSelectorTerm:g matchExpressions:1:[NodeSelectorRequirement:?oa matchFields:2:[NodeSelectorRequirement:?oa
NodeSpec podCIDR:1:s:?o podCIDRs:7:[s:?oup providerID:3:s:?o unschedulable:4:b:?o taints:5:[Taint:?oa configSource:6:NodeConfigSource:?*o externalID:2:s:?o
NodeStatus capacity:1:%ResourceList:?o allocatable:2:%ResourceList:?o phase:3:%NodePhase:?o conditions:4:[NodeCondition:?ok(type)p^type^ addresses:5:[NodeAddress:?ok(type)p^type^ daemonEndpoints:6:NodeDaemonEndpoints:?o nodeInfo:7:NodeSystemInfo:?o images:8:[ContainerImage:?oa volumesInUse:9:[%UniqueVolumeName:?oa volumesAttached:10:[AttachedVolume:?oa config:11:NodeConfigStatus:?*o runtimeHandlers:12:[NodeRuntimeHandler:?oa features:13:NodeFeatures:?*o declaredFeatures:14:[s:?oa
NodeSwapStatus capacity:1:l:?*o
NodeSystemInfo machineID:1:s systemUUID:2:s bootID:3:s kernelVersion:4:s osImage:5:s containerRuntimeVersion:6:s kubeletVersion:7:s kubeProxyVersion:8:s operatingSystem:9:s architecture:10:s swap:11:NodeSwapStatus:?*
%OSName s
ObjectFieldSelector:g apiVersion:1:s:?o fieldPath:2:s
ObjectReference:g kind:1:s:?o namespace:2:s:?o name:3:s:?o uid:4:s:?o apiVersion:5:s:?o resourceVersion:6:s:?o fieldPath:7:s:?o
PersistentVolume:K metadata:1:meta.v1.ObjectMeta:?o spec:2:PersistentVolumeSpec:?o status:3:PersistentVolumeStatus:?o
%PersistentVolumeAccessMode s ReadWriteOnce|ReadOnlyMany|ReadWriteMany|ReadWriteOncePod
PersistentVolumeClaim:K metadata:1:meta.v1.ObjectMeta:?o spec:2:PersistentVolumeClaimSpec:?o status:3:PersistentVolumeClaimStatus:?o
PersistentVolumeClaimCondition type:1:%PersistentVolumeClaimConditionType status:2:%ConditionStatus lastProbeTime:3:T:?o lastTransitionTime:4:T:?o reason:5:s:?o message:6:s:?o
%PersistentVolumeClaimConditionType s
PersistentVolumeClaimList:K metadata:1:meta.v1.ListMeta:?o items:2:[PersistentVolumeClaim
%PersistentVolumeClaimModifyVolumeStatus s Pending|InProgress|Infeasible
%PersistentVolumeClaimPhase s Pending|Bound|Lost
PersistentVolumeClaimSpec accessModes:1:[%PersistentVolumeAccessMode:?oa selector:4:meta.v1.LabelSelector:?*o resources:2:VolumeResourceRequirements:?o volumeName:3:s:?o storageClassName:5:s:?*o volumeMode:6:%PersistentVolumeMode:?*o dataSource:7:TypedLocalObjectReference:?*o dataSourceRef:8:TypedObjectReference:?*o volumeAttributesClassName:9:s:?*o
PersistentVolumeClaimStatus phase:1:%PersistentVolumeClaimPhase:?o accessModes:2:[%PersistentVolumeAccessMode:?oa capacity:3:%ResourceList:?o conditions:4:[PersistentVolumeClaimCondition:?ok(type)p^type^ allocatedResources:5:%ResourceList:?o allocatedResourceStatuses:7:{%ClaimResourceStatus:?o currentVolumeAttributesClassName:8:s:?*o modifyVolumeStatus:9:ModifyVolumeStatus:?*o
PersistentVolumeClaimTemplate metadata:1:meta.v1.ObjectMeta:?o spec:2:PersistentVolumeClaimSpec
PersistentVolumeClaimVolumeSource claimName:1:s readOnly:2:b:?o
PersistentVolumeList:K metadata:1:meta.v1.ListMeta:?o items:2:[PersistentVolume
%PersistentVolumeMode s Block|Filesystem
%PersistentVolumePhase s Pending|Available|Bound|Released|Failed
%PersistentVolumeReclaimPolicy s Recycle|Delete|Retain
PersistentVolumeSource gcePersistentDisk:1:GCEPersistentDiskVolumeSource:?*o awsElasticBlockStore:2:AWSElasticBlockStoreVolumeSource:?*o hostPath:3:HostPathVolumeSource:?*o glusterfs:4:GlusterfsPersistentVolumeSource:?*o nfs:5:NFSVolumeSource:?*o rbd:6:RBDPersistentVolumeSource:?*o iscsi:7:ISCSIPersistentVolumeSource:?*o cinder:8:CinderPersistentVolumeSource:?*o cephfs:9:CephFSPersistentVolumeSource:?*o fc:10:FCVolumeSource:?*o flocker:11:FlockerVolumeSource:?*o flexVolume:12:FlexPersistentVolumeSource:?*o azureFile:13:AzureFilePersistentVolumeSource:?*o vsphereVolume:14:VsphereVirtualDiskVolumeSource:?*o quobyte:15:QuobyteVolumeSource:?*o azureDisk:16:AzureDiskVolumeSource:?*o photonPersistentDisk:17:PhotonPersistentDiskVolumeSource:?* portworxVolume:18:PortworxVolumeSource:?*o scaleIO:19:ScaleIOPersistentVolumeSource:?*o local:20:LocalVolumeSource:?*o storageos:21:StorageOSPersistentVolumeSource:?*o csi:22:CSIPersistentVolumeSource:?*o
PersistentVolumeSpec capacity:1:%ResourceList:?o :2:PersistentVolumeSource accessModes:3:[%PersistentVolumeAccessMode:?oa claimRef:4:ObjectReference:?*o persistentVolumeReclaimPolicy:5:%PersistentVolumeReclaimPolicy:?o storageClassName:6:s:?o mountOptions:7:[s:?oa volumeMode:8:%PersistentVolumeMode:?*o nodeAffinity:9:VolumeNodeAffinity:?*o volumeAttributesClassName:10:s:?*o
PersistentVolumeStatus phase:1:%PersistentVolumePhase:?o message:2:s:?o reason:3:s:?o lastPhaseTransitionTime:4:T:?*o
PhotonPersistentDiskVolumeSource pdID:1:s fsType:2:s:?
Pod:K metadata:1:meta.v1.ObjectMeta:?o spec:2:PodSpec:?o status:3:PodStatus:?o
PodAffinity requiredDuringSchedulingIgnoredDuringExecution:1:[PodAffinityTerm:?oa preferredDuringSchedulingIgnoredDuringExecution:2:[WeightedPodAffinityTerm:?oa
PodAffinityTerm labelSelector:1:meta.v1.LabelSelector:?*o namespaces:2:[s:?oa topologyKey:3:s namespaceSelector:4:meta.v1.LabelSelector:?*o matchLabelKeys:5:[s:?oa mismatchLabelKeys:6:[s:?oa
PodAntiAffinity requiredDuringSchedulingIgnoredDuringExecution:1:[PodAffinityTerm:?oa preferredDuringSchedulingIgnoredDuringExecution:2:[WeightedPodAffinityTerm:?oa
PodAttachOptions:K stdin:1:b:?o stdout:2:b:?o stderr:3:b:?o tty:4:b:?o container:5:s:?o
PodCertificateProjection signerName:1:s:?! keyType:2:s:?! maxExpirationSeconds:3:i:?*o credentialBundlePath:4:s:?o keyPath:5:s:?o certificateChainPath:6:s:?o userAnnotations:7:{s:?
PodCondition type:1:%PodConditionType observedGeneration:7:l:?o status:2:%ConditionStatus lastProbeTime:3:T:?o lastTransitionTime:4:T:?o reason:5:s:?o message:6:s:?o
%PodConditionType s
PodDNSConfig nameservers:1:[s:?oa searches:2:[s:?oa options:3:[PodDNSConfigOption:?oa
PodDNSConfigOption name:1:s:? value:2:s:?*o
PodExecOptions:K stdin:1:b:?o stdout:2:b:?o stderr:3:b:?o tty:4:b:?o container:5:s:?o command:6:[s:a
PodExtendedResourceClaimStatus requestMappings:1:[ContainerExtendedResourceRequest:a resourceClaimName:2:s
%PodFSGroupChangePolicy s OnRootMismatch|Always
PodIP ip:1:s:!
PodList:K metadata:1:meta.v1.ListMeta:?o items:2:[Pod
PodLogOptions:K container:1:s:?o follow:2:b:?o previous:3:b:?o sinceSeconds:4:l:?*o sinceTime:5:T:?*o timestamps:6:b:?o tailLines:7:l:?*o limitBytes:8:l:?*o insecureSkipTLSVerifyBackend:9:b:?o stream:10:s:?*o
PodOS name:1:%OSName
%PodPhase s Pending|Running|Succeeded|Failed|Unknown
PodPortForwardOptions:K ports:1:[i:?oa
PodProxyOptions:K path:1:s:?o
%PodQOSClass s Guaranteed|Burstable|BestEffort
PodReadinessGate conditionType:1:%PodConditionType
%PodResizeStatus s
PodResourceClaim name:1:s resourceClaimName:3:s:?* resourceClaimTemplateName:4:s:?*
PodResourceClaimStatus name:1:s resourceClaimName:2:s:?*o
%PodSELinuxChangePolicy s
PodSchedulingGate name:1:s
PodSchedulingGroup podGroupName:1:s:?*o
PodSecurityContext seLinuxOptions:1:SELinuxOptions:?*o windowsOptions:8:WindowsSecurityContextOptions:?*o runAsUser:2:l:?*o runAsGroup:6:l:?*o runAsNonRoot:3:b:?*o supplementalGroups:4:[l:?oa supplementalGroupsPolicy:12:%SupplementalGroupsPolicy:?*o fsGroup:5:l:?*o sysctls:7:[Sysctl:?oa fsGroupChangePolicy:9:%PodFSGroupChangePolicy:?*o seccompProfile:10:SeccompProfile:?*o appArmorProfile:11:AppArmorProfile:?*o seLinuxChangePolicy:13:%PodSELinuxChangePolicy:?*o
PodSpec volumes:1:[Volume:?ok(name)pr^name^ initContainers:20:[Container:?k(name)p^name^ containers:2:[Container:k(name)p^name^ ephemeralContainers:34:[EphemeralContainer:?ok(name)p^name^ restartPolicy:3:%RestartPolicy:?o terminationGracePeriodSeconds:4:l:?*o activeDeadlineSeconds:5:l:?*o dnsPolicy:6:%DNSPolicy:?o nodeSelector:7:{s:?og serviceAccountName:8:s:?o serviceAccount:9:s:?o automountServiceAccountToken:21:b:?*o nodeName:10:s:?o hostNetwork:11:b:?o hostPID:12:b:?o hostIPC:13:b:?o shareProcessNamespace:27:b:?*o securityContext:14:PodSecurityContext:?*o imagePullSecrets:15:[LocalObjectReference:?ok(name)p^name^ hostname:16:s:?o subdomain:17:s:?o affinity:18:Affinity:?*o schedulerName:19:s:?o tolerations:22:[Toleration:?oa hostAliases:23:[HostAlias:?ok(ip)p^ip^ priorityClassName:24:s:?o priority:25:i:?*o dnsConfig:26:PodDNSConfig:?*o readinessGates:28:[PodReadinessGate:?oa runtimeClassName:29:s:?*o enableServiceLinks:30:b:?*o preemptionPolicy:31:%PreemptionPolicy:?*o overhead:32:%ResourceList:?o topologySpreadConstraints:33:[TopologySpreadConstraint:?ok(topologyKey,whenUnsatisfiable)p^topologyKey^ setHostnameAsFQDN:35:b:?*o os:36:PodOS:?*o hostUsers:37:b:?*o schedulingGates:38:[PodSchedulingGate:?ok(name)p^name^ resourceClaims:39:[PodResourceClaim:?ok(name)pr^name^ resources:40:ResourceRequirements:?*o hostnameOverride:41:s:?*o schedulingGroup:43:PodSchedulingGroup:?*o
PodStatus observedGeneration:17:l:?o phase:1:%PodPhase:?o conditions:2:[PodCondition:?ok(type)p^type^ message:3:s:?o reason:4:s:?o nominatedNodeName:11:s:?o hostIP:5:s:?o hostIPs:16:[HostIP:?oap^ip^ podIP:6:s:?o podIPs:12:[PodIP:?ok(ip)p^ip^ startTime:7:T:?*o initContainerStatuses:10:[ContainerStatus:?a containerStatuses:8:[ContainerStatus:?oa qosClass:9:%PodQOSClass:?o ephemeralContainerStatuses:13:[ContainerStatus:?oa resize:14:%PodResizeStatus:?o resourceClaimStatuses:15:[PodResourceClaimStatus:?ok(name)pr^name^ extendedResourceClaimStatus:18:PodExtendedResourceClaimStatus:?*o allocatedResources:19:%ResourceList:?o resources:20:ResourceRequirements:?*o nodeAllocatableResourceClaimStatuses:21:[NodeAllocatableResourceClaimStatus:?oa
PodTemplate:K metadata:1:meta.v1.ObjectMeta:?o template:2:PodTemplateSpec:?o
PodTemplateList:K metadata:1:meta.v1.ListMeta:?o items:2:[PodTemplate
PodTemplateSpec metadata:1:meta.v1.ObjectMeta:?o spec:2:PodSpec:?o
PortStatus port:1:i protocol:2:%Protocol error:3:s:?*o
PortworxVolumeSource volumeID:1:s fsType:2:s:? readOnly:3:b:?o
%PreemptionPolicy s PreemptLowerPriority|Never
PreferredSchedulingTerm weight:1:i preference:2:NodeSelectorTerm
Probe :1:ProbeHandler initialDelaySeconds:2:i:?o timeoutSeconds:3:i:?o periodSeconds:4:i:?o successThreshold:5:i:?o failureThreshold:6:i:?o terminationGracePeriodSeconds:7:l:?*o
ProbeHandler exec:1:ExecAction:?*o httpGet:2:HTTPGetAction:?*o tcpSocket:3:TCPSocketAction:?*o grpc:4:GRPCAction:?*o
%ProcMountType s Default|Unmasked
ProjectedVolumeSource sources:1:[VolumeProjection:oa defaultMode:2:i:?*o
%Protocol s TCP|UDP|SCTP
%PullPolicy s Always|Never|IfNotPresent
QuobyteVolumeSource registry:1:s volume:2:s readOnly:3:b:?o user:4:s:?o group:5:s:?o tenant:6:s:?o
RBDPersistentVolumeSource monitors:1:[s:a image:2:s fsType:3:s:?o pool:4:s:?o="rbd" user:5:s:?o="admin" keyring:6:s:?o="/etc/ceph/keyring" secretRef:7:SecretReference:?*o readOnly:8:b:?o
RBDVolumeSource monitors:1:[s:a image:2:s fsType:3:s:?o pool:4:s:?o="rbd" user:5:s:?o="admin" keyring:6:s:?o="/etc/ceph/keyring" secretRef:7:LocalObjectReference:?*o readOnly:8:b:?o
%RecursiveReadOnlyMode s
ReplicationController:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ReplicationControllerSpec:?o status:3:ReplicationControllerStatus:?o
ReplicationControllerCondition type:1:%ReplicationControllerConditionType status:2:%ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
%ReplicationControllerConditionType s
ReplicationControllerList:K metadata:1:meta.v1.ListMeta:?o items:2:[ReplicationController
ReplicationControllerSpec replicas:1:i:?*o=1 minReadySeconds:4:i:?o=0 selector:2:{s:?og template:3:PodTemplateSpec:?*o
ReplicationControllerStatus replicas:1:i fullyLabeledReplicas:2:i:?o readyReplicas:4:i:?o availableReplicas:5:i:?o observedGeneration:3:l:?o conditions:6:[ReplicationControllerCondition:?ok(type)p^type^
ResourceClaim name:1:s request:2:s:?o
ResourceFieldSelector:g containerName:1:s:?o resource:2:s divisor:3:Q:?o
ResourceHealth resourceID:1:%ResourceID health:2:%ResourceHealthStatus:? message:6:s:?*o
%ResourceHealthStatus s
%ResourceID s
%ResourceList {Q
%ResourceName s
ResourceQuota:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ResourceQuotaSpec:?o status:3:ResourceQuotaStatus:?o
ResourceQuotaList:K metadata:1:meta.v1.ListMeta:?o items:2:[ResourceQuota
%ResourceQuotaScope s Terminating|NotTerminating|BestEffort|NotBestEffort|PriorityClass|CrossNamespacePodAffinity|VolumeAttributesClass
ResourceQuotaSpec hard:1:%ResourceList:?o scopes:2:[%ResourceQuotaScope:?oa scopeSelector:3:ScopeSelector:?*o
ResourceQuotaStatus hard:1:%ResourceList:?o used:2:%ResourceList:?o
ResourceRequirements limits:1:%ResourceList:?o requests:2:%ResourceList:?o claims:3:[ResourceClaim:?ok(name)
%ResourceResizeRestartPolicy s
ResourceStatus name:1:%ResourceName:! resources:2:[ResourceHealth:?k(resourceID)
%RestartPolicy s Always|OnFailure|Never
SELinuxOptions user:1:s:?o role:2:s:?o type:3:s:?o level:4:s:?o
ScaleIOPersistentVolumeSource gateway:1:s system:2:s secretRef:3:SecretReference:* sslEnabled:4:b:?o protectionDomain:5:s:?o storagePool:6:s:?o storageMode:7:s:?o="ThinProvisioned" volumeName:8:s:? fsType:9:s:?o="xfs" readOnly:10:b:?o
ScaleIOVolumeSource gateway:1:s system:2:s secretRef:3:LocalObjectReference:* sslEnabled:4:b:?o protectionDomain:5:s:?o storagePool:6:s:?o storageMode:7:s:?o="ThinProvisioned" volumeName:8:s:? fsType:9:s:?o="xfs" readOnly:10:b:?o
ScopeSelector:g matchExpressions:1:[ScopedResourceSelectorRequirement:?oa
%ScopeSelectorOperator s In|NotIn|Exists|DoesNotExist
ScopedResourceSelectorRequirement scopeName:1:%ResourceQuotaScope operator:2:%ScopeSelectorOperator values:3:[s:?oa
SeccompProfile type:1:%SeccompProfileType localhostProfile:2:s:?*o
%SeccompProfileType s Unconfined|RuntimeDefault|Localhost
Secret:K metadata:1:meta.v1.ObjectMeta:?o immutable:5:b:?*o data:2:{B:?o stringData:4:{s:?o type:3:%SecretType:?o
SecretEnvSource :1:LocalObjectReference optional:2:b:?*o
SecretKeySelector:g :1:LocalObjectReference key:2:s optional:3:b:?*o
SecretList:K metadata:1:meta.v1.ListMeta:?o items:2:[Secret
SecretProjection :1:LocalObjectReference items:2:[KeyToPath:?oa optional:4:b:?*o
SecretReference:g name:1:s:?o namespace:2:s:?o
%SecretType s
SecretVolumeSource secretName:1:s:?o items:2:[KeyToPath:?oa defaultMode:3:i:?*o optional:4:b:?*o
SecurityContext capabilities:1:Capabilities:?*o privileged:2:b:?*o seLinuxOptions:3:SELinuxOptions:?*o windowsOptions:10:WindowsSecurityContextOptions:?*o runAsUser:4:l:?*o runAsGroup:8:l:?*o runAsNonRoot:5:b:?*o readOnlyRootFilesystem:6:b:?*o allowPrivilegeEscalation:7:b:?*o procMount:9:%ProcMountType:?*o seccompProfile:11:SeccompProfile:?*o appArmorProfile:12:AppArmorProfile:?*o
SerializedReference:K reference:1:ObjectReference:?o
Service:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ServiceSpec:?o status:3:ServiceStatus:?o
ServiceAccount:K metadata:1:meta.v1.ObjectMeta:?o secrets:2:[ObjectReference:?ok(name)p^name^ imagePullSecrets:3:[LocalObjectReference:?oa automountServiceAccountToken:4:b:?*o
ServiceAccountList:K metadata:1:meta.v1.ListMeta:?o items:2:[ServiceAccount
ServiceAccountTokenProjection audience:1:s:?o expirationSeconds:2:l:?*o path:3:s
%ServiceAffinity s ClientIP|None
%ServiceExternalTrafficPolicy s Cluster|Local
%ServiceInternalTrafficPolicy s Cluster|Local
ServiceList:K metadata:1:meta.v1.ListMeta:?o items:2:[Service
ServicePort name:1:s:?o protocol:2:%Protocol:?o="TCP" appProtocol:6:s:?*o port:3:i targetPort:4:N:?o nodePort:5:i:?o
ServiceProxyOptions:K path:1:s:?o
ServiceSpec ports:1:[ServicePort:?k(port,protocol)p^port^ selector:2:{s:?og clusterIP:3:s:?o clusterIPs:18:[s:?oa type:4:%ServiceType:?o externalIPs:5:[s:?oa sessionAffinity:7:%ServiceAffinity:?o loadBalancerIP:8:s:?o loadBalancerSourceRanges:9:[s:?oa externalName:10:s:?o externalTrafficPolicy:11:%ServiceExternalTrafficPolicy:?o healthCheckNodePort:12:i:?o publishNotReadyAddresses:13:b:?o sessionAffinityConfig:14:SessionAffinityConfig:?*o ipFamilies:19:[%IPFamily:?oa ipFamilyPolicy:17:%IPFamilyPolicy:?*o allocateLoadBalancerNodePorts:20:b:?*o loadBalancerClass:21:s:?*o internalTrafficPolicy:22:%ServiceInternalTrafficPolicy:?*o trafficDistribution:23:s:?*o
ServiceStatus loadBalancer:1:LoadBalancerStatus:?o conditions:2:[meta.v1.Condition:?ok(type)p^type^
%ServiceType s ClusterIP|NodePort|LoadBalancer|ExternalName
SessionAffinityConfig clientIP:1:ClientIPConfig:?*o
%Signal s SIGABRT|SIGALRM|SIGBUS|SIGCHLD|SIGCLD|SIGCONT|SIGFPE|SIGHUP|SIGILL|SIGINT|SIGIO|SIGIOT|SIGKILL|SIGPIPE|SIGPOLL|SIGPROF|SIGPWR|SIGQUIT|SIGSEGV|SIGSTKFLT|SIGSTOP|SIGSYS|SIGTERM|SIGTRAP|SIGTSTP|SIGTTIN|SIGTTOU|SIGURG|SIGUSR1|SIGUSR2|SIGVTALRM|SIGWINCH|SIGXCPU|SIGXFSZ|SIGRTMIN|SIGRTMIN+1|SIGRTMIN+2|SIGRTMIN+3|SIGRTMIN+4|SIGRTMIN+5|SIGRTMIN+6|SIGRTMIN+7|SIGRTMIN+8|SIGRTMIN+9|SIGRTMIN+10|SIGRTMIN+11|SIGRTMIN+12|SIGRTMIN+13|SIGRTMIN+14|SIGRTMIN+15|SIGRTMAX-14|SIGRTMAX-13|SIGRTMAX-12|SIGRTMAX-11|SIGRTMAX-10|SIGRTMAX-9|SIGRTMAX-8|SIGRTMAX-7|SIGRTMAX-6|SIGRTMAX-5|SIGRTMAX-4|SIGRTMAX-3|SIGRTMAX-2|SIGRTMAX-1|SIGRTMAX
SleepAction seconds:1:l
%StorageMedium s
StorageOSPersistentVolumeSource volumeName:1:s:? volumeNamespace:2:s:?o fsType:3:s:?o readOnly:4:b:?o secretRef:5:ObjectReference:?*o
StorageOSVolumeSource volumeName:1:s:? volumeNamespace:2:s:?o fsType:3:s:?o readOnly:4:b:?o secretRef:5:LocalObjectReference:?*o
%SupplementalGroupsPolicy s Merge|Strict
Sysctl name:1:s value:2:s
TCPSocketAction port:1:N host:2:s:?o
Taint key:1:s value:2:s:?o effect:3:%TaintEffect timeAdded:4:T:?*o
%TaintEffect s NoSchedule|PreferNoSchedule|NoExecute
%TerminationMessagePolicy s File|FallbackToLogsOnError
Toleration key:1:s:?o operator:2:%TolerationOperator:?o value:3:s:?o effect:4:%TaintEffect:?o tolerationSeconds:5:l:?*o
%TolerationOperator s Exists|Equal|Lt|Gt
TopologySelectorLabelRequirement key:1:s values:2:[s:a
TopologySelectorTerm:g matchLabelExpressions:1:[TopologySelectorLabelRequirement:?oa
TopologySpreadConstraint maxSkew:1:i topologyKey:2:s whenUnsatisfiable:3:%UnsatisfiableConstraintAction labelSelector:4:meta.v1.LabelSelector:?*o minDomains:5:i:?*o nodeAffinityPolicy:6:%NodeInclusionPolicy:?*o nodeTaintsPolicy:7:%NodeInclusionPolicy:?*o matchLabelKeys:8:[s:?oa
TypedLocalObjectReference:g apiGroup:1:s:*o kind:2:s name:3:s
TypedObjectReference apiGroup:1:s:*o kind:2:s name:3:s namespace:4:s:?*o
%URIScheme s HTTP|HTTPS
%UniqueVolumeName s
%UnsatisfiableConstraintAction s DoNotSchedule|ScheduleAnyway
Volume name:1:s :2:VolumeSource
VolumeDevice name:1:s devicePath:2:s
VolumeMount name:1:s readOnly:2:b:?o recursiveReadOnly:7:%RecursiveReadOnlyMode:?*o mountPath:3:s subPath:4:s:?o mountPropagation:5:%MountPropagationMode:?*o subPathExpr:6:s:?o
VolumeMountStatus name:1:s mountPath:2:s readOnly:3:b:?o recursiveReadOnly:4:%RecursiveReadOnlyMode:?*o volumeStatus:5:VolumeStatus:?*o
VolumeNodeAffinity required:1:NodeSelector:?*
VolumeProjection secret:1:SecretProjection:?*o downwardAPI:2:DownwardAPIProjection:?*o configMap:3:ConfigMapProjection:?*o serviceAccountToken:4:ServiceAccountTokenProjection:?*o clusterTrustBundle:5:ClusterTrustBundleProjection:?*o podCertificate:6:PodCertificateProjection:?*o
VolumeResourceRequirements limits:1:%ResourceList:?o requests:2:%ResourceList:?o
VolumeSource hostPath:1:HostPathVolumeSource:?*o emptyDir:2:EmptyDirVolumeSource:?*o gcePersistentDisk:3:GCEPersistentDiskVolumeSource:?*o awsElasticBlockStore:4:AWSElasticBlockStoreVolumeSource:?*o gitRepo:5:GitRepoVolumeSource:?*o secret:6:SecretVolumeSource:?*o nfs:7:NFSVolumeSource:?*o iscsi:8:ISCSIVolumeSource:?*o glusterfs:9:GlusterfsVolumeSource:?*o persistentVolumeClaim:10:PersistentVolumeClaimVolumeSource:?*o rbd:11:RBDVolumeSource:?*o flexVolume:12:FlexVolumeSource:?*o cinder:13:CinderVolumeSource:?*o cephfs:14:CephFSVolumeSource:?*o flocker:15:FlockerVolumeSource:?*o downwardAPI:16:DownwardAPIVolumeSource:?*o fc:17:FCVolumeSource:?*o azureFile:18:AzureFileVolumeSource:?*o configMap:19:ConfigMapVolumeSource:?*o vsphereVolume:20:VsphereVirtualDiskVolumeSource:?*o quobyte:21:QuobyteVolumeSource:?*o azureDisk:22:AzureDiskVolumeSource:?*o photonPersistentDisk:23:PhotonPersistentDiskVolumeSource:?* projected:26:ProjectedVolumeSource:?* portworxVolume:24:PortworxVolumeSource:?*o scaleIO:25:ScaleIOVolumeSource:?*o storageos:27:StorageOSVolumeSource:?*o csi:28:CSIVolumeSource:?*o ephemeral:29:EphemeralVolumeSource:?*o image:30:ImageVolumeSource:?*o
VolumeStatus image:1:ImageVolumeStatus:?*o
VsphereVirtualDiskVolumeSource volumePath:1:s fsType:2:s:?o storagePolicyName:3:s:?o storagePolicyID:4:s:?o
WeightedPodAffinityTerm weight:1:i podAffinityTerm:2:PodAffinityTerm
WindowsSecurityContextOptions gmsaCredentialSpecName:1:s:?*o gmsaCredentialSpec:2:s:?*o runAsUserName:3:s:?*o hostProcess:4:b:?*o
#admission.v1 admission.k8s.io/v1 io.k8s.api.admission.v1
AdmissionRequest uid:1:s:o kind:2:meta.v1.GroupVersionKind:o resource:3:meta.v1.GroupVersionResource:o subResource:4:s:?o requestKind:13:meta.v1.GroupVersionKind:?*o requestResource:14:meta.v1.GroupVersionResource:?*o requestSubResource:15:s:?o name:5:s:?o namespace:6:s:?o operation:7:%Operation:o userInfo:8:authentication.v1.UserInfo:o object:9:X:?o oldObject:10:X:?o dryRun:11:b:?*o options:12:X:?o
AdmissionResponse uid:1:s:o allowed:2:b:o status:3:meta.v1.Status:?*o patch:4:B:?o patchType:5:%PatchType:?*o auditAnnotations:6:{s:?o warnings:7:[s:?oa
AdmissionReview:K request:1:AdmissionRequest:?*o response:2:AdmissionResponse:?*o
%Operation s
%PatchType s
#admissionregistration.v1 admissionregistration.k8s.io/v1 io.k8s.api.admissionregistration.v1
ApplyConfiguration expression:1:s:?
AuditAnnotation key:1:s valueExpression:2:s
ExpressionWarning fieldRef:2:s warning:3:s
%FailurePolicyType s Ignore|Fail
JSONPatch expression:1:s:?
MatchCondition name:1:s expression:2:s
%MatchPolicyType s Exact|Equivalent
MatchResources:g namespaceSelector:1:meta.v1.LabelSelector:?*o objectSelector:2:meta.v1.LabelSelector:?*o resourceRules:3:[NamedRuleWithOperations:?oa excludeResourceRules:4:[NamedRuleWithOperations:?oa matchPolicy:7:%MatchPolicyType:?*o
MutatingAdmissionPolicy:K metadata:1:meta.v1.ObjectMeta:?o spec:2:MutatingAdmissionPolicySpec:?
MutatingAdmissionPolicyBinding:K metadata:1:meta.v1.ObjectMeta:?o spec:2:MutatingAdmissionPolicyBindingSpec:?
MutatingAdmissionPolicyBindingList:K metadata:1:meta.v1.ListMeta:?o items:2:[MutatingAdmissionPolicyBinding
MutatingAdmissionPolicyBindingSpec policyName:1:s:? paramRef:2:ParamRef:?*o matchResources:3:MatchResources:?*o
MutatingAdmissionPolicyList:K metadata:1:meta.v1.ListMeta:?o items:2:[MutatingAdmissionPolicy
MutatingAdmissionPolicySpec paramKind:1:ParamKind:?*o matchConstraints:2:MatchResources:?* variables:3:[Variable:?oa mutations:4:[Mutation:?oa failurePolicy:5:%FailurePolicyType:?*o matchConditions:6:[MatchCondition:?ok(name)p^name^ reinvocationPolicy:7:%ReinvocationPolicyType:?
MutatingWebhook name:1:s clientConfig:2:WebhookClientConfig rules:3:[RuleWithOperations:?a failurePolicy:4:%FailurePolicyType:?*o matchPolicy:9:%MatchPolicyType:?*o namespaceSelector:5:meta.v1.LabelSelector:?*o objectSelector:11:meta.v1.LabelSelector:?*o sideEffects:6:%SideEffectClass:* timeoutSeconds:7:i:?*o admissionReviewVersions:8:[s:a reinvocationPolicy:10:%ReinvocationPolicyType:?*o matchConditions:12:[MatchCondition:?ok(name)p^name^
MutatingWebhookConfiguration:K metadata:1:meta.v1.ObjectMeta:?o webhooks:2:[MutatingWebhook:?ok(name)p^name^
MutatingWebhookConfigurationList:K metadata:1:meta.v1.ListMeta:?o items:2:[MutatingWebhookConfiguration
Mutation patchType:2:%PatchType applyConfiguration:3:ApplyConfiguration:?* jsonPatch:4:JSONPatch:?*
NamedRuleWithOperations:g resourceNames:1:[s:?oa :2:RuleWithOperations
%OperationType s *|CREATE|UPDATE|DELETE|CONNECT
ParamKind:g apiVersion:1:s:? kind:2:s:?
ParamRef:g name:1:s:? namespace:2:s:?o selector:3:meta.v1.LabelSelector:?*o parameterNotFoundAction:4:%ParameterNotFoundActionType:?*
%ParameterNotFoundActionType s
%PatchType s ApplyConfiguration|JSONPatch
%ReinvocationPolicyType s Never|IfNeeded
Rule apiGroups:1:[s:?a apiVersions:2:[s:?a resources:3:[s:?a scope:4:%ScopeType:?*o
RuleWithOperations operations:1:[%OperationType:?a :2:Rule
%ScopeType s Cluster|Namespaced|*
ServiceReference namespace:1:s name:2:s path:3:s:?*o port:4:i:?*o
%SideEffectClass s Unknown|None|Some|NoneOnDryRun
TypeChecking expressionWarnings:1:[ExpressionWarning:?oa
ValidatingAdmissionPolicy:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ValidatingAdmissionPolicySpec:? status:3:ValidatingAdmissionPolicyStatus:?o
ValidatingAdmissionPolicyBinding:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ValidatingAdmissionPolicyBindingSpec:?!
ValidatingAdmissionPolicyBindingList:K metadata:1:meta.v1.ListMeta:?o items:2:[ValidatingAdmissionPolicyBinding
ValidatingAdmissionPolicyBindingSpec policyName:1:s:?! paramRef:2:ParamRef:?*o matchResources:3:MatchResources:?*o validationActions:4:[%ValidationAction:?!u
ValidatingAdmissionPolicyList:K metadata:1:meta.v1.ListMeta:?o items:2:[ValidatingAdmissionPolicy
ValidatingAdmissionPolicySpec paramKind:1:ParamKind:?*o matchConstraints:2:MatchResources:?* validations:3:[Validation:?oa failurePolicy:4:%FailurePolicyType:?*o auditAnnotations:5:[AuditAnnotation:?oa matchConditions:6:[MatchCondition:?ok(name)p^name^ variables:7:[Variable:?ok(name)p^name^
ValidatingAdmissionPolicyStatus observedGeneration:1:l:?o typeChecking:2:TypeChecking:?*o conditions:3:[meta.v1.Condition:?ok(type)
ValidatingWebhook name:1:s clientConfig:2:WebhookClientConfig rules:3:[RuleWithOperations:?a failurePolicy:4:%FailurePolicyType:?*o matchPolicy:9:%MatchPolicyType:?*o namespaceSelector:5:meta.v1.LabelSelector:?*o objectSelector:10:meta.v1.LabelSelector:?*o sideEffects:6:%SideEffectClass:* timeoutSeconds:7:i:?*o admissionReviewVersions:8:[s:a matchConditions:11:[MatchCondition:?ok(name)p^name^
ValidatingWebhookConfiguration:K metadata:1:meta.v1.ObjectMeta:?o webhooks:2:[ValidatingWebhook:?ok(name)p^name^
ValidatingWebhookConfigurationList:K metadata:1:meta.v1.ListMeta:?o items:2:[ValidatingWebhookConfiguration
Validation expression:1:s message:2:s:?o reason:3:%meta.v1.StatusReason:?*o messageExpression:4:s:?o
%ValidationAction s Deny|Warn|Audit
Variable:g name:1:s expression:2:s
WebhookClientConfig url:3:s:?*o service:1:ServiceReference:?*o caBundle:2:B:?o
#apidiscovery.v2 apidiscovery.k8s.io/v2 io.k8s.api.apidiscovery.v2
APIGroupDiscovery:K metadata:1:meta.v1.ObjectMeta:?o versions:2:[APIVersionDiscovery:?k(version)
APIGroupDiscoveryList:K metadata:1:meta.v1.ListMeta:?o items:2:[APIGroupDiscovery
APIResourceDiscovery resource:1:s responseKind:2:meta.v1.GroupVersionKind:?* scope:3:%ResourceScope singularResource:4:s verbs:5:[s:u shortNames:6:[s:?u categories:7:[s:?u subresources:8:[APISubresourceDiscovery:?k(subresource)
APISubresourceDiscovery subresource:1:s responseKind:2:meta.v1.GroupVersionKind:?* acceptedTypes:3:[meta.v1.GroupVersionKind:?k(group,version,kind) verbs:4:[s:u
APIVersionDiscovery version:1:s resources:2:[APIResourceDiscovery:?k(resource) freshness:3:%DiscoveryFreshness:?
%DiscoveryFreshness s
%ResourceScope s
#apidiscovery.v2beta1 apidiscovery.k8s.io/v2beta1 io.k8s.api.apidiscovery.v2beta1
APIGroupDiscovery:K metadata:1:meta.v1.ObjectMeta:?o versions:2:[APIVersionDiscovery:?k(version)
APIGroupDiscoveryList:K metadata:1:meta.v1.ListMeta:?o items:2:[APIGroupDiscovery
APIResourceDiscovery resource:1:s responseKind:2:meta.v1.GroupVersionKind:?* scope:3:%ResourceScope singularResource:4:s verbs:5:[s:u shortNames:6:[s:?u categories:7:[s:?u subresources:8:[APISubresourceDiscovery:?k(subresource)
APISubresourceDiscovery subresource:1:s responseKind:2:meta.v1.GroupVersionKind:?* acceptedTypes:3:[meta.v1.GroupVersionKind:?k(group,version,kind) verbs:4:[s:u
APIVersionDiscovery version:1:s resources:2:[APIResourceDiscovery:?k(resource) freshness:3:%DiscoveryFreshness:?
%DiscoveryFreshness s
%ResourceScope s
#apps.v1 apps/v1 io.k8s.api.apps.v1
ControllerRevision:K metadata:1:meta.v1.ObjectMeta:?o data:2:X:? revision:3:l
ControllerRevisionList:K metadata:1:meta.v1.ListMeta:?o items:2:[ControllerRevision
DaemonSet:K metadata:1:meta.v1.ObjectMeta:?o spec:2:DaemonSetSpec:?o status:3:DaemonSetStatus:?o
DaemonSetCondition type:1:%DaemonSetConditionType status:2:%core.v1.ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
%DaemonSetConditionType s
DaemonSetList:K metadata:1:meta.v1.ListMeta:?o items:2:[DaemonSet
DaemonSetSpec selector:1:meta.v1.LabelSelector:* template:2:core.v1.PodTemplateSpec updateStrategy:3:DaemonSetUpdateStrategy:?o minReadySeconds:4:i:?o revisionHistoryLimit:6:i:?*o
DaemonSetStatus currentNumberScheduled:1:i numberMisscheduled:2:i desiredNumberScheduled:3:i numberReady:4:i observedGeneration:5:l:?o updatedNumberScheduled:6:i:?o numberAvailable:7:i:?o numberUnavailable:8:i:?o collisionCount:9:i:?*o conditions:10:[DaemonSetCondition:?ok(type)p^type^
DaemonSetUpdateStrategy type:1:%DaemonSetUpdateStrategyType:?o rollingUpdate:2:RollingUpdateDaemonSet:?*o
%DaemonSetUpdateStrategyType s RollingUpdate|OnDelete
Deployment:K metadata:1:meta.v1.ObjectMeta:?o spec:2:DeploymentSpec:?o status:3:DeploymentStatus:?o
DeploymentCondition type:1:%DeploymentConditionType status:2:%core.v1.ConditionStatus lastUpdateTime:6:T:? lastTransitionTime:7:T:? reason:4:s:? message:5:s:?
%DeploymentConditionType s
DeploymentList:K metadata:1:meta.v1.ListMeta:?o items:2:[Deployment
DeploymentSpec replicas:1:i:?*o selector:2:meta.v1.LabelSelector:* template:3:core.v1.PodTemplateSpec strategy:4:DeploymentStrategy:?or minReadySeconds:5:i:?o revisionHistoryLimit:6:i:?*o paused:7:b:?o progressDeadlineSeconds:9:i:?*
DeploymentStatus observedGeneration:1:l:?o replicas:2:i:?o updatedReplicas:3:i:?o readyReplicas:7:i:?o availableReplicas:4:i:?o unavailableReplicas:5:i:?o terminatingReplicas:9:i:?*o conditions:6:[DeploymentCondition:?k(type)p^type^ collisionCount:8:i:?*o
DeploymentStrategy type:1:%DeploymentStrategyType:?o rollingUpdate:2:RollingUpdateDeployment:?*o
%DeploymentStrategyType s Recreate|RollingUpdate
%PersistentVolumeClaimRetentionPolicyType s
%PodManagementPolicyType s OrderedReady|Parallel
ReplicaSet:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ReplicaSetSpec:?o status:3:ReplicaSetStatus:?o
ReplicaSetCondition type:1:%ReplicaSetConditionType status:2:%core.v1.ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
%ReplicaSetConditionType s
ReplicaSetList:K metadata:1:meta.v1.ListMeta:?o items:2:[ReplicaSet
ReplicaSetSpec replicas:1:i:?*o minReadySeconds:4:i:?o selector:2:meta.v1.LabelSelector:* template:3:core.v1.PodTemplateSpec:?o
ReplicaSetStatus replicas:1:i fullyLabeledReplicas:2:i:?o readyReplicas:4:i:?o availableReplicas:5:i:?o terminatingReplicas:7:i:?*o observedGeneration:3:l:?o conditions:6:[ReplicaSetCondition:?ok(type)p^type^
RollingUpdateDaemonSet maxUnavailable:1:N:?*o maxSurge:2:N:?*o
RollingUpdateDeployment maxUnavailable:1:N:?*o maxSurge:2:N:?*o
RollingUpdateStatefulSetStrategy partition:1:i:?*o maxUnavailable:2:N:?*o
StatefulSet:K metadata:1:meta.v1.ObjectMeta:?o spec:2:StatefulSetSpec:?o status:3:StatefulSetStatus:?o
StatefulSetCondition type:1:%StatefulSetConditionType status:2:%core.v1.ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
%StatefulSetConditionType s
StatefulSetList:K metadata:1:meta.v1.ListMeta:?o items:2:[StatefulSet
StatefulSetOrdinals start:1:i:o
StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:1:%PersistentVolumeClaimRetentionPolicyType:? whenScaled:2:%PersistentVolumeClaimRetentionPolicyType:?
StatefulSetSpec replicas:1:i:?*o selector:2:meta.v1.LabelSelector:* template:3:core.v1.PodTemplateSpec volumeClaimTemplates:4:[core.v1.PersistentVolumeClaim:?oa serviceName:5:s:o podManagementPolicy:6:%PodManagementPolicyType:?o updateStrategy:7:StatefulSetUpdateStrategy:? revisionHistoryLimit:8:i:?* minReadySeconds:9:i:?o persistentVolumeClaimRetentionPolicy:10:StatefulSetPersistentVolumeClaimRetentionPolicy:?*o ordinals:11:StatefulSetOrdinals:?*o
StatefulSetStatus observedGeneration:1:l:?o replicas:2:i readyReplicas:3:i:? currentReplicas:4:i:? updatedReplicas:5:i:? currentRevision:6:s:? updateRevision:7:s:? collisionCount:9:i:?*o conditions:10:[StatefulSetCondition:?ok(type)p^type^ availableReplicas:11:i:o
StatefulSetUpdateStrategy type:1:%StatefulSetUpdateStrategyType:?o rollingUpdate:2:RollingUpdateStatefulSetStrategy:?*o
%StatefulSetUpdateStrategyType s RollingUpdate|OnDelete
#authentication.v1 authentication.k8s.io/v1 io.k8s.api.authentication.v1
BoundObjectReference kind:1:s:?o apiVersion:2:s:?o name:3:s:?o uid:4:s:?o
SelfSubjectReview:K metadata:1:meta.v1.ObjectMeta:?o status:2:SelfSubjectReviewStatus:?o
SelfSubjectReviewStatus userInfo:1:UserInfo:?o
TokenRequest:K metadata:1:meta.v1.ObjectMeta:?o spec:2:TokenRequestSpec:o status:3:TokenRequestStatus:?o
TokenRequestSpec audiences:1:[s:oa expirationSeconds:4:l:*o boundObjectRef:3:BoundObjectReference:*o
TokenRequestStatus token:1:s:o expirationTimestamp:2:T:o
TokenReview:K metadata:1:meta.v1.ObjectMeta:?o spec:2:TokenReviewSpec:! status:3:TokenReviewStatus:?o
TokenReviewSpec token:1:s:?! audiences:2:[s:?oa
TokenReviewStatus authenticated:1:b:?o user:2:UserInfo:?o audiences:4:[s:?oa error:3:s:?o
UserInfo username:1:s:?o uid:2:s:?o groups:3:[s:?oa extra:4:{W:?o
#authorization.v1 authorization.k8s.io/v1 io.k8s.api.authorization.v1
FieldSelectorAttributes rawSelector:1:s:?o requirements:2:[meta.v1.FieldSelectorRequirement:?oa
LabelSelectorAttributes rawSelector:1:s:?o requirements:2:[meta.v1.LabelSelectorRequirement:?oa
LocalSubjectAccessReview:K metadata:1:meta.v1.ObjectMeta:?o spec:2:SubjectAccessReviewSpec status:3:SubjectAccessReviewStatus:?o
NonResourceAttributes path:1:s:?o verb:2:s:?o
NonResourceRule verbs:1:[s:a nonResourceURLs:2:[s:?oa
ResourceAttributes namespace:1:s:?o verb:2:s:?o group:3:s:?o version:4:s:?o resource:5:s:?o subresource:6:s:?o name:7:s:?o fieldSelector:8:FieldSelectorAttributes:?*o labelSelector:9:LabelSelectorAttributes:?*o
ResourceRule verbs:1:[s:a apiGroups:2:[s:?oa resources:3:[s:?oa resourceNames:4:[s:?oa
SelfSubjectAccessReview:K metadata:1:meta.v1.ObjectMeta:?o spec:2:SelfSubjectAccessReviewSpec status:3:SubjectAccessReviewStatus:?o
SelfSubjectAccessReviewSpec resourceAttributes:1:ResourceAttributes:?*o nonResourceAttributes:2:NonResourceAttributes:?*o
SelfSubjectRulesReview:K metadata:1:meta.v1.ObjectMeta:?o spec:2:SelfSubjectRulesReviewSpec status:3:SubjectRulesReviewStatus:?o
SelfSubjectRulesReviewSpec namespace:1:s:?
SubjectAccessReview:K metadata:1:meta.v1.ObjectMeta:?o spec:2:SubjectAccessReviewSpec status:3:SubjectAccessReviewStatus:?o
SubjectAccessReviewSpec resourceAttributes:1:ResourceAttributes:?*o nonResourceAttributes:2:NonResourceAttributes:?*o user:3:s:?o groups:4:[s:?oa extra:5:{W:?o uid:6:s:?o
SubjectAccessReviewStatus allowed:1:b denied:4:b:?o reason:2:s:?o evaluationError:3:s:?o
SubjectRulesReviewStatus resourceRules:1:[ResourceRule:a nonResourceRules:2:[NonResourceRule:a incomplete:3:b evaluationError:4:s:?o
#autoscaling.v1 autoscaling/v1 io.k8s.api.autoscaling.v1
CrossVersionObjectReference:g kind:1:s name:2:s apiVersion:3:s:?o
HorizontalPodAutoscaler:K metadata:1:meta.v1.ObjectMeta:?o spec:2:HorizontalPodAutoscalerSpec:?! status:3:HorizontalPodAutoscalerStatus:?o
HorizontalPodAutoscalerList:K metadata:1:meta.v1.ListMeta:?o items:2:[HorizontalPodAutoscaler
HorizontalPodAutoscalerSpec scaleTargetRef:1:CrossVersionObjectReference minReplicas:2:i:?*o maxReplicas:3:i:! targetCPUUtilizationPercentage:4:i:?*o
HorizontalPodAutoscalerStatus observedGeneration:1:l:?*o lastScaleTime:2:T:?*o currentReplicas:3:i desiredReplicas:4:i currentCPUUtilizationPercentage:5:i:?*o
Scale:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ScaleSpec:?o status:3:ScaleStatus:?o
ScaleSpec replicas:1:i:?o=0
ScaleStatus replicas:1:i selector:2:s:?o
#autoscaling.v2 autoscaling/v2 io.k8s.api.autoscaling.v2
ContainerResourceMetricSource name:1:%core.v1.ResourceName target:2:MetricTarget container:3:s
ContainerResourceMetricStatus name:1:%core.v1.ResourceName current:2:MetricValueStatus container:3:s
CrossVersionObjectReference kind:1:s name:2:s apiVersion:3:s:?o
ExternalMetricSource metric:1:MetricIdentifier target:2:MetricTarget
ExternalMetricStatus metric:1:MetricIdentifier current:2:MetricValueStatus
HPAScalingPolicy type:1:%HPAScalingPolicyType value:2:i periodSeconds:3:i
%HPAScalingPolicyType s
HPAScalingRules stabilizationWindowSeconds:3:i:?*o selectPolicy:1:%ScalingPolicySelect:?*o policies:2:[HPAScalingPolicy:?oa tolerance:4:Q:?*o
HorizontalPodAutoscaler:K metadata:1:meta.v1.ObjectMeta:?o spec:2:HorizontalPodAutoscalerSpec:?! status:3:HorizontalPodAutoscalerStatus:?o
HorizontalPodAutoscalerBehavior scaleUp:1:HPAScalingRules:?*o scaleDown:2:HPAScalingRules:?*o
HorizontalPodAutoscalerCondition type:1:%HorizontalPodAutoscalerConditionType status:2:%core.v1.ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
%HorizontalPodAutoscalerConditionType s
HorizontalPodAutoscalerList:K metadata:1:meta.v1.ListMeta:?o items:2:[HorizontalPodAutoscaler
HorizontalPodAutoscalerSpec scaleTargetRef:1:CrossVersionObjectReference minReplicas:2:i:?*o maxReplicas:3:i:! metrics:4:[MetricSpec:?oa behavior:5:HorizontalPodAutoscalerBehavior:?*o
HorizontalPodAutoscalerStatus observedGeneration:1:l:?*o lastScaleTime:2:T:?*o currentReplicas:3:i:?o desiredReplicas:4:i currentMetrics:5:[MetricStatus:oa conditions:6:[HorizontalPodAutoscalerCondition:?ok(type)p^type^
MetricIdentifier name:1:s selector:2:meta.v1.LabelSelector:?*o
%MetricSourceType s
MetricSpec type:1:%MetricSourceType object:2:ObjectMetricSource:?*o pods:3:PodsMetricSource:?*o resource:4:ResourceMetricSource:?*o containerResource:7:ContainerResourceMetricSource:?*o external:5:ExternalMetricSource:?*o
MetricStatus type:1:%MetricSourceType object:2:ObjectMetricStatus:?*o pods:3:PodsMetricStatus:?*o resource:4:ResourceMetricStatus:?*o containerResource:7:ContainerResourceMetricStatus:?*o external:5:ExternalMetricStatus:?*o
MetricTarget type:1:%MetricTargetType value:2:Q:?*o averageValue:3:Q:?*o averageUtilization:4:i:?*o
%MetricTargetType s
MetricValueStatus value:1:Q:?*o averageValue:2:Q:?*o averageUtilization:3:i:?*o
ObjectMetricSource describedObject:1:CrossVersionObjectReference target:2:MetricTarget metric:3:MetricIdentifier
ObjectMetricStatus metric:1:MetricIdentifier current:2:MetricValueStatus describedObject:3:CrossVersionObjectReference
PodsMetricSource metric:1:MetricIdentifier target:2:MetricTarget
PodsMetricStatus metric:1:MetricIdentifier current:2:MetricValueStatus
ResourceMetricSource name:1:%core.v1.ResourceName target:2:MetricTarget
ResourceMetricStatus name:1:%core.v1.ResourceName current:2:MetricValueStatus
%ScalingPolicySelect s
#batch.v1 batch/v1 io.k8s.api.batch.v1
%CompletionMode s NonIndexed|Indexed
%ConcurrencyPolicy s Allow|Forbid|Replace
CronJob:K metadata:1:meta.v1.ObjectMeta:?o spec:2:CronJobSpec:?! status:3:CronJobStatus:?o
CronJobList:K metadata:1:meta.v1.ListMeta:?o items:2:[CronJob
CronJobSpec schedule:1:s:! timeZone:8:s:?*o startingDeadlineSeconds:2:l:?*o concurrencyPolicy:3:%ConcurrencyPolicy:?o suspend:4:b:?*o jobTemplate:5:JobTemplateSpec successfulJobsHistoryLimit:6:i:?*o failedJobsHistoryLimit:7:i:?*o
CronJobStatus active:1:[core.v1.ObjectReference:?oa lastScheduleTime:4:T:?*o lastSuccessfulTime:5:T:?*o
Job:K metadata:1:meta.v1.ObjectMeta:?o spec:2:JobSpec:?o status:3:JobStatus:?o
JobCondition type:1:%JobConditionType status:2:%core.v1.ConditionStatus lastProbeTime:3:T:?o lastTransitionTime:4:T:?o reason:5:s:?o message:6:s:?o
%JobConditionType s
JobList:K metadata:1:meta.v1.ListMeta:?o items:2:[Job
JobSpec parallelism:1:i:?*o completions:2:i:?*o activeDeadlineSeconds:3:l:?*o podFailurePolicy:11:PodFailurePolicy:?*o successPolicy:16:SuccessPolicy:?*o backoffLimit:7:i:?*o backoffLimitPerIndex:12:i:?*o maxFailedIndexes:13:i:?*o selector:4:meta.v1.LabelSelector:?*o manualSelector:5:b:?*o template:6:core.v1.PodTemplateSpec ttlSecondsAfterFinished:8:i:?*o completionMode:9:%CompletionMode:?*o suspend:10:b:?*o podReplacementPolicy:14:%PodReplacementPolicy:?*o managedBy:15:s:?*o
JobStatus conditions:1:[JobCondition:?oap^type^ startTime:2:T:?*o completionTime:3:T:?*o active:4:i:?o succeeded:5:i:?o failed:6:i:?o terminating:11:i:?*o completedIndexes:7:s:?o failedIndexes:10:s:?*o uncountedTerminatedPods:8:UncountedTerminatedPods:?*o ready:9:i:?*
JobTemplateSpec metadata:1:meta.v1.ObjectMeta:?o spec:2:JobSpec:?o
PodFailurePolicy rules:1:[PodFailurePolicyRule:a
%PodFailurePolicyAction s FailJob|FailIndex|Ignore|Count
%PodFailurePolicyOnExitCodesOperator s In|NotIn
PodFailurePolicyOnExitCodesRequirement containerName:1:s:?*o operator:2:%PodFailurePolicyOnExitCodesOperator values:3:[i:u
PodFailurePolicyOnPodConditionsPattern type:1:%core.v1.PodConditionType status:2:%core.v1.ConditionStatus:o
PodFailurePolicyRule action:1:%PodFailurePolicyAction onExitCodes:2:PodFailurePolicyOnExitCodesRequirement:?*o onPodConditions:3:[PodFailurePolicyOnPodConditionsPattern:?oa
%PodReplacementPolicy s TerminatingOrFailed|Failed
SuccessPolicy rules:1:[SuccessPolicyRule:a
SuccessPolicyRule succeededIndexes:1:s:?*o succeededCount:2:i:?*o
UncountedTerminatedPods succeeded:1:[s:?ou failed:2:[s:?ou
#certificates.v1 certificates.k8s.io/v1 io.k8s.api.certificates.v1
CertificateSigningRequest:K metadata:1:meta.v1.ObjectMeta:?o spec:2:CertificateSigningRequestSpec status:3:CertificateSigningRequestStatus:?o
CertificateSigningRequestCondition type:1:%RequestConditionType status:6:%core.v1.ConditionStatus reason:2:s:?o message:3:s:?o lastUpdateTime:4:T:?o lastTransitionTime:5:T:?o
CertificateSigningRequestList:K metadata:1:meta.v1.ListMeta:?o items:2:[CertificateSigningRequest
CertificateSigningRequestSpec request:1:B signerName:7:s expirationSeconds:8:i:?*o usages:5:[%KeyUsage:?a username:2:s:?o uid:3:s:?o groups:4:[s:?oa extra:6:{W:?o
CertificateSigningRequestStatus conditions:1:[CertificateSigningRequestCondition:?ok(type) certificate:2:B:?o
%KeyUsage s signing|digital signature|content commitment|key encipherment|key agreement|data encipherment|cert sign|crl sign|encipher only|decipher only|any|server auth|client auth|code signing|email protection|s/mime|ipsec end system|ipsec tunnel|ipsec user|timestamping|ocsp signing|microsoft sgc|netscape sgc
%RequestConditionType s
#coordination.v1 coordination.k8s.io/v1 io.k8s.api.coordination.v1
%CoordinatedLeaseStrategy s
Lease:K metadata:1:meta.v1.ObjectMeta:?o spec:2:LeaseSpec:?o
LeaseList:K metadata:1:meta.v1.ListMeta:?o items:2:[Lease
LeaseSpec holderIdentity:1:s:?*o leaseDurationSeconds:2:i:?*o acquireTime:3:M:?*o renewTime:4:M:?*o leaseTransitions:5:i:?*o strategy:6:%CoordinatedLeaseStrategy:?*o preferredHolder:7:s:?*o
#discovery.v1 discovery.k8s.io/v1 io.k8s.api.discovery.v1
%AddressType s
Endpoint addresses:1:[s:!u conditions:2:EndpointConditions:? hostname:3:s:?*o targetRef:4:core.v1.ObjectReference:?*o deprecatedTopology:5:{s:?o nodeName:6:s:?*o zone:7:s:?*o hints:8:EndpointHints:?*o
EndpointConditions ready:1:b:?*o serving:2:b:?*o terminating:3:b:?*o
EndpointHints forZones:1:[ForZone:?a forNodes:2:[ForNode:?a
EndpointPort:g name:1:s:?* protocol:2:%core.v1.Protocol:?* port:3:i:?* appProtocol:4:s:?*o
EndpointSlice:K metadata:1:meta.v1.ObjectMeta:?o addressType:4:%AddressType:! endpoints:2:[Endpoint:oa ports:3:[EndpointPort:oa
EndpointSliceList:K metadata:1:meta.v1.ListMeta:?o items:2:[EndpointSlice
ForNode name:1:s
ForZone name:1:s
#events.v1 events.k8s.io/v1 io.k8s.api.events.v1
Event:K metadata:1:meta.v1.ObjectMeta:o eventTime:2:M series:3:EventSeries:?*o reportingController:4:s:? reportingInstance:5:s:? action:6:s:? reason:7:s:? regarding:8:core.v1.ObjectReference:?o related:9:core.v1.ObjectReference:?*o note:10:s:?o type:11:s:? deprecatedSource:12:core.v1.EventSource:?o deprecatedFirstTimestamp:13:T:?o deprecatedLastTimestamp:14:T:?o deprecatedCount:15:i:?o
EventList:K metadata:1:meta.v1.ListMeta:?o items:2:[Event
EventSeries count:1:i lastObservedTime:2:M
#flowcontrol.v1 flowcontrol.apiserver.k8s.io/v1 io.k8s.api.flowcontrol.v1
%ConditionStatus s
ExemptPriorityLevelConfiguration nominalConcurrencyShares:1:i:?*o lendablePercent:2:i:?*o
FlowDistinguisherMethod type:1:%FlowDistinguisherMethodType
%FlowDistinguisherMethodType s
FlowSchema:K metadata:1:meta.v1.ObjectMeta:?o spec:2:FlowSchemaSpec:?o status:3:FlowSchemaStatus:?o
FlowSchemaCondition type:1:%FlowSchemaConditionType:? status:2:%ConditionStatus:? lastTransitionTime:3:T:? reason:4:s:? message:5:s:?
%FlowSchemaConditionType s
FlowSchemaList:K metadata:1:meta.v1.ListMeta:?o items:2:[FlowSchema
FlowSchemaSpec priorityLevelConfiguration:1:PriorityLevelConfigurationReference matchingPrecedence:2:i:o distinguisherMethod:3:FlowDistinguisherMethod:?*o rules:4:[PolicyRulesWithSubjects:?oa
FlowSchemaStatus conditions:1:[FlowSchemaCondition:?ok(type)p^type^
GroupSubject name:1:s
LimitResponse type:1:%LimitResponseType queuing:2:QueuingConfiguration:?*o
%LimitResponseType s
LimitedPriorityLevelConfiguration nominalConcurrencyShares:1:i:*o limitResponse:2:LimitResponse:? lendablePercent:3:i:?*o borrowingLimitPercent:4:i:?*o
NonResourcePolicyRule verbs:1:[s:u nonResourceURLs:6:[s:u
PolicyRulesWithSubjects subjects:1:[Subject:a resourceRules:2:[ResourcePolicyRule:?oa nonResourceRules:3:[NonResourcePolicyRule:?oa
PriorityLevelConfiguration:K metadata:1:meta.v1.ObjectMeta:?o spec:2:PriorityLevelConfigurationSpec:?o status:3:PriorityLevelConfigurationStatus:?o
PriorityLevelConfigurationCondition type:1:%PriorityLevelConfigurationConditionType:? status:2:%ConditionStatus:? lastTransitionTime:3:T:? reason:4:s:? message:5:s:?
%PriorityLevelConfigurationConditionType s
PriorityLevelConfigurationList:K metadata:1:meta.v1.ListMeta:?o items:2:[PriorityLevelConfiguration
PriorityLevelConfigurationReference name:1:s
PriorityLevelConfigurationSpec type:1:%PriorityLevelEnablement limited:2:LimitedPriorityLevelConfiguration:?*o exempt:3:ExemptPriorityLevelConfiguration:?*o
PriorityLevelConfigurationStatus conditions:1:[PriorityLevelConfigurationCondition:?ok(type)p^type^
%PriorityLevelEnablement s
QueuingConfiguration queues:1:i:o handSize:2:i:o queueLengthLimit:3:i:o
ResourcePolicyRule verbs:1:[s:u apiGroups:2:[s:u resources:3:[s:u clusterScope:4:b:?o namespaces:5:[s:ou
ServiceAccountSubject namespace:1:s name:2:s
Subject kind:1:%SubjectKind user:2:UserSubject:?*o group:3:GroupSubject:?*o serviceAccount:4:ServiceAccountSubject:?*o
%SubjectKind s
UserSubject name:1:s
#networking.v1 networking.k8s.io/v1 io.k8s.api.networking.v1
HTTPIngressPath path:1:s:?o pathType:3:%PathType:* backend:2:IngressBackend
HTTPIngressRuleValue paths:1:[HTTPIngressPath:a
IPAddress:K metadata:1:meta.v1.ObjectMeta:?o spec:2:IPAddressSpec:?!
IPAddressList:K metadata:1:meta.v1.ListMeta:?o items:2:[IPAddress
IPAddressSpec parentRef:1:ParentReference:?*!
IPBlock cidr:1:s:! except:2:[s:?oa
Ingress:K metadata:1:meta.v1.ObjectMeta:?o spec:2:IngressSpec:?o status:3:IngressStatus:?o
IngressBackend service:4:IngressServiceBackend:?*o resource:3:core.v1.TypedLocalObjectReference:?*o
IngressClass:K metadata:1:meta.v1.ObjectMeta:?o spec:2:IngressClassSpec:?o
IngressClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[IngressClass
IngressClassParametersReference apiGroup:1:s:?*o kind:2:s:! name:3:s:! scope:4:s:*o namespace:5:s:?*o
IngressClassSpec controller:1:s:? parameters:2:IngressClassParametersReference:?*o
IngressList:K metadata:1:meta.v1.ListMeta:?o items:2:[Ingress
IngressLoadBalancerIngress ip:1:s:?o hostname:2:s:?o ports:4:[IngressPortStatus:?oa
IngressLoadBalancerStatus ingress:1:[IngressLoadBalancerIngress:?oa
IngressPortStatus port:1:i protocol:2:%core.v1.Protocol error:3:s:?*o
IngressRule host:1:s:?o :2:IngressRuleValue:o
IngressRuleValue http:1:HTTPIngressRuleValue:?*o
IngressServiceBackend name:1:s port:2:ServiceBackendPort:?
IngressSpec ingressClassName:4:s:?*o defaultBackend:1:IngressBackend:?*o tls:2:[IngressTLS:?oa rules:3:[IngressRule:?oa
IngressStatus loadBalancer:1:IngressLoadBalancerStatus:?o
IngressTLS hosts:1:[s:?oa secretName:2:s:?o
NetworkPolicy:K metadata:1:meta.v1.ObjectMeta:?o spec:2:NetworkPolicySpec:?o
NetworkPolicyEgressRule ports:1:[NetworkPolicyPort:?oa to:2:[NetworkPolicyPeer:?oa
NetworkPolicyIngressRule ports:1:[NetworkPolicyPort:?oa from:2:[NetworkPolicyPeer:?oa
NetworkPolicyList:K metadata:1:meta.v1.ListMeta:?o items:2:[NetworkPolicy
NetworkPolicyPeer podSelector:1:meta.v1.LabelSelector:?*o namespaceSelector:2:meta.v1.LabelSelector:?*o ipBlock:3:IPBlock:?*o
NetworkPolicyPort protocol:1:%core.v1.Protocol:?*o port:2:N:?*o endPort:3:i:?*o
NetworkPolicySpec podSelector:1:meta.v1.LabelSelector:o ingress:2:[NetworkPolicyIngressRule:?oa egress:3:[NetworkPolicyEgressRule:?oa policyTypes:4:[%PolicyType:?oa
ParentReference group:1:s:?o resource:2:s:?! namespace:3:s:?o name:4:s:?!
%PathType s
%PolicyType s Ingress|Egress
ServiceBackendPort:g name:1:s:?o number:2:i:?o
ServiceCIDR:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ServiceCIDRSpec:?o status:3:ServiceCIDRStatus:?o
ServiceCIDRList:K metadata:1:meta.v1.ListMeta:?o items:2:[ServiceCIDR
ServiceCIDRSpec cidrs:1:[s:?oa
ServiceCIDRStatus conditions:1:[meta.v1.Condition:?ok(type)p^type^
#node.v1 node.k8s.io/v1 io.k8s.api.node.v1
Overhead podFixed:1:%core.v1.ResourceList:?o
RuntimeClass:K metadata:1:meta.v1.ObjectMeta:?o handler:2:s:! overhead:3:Overhead:?*o scheduling:4:Scheduling:?*o
RuntimeClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[RuntimeClass
Scheduling nodeSelector:1:{s:?og tolerations:2:[core.v1.Toleration:?oa
#policy.v1 policy/v1 io.k8s.api.policy.v1
Eviction:K metadata:1:meta.v1.ObjectMeta:?o deleteOptions:2:meta.v1.DeleteOptions:?*o
PodDisruptionBudget:K metadata:1:meta.v1.ObjectMeta:?o spec:2:PodDisruptionBudgetSpec:?o status:3:PodDisruptionBudgetStatus:?o
PodDisruptionBudgetList:K metadata:1:meta.v1.ListMeta:?o items:2:[PodDisruptionBudget
PodDisruptionBudgetSpec minAvailable:1:N:?*o selector:2:meta.v1.LabelSelector:?*ox maxUnavailable:3:N:?*o unhealthyPodEvictionPolicy:4:%UnhealthyPodEvictionPolicyType:?*o
PodDisruptionBudgetStatus observedGeneration:1:l:?o disruptedPods:2:{T:?o disruptionsAllowed:3:i:o currentHealthy:4:i:o desiredHealthy:5:i:o expectedPods:6:i:o conditions:7:[meta.v1.Condition:?ok(type)p^type^
%UnhealthyPodEvictionPolicyType s IfHealthyBudget|AlwaysAllow
#rbac.v1 rbac.authorization.k8s.io/v1 io.k8s.api.rbac.v1
AggregationRule clusterRoleSelectors:1:[meta.v1.LabelSelector:?oa
ClusterRole:K metadata:1:meta.v1.ObjectMeta:?o rules:2:[PolicyRule:oa aggregationRule:3:AggregationRule:?*o
ClusterRoleBinding:K metadata:1:meta.v1.ObjectMeta:?o subjects:2:[Subject:?oa roleRef:3:RoleRef:!
ClusterRoleBindingList:K metadata:1:meta.v1.ListMeta:?o items:2:[ClusterRoleBinding
ClusterRoleList:K metadata:1:meta.v1.ListMeta:?o items:2:[ClusterRole
PolicyRule verbs:1:[s:!a apiGroups:2:[s:?oa resources:3:[s:?oa resourceNames:4:[s:?oa nonResourceURLs:5:[s:?oa
Role:K metadata:1:meta.v1.ObjectMeta:?o rules:2:[PolicyRule:oa
RoleBinding:K metadata:1:meta.v1.ObjectMeta:?o subjects:2:[Subject:?oa roleRef:3:RoleRef:!
RoleBindingList:K metadata:1:meta.v1.ListMeta:?o items:2:[RoleBinding
RoleList:K metadata:1:meta.v1.ListMeta:?o items:2:[Role
RoleRef:g apiGroup:1:s:o kind:2:s:! name:3:s:!
Subject:g kind:1:s:! apiGroup:2:s:?o name:3:s:! namespace:4:s:?o
#resource.v1 resource.k8s.io/v1 io.k8s.api.resource.v1
AllocatedDeviceStatus driver:1:s:! pool:2:s:! device:3:s:! shareID:7:s:?*o conditions:4:[meta.v1.Condition:ok(type) data:5:X:?*o networkData:6:NetworkDeviceData:?*o
%AllocationConfigSource s FromClass|FromClaim
AllocationResult devices:1:DeviceAllocationResult:?o nodeSelector:3:core.v1.NodeSelector:?*o allocationTimestamp:5:T:?*o
CELDeviceSelector expression:1:s:!
CapacityRequestPolicy default:1:Q:*o validValues:3:[Q:?oa validRange:4:CapacityRequestPolicyRange:?*o
CapacityRequestPolicyRange min:1:Q:?*! max:2:Q:?*o step:3:Q:?*o
CapacityRequirements requests:1:{Q:?o
Counter value:1:Q:!
CounterSet name:1:s:! counters:2:{Counter:?!
Device name:1:s:! attributes:2:{DeviceAttribute:?o capacity:3:{DeviceCapacity:?o consumesCounters:4:[DeviceCounterConsumption:?oa nodeName:5:s:?*o nodeSelector:6:core.v1.NodeSelector:?*o allNodes:7:b:?*o taints:8:[DeviceTaint:?oa bindsToNode:9:b:?*o bindingConditions:10:[s:?oa bindingFailureConditions:11:[s:?oa allowMultipleAllocations:12:b:?*o nodeAllocatableResourceMappings:13:{NodeAllocatableResourceMapping:?o
DeviceAllocationConfiguration source:1:%AllocationConfigSource:! requests:2:[s:?oa :3:DeviceConfiguration
%DeviceAllocationMode s
DeviceAllocationResult results:1:[DeviceRequestAllocationResult:?oa config:2:[DeviceAllocationConfiguration:?oa
DeviceAttribute int:2:l:?*o bool:3:b:?*o string:4:s:?*o version:5:s:?*o ints:6:[l:?oa bools:7:[b:?oa strings:8:[s:?oa versions:9:[s:?oa
DeviceCapacity value:1:Q:! requestPolicy:2:CapacityRequestPolicy:?*o
DeviceClaim requests:1:[DeviceRequest:oa constraints:2:[DeviceConstraint:?oa config:3:[DeviceClaimConfiguration:?oa
DeviceClaimConfiguration requests:1:[s:?oa :2:DeviceConfiguration
DeviceClass:K metadata:1:meta.v1.ObjectMeta:?o spec:2:DeviceClassSpec
DeviceClassConfiguration :1:DeviceConfiguration
DeviceClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[DeviceClass
DeviceClassSpec selectors:1:[DeviceSelector:?oa config:2:[DeviceClassConfiguration:?oa extendedResourceName:4:s:?*o
DeviceConfiguration opaque:1:OpaqueDeviceConfiguration:?*o
DeviceConstraint requests:1:[s:?oa matchAttribute:2:%FullyQualifiedName:?*o distinctAttribute:3:%FullyQualifiedName:?*o
DeviceCounterConsumption counterSet:1:s:! counters:2:{Counter:?!
DeviceRequest name:1:s:! exactly:2:ExactDeviceRequest:?*o firstAvailable:3:[DeviceSubRequest:?oa
DeviceRequestAllocationResult request:1:s:! driver:2:s:! pool:3:s:! device:4:s:! adminAccess:5:b:?*o tolerations:6:[DeviceToleration:?oa bindingConditions:7:[s:?oa bindingFailureConditions:8:[s:?oa shareID:9:s:?*o consumedCapacity:10:{Q:?o
DeviceSelector cel:1:CELDeviceSelector:?*o
DeviceSubRequest name:1:s:! deviceClassName:2:s:! selectors:3:[DeviceSelector:?oa allocationMode:4:%DeviceAllocationMode:?o count:5:l:?o tolerations:6:[DeviceToleration:?oa capacity:7:CapacityRequirements:?*o
DeviceTaint key:1:s:! value:2:s:?o effect:3:%DeviceTaintEffect:! timeAdded:4:T:?*o
%DeviceTaintEffect s None|NoSchedule|NoExecute
DeviceToleration key:1:s:?o operator:2:%DeviceTolerationOperator:?o="Equal" value:3:s:?o effect:4:%DeviceTaintEffect:?o tolerationSeconds:5:l:?*o
%DeviceTolerationOperator s Exists|Equal
ExactDeviceRequest deviceClassName:1:s:! selectors:2:[DeviceSelector:?oa allocationMode:3:%DeviceAllocationMode:?o count:4:l:?o adminAccess:5:b:?*o tolerations:6:[DeviceToleration:?oa capacity:7:CapacityRequirements:?*o
%FullyQualifiedName s
NetworkDeviceData interfaceName:1:s:?o ips:2:[s:?oa hardwareAddress:3:s:?o
NodeAllocatableResourceMapping capacityKey:1:%QualifiedName:?*o allocationMultiplier:2:Q:?*o
OpaqueDeviceConfiguration driver:1:s:! parameters:2:X:!
%QualifiedName s
ResourceClaim:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ResourceClaimSpec status:3:ResourceClaimStatus:?o
ResourceClaimConsumerReference apiGroup:1:s:?o resource:3:s:! name:4:s:! uid:5:s:!
ResourceClaimList:K metadata:1:meta.v1.ListMeta:?o items:2:[ResourceClaim
ResourceClaimSpec devices:1:DeviceClaim:o
ResourceClaimStatus allocation:1:AllocationResult:?*o reservedFor:2:[ResourceClaimConsumerReference:?ok(uid)p^uid^ devices:4:[AllocatedDeviceStatus:?ok(driver,device,pool,shareID)
ResourceClaimTemplate:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ResourceClaimTemplateSpec
ResourceClaimTemplateList:K metadata:1:meta.v1.ListMeta:?o items:2:[ResourceClaimTemplate
ResourceClaimTemplateSpec metadata:1:meta.v1.ObjectMeta:?o spec:2:ResourceClaimSpec
ResourcePool name:1:s:! generation:2:l:! resourceSliceCount:3:l:!
ResourceSlice:K metadata:1:meta.v1.ObjectMeta:?o spec:2:ResourceSliceSpec:!
ResourceSliceList:K metadata:1:meta.v1.ListMeta:?o items:2:[ResourceSlice
ResourceSliceSpec driver:1:s:! pool:2:ResourcePool:! nodeName:3:s:?*o nodeSelector:4:core.v1.NodeSelector:?*o allNodes:5:b:?*o devices:6:[Device:?oa perDeviceNodeSelection:7:b:?*o sharedCounters:8:[CounterSet:?oa
#scheduling.v1 scheduling.k8s.io/v1 io.k8s.api.scheduling.v1
PriorityClass:K metadata:1:meta.v1.ObjectMeta:?o value:2:i:o globalDefault:3:b:?o description:4:s:?o preemptionPolicy:5:%core.v1.PreemptionPolicy:?*o
PriorityClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[PriorityClass
#storage.v1 storage.k8s.io/v1 io.k8s.api.storage.v1
CSIDriver:K metadata:1:meta.v1.ObjectMeta:? spec:2:CSIDriverSpec
CSIDriverList:K metadata:1:meta.v1.ListMeta:?o items:2:[CSIDriver
CSIDriverSpec attachRequired:1:b:?*o podInfoOnMount:2:b:?*o volumeLifecycleModes:3:[%VolumeLifecycleMode:?ou storageCapacity:4:b:?*o fsGroupPolicy:5:%FSGroupPolicy:?*o tokenRequests:6:[TokenRequest:?oa requiresRepublish:7:b:?*o seLinuxMount:8:b:?*o nodeAllocatableUpdatePeriodSeconds:9:l:?*o serviceAccountTokenInSecrets:10:b:?*o preventPodSchedulingIfMissing:11:b:?*o
CSINode:K metadata:1:meta.v1.ObjectMeta:? spec:2:CSINodeSpec
CSINodeDriver name:1:s nodeID:2:s topologyKeys:3:[s:oa allocatable:4:VolumeNodeResources:?*o
CSINodeList:K metadata:1:meta.v1.ListMeta:?o items:2:[CSINode
CSINodeSpec drivers:1:[CSINodeDriver:k(name)p^name^
CSIStorageCapacity:K metadata:1:meta.v1.ObjectMeta:?o nodeTopology:2:meta.v1.LabelSelector:?*o storageClassName:3:s capacity:4:Q:?*o maximumVolumeSize:5:Q:?*o
CSIStorageCapacityList:K metadata:1:meta.v1.ListMeta:?o items:2:[CSIStorageCapacity
%FSGroupPolicy s
StorageClass:K metadata:1:meta.v1.ObjectMeta:?o provisioner:2:s:! parameters:3:{s:?o reclaimPolicy:4:%core.v1.PersistentVolumeReclaimPolicy:?*o mountOptions:5:[s:?oa allowVolumeExpansion:6:b:?*o volumeBindingMode:7:%VolumeBindingMode:?*o allowedTopologies:8:[core.v1.TopologySelectorTerm:?oa
StorageClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[StorageClass
TokenRequest audience:1:s expirationSeconds:2:l:?*o
VolumeAttachment:K metadata:1:meta.v1.ObjectMeta:?o spec:2:VolumeAttachmentSpec:! status:3:VolumeAttachmentStatus:?o
VolumeAttachmentList:K metadata:1:meta.v1.ListMeta:?o items:2:[VolumeAttachment
VolumeAttachmentSource persistentVolumeName:1:s:?*o inlineVolumeSpec:2:core.v1.PersistentVolumeSpec:?*o
VolumeAttachmentSpec attacher:1:s:! source:2:VolumeAttachmentSource nodeName:3:s
VolumeAttachmentStatus attached:1:b attachmentMetadata:2:{s:?o attachError:3:VolumeError:?*o detachError:4:VolumeError:?*o
VolumeAttributesClass:K metadata:1:meta.v1.ObjectMeta:?o driverName:2:s parameters:3:{s:?
VolumeAttributesClassList:K metadata:1:meta.v1.ListMeta:?o items:2:[VolumeAttributesClass
%VolumeBindingMode s Immediate|WaitForFirstConsumer
VolumeError time:1:T:?o message:2:s:?o errorCode:3:i:?*o
%VolumeLifecycleMode s
VolumeNodeResources count:1:i:?*o
#apiextensions.v1 apiextensions.k8s.io/v1 io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
%ConditionStatus s
ConversionRequest uid:1:s desiredAPIVersion:2:s objects:3:[X:a
ConversionResponse uid:1:s convertedObjects:2:[X:a result:3:meta.v1.Status
ConversionReview:K request:1:ConversionRequest:?*o response:2:ConversionResponse:?*o
%ConversionStrategyType s
CustomResourceColumnDefinition name:1:s type:2:s format:3:s:?o description:4:s:?o priority:5:i:?o jsonPath:6:s
CustomResourceConversion strategy:1:%ConversionStrategyType webhook:2:WebhookConversion:?*o
CustomResourceDefinition:K metadata:1:meta.v1.ObjectMeta:?o spec:2:CustomResourceDefinitionSpec status:3:CustomResourceDefinitionStatus:?o
CustomResourceDefinitionCondition type:1:%CustomResourceDefinitionConditionType status:2:%ConditionStatus lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o observedGeneration:6:l:?o
%CustomResourceDefinitionConditionType s
CustomResourceDefinitionList:K metadata:1:meta.v1.ListMeta:?o items:2:[CustomResourceDefinition
CustomResourceDefinitionNames plural:1:s singular:2:s:?o shortNames:3:[s:?oa kind:4:s listKind:5:s:?o categories:6:[s:?oa
CustomResourceDefinitionSpec group:1:s names:3:CustomResourceDefinitionNames scope:4:%ResourceScope versions:7:[CustomResourceDefinitionVersion:a conversion:9:CustomResourceConversion:?*o preserveUnknownFields:10:b:?o
CustomResourceDefinitionStatus conditions:1:[CustomResourceDefinitionCondition:ok(type) acceptedNames:2:CustomResourceDefinitionNames:o storedVersions:3:[s:oa observedGeneration:4:l:?o
CustomResourceDefinitionVersion name:1:s served:2:b storage:3:b deprecated:7:b:?o deprecationWarning:8:s:?*o schema:4:CustomResourceValidation:?*o subresources:5:CustomResourceSubresources:?*o additionalPrinterColumns:6:[CustomResourceColumnDefinition:?oa selectableFields:9:[SelectableField:?oa
CustomResourceSubresourceScale specReplicasPath:1:s statusReplicasPath:2:s labelSelectorPath:3:s:?*o
CustomResourceSubresourceStatus
CustomResourceSubresources status:1:CustomResourceSubresourceStatus:?*o scale:2:CustomResourceSubresourceScale:?*o
CustomResourceValidation openAPIV3Schema:1:JSONSchemaProps:?*o
ExternalDocumentation description:1:s:? url:2:s:?
%FieldValueErrorReason s FieldValueRequired|FieldValueDuplicate|FieldValueInvalid|FieldValueForbidden
%JSONSchemaDefinitions {JSONSchemaProps
%JSONSchemaDependencies {JSONSchemaPropsOrStringArray
JSONSchemaProps id:1:s:? $schema:2:%JSONSchemaURL:? $ref:3:s:?* description:4:s:? type:5:s:? format:6:s:? title:7:s:? default:8:J:?* maximum:9:d:?* exclusiveMaximum:10:b:? minimum:11:d:?* exclusiveMinimum:12:b:? maxLength:13:l:?* minLength:14:l:?* pattern:15:s:? maxItems:16:l:?* minItems:17:l:?* uniqueItems:18:b:? multipleOf:19:d:?* enum:20:[J:?a maxProperties:21:l:?* minProperties:22:l:?* required:23:[s:?a items:24:JSONSchemaPropsOrArray:?* allOf:25:[JSONSchemaProps:?a oneOf:26:[JSONSchemaProps:?a anyOf:27:[JSONSchemaProps:?a not:28:JSONSchemaProps:?* properties:29:{JSONSchemaProps:? additionalProperties:30:JSONSchemaPropsOrBool:?* patternProperties:31:{JSONSchemaProps:? dependencies:32:%JSONSchemaDependencies:? additionalItems:33:JSONSchemaPropsOrBool:?* definitions:34:%JSONSchemaDefinitions:? externalDocs:35:ExternalDocumentation:?* example:36:J:?* nullable:37:b:? x-kubernetes-preserve-unknown-fields:38:b:?* x-kubernetes-embedded-resource:39:b:? x-kubernetes-int-or-string:40:b:? x-kubernetes-list-map-keys:41:[s:?oa x-kubernetes-list-type:42:s:?*o x-kubernetes-map-type:43:s:?*o x-kubernetes-validations:44:%ValidationRules:?k(rule)p^rule^
JSONSchemaPropsOrArray schema:1:JSONSchemaProps:* jSONSchemas:2:[JSONSchemaProps:a
JSONSchemaPropsOrBool allows:1:b schema:2:JSONSchemaProps:*
JSONSchemaPropsOrStringArray schema:1:JSONSchemaProps:* property:2:[s:a
%JSONSchemaURL s
%ResourceScope s
SelectableField jsonPath:1:s
ServiceReference namespace:1:s name:2:s path:3:s:?*o port:4:i:?*o
ValidationRule rule:1:s message:2:s:? messageExpression:3:s:?o reason:4:%FieldValueErrorReason:?*o fieldPath:5:s:?o optionalOldSelf:6:b:?*o
%ValidationRules [ValidationRule
WebhookClientConfig url:3:s:?*o service:1:ServiceReference:?*o caBundle:2:B:?o
WebhookConversion clientConfig:2:WebhookClientConfig:?*o conversionReviewVersions:3:[s:a
#apiregistration.v1 apiregistration.k8s.io/v1 io.k8s.kube-aggregator.pkg.apis.apiregistration.v1
APIService:K metadata:1:meta.v1.ObjectMeta:?o spec:2:APIServiceSpec:? status:3:APIServiceStatus:?
APIServiceCondition type:1:s status:2:s lastTransitionTime:3:T:?o reason:4:s:?o message:5:s:?o
APIServiceList:K metadata:1:meta.v1.ListMeta:?o items:2:[APIService
APIServiceSpec service:1:ServiceReference:?*o group:2:s:? version:3:s:? insecureSkipTLSVerify:4:b:? caBundle:5:B:?oa groupPriorityMinimum:7:i versionPriority:8:i
APIServiceStatus conditions:1:[APIServiceCondition:?ok(type)p^type^
ServiceReference namespace:1:s:? name:2:s:? port:3:i:?*o
`;
