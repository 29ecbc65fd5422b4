/**
 * The journal of live chaos: what was done to which process, written before it is done, so that everything can be
 * undone after the supervisor itself has died.
 *
 *     <data>/chaos.json     there only while a fault is at work
 *
 * A process is named by its id and its start time, and signalled only where both still fit.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStartTime } from '../../bus/server/process-table.ts';
import type { ActiveFault } from './protocol.ts';

/** A process by what tells it from a later one with the same id. */
export interface ProcessMark {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

/** What the file holds. */
export interface Journal {
  readonly cluster: string;
  readonly supervisor: ProcessMark;
  readonly faults: readonly ActiveFault[];
  /** Processes that were stopped by a signal and must be continued. */
  readonly stopped: readonly ProcessMark[];
}

const pathOf = (dataDir: string): string => join(dataDir, 'chaos.json');

/** Writes the journal whole; removes it where nothing is at work. */
export function writeJournal(dataDir: string, journal: Journal): void {
  const path = pathOf(dataDir);
  if (journal.faults.length === 0 && journal.stopped.length === 0) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, `${JSON.stringify(journal, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The journal of a data directory; undefined where no fault is at work. */
export function readJournal(dataDir: string): Journal | undefined {
  const path = pathOf(dataDir);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Journal) : undefined;
}

/** Names a process that runs; undefined where it does not. */
export async function markOf(name: string, pid: number): Promise<ProcessMark | undefined> {
  const startTime = pid > 1 ? await processStartTime(pid) : undefined;
  return startTime === undefined ? undefined : { name, pid, startTime };
}

/** True while the process that was marked runs; a zombie does not. */
export async function isMarked({ pid, startTime }: ProcessMark): Promise<boolean> {
  return (await processStartTime(pid)) === startTime;
}

/** Sends a signal to a process, if it is still the same; false where it is gone. */
export async function signalMarked(mark: ProcessMark, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isMarked(mark))) return false;
  try {
    process.kill(mark.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** The journal of a supervisor that is dead; undefined where there is none, or it lives and can undo by itself. */
export async function orphanedJournal(dataDir: string): Promise<Journal | undefined> {
  const journal = readJournal(dataDir);
  return journal === undefined || (await isMarked(journal.supervisor)) ? undefined : journal;
}

/**
 * Undoes what a dead supervisor left behind: continues every process it had stopped. Rules end by their deadlines, and
 * its proxies ended with it. Gives the names of those continued.
 */
export async function undoJournal(dataDir: string): Promise<readonly string[]> {
  const journal = readJournal(dataDir);
  if (journal === undefined) return [];
  const continued: string[] = [];
  for (const mark of journal.stopped) {
    if (await signalMarked(mark, 'SIGCONT')) continued.push(mark.name);
  }
  rmSync(pathOf(dataDir), { force: true });
  return continued;
}
