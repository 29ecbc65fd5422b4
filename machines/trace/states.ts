/** The states and events that a machine knows, and the states that a value names. Pure. */
import type { AnyStateMachine, StateValue } from 'xstate';

/** What can be asked of machines of one kind. */
export interface MachineWords {
  /** Every state by its own name and by its path: `leading`, `idle`, `leading.idle`. */
  readonly states: readonly string[];
  /** Those of them in which an actor ends. */
  readonly finals: readonly string[];
  readonly events: readonly string[];
}

interface Node {
  readonly type: string;
  readonly states: Readonly<{ [key: string]: Node }>;
}

/** Walks a machine. */
export function wordsOf(machine: AnyStateMachine): MachineWords {
  const states = new Set<string>();
  const finals = new Set<string>();
  const walk = (node: Node, path: readonly string[]): void => {
    for (const [key, inner] of Object.entries(node.states)) {
      const names = [key, [...path, key].join('.')];
      for (const name of names) states.add(name);
      if (inner.type === 'final' && path.length === 0) for (const name of names) finals.add(name);
      walk(inner, [...path, key]);
    }
  };
  walk(machine.root as unknown as Node, []);
  return { states: [...states], finals: [...finals], events: machine.events.map(String) };
}

/** The states that an actor is in, each by its own name and by its path. */
export function statesIn(value: StateValue | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (inner: StateValue, path: string): void => {
    const entries =
      typeof inner === 'string' ? [[inner, undefined] as const] : Object.entries(inner);
    for (const [key, within] of entries) {
      found.add(key);
      found.add(path + key);
      if (within !== undefined) walk(within, `${path}${key}.`);
    }
  };
  if (value !== undefined) walk(value, '');
  return found;
}

/** The states of `one` that `other` does not have. */
export function statesBeyond(
  one: StateValue | undefined,
  other: StateValue | undefined,
): readonly string[] {
  const rest = statesIn(other);
  return [...statesIn(one)].filter((state) => !rest.has(state));
}
