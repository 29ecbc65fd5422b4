/**
 * State diagrams of machines as Mermaid text, and the table of which state handles which event.
 * Reads a machine's definition alone; never runs it.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';

/** A Mermaid `stateDiagram-v2` of the machine. */
export function diagram(machine: AnyStateMachine): string {
  return ['stateDiagram-v2', ...lines(machine.root, '  ')].join('\n');
}

/** Every event type that some state of the machine handles, sorted. */
export function eventsOf(machine: AnyStateMachine): readonly string[] {
  const found = new Set<string>();
  for (const node of nodes(machine.root)) for (const [event] of node.transitions) found.add(event);
  found.delete('');
  return [...found].sort();
}

/** A Markdown table: a row an event, a column a state; `->` moves, `!` acts without moving, empty ignores. */
export function eventTable(machine: AnyStateMachine): string {
  const states = nodes(machine.root).filter(
    (node) => node !== machine.root && node.type !== 'final',
  );
  const head = ['event', ...states.map((node) => node.path.join('.'))];
  const rows = eventsOf(machine).map((event) => [
    `\`${event}\``,
    ...states.map((node) => reaction(node, event)),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function reaction(node: AnyStateNode, event: string): string {
  for (let at: AnyStateNode | undefined = node; at !== undefined; at = at.parent) {
    const transitions = at.transitions.get(event);
    if (transitions === undefined || transitions.length === 0) continue;
    const targets = transitions.map(({ target }) =>
      target === undefined || target.length === 0
        ? '!'
        : `-> ${target.map((t) => t.key).join('+')}`,
    );
    return [...new Set(targets)].join(', ');
  }
  return '';
}

function nodes(root: AnyStateNode): readonly AnyStateNode[] {
  return [root, ...Object.values(root.states).flatMap((child) => nodes(child as AnyStateNode))];
}

const idOf = (node: AnyStateNode): string => node.path.join('_') || 'root';

function lines(parent: AnyStateNode, indent: string): string[] {
  const out: string[] = [];
  const children = Object.values(parent.states) as AnyStateNode[];
  const initial = parent.initial?.target[0] as AnyStateNode | undefined;
  if (parent.type !== 'parallel' && initial !== undefined)
    out.push(`${indent}[*] --> ${idOf(initial)}`);
  children.forEach((child, index) => {
    if (parent.type === 'parallel' && index > 0) out.push(`${indent}--`);
    if (Object.keys(child.states).length > 0) {
      out.push(`${indent}state "${child.key}" as ${idOf(child)} {`, ...lines(child, `${indent}  `));
      out.push(`${indent}}`);
    } else {
      out.push(`${indent}state "${child.key}" as ${idOf(child)}`);
    }
    if (child.type === 'final') out.push(`${indent}${idOf(child)} --> [*]`);
  });
  for (const child of children) out.push(...arrows(child, indent));
  return out;
}

function arrows(node: AnyStateNode, indent: string): string[] {
  const merged = new Map<string, string[]>();
  const all = [...node.transitions.values()].flat();
  for (const { target, eventType, guard } of [...all, ...(node.always ?? [])]) {
    const to = target?.[0];
    if (to === undefined) continue;
    const label = `${eventType === '' ? 'always' : eventType}${guard ? ` [${guardName(guard)}]` : ''}`;
    merged.set(idOf(to), [...(merged.get(idOf(to)) ?? []), label]);
  }
  return [...merged].map(
    ([to, labels]) => `${indent}${idOf(node)} --> ${to}: ${labels.join(', ')}`,
  );
}

function guardName(guard: unknown): string {
  if (typeof guard === 'string') return guard;
  if (typeof guard === 'object' && guard !== null && 'type' in guard) return String(guard.type);
  return 'guarded';
}
