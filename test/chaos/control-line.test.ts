/** The line between `kabuki chaos` and a supervisor: commands, answers, what is seen, and an end on either side. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Control, connectControl } from '../../actors/chaos/control-client.ts';
import { controlPath } from '../../actors/chaos/control-line.ts';
import { type ControlServer, openControl } from '../../actors/chaos/control-server.ts';
import type { ChaosAnswer, ChaosCommand } from '../../actors/chaos/protocol.ts';
import type { Observation } from '../../machines/chaos/observation.ts';

const ANSWER: ChaosAnswer = { ok: true, did: [], faults: [], processes: [] };
const PHASE: Observation = { type: 'phase', phase: 'faults', atMs: 1 };

let dataDir: string;
let server: ControlServer;
let control: Control;
let handle: (command: ChaosCommand) => Promise<ChaosAnswer>;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kabuki-line-'));
  handle = async () => ANSWER;
  server = await openControl({ dataDir, handle: (command) => handle(command) });
  control = await connectControl(dataDir);
});

afterEach(async () => {
  control.close();
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('each command gets its own answer, in whatever order they come', async () => {
  let first = (_: ChaosAnswer): void => {};
  handle = ({ do: what }) =>
    what === 'stop' ? Promise.resolve(ANSWER) : new Promise((resolve) => (first = resolve));
  const slow = control.ask({ do: 'status' });
  expect(await control.ask({ do: 'stop' })).toEqual(ANSWER);
  first({ ok: false, message: 'no', advice: 'later' });
  expect(await slow).toEqual({ ok: false, message: 'no', advice: 'later' });
});

test('who listens hears everything that is seen, in order', async () => {
  const heard: Observation[] = [];
  const listening = control.listen((batch) => heard.push(...batch));
  await control.ask({ do: 'status' });
  server.tell([PHASE]);
  server.tell([{ ...PHASE, atMs: 2 }]);
  await control.ask({ do: 'status' });
  expect(heard.map(({ atMs }) => atMs)).toEqual([1, 2]);
  listening.close();
  server.tell([PHASE]);
  await control.ask({ do: 'status' });
  expect(heard).toHaveLength(2);
});

test('a question to a supervisor that goes away fails, and so does a later one', async () => {
  handle = () => new Promise(() => {});
  const asked = control.ask({ do: 'status' });
  await server.close();
  await expect(asked).rejects.toThrow('it has gone');
  await expect(control.ask({ do: 'status' })).rejects.toThrow('it has gone');
  await expect(connectControl(dataDir)).rejects.toThrow(/ENOENT|ECONNREFUSED/);
});

test('nobody else of the host may speak, and what is no command ends the connection alone', async () => {
  expect(statSync(controlPath(dataDir)).mode & 0o777).toBe(0o600);
  const stranger = connect(controlPath(dataDir), () => stranger.write('hello\n'));
  await new Promise((resolve) => stranger.once('close', resolve));
  expect(await control.ask({ do: 'status' })).toEqual(ANSWER);
});

test('a path that is too long for a socket is shortened, the same for both ends', () => {
  const long = join(tmpdir(), 'x'.repeat(150));
  expect(controlPath(long).length).toBeLessThan(100);
  expect(controlPath(long)).toBe(controlPath(long));
  expect(controlPath(`${long}y`)).not.toBe(controlPath(long));
});
