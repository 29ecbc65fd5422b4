/** A live actor, breakpoints and policies as people read them. Pure; nothing of it steers a terminal. */
import { stringify } from 'yaml';
import { isRecord } from '../api/json.ts';
import { formatMany, printable } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import { renderState } from '../step-record.ts';
import type { ActorState, BreakpointState, HeldActor, MessageNote } from './actor-state.ts';
import { canonical } from './digest.ts';
import { renderCauses } from './slowest.ts';
import { clockTime, shortDuration } from './text.ts';

/** Everything about one actor, over many lines; of its context what is not as `before`, where that is given. */
export function renderActorState(state: ActorState, before?: ActorState): string {
  const { process, actor, value, atMs, context, timers, mailbox, waiting, held } = state;
  const more = waiting > mailbox.length ? [`  and ${waiting - mailbox.length} more`] : [];
  return [
    `${printable(actor)}  in ${printable(process)}  at ${clockTime(atMs)}`,
    ...(held === undefined ? [] : heldLines(held, atMs)),
    `state: ${printable(renderState(value))}`,
    ...contextLines(context, before),
    ...section(
      'timers',
      timers.map(({ timer, atMs: due }) => [timer, `in ${until(due, atMs)}`]),
    ),
    ...section(
      `mailbox: ${formatMany(waiting, 'message')}`,
      mailbox.map(({ sinceMs, ...note }) => [
        ...[note.event, `waits ${shortDuration(Math.max(0, atMs - sinceMs))}`, ...noteCells(note)],
      ]),
    ),
    ...more,
  ].join('\n');
}

function heldLines(held: HeldActor, atMs: number): readonly string[] {
  const { message, last, filter, untilMs, steps } = held;
  const at = last === undefined ? `before it takes ${message.event}` : `after ${last}`;
  return [
    `held for ${shortDuration(atMs - held.atMs)} ${printable(at)}`,
    `  by breakpoint ${held.breakpoint}: ${printable(filter)}`,
    `  message ${noteCells(message).join('  ')}`,
    ...(steps === 0 ? [] : [`  ${formatMany(steps, 'message')} let through since`]),
    `  goes on by itself in ${until(untilMs, atMs)}, at ${clockTime(untilMs)}`,
  ];
}

function contextLines(context: unknown, before: ActorState | undefined): readonly string[] {
  if (context === undefined) return ['context: too large to be sent'];
  if (before === undefined) return ['context:', ...yamlLines(context)];
  const changed = changedOf(context, before.context);
  if (Object.keys(changed).length === 0) return ['context: as before'];
  return ['context, what has changed:', ...yamlLines(changed)];
}

/** The fields of a context that are not what they were. */
function changedOf(context: unknown, before: unknown): object {
  if (!isRecord(context) || !isRecord(before)) return {};
  const changed = Object.entries(context).filter(
    ([name, value]) => canonical(value) !== canonical(before[name]),
  );
  return Object.fromEntries(changed);
}

const until = (dueMs: number, nowMs: number): string => shortDuration(Math.max(0, dueMs - nowMs));

const noteCells = ({ messageId, from, causes }: MessageNote): readonly string[] => [
  ...[messageId, `from ${from}`, `because of ${renderCauses(causes)}`],
];

function section(head: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [head.includes(':') ? head : `${head}: none`];
  return [head.includes(':') ? head : `${head}:`, ...columns(rows).map((row) => `  ${row}`)];
}

function yamlLines(data: unknown): readonly string[] {
  const text = stringify(data, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
  return text
    .split('\n')
    .map((line) => `  ${line.slice(0, indentOf(line))}${printable(line.trimStart())}`);
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Breakpoints that look for actors or hold some, by their id. */
export function renderBreaks(states: readonly BreakpointState[], nowMs: number): string {
  const ids = [...new Set(states.map(({ id }) => id))];
  if (ids.length === 0) return 'no breakpoints';
  return ids
    .flatMap((id) =>
      breakLines(
        states.filter((one) => one.id === id),
        nowMs,
      ),
    )
    .join('\n');
}

function breakLines(states: readonly BreakpointState[], nowMs: number): readonly string[] {
  const [first] = states;
  if (first === undefined) return [];
  const armed = states.filter(({ isArmed }) => isArmed);
  const looks =
    armed.length === 0
      ? 'looks no more'
      : `looks in ${armed.map(({ process }) => process).join(', ')} for ${until(first.untilMs, nowMs)}`;
  const hits = states.flatMap((state) => state.hits);
  return [
    `${first.id}  ${printable(first.filter)}  ${printable(looks)}`,
    ...columns(hits.map((hit) => hitCells(hit, nowMs))).map((row) => `  ${row}`),
  ];
}

function hitCells(
  { actor, process, atMs, untilMs, ended, last, message, steps }: HeldActor,
  nowMs: number,
) {
  const where = last === undefined ? `before ${message.event}` : `after ${last}`;
  const state = ended ?? `held, goes on by itself in ${until(untilMs, nowMs)}`;
  return [actor, process, clockTime(atMs), state, `${steps} stepped`, where];
}
