/** `kabuki trace at WHEN state ACTOR`: how an actor was. Throws CommandError for what a user can mend. */
import { actorAt, actorsLike, renderActorPast } from '../../machines/trace/actor-past.ts';
import { formatMoment } from '../../machines/trace/moment.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { Printed } from './at-command.ts';
import { locateIn, readHistory } from './history-source.ts';
import type { SourceOptions } from './source.ts';

/** The command as it was given. */
export interface AtStateCommand extends SourceOptions {
  readonly when: string;
  /** `kind/id`. */
  readonly actor: string;
  readonly isJson: boolean;
}

/** Carries it out. */
export async function readActorAt(command: AtStateCommand): Promise<Printed> {
  const past = await readHistory(command);
  const { records, wall, warnings, sinceMs } = past;
  const { revision, atMs } = locateIn(past, command.when);
  const clock = (ms: number): string => formatMoment(ms, wall);
  const found = actorAt(records, command.actor, atMs);
  if (found.length === 0) {
    const from = sinceMs === undefined ? '' : `; there are records since ${clock(sinceMs)}`;
    const like = actorsLike(records, command.actor);
    throw new CommandError(
      `nothing is on record of ${command.actor} until ${clock(atMs)}${from}`,
      EXIT.failed,
      like.length === 0 ? '' : `There is something of ${like.join(', ')}.`,
    );
  }
  const text = found.map((one) => renderActorPast(one, clock)).join('\n\n');
  const stdout = command.isJson ? JSON.stringify(found, undefined, 2) : text;
  const notes = [`revision ${revision}, ${clock(atMs)}:`, ...warnings];
  return { stdout: `${stdout}\n`, notes };
}
