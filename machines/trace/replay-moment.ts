/** The moment before an actor handled a message, as a replay finds it; as text and as JSON. Pure. */
import { printable } from '../chaos/report/format.ts';
import type { MachineState } from '../step.ts';
import { renderState, shortEffect } from '../step-record.ts';
import type { StepTraced } from './record.ts';
import type { Replayed } from './replay.ts';
import { renderReplayed, shown } from './replay-text.ts';

/** See the file comment. */
export interface Moment {
  readonly record: StepTraced;
  /** Undefined where the step is the first of its actor, or its state is not known. */
  readonly state: MachineState | undefined;
  /** What became of the step that was then taken. */
  readonly replayed: Replayed;
}

/** The state with its whole context, the message, and the step. */
export function renderMoment({ record, state, replayed }: Moment): string {
  const { process, actor, messageId, from, before, full } = record;
  const lines = [
    `${printable(actor)} in ${printable(process)}, before message ${printable(messageId)}`,
    `state    ${before === undefined ? 'none: this message starts it' : printable(renderState(before))}`,
  ];
  if (state !== undefined) lines.push('context', ...dataLines(state.context));
  else if (before !== undefined) lines.push('context  not known');
  lines.push(`message  ${printable(record.event)} from ${printable(from)}`);
  lines.push(full === undefined ? 'event    recorded without its data' : 'event');
  if (full !== undefined) lines.push(...dataLines(full.event));
  lines.push('step', `  ${renderReplayed(replayed)}`);
  for (const effect of full?.effects ?? []) {
    lines.push(`    ! ${printable(shortEffect(effect as { type: string }))}  ${shown(effect)}`);
  }
  return lines.join('\n');
}

function dataLines(data: unknown): readonly string[] {
  const text = JSON.stringify(data, undefined, 2) ?? 'undefined';
  return text
    .split('\n')
    .map((line) => `  ${line.match(/^ */)?.[0] ?? ''}${printable(line.trim())}`);
}

/** The same as data. */
export function momentJson({ record, state, replayed }: Moment): object {
  const { process, actor, atMs, messageId, from, causes, event, before, after, full } = record;
  return {
    ...{ process, actor, atMs, messageId, from, causes, event },
    before: before ?? null,
    context: state?.context ?? null,
    after,
    data: full?.event ?? null,
    effects: full?.effects ?? null,
    outcome: replayed.outcome,
  };
}
