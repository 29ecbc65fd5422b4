/** What Jobs wait for. Pure. */
import type { Job } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { isPodReady } from '../../controllers/pods.ts';
import { podGroups } from './pod-groups.ts';
import {
  conditionOf,
  controllerText,
  countText,
  type Situation,
  saidBy,
  sinceText,
  type Waiting,
} from './situation.ts';
import { everyPod, ownPods } from './workload.ts';

/** What keeps a Job from being complete. */
export function jobWaits(job: Stored<Job>, s: Situation): readonly Waiting[] {
  const failed = conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget');
  if (failed?.status === 'True') {
    return [{ says: saidBy(failed), on: 'nobody: a Job that has failed is not tried again' }];
  }
  if (conditionOf(job, 'Complete')?.status === 'True') return [];
  const { suspend, backoffLimit = 6, completions, parallelism = 1 } = job.spec ?? {};
  if (suspend === true)
    return [{ says: 'it is suspended', on: 'whoever is to set .spec.suspend to false' }];
  const { succeeded = 0, failed: failures = 0, startTime } = job.status ?? {};
  const of = completions === undefined ? '' : ` of ${completions}`;
  const counts = `${succeeded}${of} pods have succeeded, ${failures} failed`;
  const begun = startTime === undefined ? 'not started' : `at work ${sinceText(startTime, s)}`;
  const says = `${counts} (backoffLimit ${backoffLimit}), ${begun}`;
  const pods = ownPods(job, s);
  const ended = failedPods(job, s);
  if (pods.length === 0) {
    const controller = controllerText(s, 'job-controller', job);
    const on = `${controller}, which makes the next pod after a back-off`;
    return [ended.length === 0 ? { says, on } : { says, on, because: ended }];
  }
  const ready = pods.filter(isPodReady);
  const working: readonly Waiting[] =
    ready.length === 0
      ? []
      : [
          {
            says: `${countText(ready.length, 'pod')} at work, ${parallelism} at most at once`,
            on: 'their containers, to end with code 0',
          },
        ];
  return [{ says, because: [...podGroups(pods, 0, s), ...working, ...ended] }];
}

/** How the containers of failed pods ended, those that ended alike as one. */
function failedPods(job: Stored<Job>, s: Situation): readonly Waiting[] {
  const counts = new Map<string, number>();
  for (const { status } of everyPod(job, s)) {
    if (status?.phase !== 'Failed') continue;
    const ends = (status.containerStatuses ?? []).flatMap(({ name, state }) => {
      const { exitCode = 0, reason = '' } = state?.terminated ?? {};
      return exitCode === 0 ? [] : [`container ${name} ended with code ${exitCode} (${reason})`];
    });
    const text = [status.reason, status.message, ...ends].filter(Boolean).join(', ');
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => ({
    says: `${countText(count, 'pod')} failed: ${text}`,
    on: 'the container, to end with code 0',
  }));
}
