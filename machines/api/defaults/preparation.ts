/**
 * What the server sets by itself when kinds are created: counters that are always shown, the labels
 * of jobs, what scheduling gates and label keys of pods stand for.
 *
 * Follows the strategies in pkg/registry. Drafts are changed at their top; what may be shared is
 * replaced.
 */
import type { StrategyTable } from '../strategy-parts.ts';
import type { Affinity, Job, LabelSelector, Namespace, Pod, PodAffinityTerm } from '../types.ts';
import { jobLabels } from '../validation/jobs.ts';
import type { AnyObject } from '../view.ts';
import { defaultNamespace } from './core.ts';
import type { Loose } from './loose.ts';

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Sets counters that Kubernetes shows even when they are zero. */
function counted(status: Readonly<Record<string, number>>) {
  return {
    prepareForCreate(object: AnyObject): void {
      (object as { status?: unknown }).status = { ...status };
    },
  };
}

/** Preparation by resource, besides what the request path's own table holds. */
export const kindPreparation: StrategyTable = {
  'core/pods': { prepareForCreate: (object) => preparePod(object as Loose<Pod>) },
  'core/namespaces': {
    prepareForCreate: (object) => defaultNamespace(object as Loose<Namespace>),
  },
  'core/replicationcontrollers': counted({ replicas: 0 }),
  'apps/replicasets': counted({ replicas: 0 }),
  'apps/statefulsets': counted({ replicas: 0, availableReplicas: 0 }),
  'apps/daemonsets': counted({
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  }),
  'batch/jobs': { prepareForCreate: (object) => labelJob(object as Loose<Job>) },
  'autoscaling/horizontalpodautoscalers': counted({ desiredReplicas: 0 }),
  'policy/poddisruptionbudgets': counted({
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  }),
};

/** A job without labels has those of its pods, the generated ones included. */
function labelJob(job: Loose<Job>): void {
  const { spec = {}, metadata = {} } = job;
  const given = spec.template?.metadata?.labels;
  const own = metadata.labels;
  if (own !== undefined && own !== given && Object.keys(own).length > 0) return;
  if (spec.manualSelector === true) return;
  const uid = metadata.uid ?? '';
  const name = metadata.name ?? '';
  const labels = {
    [jobLabels.oldJobName]: name,
    [jobLabels.jobName]: name,
    [jobLabels.oldControllerUid]: uid,
    [jobLabels.controllerUid]: uid,
    ...given,
  };
  metadata.labels = labels;
}

const gated = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
} as const;

function preparePod(pod: Loose<Pod>): void {
  const spec = pod.spec ?? {};
  if ((spec.schedulingGates ?? []).length > 0) {
    pod.status = { ...pod.status, conditions: [gated] };
  }
  const labels = pod.metadata?.labels ?? {};
  const affinity = spec.affinity;
  if (affinity?.podAffinity === undefined && affinity?.podAntiAffinity === undefined) return;
  pod.spec = { ...spec, affinity: withLabelKeys(affinity, labels) };
}

type Labels = { readonly [key: string]: string | undefined };

/** The affinity with every label key spelled out as a requirement on the pod's own value. */
function withLabelKeys(affinity: Loose<Affinity>, labels: Labels): Loose<Affinity> {
  const result = { ...affinity };
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity[kind];
    if (terms === undefined) continue;
    result[kind] = {
      ...terms,
      ...(terms[required] && {
        [required]: terms[required].map((term) => spelledOut(term, labels)),
      }),
      ...(terms[preferred] && {
        [preferred]: terms[preferred].map((term) => ({
          ...term,
          podAffinityTerm: spelledOut(term.podAffinityTerm ?? {}, labels),
        })),
      }),
    };
  }
  return result;
}

function spelledOut(term: Loose<PodAffinityTerm>, labels: Labels): Loose<PodAffinityTerm> {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = term;
  if (labelSelector === undefined) return term;
  const added: NonNullable<Loose<LabelSelector>['matchExpressions']> = [];
  for (const key of matchLabelKeys) {
    const value = labels[key];
    if (value !== undefined) added.push({ key, operator: 'In', values: [value] });
  }
  for (const key of mismatchLabelKeys) {
    const value = labels[key];
    if (value !== undefined) added.push({ key, operator: 'NotIn', values: [value] });
  }
  if (added.length === 0) return term;
  const matchExpressions = [...(labelSelector.matchExpressions ?? []), ...added];
  return { ...term, labelSelector: { ...labelSelector, matchExpressions } };
}
