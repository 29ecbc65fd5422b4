/** Built-in containers that are told to end while they start: after a kubelet's restart both come at once. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Run } from '../../actors/kubelet/process/run.ts';
import type { RunRecord } from '../../actors/kubelet/process/state-dir.ts';
import { choosePorts } from '../../bus/server/ports.ts';

const RECORD: RunRecord = {
  ...{ id: 'c1', uid: 'u1', container: 'echo', attempt: 0, imageId: 'echo:1', builtin: 'echo' },
  ...{ words: [], env: {}, cwd: '/', isolation: 'plain', stdin: false, stdinOnce: false },
  ...{ tty: false, stopSignal: 'SIGTERM', user: null, group: null, messageFromLogs: false },
  startedAtMs: 0,
};

test('an adopted container that is stopped at once ends, and leaves its address', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kabuki-builtin-'));
  mkdirSync(join(dir, 'run'));
  const [port = 0] = await choosePorts(1);
  const record = { ...RECORD, env: { PORT: String(port) } };
  const run = new Run(record, join(dir, 'run'), join(dir, 'log'));
  const exited = new Promise<number>((resolve) => {
    run.onExit = ({ exitCode }) => resolve(exitCode);
  });
  const adopted = run.adopt('127.0.0.1');
  run.stop(30_000);
  expect(await exited).toBe(0);
  await adopted;
  const refused = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve('connected');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  expect(refused).toBe('ECONNREFUSED');
  rmSync(dir, { recursive: true, force: true });
}, 10_000);
