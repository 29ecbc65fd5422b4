/**
 * Deletes finished Jobs, with their pods, when they have been kept long enough
 * (`ttlSecondsAfterFinished`).
 *
 * Never deletes a Job that asks for nothing.
 */

import type { View } from '../api/view.ts';
import { type Controller, NOTHING, type Plan, type PlanEnv } from './controller.ts';
import { finishedCondition } from './job-state.ts';
import { enqueueSelf, splitKey } from './ownership.ts';
import { msOf } from './pods.ts';

const JOBS = 'batch/jobs';

/** Deletes Jobs whose time to live is over. */
export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  watches: { [JOBS]: enqueueSelf },
  plan,
};

function plan(key: string, view: View, env: PlanEnv): Plan {
  const { namespace, name } = splitKey(key);
  const job = view.get(JOBS, namespace, name);
  const ttlSeconds = job?.spec?.ttlSecondsAfterFinished;
  if (job === undefined || ttlSeconds === undefined) return NOTHING;
  if (job.metadata.deletionTimestamp !== undefined) return NOTHING;
  const finishedMs = msOf(finishedCondition(job)?.lastTransitionTime);
  if (finishedMs === undefined) return NOTHING;
  const endMs = finishedMs + ttlSeconds * 1000;
  if (endMs > env.nowMs) return { stages: [], againAtMs: endMs };
  const { uid, resourceVersion } = job.metadata;
  const target = { resource: JOBS, namespace, name };
  return {
    stages: [[{ type: 'delete', key: target, uid, resourceVersion, propagation: 'Foreground' }]],
  };
}
