/** The line between `kabuki chaos` and a supervisor: commands, answers, what is seen, and an end on either side. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Control, connectControl } from '../../actors/chaos/control-client.ts';
import { controlPath } from '../../actors/chaos/control-line.ts';
import { type ControlServer, openControl, type Peer } from '../../actors/chaos/control-server.ts';
import { createLineHandler } from '../../actors/chaos/line-handler.ts';
import type { ChaosAnswer, LineCommand } from '../../actors/chaos/protocol.ts';
import { RunTurn } from '../../actors/chaos/run-turn.ts';
import type { Observation } from '../../machines/chaos/observation.ts';

const ANSWER: ChaosAnswer = { ok: true, did: [], faults: [], processes: [] };
const PHASE: Observation = { type: 'phase', phase: 'faults', atMs: 1 };

let dataDir: string;
let server: ControlServer;
let control: Control;
let handle: (command: LineCommand, peer: Peer) => Promise<ChaosAnswer>;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'kabuki-line-'));
  handle = async () => ANSWER;
  server = await openControl({ dataDir, handle: (command, peer) => handle(command, peer) });
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

/** A handler that notes what it carries out, and a second end of the line. */
async function runners() {
  const turn = new RunTurn();
  const done: string[] = [];
  handle = createLineHandler(turn, async (command) => {
    done.push(command.do);
    return ANSWER;
  });
  return { turn, done, other: await connectControl(dataDir) };
}

test('one scenario runs at a time; the next may when the first has released the turn', async () => {
  const { done, other } = await runners();
  expect(await control.ask({ do: 'claim', who: 'first' })).toEqual(ANSWER);
  expect(await other.ask({ do: 'claim', who: 'second' })).toMatchObject({
    ok: false,
    message: 'first is running, and one scenario runs at a time',
  });
  await control.ask({ do: 'release' });
  expect(done).toEqual(['status', 'watch', 'stop']);
  expect(await other.ask({ do: 'claim', who: 'second' })).toEqual(ANSWER);
  other.close();
});

test('what a run has begun is undone when it is gone without a word', async () => {
  const { turn, done, other } = await runners();
  await control.ask({ do: 'claim', who: 'first' });
  const freed = new Promise<void>((resolve) => {
    turn.onFree = resolve;
  });
  control.close();
  await freed;
  expect(done).toEqual(['status', 'watch', 'stop']);
  expect(await other.ask({ do: 'claim', who: 'second' })).toEqual(ANSWER);
  other.close();
});

test('a stop by somebody else ends the run, its own does not', async () => {
  const { other } = await runners();
  let stopped = 0;
  control.onStopped = () => {
    stopped += 1;
  };
  await control.ask({ do: 'claim', who: 'first' });
  await control.ask({ do: 'stop' });
  await control.ask({ do: 'status' });
  expect(stopped).toBe(0);
  await other.ask({ do: 'stop' });
  await control.ask({ do: 'status' });
  expect(stopped).toBe(1);
  other.close();
});
