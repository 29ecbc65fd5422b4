/**
 * A machine as tables: for every state and event the transitions to try, each with all its actions in one list. Takes a
 * step by looking things up, about twenty times cheaper than XState's own algorithm, which works them out anew each time.
 *
 * XState stays the law: `test/machines/compiled-machine.test.ts` and `test/sim/steps.test.ts` hold the two equal. What
 * the tables cannot say (parallel states, history, delays, invoked actors, a final state within another) is not
 * compiled, and stepped by XState.
 */
import type { AnyStateMachine, EventObject, StateValue } from 'xstate';
import {
  ancestry,
  candidates,
  descent,
  domainOf,
  isBelow,
  isPlain,
  type Node,
  stateValueOf,
  type Transition,
} from './chart.ts';
import { type Act, type Check, CompiledActions, type Run } from './compiled-actions.ts';
import type { MachineState, Step, Stepper } from './step.ts';

/** A state that can be current, with all states around it. */
interface Leaf {
  readonly value: StateValue;
  readonly done: boolean;
  readonly always: Move[];
  /** By event type, of which a machine has few; filled as events come. */
  readonly moves: Map<string, readonly Move[]>;
  readonly node: Node;
}

/** A transition out of one leaf. */
interface Move {
  readonly check: Check | undefined;
  /** Exits, the transition's own, entries, in this order. */
  readonly acts: readonly Act[];
  readonly to: Leaf;
}

/** XState's own event that starts a machine. */
const INIT = 'xstate.init';

/** Compiles a machine; undefined where it says more than the tables can. */
export function compileMachine(machine: AnyStateMachine): Stepper | undefined {
  const root = machine.root as unknown as Node;
  if (root.type !== 'compound' || !isPlain(root)) return undefined;
  return new Compiled(machine, root);
}

/** See the file comment. */
class Compiled implements Stepper {
  readonly #machine: AnyStateMachine;
  readonly #root: Node;
  readonly #actions: CompiledActions;
  readonly #iterationsMax: number;
  readonly #leaves = new Map<Node, Leaf>();
  /** Leaves by the values that steps have given; a value is one of these, or comes from elsewhere. */
  readonly #byValue = new Map<StateValue, Leaf>();
  readonly #entries: readonly Act[];
  readonly #first: Leaf;

  constructor(machine: AnyStateMachine, root: Node) {
    this.#machine = machine;
    this.#root = root;
    this.#actions = new CompiledActions(machine);
    this.#iterationsMax = machine.options?.maxIterations ?? Number.POSITIVE_INFINITY;
    const nodes = [root, ...descent(root)];
    this.#first = this.#leaf(nodes.at(-1) as Node);
    this.#entries = [
      ...nodes.flatMap((node) => this.#entryOf(node, true)),
      ...(this.#first.done ? this.#exitsOf(this.#first) : []),
    ];
  }

  initial(input: unknown): Step {
    const event = { type: INIT, input } as EventObject;
    const { context } = this.#machine.config as { readonly context?: unknown };
    const made = typeof context === 'function' ? context({ input }) : context;
    const run: Run = { context: Object.assign({}, made), effects: [], changed: true };
    for (const act of this.#entries) act(run, event);
    return this.#settled(run, this.#atRest(this.#first, run, event));
  }

  step(state: MachineState, event: EventObject): Step {
    const run: Run = { context: state.context, effects: [], changed: false };
    const from = this.#byValue.get(state.value) ?? this.#leafAt(state.value);
    const move = chosen(this.#movesOf(from, event.type), run.context, event);
    const leaf = move === undefined ? from : taken(move, from, run, event);
    return this.#settled(run, this.#atRest(leaf, run, event));
  }

  #settled(run: Run, leaf: Leaf): Step {
    const { effects, changed, context } = run;
    return {
      state: { value: leaf.value, context },
      effects,
      handled: changed || effects.length > 0,
      done: leaf.done,
    };
  }

  /** Takes transitions without an event for as long as there are any. */
  #atRest(from: Leaf, run: Run, event: EventObject): Leaf {
    let leaf = from;
    for (let iterations = 1; !leaf.done && leaf.always.length > 0; iterations += 1) {
      if (iterations > this.#iterationsMax) {
        throw new Error(`machine ${this.#machine.id}: its transitions without an event never end`);
      }
      const move = chosen(leaf.always, run.context, event);
      if (move === undefined) return leaf;
      const before = run.changed;
      run.changed = false;
      leaf = taken(move, leaf, run, event);
      // One that changes nothing would be taken for ever.
      const still = !run.changed;
      run.changed ||= before;
      if (still) return leaf;
    }
    return leaf;
  }

  /** A value from elsewhere: of a stored instance, or naming less than a leaf. */
  #leafAt(value: StateValue): Leaf {
    let node = this.#root;
    let inner: StateValue | undefined = value;
    while (inner !== undefined) {
      const key: string = typeof inner === 'string' ? inner : (Object.keys(inner)[0] ?? '');
      const child = node.states[key];
      if (child === undefined) throw new Error(`State '${key}' does not exist on '${node.id}'`);
      inner = typeof inner === 'string' ? undefined : inner[key];
      node = child;
    }
    return this.#leaf(descent(node).at(-1) ?? node);
  }

  #leaf(node: Node): Leaf {
    const known = this.#leaves.get(node);
    if (known !== undefined) return known;
    const done = node.type === 'final';
    const leaf: Leaf = { value: stateValueOf(node), done, always: [], moves: new Map(), node };
    this.#leaves.set(node, leaf);
    this.#byValue.set(leaf.value, leaf);
    for (const one of ancestry(node)) {
      for (const transition of one.always ?? []) leaf.always.push(this.#move(leaf, transition));
    }
    return leaf;
  }

  #movesOf(leaf: Leaf, type: string): readonly Move[] {
    const known = leaf.moves.get(type);
    if (known !== undefined) return known;
    const transitions = ancestry(leaf.node).flatMap((node) => candidates(node, type));
    const moves = transitions.map((transition) => this.#move(leaf, transition, type));
    leaf.moves.set(type, moves);
    return moves;
  }

  #move(leaf: Leaf, transition: Transition, type?: string): Move {
    const { source, target, reenter, guard } = transition;
    const check = guard === undefined ? undefined : this.#actions.guard(guard, source, type);
    const own = transition.actions.map((action) => this.#actions.act(action));
    if (target === undefined) return { check, acts: own, to: leaf };
    const [to] = target as readonly [Node];
    const domain = domainOf(source, to, reenter);
    const exited = ancestry(leaf.node).filter((node) => isBelow(node, domain));
    const inner = descent(to);
    const entersTarget = source !== to || source !== domain || reenter;
    const entered = [
      ...ancestry(to).filter((node) => node !== to && isBelow(node, domain)),
      ...(entersTarget ? [to] : []),
    ].sort((a, b) => a.order - b.order);
    const defaults = new Set([to, ...inner]);
    const next = this.#leaf(inner.at(-1) ?? to);
    const acts = [
      ...exited.flatMap(({ exit }) => exit.map((action) => this.#actions.act(action))),
      ...own,
      ...[...entered, ...inner].flatMap((node) => this.#entryOf(node, defaults.has(node))),
      ...(next.done ? this.#exitsOf(next) : []),
    ];
    return { check, acts, to: next };
  }

  #entryOf({ entry, type, initial }: Node, byDefault: boolean): readonly Act[] {
    const first = type === 'compound' && byDefault ? initial.actions : [];
    return [...entry, ...first].map((action) => this.#actions.act(action));
  }

  /** A machine that is done leaves all of its states. */
  #exitsOf({ node }: Leaf): readonly Act[] {
    return ancestry(node).flatMap(({ exit }) => exit.map((action) => this.#actions.act(action)));
  }
}

/** The first move whose guard holds. */
function chosen(moves: readonly Move[], context: unknown, event: EventObject): Move | undefined {
  for (const move of moves) {
    if (move.check === undefined || move.check(context, event)) return move;
  }
  return undefined;
}

function taken({ acts, to }: Move, from: Leaf, run: Run, event: EventObject): Leaf {
  for (const act of acts) act(run, event);
  if (to !== from) run.changed = true;
  return to;
}
