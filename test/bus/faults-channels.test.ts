/** Channels under faults of single frames: nothing is missed, and nothing stands still. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../actors/clock.ts';
import type { Bus, Channel } from '../../bus/bus.ts';
import { CHANNEL_WINDOW } from '../../bus/channels.ts';
import { createMessageRules } from '../../bus/faults/message-rules.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import { envelopeFrom, type Seen } from './contract.ts';

const said = envelopeFrom('test/channels');

/** Two buses on a clock that the test moves, and rules between them. */
function setup() {
  const virtual = createVirtualClock(0);
  const later = (delayMs: number, fire: () => void) => virtual.at(virtual.nowMs() + delayMs, fire);
  const rules = createMessageRules(() => 0.5);
  const near = createVirtualBus({
    name: 'near',
    clock: { nowMs: () => virtual.nowMs(), setTimer: later },
    schedule: (deliver, hop) => {
      for (const ms of rules.decide(hop) ?? [0]) later(ms, deliver);
    },
  });
  const pass = async (ms: number) => {
    const end = virtual.nowMs() + ms;
    const next = () => virtual.nextMs() ?? Number.POSITIVE_INFINITY;
    const settled = async () => {
      for (let i = 0; i < 10; i += 1) await Promise.resolve();
    };
    await settled();
    for (; next() <= end; await settled()) virtual.advanceTo(next());
    virtual.advanceTo(end);
  };
  return { rules, near: near as Bus, far: near.connect('far') as Bus, pass };
}

function noteInto(channel: Channel): Seen {
  const seen: Seen = { messages: [], end: undefined };
  channel.onMessage = (body) => seen.messages.push(body);
  channel.onEnd = (end) => {
    seen.end = end;
  };
  return seen;
}

type Setup = ReturnType<typeof setup>;

/** A channel from near to far; both sides. */
async function opened({ near, far, pass }: Setup): Promise<[Channel, Channel]> {
  const accepted: Channel[] = [];
  far.serve('k.c', (opening) => accepted.push(opening.accept()));
  const opening = near.open('k.c', 0, said, 1000);
  await pass(1);
  const result = await opening;
  if (!result.ok) throw new Error(result.error);
  return [result.channel, accepted[0]!];
}

test('lost credit is told again, and a sender that waits for it goes on', async () => {
  const one = setup();
  const [here, there] = await opened(one);
  const seen = noteInto(here);
  noteInto(there);
  one.rules.set('no credit', { from: 'near', to: 'far', effect: { kind: 'drop' } });
  const total = CHANNEL_WINDOW * 2;
  for (let i = 0; i < total; i += 1) there.send(i);
  await one.pass(100);
  expect(seen.messages).toHaveLength(CHANNEL_WINDOW);
  one.rules.clear();
  await one.pass(6000);
  expect(seen).toEqual({ messages: Array.from({ length: total }, (_, i) => i), end: undefined });
});

test('an opening that arrives twice is served once', async () => {
  const one = setup();
  const openings: unknown[] = [];
  const ends: unknown[] = [];
  one.rules.set('twice', { subject: 'k.c', effect: { kind: 'duplicate' } });
  one.far.serve('k.c', (opening) => {
    openings.push(opening.body);
    opening.accept().onEnd = (end) => ends.push(end);
  });
  for (const body of ['first', 'second']) {
    const opening = one.near.open('k.c', body, said, 1000);
    await one.pass(100);
    const result = await opening;
    if (!result.ok) throw new Error(result.error);
    result.channel.end(body);
    await one.pass(100);
  }
  expect(openings).toEqual(['first', 'second']);
  expect(ends).toMatchObject([{ body: 'first' }, { body: 'second' }]);
});

test('what came before a loss is handed on, also to an opener that has just got the channel', async () => {
  const one = setup();
  one.far.serve('k.c', (opening) => {
    const channel = opening.accept();
    for (let i = 1; i <= 5; i += 1) channel.send(i);
    one.rules.set('loss', { effect: { kind: 'drop' } });
    channel.send(6);
    one.rules.clear();
    channel.send(7);
  });
  const seen: Seen[] = [];
  // All frames arrive before the opener can set its handlers.
  void one.near.open('k.c', 0, said, 1000).then(async (result) => {
    await Promise.resolve();
    if (result.ok) seen.push(noteInto(result.channel));
  });
  await one.pass(10);
  expect(seen).toEqual([
    { messages: [1, 2, 3, 4, 5], end: { kind: 'lost', reason: 'messages were lost on the way' } },
  ]);
});

test('a lost channel that nobody reads ends all the same', async () => {
  const one = setup();
  const [here, there] = await opened(one);
  const ends: unknown[] = [];
  here.onEnd = (end) => ends.push(end);
  there.send(1);
  await one.pass(10);
  one.rules.set('cut', { effect: { kind: 'cut' } });
  await one.pass(9000);
  expect(ends).toEqual([{ kind: 'lost', reason: 'the peer is silent' }]);
});
