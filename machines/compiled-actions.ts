/**
 * The guards and actions of one machine as functions of a step under way. They are XState's own (`assign`, `emit`,
 * `enqueueActions`; `and`, `or`, `not`) and mean the same; any other action is a bug, told when it is to be carried out.
 */
import { type AnyStateMachine, and, type EventObject, not, or } from 'xstate';
import type { Node } from './chart.ts';

/** What a step has done so far. */
export interface Run {
  context: unknown;
  readonly effects: EventObject[];
  /** The context was assigned, or another state entered. */
  changed: boolean;
}

/** Carries out one action of a step under way. */
export type Act = (run: Run, event: EventObject) => void;
/** Whether a guard holds. */
export type Check = (context: unknown, event: EventObject) => boolean;
/** Given `{ context, event }` and its params, as XState gives them. */
type Expression = (args: object, params: unknown) => unknown;

interface Implementations {
  readonly actions: Readonly<{ [name: string]: unknown }>;
  readonly guards: Readonly<{ [name: string]: unknown }>;
}

/** A named action or guard with params. */
interface Reference {
  readonly type: string;
  readonly params?: unknown;
}

/** What `assign`, `emit` and `enqueueActions` make: functions that say what they are. */
interface BuiltIn extends Expression {
  readonly type: string;
  readonly assignment?: unknown;
  readonly event?: unknown;
  readonly collect?: Expression;
}

/** What `and`, `or` and `not` make. */
interface Combined extends Expression {
  readonly check: unknown;
  readonly guards: readonly unknown[];
}

const checkOf = (combined: unknown): unknown => (combined as Combined).check;
const AND = checkOf(and([]));
const OR = checkOf(or([]));
const NOT = checkOf(not(() => true));
const ACTIONS: ReadonlySet<string> = new Set([
  'xstate.assign',
  'xstate.emit',
  'xstate.enqueueActions',
]);

/** Compiles the guards and actions of a machine. */
export class CompiledActions {
  readonly #id: string;
  readonly #implementations: Implementations;

  constructor({ id, implementations }: AnyStateMachine) {
    this.#id = id;
    this.#implementations = implementations as unknown as Implementations;
  }

  /** A guard whose error says where it stands, as XState's does. */
  guard(guard: unknown, source: Node, type: string | undefined): Check {
    const check = this.#check(guard);
    if (type === undefined) return check;
    const name = nameOf(guard);
    return (context, event) => {
      try {
        return check(context, event);
      } catch (error) {
        const which = name === undefined ? '' : `'${name}' `;
        throw new Error(
          `Unable to evaluate guard ${which}in transition for event '${type}' in state node '${source.id}':\n${(error as Error).message}`,
        );
      }
    };
  }

  #check(guard: unknown): Check {
    if (typeof guard !== 'function') {
      const name = nameOf(guard) as string;
      const { guards } = this.#implementations;
      if (guards[name] === undefined) throw new Error(`Guard '${name}' is not implemented.'.`);
      const params = paramsOf(guard);
      const resolved = guards[name];
      if (typeof resolved !== 'function' || 'check' in resolved) return this.#check(resolved);
      return (context, event) => {
        const args = { context, event };
        return Boolean((resolved as Expression)(args, params(args)));
      };
    }
    if (!('check' in guard)) {
      return (context, event) => Boolean((guard as Expression)({ context, event }, undefined));
    }
    const { check, guards } = guard as unknown as Combined;
    const all = guards.map((one) => this.#check(one));
    if (check === AND) return (context, event) => all.every((one) => one(context, event));
    if (check === OR) return (context, event) => all.some((one) => one(context, event));
    if (check === NOT) return (context, event) => all[0]?.(context, event) === false;
    throw new Error(`machine ${this.#id}: a guard is neither and, or, not nor a function`);
  }

  /** An action by its name, with params, or in place. */
  act(action: unknown): Act {
    const params = paramsOf(action);
    const resolved =
      typeof action === 'function' ? action : this.#implementations.actions[nameOf(action) ?? ''];
    if (typeof resolved !== 'function' || !('resolve' in resolved)) return this.#notData(action);
    return this.#builtIn(resolved as unknown as BuiltIn, params);
  }

  #builtIn(action: BuiltIn, params: (args: object) => unknown): Act {
    if (!ACTIONS.has(action.type)) return this.#notData(action);
    if (action.collect !== undefined) return this.#collected(action.collect, params);
    const { assignment, event: effect } = action;
    if (action.type === 'xstate.assign') {
      return (run, event) => {
        const args = { context: run.context, event };
        assign(run, assignment, args, params(args));
      };
    }
    return (run, event) => {
      const args = { context: run.context, event };
      emit(run, effect, args, params(args));
    };
  }

  /** `enqueueActions`: first all is decided on the context there is, then it is done. */
  #collected(collect: Expression, params: (args: object) => unknown): Act {
    return (run, event) => {
      const { context } = run;
      const acts: Act[] = [];
      const enqueue = Object.assign((action: unknown) => void acts.push(this.act(action)), {
        assign: (assignment: unknown) =>
          acts.push((now, on) => {
            assign(now, assignment, { context: now.context, event: on }, undefined);
          }),
        emit: (effect: unknown) =>
          acts.push((now, on) => {
            emit(now, effect, { context: now.context, event: on }, undefined);
          }),
      });
      const check = (guard: unknown) => this.#check(guard)(context, event);
      collect({ context, event, enqueue, check }, params({ context, event }));
      for (const act of acts) act(run, event);
    };
  }

  #notData(action: unknown): Act {
    const name = nameOf(action) ?? '(anonymous)';
    return () => {
      throw new Error(`machine ${this.#id}: action ${name} is not data; emit an effect`);
    };
  }
}

function assign(run: Run, assignment: unknown, args: object, params: unknown): void {
  let update: unknown;
  if (typeof assignment === 'function') update = (assignment as Expression)(args, params);
  else {
    const fields: { [key: string]: unknown } = {};
    for (const [key, value] of Object.entries(assignment as object)) {
      fields[key] = typeof value === 'function' ? (value as Expression)(args, params) : value;
    }
    update = fields;
  }
  run.context = Object.assign({}, run.context, update);
  run.changed = true;
}

function emit(run: Run, effect: unknown, args: object, params: unknown): void {
  const made = typeof effect === 'function' ? (effect as Expression)(args, params) : effect;
  run.effects.push(made as EventObject);
}

function nameOf(action: unknown): string | undefined {
  if (typeof action === 'string') return action;
  if (typeof action === 'function') return action.name === '' ? undefined : action.name;
  return (action as Reference | undefined)?.type;
}

function paramsOf(reference: unknown): (args: object) => unknown {
  const params =
    typeof reference === 'object' && reference !== null
      ? (reference as Reference).params
      : undefined;
  return typeof params === 'function' ? (params as (args: object) => unknown) : () => params;
}
