/** Playing what has come: in time, slower, step by step, with silence cut and nothing shown that is not so. */
import { expect, test } from 'vitest';
import type { Change, FlownMessage } from '../../actors/page/protocol.ts';
import { Playback, WAITING_MAX } from '../../actors/page/web/playback.ts';

const START = 100_000;

const message = (atMs: number): FlownMessage => ({
  ...{ id: `m${atMs}`, atMs: START + atMs, from: 'client', to: 'apiserver', kind: 'request' },
  what: '',
});
const change = (atMs: number): Change => ({ atMs: START + atMs, pod: ['p', 'n', 'ready'] });

function playing(...times: readonly number[]): Playback {
  const playback = new Playback();
  playback.reset(START);
  const messages = times.map(message);
  playback.add({ atMs: START + 10_000, messages, changes: [change(50)] });
  return playback;
}

const idsIn = (shown: { readonly messages: readonly FlownMessage[] }) =>
  shown.messages.map(({ id }) => id);

test('in time, it shows what has come, and what is late at once', () => {
  const playback = playing(10, 20);
  expect(idsIn(playback.pass(16))).toEqual(['m10', 'm20']);
  expect(playback.waiting).toBe(0);
});

test('slowed down, time passes slower, in the order of what happened', () => {
  const playback = playing(30, 10, 60);
  playback.speed = 0.01;
  expect(idsIn(playback.pass(1_000))).toEqual(['m10']);
  expect(idsIn(playback.pass(2_000))).toEqual(['m30']);
  expect(playback.pass(2_000).changes).toHaveLength(1);
  expect(playback.behindMs).toBeGreaterThan(9_000);
});

test('slowed down, silence is cut', () => {
  const playback = playing(5_000);
  playback.speed = 0.01;
  // Before the pod's change at 50 ms, and before the message of seconds later.
  for (let silence = 0; silence < 2; silence += 1) {
    playback.pass(16);
    playback.pass(1_200);
  }
  expect(playback.waiting).toBe(0);
});

test('paused, nothing moves but by steps, each to the next message', () => {
  const playback = playing(10, 20, 60);
  playback.paused = true;
  expect(idsIn(playback.pass(60_000))).toEqual([]);
  expect(idsIn(playback.step())).toEqual(['m10']);
  expect(idsIn(playback.step())).toEqual(['m20']);
  // What became of a pod meanwhile comes with the message after it.
  expect(playback.step()).toMatchObject({ messages: [{ id: 'm60' }], changes: [{}] });
  expect(idsIn(playback.step())).toEqual([]);
});

test('what has waited is passed over on the way to the present, but what became of pods', () => {
  const playback = playing(10, 20);
  playback.speed = 0.001;
  expect(playback.catchUp()).toMatchObject({ messages: [], changes: [{}] });
  expect(playback.behindMs).toBe(0);
});

test('too many messages are left out and counted; changes are kept', () => {
  const playback = playing();
  playback.paused = true;
  const messages = Array.from({ length: WAITING_MAX + 500 }, (_, at) => message(100 + at));
  playback.add({ atMs: START + 20_000, messages, changes: [] });
  expect(playback.waiting).toBe(WAITING_MAX);
  expect(playback.skipped).toBe(501);
  playback.paused = false;
  expect(playback.catchUp().changes).toHaveLength(1);
});

test('of very many changes the last of each is kept', () => {
  const playback = playing();
  playback.paused = true;
  const changes = Array.from({ length: WAITING_MAX * 2 }, (_, at) => change(100 + at));
  playback.add({ atMs: START + 20_000, messages: [], changes });
  expect(playback.waiting).toBe(1);
  expect(playback.catchUp().changes).toEqual([changes.at(-1)]);
});
