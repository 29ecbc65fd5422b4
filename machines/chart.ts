/**
 * A statechart as XState has read it: which state lies in which, what a transition leaves and enters (SCXML's rules for
 * charts without parallel states). Never looks at a guard or an action.
 */
import type { StateValue } from 'xstate';

/** The part of XState's StateNode that is read here. */
export interface Node {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly parent: Node | undefined;
  readonly states: Readonly<{ [key: string]: Node }>;
  readonly order: number;
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly invoke: readonly unknown[];
  readonly after: readonly unknown[];
  readonly always: readonly Transition[] | undefined;
  readonly transitions: ReadonlyMap<string, readonly Transition[]>;
  readonly initial: { readonly target: readonly Node[]; readonly actions: readonly unknown[] };
}

/** A transition as XState has read it: `target` is undefined where the state stays. */
export interface Transition {
  readonly source: Node;
  readonly target: readonly Node[] | undefined;
  readonly actions: readonly unknown[];
  readonly guard: unknown;
  readonly reenter: boolean;
}

/** True where one state is current at a time, and nothing but events and guards moves the machine. */
export function isPlain(node: Node): boolean {
  const { type, parent, states } = node;
  if (type === 'parallel' || type === 'history') return false;
  if (type === 'final' && parent?.parent !== undefined) return false;
  if (node.invoke.length > 0 || node.after.length > 0) return false;
  const transitions = [...(node.always ?? []), ...[...node.transitions.values()].flat()];
  if (transitions.some(({ target }) => target !== undefined && target.length !== 1)) return false;
  return Object.values(states).every(isPlain);
}

/** Transitions for an event in the order in which they are tried: exact ones, then wildcards, the longest first. */
export function candidates({ transitions }: Node, type: string): readonly Transition[] {
  const wild = [...transitions.keys()]
    .filter((descriptor) => descriptor !== type && matches(type, descriptor))
    .sort((a, b) => b.length - a.length);
  return [type, ...wild].flatMap((descriptor) => transitions.get(descriptor) ?? []);
}

/** `*` matches every event, `a.*` those that begin with the token `a`. */
function matches(type: string, descriptor: string): boolean {
  if (descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const stem = descriptor.slice(0, -2);
  return type === stem || type.startsWith(`${stem}.`);
}

/** The state within which a transition happens: nothing outside of it is left or entered; undefined: all is. */
export function domainOf(source: Node, target: Node, reenter: boolean): Node | undefined {
  if (!reenter && (target === source || isBelow(target, source))) return source;
  const shared = ancestry(target).find((node) => node !== target && isBelow(source, node));
  if (shared !== undefined || reenter) return shared;
  return ancestry(source).at(-1);
}

/** True where a state is within another; every state is within undefined. */
export function isBelow(node: Node, ancestor: Node | undefined): boolean {
  if (ancestor === undefined) return true;
  return node !== ancestor && ancestry(node).includes(ancestor);
}

/** A state and all around it, from the inside out. */
export function ancestry(node: Node): readonly Node[] {
  const nodes = [node];
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) nodes.push(outer);
  return nodes;
}

/** What is entered with a state, from the outside in. */
export function descent(node: Node): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = node; at.type === 'compound'; ) {
    at = at.initial.target[0] as Node;
    nodes.push(at);
  }
  return nodes;
}

/** `b` of a machine's own states, `{ a: 'b' }` of those within another. */
export function stateValueOf(node: Node): StateValue {
  let value: StateValue = node.key;
  for (let outer = node.parent; outer?.parent !== undefined; outer = outer.parent) {
    value = { [outer.key]: value };
  }
  return value;
}
