/**
 * `kabuki trace why-not`: reads the objects and steps on record and explains what an object waits for. Throws
 * CommandError for what a user can mend; prints nothing itself.
 */
import type { AnyObject, Stored } from '../../machines/api/view.ts';
import { renderKey } from '../../machines/trace/about.ts';
import { didYouMean } from '../../machines/trace/nearest.ts';
import { notFound } from '../../machines/trace/past.ts';
import { presentObjects } from '../../machines/trace/present.ts';
import type { StepTraced, TraceRecord } from '../../machines/trace/record.ts';
import type { Situation } from '../../machines/trace/why-not/situation.ts';
import { type Explanation, explain } from '../../machines/trace/why-not.ts';
import { explanationText } from '../../machines/trace/why-not-text.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { Printed } from './at-command.ts';
import { readHistory } from './history-source.ts';
import { keyOf, knownState, type ObjectCommand } from './why-command.ts';

/** Explains an object. */
export async function readWhyNot(command: ObjectCommand, condition?: string): Promise<Printed> {
  const key = keyOf(command);
  const past = await readHistory(command);
  const { object, deleted } = knownState(past, key);
  const storage = key.split('/').slice(0, 2).join('/');
  if (deleted !== undefined) {
    const error = `${notFound(storage, key)}: it was deleted at revision ${deleted.revision}`;
    throw new CommandError(
      error,
      EXIT.failed,
      `Ask \`kabuki trace why ${command.object}\` by whom.`,
    );
  }
  const situation: Situation = {
    objects: presentObjects(past.history),
    nowMs: past.wall.nowMs,
    steps: stepsByActor(past.records),
  };
  const explanation = explain(storage, object as Stored<AnyObject>, condition, situation);
  if (!explanation.ok) throw unknownCondition(key, condition ?? '', explanation.conditions);
  const stdout =
    command.output === 'json'
      ? explanationJson(key, explanation)
      : explanationText(renderKey(key), explanation, situation);
  return { stdout, notes: past.warnings };
}

function unknownCondition(key: string, condition: string, has: readonly string[]): CommandError {
  const list = has.length === 0 ? 'it has none' : `it has ${has.join(', ')}`;
  const error = `${renderKey(key)} has no condition "${condition}"${didYouMean(condition, has)}`;
  return new CommandError(
    error,
    EXIT.usage,
    `Conditions: ${list}. Without one, all it waits for is told.`,
  );
}

function explanationJson(key: string, explanation: Extract<Explanation, { ok: true }>): string {
  const { condition, status, holds, waits } = explanation;
  return `${JSON.stringify({ key, condition, status, holds, waits }, undefined, 2)}\n`;
}

function stepsByActor(records: readonly TraceRecord[]): Situation['steps'] {
  const byActor = new Map<string, StepTraced[]>();
  for (const record of records) {
    if (record.type !== 'step') continue;
    const steps = byActor.get(record.actor);
    if (steps === undefined) byActor.set(record.actor, [record]);
    else steps.push(record);
  }
  for (const steps of byActor.values()) steps.sort((one, other) => one.atMs - other.atMs);
  return (actor) => byActor.get(actor) ?? [];
}
