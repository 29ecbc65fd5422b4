/** Tables of the kinds that run pods. Follows pkg/printers/internalversion. Pure. */
import type {
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  PodDisruptionBudget,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  Scale,
  StatefulSet,
} from '../types.ts';
import {
  ageColumn,
  ageOf,
  boolean,
  type Cell,
  containerCells,
  formatLabels,
  formatSelector,
  integer,
  nameColumn,
  nameOf,
  type Printers,
  printer,
  selectorColumn,
  selectorText,
  templateColumns,
  text,
} from './columns.ts';
import { age, humanDuration } from './duration.ts';
import { metricsText } from './metrics.ts';

const replicaColumns = [
  nameColumn,
  integer('Desired', 'How many pods there should be.'),
  integer('Current', 'How many pods there are.'),
  integer('Ready', 'How many pods are ready.'),
  ageColumn,
  ...templateColumns,
  selectorColumn,
];

function replicaCells(set: ReplicaSet | ReplicationController, nowMs: number): Cell[] {
  return [
    nameOf(set),
    set.spec?.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    ageOf(set, nowMs),
    ...containerCells(set.spec?.template?.spec?.containers),
  ];
}

const deployment = printer<Deployment>({
  columns: [
    nameColumn,
    text('Ready', 'How many of the desired pods are ready.'),
    text('Up-to-date', 'How many pods have the latest template.'),
    text('Available', 'How many pods have been ready for long enough.'),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    ageOf(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
    selectorText(object.spec?.selector),
  ],
});

const statefulSet = printer<StatefulSet>({
  columns: [
    nameColumn,
    text('Ready', 'How many of the desired pods are ready.'),
    ageColumn,
    ...templateColumns,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    ageOf(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
  ],
});

const daemonSet = printer<DaemonSet>({
  columns: [
    nameColumn,
    integer('Desired', 'On how many nodes a pod should run.'),
    integer('Current', 'On how many nodes a pod runs that should.'),
    integer('Ready', 'On how many nodes a pod is ready.'),
    integer('Up-to-date', 'On how many nodes the pod has the latest template.'),
    integer('Available', 'On how many nodes a pod has been ready for long enough.'),
    text('Node Selector', 'Labels of the nodes that get a pod.'),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    object.status?.desiredNumberScheduled ?? 0,
    object.status?.currentNumberScheduled ?? 0,
    object.status?.numberReady ?? 0,
    object.status?.updatedNumberScheduled ?? 0,
    object.status?.numberAvailable ?? 0,
    formatLabels(object.spec?.template?.spec?.nodeSelector),
    ageOf(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
    formatSelector(object.spec?.selector),
  ],
});

const job = printer<Job>({
  columns: [
    nameColumn,
    text('Status', 'State of the job.'),
    text('Completions', 'How many of the desired pods have succeeded.'),
    text('Duration', 'How long the job took, or has taken so far.'),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    jobStatus(object),
    jobCompletions(object),
    jobDuration(object, nowMs),
    ageOf(object, nowMs),
    ...containerCells(object.spec?.template?.spec?.containers),
    formatSelector(object.spec?.selector),
  ],
});

function jobStatus(object: Job): string {
  const has = (type: string) =>
    object.status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (object.metadata?.deletionTimestamp) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  return has('FailureTarget') ? 'FailureTarget' : 'Running';
}

function jobCompletions(object: Job): string {
  const succeeded = object.status?.succeeded ?? 0;
  const { completions, parallelism } = object.spec ?? {};
  if (typeof completions === 'number') return `${succeeded}/${completions}`;
  return (parallelism ?? 0) > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(object: Job, nowMs: number): string {
  const { startTime, completionTime } = object.status ?? {};
  if (!startTime) return '';
  const endMs = completionTime ? Date.parse(completionTime) : nowMs;
  return humanDuration(endMs - Date.parse(startTime));
}

const cronJob = printer<CronJob>({
  columns: [
    nameColumn,
    text('Schedule', 'When jobs are started, in Cron form.'),
    text('Timezone', 'Time zone of the schedule.'),
    boolean('Suspend', 'Whether new jobs are held back.'),
    integer('Active', 'How many jobs are running.'),
    text('Last Schedule', 'Time since a job was last started.'),
    ageColumn,
    ...templateColumns,
    selectorColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    object.spec?.schedule ?? '',
    object.spec?.timeZone ?? '<none>',
    boolText(object.spec?.suspend),
    object.status?.active?.length ?? 0,
    object.status?.lastScheduleTime ? age(object.status.lastScheduleTime, nowMs) : '<none>',
    ageOf(object, nowMs),
    ...containerCells(object.spec?.jobTemplate?.spec?.template?.spec?.containers),
    formatSelector(object.spec?.jobTemplate?.spec?.selector),
  ],
});

function boolText(value: boolean | undefined): string {
  if (typeof value !== 'boolean') return '<unset>';
  return value ? 'True' : 'False';
}

const autoscaler = printer<HorizontalPodAutoscaler>({
  columns: [
    nameColumn,
    text('Reference', 'What is scaled.'),
    text('Targets', 'Metrics as they are and as they should be.'),
    text('MinPods', 'Fewest pods.'),
    text('MaxPods', 'Most pods.'),
    text('Replicas', 'How many pods there are.'),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    `${object.spec?.scaleTargetRef?.kind ?? ''}/${object.spec?.scaleTargetRef?.name ?? ''}`,
    metricsText(object),
    object.spec?.minReplicas === undefined ? '<unset>' : String(object.spec.minReplicas),
    object.spec?.maxReplicas ?? 0,
    object.status?.currentReplicas ?? 0,
    ageOf(object, nowMs),
  ],
});

const disruptionBudget = printer<PodDisruptionBudget>({
  columns: [
    nameColumn,
    text('Min Available', 'Fewest pods that must stay available.'),
    text('Max Unavailable', 'Most pods that may be unavailable.'),
    integer('Allowed Disruptions', 'How many pods may be disrupted now.'),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    ageOf(object, nowMs),
  ],
});

const controllerRevision = printer<ControllerRevision>({
  columns: [
    nameColumn,
    text('Controller', 'Controller of the object.'),
    text('Revision', 'Number of the revision.'),
    ageColumn,
  ],
  cells: (object, nowMs) => [
    nameOf(object),
    controllerText(object),
    object.revision ?? 0,
    ageOf(object, nowMs),
  ],
});

function controllerText(object: ControllerRevision): string {
  const owner = object.metadata?.ownerReferences?.find(
    (reference) => reference.controller === true,
  );
  if (owner === undefined) return '<none>';
  const slash = owner.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : `.${owner.apiVersion.slice(0, slash)}`;
  return `${(owner.kind + group).toLowerCase()}/${owner.name}`;
}

/** Controllers of pods, and what steers them. */
export const workloadPrinters: Printers = {
  '/ReplicationController': printer<ReplicationController>({
    columns: replicaColumns,
    cells: (object, nowMs) => [...replicaCells(object, nowMs), formatLabels(object.spec?.selector)],
  }),
  'apps/ReplicaSet': printer<ReplicaSet>({
    columns: replicaColumns,
    cells: (object, nowMs) => [
      ...replicaCells(object, nowMs),
      formatSelector(object.spec?.selector),
    ],
  }),
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ControllerRevision': controllerRevision,
  'batch/Job': job,
  'batch/CronJob': cronJob,
  'autoscaling/HorizontalPodAutoscaler': autoscaler,
  'policy/PodDisruptionBudget': disruptionBudget,
  'autoscaling/Scale': printer<Scale>({
    columns: [
      nameColumn,
      integer('Desired', 'How many pods there should be.'),
      integer('Available', 'How many pods there are.'),
      ageColumn,
    ],
    cells: (object, nowMs) => [
      nameOf(object),
      object.spec?.replicas ?? 0,
      object.status?.replicas ?? 0,
      ageOf(object, nowMs),
    ],
  }),
  '/PodTemplate': printer<PodTemplate>({
    columns: [
      nameColumn,
      text('Containers', 'Names of the containers in the template.'),
      text('Images', 'Images of the containers in the template.'),
      text('Pod Labels', 'Labels of the pods made from the template.'),
    ],
    cells: (object) => [
      nameOf(object),
      ...containerCells(object.template?.spec?.containers),
      formatLabels(object.template?.metadata?.labels),
    ],
  }),
};
