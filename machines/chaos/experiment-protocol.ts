/**
 * What is said to and by the machine of a ChaosExperiment (`experiment.ts`), and what it keeps. Types alone.
 */
import type { Record as EventRecord } from '../api/change.ts';
import type { Timed } from '../effect.ts';
import type {
  ExperimentFacts,
  ExperimentPhase,
  RunFacts,
  statusPatch,
} from './experiment-status.ts';

/** What it is told: of its object, of its turn, of its run. */
export type ExperimentEvent = Timed &
  (
    | {
        readonly type: 'experiment.seen';
        readonly suspend: boolean;
        readonly deleted: boolean;
        readonly generation: number;
      }
    /** The object is there no more. */
    | { readonly type: 'experiment.gone' }
    /** Nothing else runs; `seed` is the one to use where the object says none. */
    | { readonly type: 'turn.given'; readonly seed: number }
    /** Another experiment runs. */
    | { readonly type: 'turn.taken'; readonly by: string }
    | { readonly type: 'finalizer.added' }
    | { readonly type: 'finalizer.refused'; readonly message: string }
    | { readonly type: 'run.phased'; readonly phase: 'prepare' | 'faults' | 'heal' | 'end' }
    | { readonly type: 'fault.begun'; readonly note: string }
    | { readonly type: 'run.ended'; readonly run: RunFacts }
    /** The scenario cannot be run here; nothing was touched. */
    | { readonly type: 'run.refused'; readonly message: string }
    /** It was interrupted, or came to an end it should not; everything is undone. */
    | { readonly type: 'run.broke'; readonly message: string }
    /** Somebody else undoes everything. */
    | { readonly type: 'run.stopped'; readonly reason: string; readonly message: string }
    | { readonly type: 'faults.healed' }
  );

/** What it wants done. */
export type ExperimentEffect =
  /** Stands in line; `turn.given` or `turn.taken` follows. */
  | { readonly type: 'turn.want' }
  /** Nobody else may run from now on. */
  | { readonly type: 'turn.hold' }
  /** Stands in line no more, and holds no turn. */
  | { readonly type: 'turn.leave' }
  | { readonly type: 'finalizer.add' }
  | { readonly type: 'finalizer.remove' }
  | { readonly type: 'run.start'; readonly seed: number }
  /** Undo everything; the run's end follows. */
  | { readonly type: 'run.abort' }
  /** Undo what a run of an earlier supervisor left; `faults.healed` follows. */
  | { readonly type: 'faults.heal' }
  | { readonly type: 'status.write'; readonly status: ReturnType<typeof statusPatch> }
  | { readonly type: 'event.record'; readonly record: EventRecord }
  /** Nothing more will happen. */
  | { readonly type: 'experiment.forget' };

/** What an experiment begins from: its object. */
export interface ExperimentInput extends Timed {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly suspend: boolean;
  readonly deleted: boolean;
  /** The seed that the object names. */
  readonly seed: number | undefined;
  /** What its status says: whoever wrote it may have ended since. */
  readonly phase: ExperimentPhase;
  readonly startMs: number | undefined;
  readonly faults: number | undefined;
}

/** What is kept of one experiment. */
export interface ExperimentContext extends ExperimentFacts {
  readonly name: string;
  readonly uid: string;
  readonly suspend: boolean;
  readonly deleted: boolean;
  readonly gone: boolean;
  readonly seedWanted: number | null;
}
