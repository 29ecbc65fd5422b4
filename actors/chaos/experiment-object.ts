/** A ChaosExperiment as the log has it, and what its machine begins from. Pure. */
import type { ReplicaEntry } from '../../bus/store/replica.ts';
import { parseTimestamp } from '../../machines/api/timestamp.ts';
import type { ChaosExperiment } from '../../machines/api/types.ts';
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import type { ExperimentInput } from '../../machines/chaos/experiment-protocol.ts';

/** A stored experiment. */
export type Experiment = Stored<ChaosExperiment>;

/** The experiment of an entry of the log. */
export const experimentOf = ({ value }: ReplicaEntry<AnyObject>): Experiment =>
  value as unknown as Experiment;

/** Tells one object from a later one of the same name. */
export const idOf = ({ metadata: { name, uid } }: Experiment): string => `${name}/${uid}`;

/** When it was created, milliseconds. */
export const createdMsOf = ({ metadata }: Experiment): number =>
  (parseTimestamp(metadata.creationTimestamp)?.seconds ?? 0) * 1000;

/** What the machine of an experiment begins from. */
export function inputOf({ metadata, spec, status }: Experiment): Omit<ExperimentInput, 'nowMs'> {
  const {
    name,
    uid,
    generation = 0,
    deletionTimestamp,
  } = metadata as typeof metadata & {
    readonly generation?: number;
    readonly deletionTimestamp?: string;
  };
  const { seed: own } = spec.scenario;
  const startSeconds = parseTimestamp(status?.startTime ?? '')?.seconds;
  return {
    ...{ name, uid, generation, deleted: deletionTimestamp !== undefined },
    suspend: spec.suspend === true,
    seed: spec.seed ?? (typeof own === 'number' ? own : undefined),
    phase: status?.phase ?? 'Pending',
    startMs: startSeconds === undefined ? undefined : startSeconds * 1000,
    faults: status?.faultsInjected,
  };
}
