/**
 * The Job controller: runs pods until enough have succeeded or too many have failed
 * (`pkg/controller/job`).
 *
 * Never tells the outcome before all pods have ended and are counted. A Job that is finished is
 * never looked at again, but for pods that still wait to be let go.
 */
import type { Job, LabelSelector, Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { type Controller, type Enqueue, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { changesMax, MANAGED_NOTHING, manage } from './job-manage.ts';
import { deletionOf, isTracked, JOB, jobLabels, TRACKING, untracking } from './job-pods.ts';
import { finishedCondition, type JobState } from './job-state.ts';
import { statusOf } from './job-status.ts';
import { type Ending, tallyOf, trackingOf } from './job-tracking.ts';
import { deadlineMs, type Verdict, verdictOf } from './job-verdict.ts';
import { claim, controllerOf, enqueueController, splitKey, workKey } from './ownership.ts';
import { isPodActive, isPodTerminating } from './pods.ts';
import { earlier, planOf, statusPatch } from './writes.ts';

const SELF = JOB.resource;
/** Keys of pods whose Job is gone, which only have to be let go. */
const ORPHAN = 'pod:';

const enqueueOfJob: Enqueue = (job, _previous, view, deleted) => {
  if (!deleted) return [workKey(job)];
  const pods = view.ownedBy('core/pods', job.metadata.uid).filter(isTracked);
  return pods.map((pod) => ORPHAN + workKey(pod));
};

const enqueueOwner = enqueueController(JOB, selectorOf);
const enqueueOfPod: Enqueue = (pod, previous, view, deleted, resource) => {
  const keys = enqueueOwner(pod, previous, view, deleted, resource);
  if (deleted || keys.length > 0 || !isTracked(pod as Pod)) return keys;
  return [ORPHAN + workKey(pod)];
};

/** Runs Jobs. */
export const jobController: Controller = {
  name: 'job-controller',
  watches: { [SELF]: enqueueOfJob, 'core/pods': enqueueOfPod },
  plan,
};

function selectorOf({ metadata, spec }: Stored<Job>): LabelSelector {
  const label = 'batch.kubernetes.io/controller-uid';
  const own = { [label]: jobLabels(metadata.name, metadata.uid)[label] ?? '' };
  return spec?.selector ?? { matchLabels: own };
}

function plan(key: string, view: View, env: PlanEnv): Plan {
  if (key.startsWith(ORPHAN)) return orphanPlan(key.slice(ORPHAN.length), view);
  const { namespace, name } = splitKey(key);
  const job = view.get(SELF, namespace, name);
  if (job?.spec === undefined) return NOTHING;
  const { spec } = job;
  if (spec.managedBy !== undefined && spec.managedBy !== 'kubernetes.io/job-controller') {
    return NOTHING;
  }
  if (finishedCondition(job) !== undefined) {
    const pods = view.ownedBy('core/pods', job.metadata.uid).filter(isTracked);
    return planOf([pods.map(untracking)]);
  }
  const any = () => true;
  const claimed = claim(view, 'core/pods', JOB, job, selectorOf(job), any, TRACKING);
  if (claimed.changes.length > 0) return planOf([claimed.changes]);
  const pods = claimed.owned;
  return planState(
    {
      job,
      spec,
      view,
      nowMs: env.nowMs,
      pods,
      active: pods.filter(isPodActive),
      terminating: pods.filter(isPodTerminating).length,
      tally: tallyOf(spec, job.status ?? {}, pods),
    },
    env.lastErrors.length > 0,
  );
}

/** Lets go of a pod whose Job is gone. */
function orphanPlan(key: string, view: View): Plan {
  const { namespace, name } = splitKey(key);
  const pod = view.get('core/pods', namespace, name);
  if (pod === undefined || !isTracked(pod)) return NOTHING;
  const owner = controllerOf(pod);
  const job = owner?.kind === JOB.kind ? view.get(SELF, namespace, owner.name) : undefined;
  return job !== undefined && job.metadata.uid === owner?.uid
    ? NOTHING
    : planOf([[untracking(pod)]]);
}

function planState(state: JobState, hasFailed: boolean): Plan {
  const { job, active } = state;
  const verdict = verdictOf(state);
  const isDeleting = job.metadata.deletionTimestamp !== undefined;
  const managed = verdict === undefined && !isDeleting ? manage(state) : MANAGED_NOTHING;
  const deletions =
    verdict === undefined ? managed.deleted : isDeleting ? [] : active.slice(0, changesMax);
  const tracking = trackingOf(
    state.spec,
    job.status ?? {},
    state.pods,
    state.tally,
    endingOf(state, verdict, isDeleting),
  );
  const { status, records, extra, isNews } = statusOf(state, verdict, tracking);
  const write = statusPatch(SELF, job, status, records && { records });
  const againAtMs = earlier(managed.againAtMs, deadlineMs(state, status, verdict));
  const isPlain = managed.created.length > 0 && tracking.isSettled && !hasFailed && !isNews;
  if (isPlain) return planOf([managed.created], againAtMs);
  const isUncounted = verdict === undefined;
  return planOf(
    [
      [...write, ...extra],
      [
        ...tracking.released.map(untracking),
        ...(isUncounted ? deletions.filter(isTracked).map(untracking) : []),
      ],
      [...deletions.map((pod) => deletionOf(job, pod)), ...managed.created],
    ],
    againAtMs,
  );
}

function endingOf({ active }: JobState, verdict: Verdict | undefined, isDeleting: boolean): Ending {
  if (isDeleting) return 'deleting';
  if (verdict === undefined || active.length > 0) return undefined;
  return verdict.type === 'FailureTarget' ? 'failing' : 'succeeding';
}
