/** What is waited for, as text: a line for each thing, below it what that waits for, at the leaves on whom. Pure. */
import { printable } from '../chaos/report/format.ts';
import { type Situation, saidBy, sinceText, type Waiting } from './why-not/situation.ts';
import type { Explanation } from './why-not.ts';

/** The explanation of an object (`deployment default/web`). */
export function explanationText(
  object: string,
  explanation: Extract<Explanation, { ok: true }>,
  s: Situation,
): string {
  const { condition, status, holds, waits } = explanation;
  const lines: string[] = [];
  if (condition !== undefined) lines.push(`${object}: ${statusText(condition, status, s)}`);
  if (holds) {
    if (condition === undefined) lines.push(`${object} waits for nothing`);
    return text(lines);
  }
  if (waits.length === 0) {
    return text([...lines, 'what it waits for cannot be told from what is on record']);
  }
  lines.push(condition === undefined ? `${object} waits for:` : 'it waits for:');
  return text([...lines, ...waits.flatMap((wait) => waitLines(wait, 0))]);
}

const text = (lines: readonly string[]): string => `${lines.map(printable).join('\n')}\n`;

function statusText(name: string, status: StatusOf, s: Situation): string {
  if (status === undefined) return `it has no condition ${name} now`;
  const said = status.reason || status.message ? ` (${saidBy(status)})` : '';
  return `${name} is ${status.status} ${sinceText(status.lastTransitionTime, s)}${said}`;
}

type StatusOf = Extract<Explanation, { ok: true }>['status'];

function waitLines({ says, on, because = [] }: Waiting, depth: number): readonly string[] {
  const indent = '  '.repeat(depth);
  return [
    `${indent}- ${says}`,
    ...(on === undefined ? [] : [`${indent}    on ${on}`]),
    ...because.flatMap((wait) => waitLines(wait, depth + 1)),
  ];
}
