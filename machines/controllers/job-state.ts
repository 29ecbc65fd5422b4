/**
 * What the parts of the Job controller share: a Job and its pods at one moment, and whether it is
 * over.
 */
import type { Job, JobCondition, JobSpec, Pod } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import type { Tally } from './job-tracking.ts';

/** The condition of a Job that says whether it is over: Complete or Failed. */
export function finishedCondition(job: Job): JobCondition | undefined {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

/** A Job as it is now, with its pods. */
export interface JobState {
  readonly job: Stored<Job>;
  readonly spec: JobSpec;
  readonly view: View;
  readonly nowMs: number;
  readonly pods: readonly Stored<Pod>[];
  readonly active: readonly Stored<Pod>[];
  readonly terminating: number;
  readonly tally: Tally;
}
