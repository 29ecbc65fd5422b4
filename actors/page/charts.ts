/**
 * The machines' definitions, as a page draws them: states and transitions in flat lists. Reads definitions alone; never
 * runs a machine.
 */
import type { AnyStateMachine, AnyStateNode, StateValue } from 'xstate';
import { containerMachine } from '../../machines/kubelet/container.ts';
import { probeMachine } from '../../machines/kubelet/probe.ts';
import { MACHINES } from '../../machines/trace/machines.ts';
import type { Chart, ChartState, ChartTransition } from './protocol.ts';

/** By the kinds that the host knows them under; the machines inside a pod's by their own names. */
const DRAWN: Readonly<{ [kind: string]: AnyStateMachine }> = {
  ...MACHINES,
  container: containerMachine,
  probe: probeMachine,
};

/** The definition of a kind's machine; undefined where there is no such kind. */
export function chartOf(kind: string): Chart | undefined {
  const machine = Object.hasOwn(DRAWN, kind) ? DRAWN[kind] : undefined;
  if (machine === undefined) return undefined;
  const nodes = nodesOf(machine.root);
  const below = nodes.filter((node) => node !== machine.root);
  return { kind, states: below.map(stateOf), transitions: nodes.flatMap(transitionsOf) };
}

/** Ids of all states that a value is in. */
export function activeStates(value: StateValue | undefined, path = ''): readonly string[] {
  if (value === undefined) return [];
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (typeof value === 'string') return [below(value)];
  return Object.entries(value).flatMap(([name, inner]) => [
    below(name),
    ...activeStates(inner, below(name)),
  ]);
}

const idOf = (node: AnyStateNode): string => node.path.join('.');

function nodesOf(root: AnyStateNode): readonly AnyStateNode[] {
  const children = Object.values(root.states) as AnyStateNode[];
  return [root, ...children.flatMap(nodesOf)];
}

function stateOf(node: AnyStateNode): ChartState {
  const { parent } = node;
  const initial = parent?.initial?.target[0] as AnyStateNode | undefined;
  return {
    id: idOf(node),
    name: node.key,
    parent: parent === undefined || parent.path.length === 0 ? undefined : idOf(parent),
    isParallel: node.type === 'parallel',
    isInitial: parent?.type !== 'parallel' && initial === node,
    isFinal: node.type === 'final',
  };
}

function transitionsOf(node: AnyStateNode): readonly ChartTransition[] {
  const labels = new Map<string, Set<string>>();
  const all = [...node.transitions.values()].flat();
  for (const { target, eventType, guard } of [...all, ...(node.always ?? [])]) {
    const to = target?.[0] as AnyStateNode | undefined;
    if (to === undefined) continue;
    const event = eventType === '' ? 'always' : eventType;
    const label = guard === undefined ? event : `${event} [${guardName(guard)}]`;
    const known = labels.get(idOf(to)) ?? new Set();
    labels.set(idOf(to), known.add(label));
  }
  return [...labels].map(([to, names]) => ({ from: idOf(node), to, labels: [...names] }));
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type);
  return 'guarded';
}
