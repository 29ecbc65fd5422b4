/** Reads the past of a cluster or of a file: its records, their graph and the history of objects. */
import { History } from '../../machines/trace/history.ts';
import { MOMENT_FORMS, parseMoment, type Wall } from '../../machines/trace/moment.ts';
import { locate } from '../../machines/trace/past.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { type Recorded, readGraph, type SourceOptions } from './source.ts';

/** For how long the store keeps the mark of a deletion, less what clocks may differ, milliseconds. */
const DELETIONS_KEPT_MS = 590_000;

/** What `readSource` gives, with its history, and the clock to tell it by. */
export type RecordedPast = Awaited<ReturnType<typeof readGraph>> & {
  readonly history: History;
  readonly wall: Wall;
};

/** Reads everything there is. Throws CommandError. */
export async function readHistory(options: SourceOptions): Promise<RecordedPast> {
  const recorded = await readGraph(options);
  const wall = userWall(options.file === undefined ? undefined : recorded);
  const live = options.file === undefined ? wall.nowMs - DELETIONS_KEPT_MS : Infinity;
  const completeMs = Math.min(recorded.sinceMs ?? Infinity, live);
  const known = Number.isFinite(completeMs) ? completeMs : undefined;
  return { ...recorded, history: new History(recorded.records, known), wall };
}

/** The user's clock; of a file it stands where the file ends. */
function userWall(file: Recorded | undefined): Wall {
  const now = Date.now();
  const offsetMs = -new Date(now).getTimezoneOffset() * 60_000;
  const endMs = file?.records.reduce((last, { atMs }) => Math.max(last, atMs), 0);
  return { nowMs: endMs === undefined ? now : endMs, offsetMs };
}

/** Where in it a moment is, as a user wrote it. Throws CommandError. */
export function locateIn(
  { history, wall }: RecordedPast,
  when: string,
): { readonly revision: number; readonly atMs: number } {
  const moment = parseMoment(when, wall);
  if (moment === undefined) {
    throw new CommandError(`"${when}" is no moment`, EXIT.usage, `Give ${MOMENT_FORMS}.`);
  }
  const located = locate(history, moment, wall);
  if (!located.ok) throw new CommandError(located.error);
  return located;
}
