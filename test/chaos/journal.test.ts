/** What a supervisor that died has left stopped goes on: by the journal, and by the guard without anybody's help. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type Journal,
  orphanedJournal,
  readJournal,
  undoJournal,
  writeJournal,
} from '../../actors/chaos/journal.ts';
import { eventually } from '../e2e/cluster.ts';
import { type StoppedProcess, stoppedProcess } from './stopped-process.ts';

let dataDir: string;
let stopped: StoppedProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kabuki-journal-'));
  stopped = await stoppedProcess('node-1');
  await eventually(async () => stopped.isStopped());
});

afterEach(() => {
  stopped.end();
  rmSync(dataDir, { recursive: true, force: true });
});

const journalOf = (more: Partial<Journal> = {}): Journal => ({
  ...{ cluster: 'kabuki', faults: [], stopped: [stopped.mark] },
  supervisor: { name: 'supervisor', pid: 2 ** 22 - 1, startTime: 'gone' },
  ...more,
});

test('a journal whose supervisor is dead is undone, once', async () => {
  writeJournal(dataDir, journalOf());
  expect(await orphanedJournal(dataDir)).toBeDefined();
  expect(await undoJournal(dataDir)).toEqual(['node-1']);
  await eventually(async () => !stopped.isStopped());
  expect(await undoJournal(dataDir)).toEqual([]);
});

test('a later process of the same id is left alone', async () => {
  writeJournal(dataDir, journalOf({ stopped: [{ ...stopped.mark, startTime: 'earlier' }] }));
  expect(await undoJournal(dataDir)).toEqual([]);
  expect(stopped.isStopped()).toBe(true);
  expect(readJournal(dataDir)).toBeUndefined();
});

test('the guard runs the command when its supervisor dies, and not while it lives', async () => {
  const root = join(import.meta.dirname, '../..');
  const script = join(dataDir, 'kabuki.mjs');
  // In place of `kabuki chaos stop`, which the end-to-end tests run.
  writeFileSync(script, `process.kill(${stopped.mark.pid}, 'SIGCONT');`);
  const supervisor = spawn(
    process.execPath,
    [
      ...['--input-type=module', '-e'],
      `const { createGuard } = await import('${root}/dist/actors/chaos/guard.js');
       await createGuard({ script: '${script}', dataDir: '${dataDir}', env: process.env }).start();
       console.log('guarded');
       setInterval(() => {}, 1_000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise((resolve) => supervisor.stdout.once('data', resolve));
  expect(stopped.isStopped()).toBe(true);
  supervisor.kill('SIGKILL');
  await eventually(async () => !stopped.isStopped());
});
