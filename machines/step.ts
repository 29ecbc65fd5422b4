/**
 * One step of one machine: `(state, event) -> (state', effects)`. Pure and synchronous.
 *
 * Machines of the usual kind are compiled to tables (`compiled-machine.ts`). The others are stepped by XState itself,
 * with one inert scope for each machine: four times cheaper than the public `transition()`, to which
 * `test/machines/step.test.ts` holds both. The two files alone touch XState's internals. Never runs an action: emitted
 * effects are returned as data, and any other executable action is a bug.
 */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject, StateValue } from 'xstate';
import { compileMachine } from './compiled-machine.ts';

/** What is kept of an instance: plain data, about 170 bytes. */
export interface MachineState<C = unknown> {
  readonly value: StateValue;
  readonly context: C;
}

/** The outcome of one step. */
export interface Step<C = unknown, E extends EventObject = EventObject> {
  readonly state: MachineState<C>;
  readonly effects: readonly E[];
  /** False where the machine had no transition for the event (it was dropped). */
  readonly handled: boolean;
  /** True where the machine has reached a final state. */
  readonly done: boolean;
}

/** Steps instances of one machine. */
export interface Stepper {
  initial(input: unknown): Step;
  step(state: MachineState, event: EventObject): Step;
}

// biome-ignore lint/suspicious/noExplicitAny: ActorScope is semi-internal; this file alone deals with it.
type InertScope = any;

const EMIT = 'xstate.emit';

/** Prepares a machine for stepping; call once for each machine. */
export function createStepper(machine: AnyStateMachine): Stepper {
  return compileMachine(machine) ?? createInterpreter(machine);
}

/** Steps any machine by XState's own algorithm. */
export function createInterpreter(machine: AnyStateMachine): Stepper {
  let effects: EventObject[] = [];
  const scope: InertScope = {
    self: { id: 'inert', send: forbidden('send') },
    system: { _sendInspectionEvent() {}, get: () => undefined },
    id: '',
    sessionId: '',
    logger: forbidden('log'),
    defer: forbidden('defer'),
    stopChild: forbidden('stopChild'),
    emit: forbidden('emit'),
    actionExecutor(action: { type: string; params?: { event?: EventObject } }) {
      if (action.type !== EMIT || action.params?.event === undefined) {
        throw new Error(`machine ${machine.id}: action ${action.type} is not data; emit an effect`);
      }
      effects.push(action.params.event);
    },
  };

  function finish(before: AnyMachineSnapshot | undefined, after: AnyMachineSnapshot): Step {
    const produced = effects;
    effects = [];
    if (after.status === 'error') throw after.error;
    return {
      state: { value: after.value, context: after.context },
      effects: produced,
      handled: before !== after || produced.length > 0,
      done: after.status === 'done',
    };
  }

  function guarded(run: () => Step): Step {
    try {
      return run();
    } catch (error) {
      effects = [];
      throw error;
    }
  }

  return {
    initial: (input) =>
      guarded(() => finish(undefined, machine.getInitialSnapshot(scope, input) as never)),
    step: (state, event) =>
      guarded(() => {
        const before = machine.resolveState(state as never) as AnyMachineSnapshot;
        return finish(before, machine.transition(before as never, event, scope) as never);
      }),
  };
}

function forbidden(what: string): () => never {
  return () => {
    throw new Error(`a machine must not ${what}; emit an effect instead`);
  };
}
