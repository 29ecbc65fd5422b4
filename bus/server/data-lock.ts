/**
 * The lock on a data directory: one live process holds it, and a holder that died holds nothing.
 * A holder is named by process id and start time, so that a reused process id is never taken for it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processStartTime } from './process-table.ts';

const attemptsMax = 10;

/** Who holds a data directory. */
export interface LockHolder {
  readonly pid: number;
  /** When the holder started, in the system's own words; compared, never read. */
  readonly startTime: string;
}

/** A lock that is held until `release`. */
export interface DataLock {
  release(): Promise<void>;
}

/** Another live process holds the data directory. */
export class DataDirectoryInUseError extends Error {
  readonly dataDir: string;
  readonly pid: number;

  constructor(dataDir: string, pid: number) {
    super(`the data directory ${dataDir} is in use by process ${pid}`);
    this.name = 'DataDirectoryInUseError';
    this.dataDir = dataDir;
    this.pid = pid;
  }
}

/** Takes the lock of a data directory, or throws DataDirectoryInUseError. */
export async function lockDataDirectory(dataDir: string): Promise<DataLock> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'lock');
  const nonce = randomBytes(8).toString('hex');
  const startTime = (await processStartTime(process.pid)) ?? '';
  const text = JSON.stringify({ pid: process.pid, startTime, nonce });
  const draft = `${path}.draft.${nonce}`;
  await writeFile(draft, text, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const current = await readFile(path, 'utf8').catch(() => undefined);
      const taken =
        current === undefined
          ? await linkNew(draft, path)
          : await takeOver(dataDir, path, draft, current);
      if (taken) return { release: () => release(path, text) };
    }
    throw new Error(`the lock of ${dataDir} keeps changing hands`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The live process that holds a data directory, if there is one. */
export async function lockHolder(dataDir: string): Promise<LockHolder | undefined> {
  return liveHolder(await readFile(join(dataDir, 'lock'), 'utf8').catch(() => ''));
}

/** Whose lock a text is, if that process is alive. An empty or torn text is nobody's. */
async function liveHolder(text: string): Promise<LockHolder | undefined> {
  let value: Partial<LockHolder>;
  try {
    value = JSON.parse(text) as Partial<LockHolder>;
  } catch {
    return undefined;
  }
  const { pid, startTime } = value;
  if (typeof pid !== 'number' || typeof startTime !== 'string') return undefined;
  return (await processStartTime(pid)) === startTime ? { pid, startTime } : undefined;
}

/** Makes `path` appear with the whole content of `draft`; false where it is already there. */
async function linkNew(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a dead holder's lock. Only who owns the guard named after that very lock may replace it, so
 * a slow contender can never replace a newer one. A guard whose owner died is cleared for another try.
 */
async function takeOver(
  dataDir: string,
  path: string,
  draft: string,
  dead: string,
): Promise<boolean> {
  const holder = await liveHolder(dead);
  if (holder !== undefined) throw new DataDirectoryInUseError(dataDir, holder.pid);
  const guard = `${path}.over.${createHash('sha256').update(dead).digest('hex').slice(0, 16)}`;
  if (!(await linkNew(draft, guard))) {
    const other = await readFile(guard, 'utf8').catch(() => undefined);
    if (other === undefined) return false;
    const owner = await liveHolder(other);
    if (owner !== undefined) throw new DataDirectoryInUseError(dataDir, owner.pid);
    await rm(guard, { force: true });
    return false;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) !== dead) return false;
    await rename(draft, path);
    return true;
  } finally {
    await rm(guard, { force: true });
  }
}

async function release(path: string, text: string): Promise<void> {
  const current = await readFile(path, 'utf8').catch(() => '');
  if (current === text) await rm(path, { force: true });
}
