/** The bus contract: one suite, run over every kind of bus. Titles start with the rule they check. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ASSURE_EVERY_MS } from '../../bus/assurance.ts';
import type { Bus, Channel, ChannelEnd, Message, Opening, Respond } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { until } from '../store/server.ts';

/** Two buses on one network, and the faults the suite may inject. */
export interface BusPair {
  readonly near: Bus;
  readonly far: Bus;
  /** Cuts the near bus off so that nothing passes, without telling anybody else. */
  silenceNear(): void;
  /** Ends the near connection, visibly for the near side, and brings it back. */
  bounceNear(): Promise<void>;
  /** Resolves when all that was sent and subscribed is in effect. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

const ids = createIds(systemRandom());

/** An envelope of a test. */
export function envelopeFrom(from: string, ...causes: string[]): Envelope {
  return { id: ids.messageId(), from, causes, traceparent: ids.traceparent() };
}

const asked = envelopeFrom('test/asker', 'cause-1', 'cause-2');
const answered = envelopeFrom('test/answerer', asked.id);

/** Runs the suite over buses made by `make`. */
export function busContract(name: string, make: () => Promise<BusPair>): void {
  describe(name, () => {
    let pair: BusPair;
    beforeEach(async () => {
      pair = await make();
    });
    afterEach(() => pair.stop());

    messageRules(() => pair);
    requestRules(() => pair);
    channelRules(() => pair);
    flowRules(() => pair);
    lossRules(() => pair);
  });
}

function messageRules(pair: () => BusPair): void {
  test('B1 tell: every subscriber gets each message once, in order, with its envelope', async () => {
    const { near, far, settle } = pair();
    const got: Message[][] = [[], []];
    far.subscribe('t.a.b', (message) => got[0]!.push(message));
    near.subscribe('t.*.b', (message) => got[1]!.push(message));
    far.subscribe('t.a', () => got[0]!.push({} as Message));
    await settle();
    for (let i = 0; i < 100; i += 1) near.tell('t.a.b', { i }, asked);
    await until(() => got.every((messages) => messages.length >= 100), 'all messages are in');
    for (const messages of got) {
      expect(messages.map((message) => message.body)).toEqual(
        Array.from({ length: 100 }, (_, i) => ({ i })),
      );
      expect(messages[7]).toEqual({ subject: 't.a.b', envelope: asked, body: { i: 7 } });
    }
  });

  test('B2 patterns: `*` is one token, `>` is one or more', async () => {
    const { near, far, settle } = pair();
    const got: string[] = [];
    far.subscribe('p.*.c', ({ subject }) => got.push(`star ${subject}`));
    far.subscribe('p.>', ({ subject }) => got.push(`rest ${subject}`));
    await settle();
    for (const subject of ['p', 'p.b', 'p.b.c', 'p.b.c.d', 'q.b.c']) near.tell(subject, 0, asked);
    near.tell('p.end', 0, asked);
    await until(() => got.includes('rest p.end'), 'the last message is in');
    expect(got.sort()).toEqual(
      ['rest p.b', 'rest p.b.c', 'rest p.b.c.d', 'rest p.end', 'star p.b.c'].sort(),
    );
  });

  test('B3 queue groups: one member of each group gets a message', async () => {
    const { near, far, settle } = pair();
    const got: string[] = [];
    for (const member of ['a', 'b', 'c']) {
      far.subscribe('q', ({ body }) => got.push(`${member} ${body}`), { queue: 'group' });
    }
    near.subscribe('q', ({ body }) => got.push(`other ${body}`), { queue: 'another' });
    await settle();
    for (let i = 0; i < 60; i += 1) near.tell('q', i, asked);
    await until(() => got.length >= 120, 'all messages are in');
    const numbers = got.map((text) => text.split(' ')[1]).sort();
    expect(new Set(numbers).size).toBe(60);
    expect(numbers).toHaveLength(120);
    expect(new Set(got.map((text) => text.split(' ')[0])).size).toBeGreaterThan(2);
  });

  test('B4 close: a closed subscription gets nothing more', async () => {
    const { near, far, settle } = pair();
    const got: unknown[] = [];
    const closing = far.subscribe('c', ({ body }) => got.push(body));
    const marker: unknown[] = [];
    far.subscribe('c', ({ body }) => marker.push(body));
    await settle();
    near.tell('c', 1, asked);
    await until(() => marker.length === 1, 'the first message is in');
    closing.close();
    closing.close();
    await settle();
    near.tell('c', 2, asked);
    await until(() => marker.length === 2, 'the second message is in');
    expect(got).toEqual([1]);
  });

  test('B5 bodies: plain data arrives as it was sent', async () => {
    const { near, far, settle } = pair();
    far.subscribe('echo', ({ body }, respond) => respond(body, answered));
    await settle();
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          tie('value'),
          {
            maxKeys: 5,
          },
        ),
      ),
    })).value;
    const property = fc.asyncProperty(plain, async (body) => {
      const reply = await near.request('echo', body, asked, 5000);
      expect(reply.ok && reply.body).toEqual(JSON.parse(JSON.stringify(body)));
    });
    await fc.assert(property, { numRuns: 100 });
    const bytes = await near.request('echo', new Uint8Array([0, 255, 7]), asked, 5000);
    expect(bytes.ok && Array.from(bytes.body as Uint8Array)).toEqual([0, 255, 7]);
  });

  test('B6 bodies: what is too large is refused where it is sent, and nothing breaks', async () => {
    const { near, far, settle } = pair();
    far.subscribe('echo', (_, respond) => respond('small', answered));
    await settle();
    const large = new Uint8Array(5 * 1024 * 1024);
    expect(() => near.tell('echo', large, asked)).toThrow(/exceeds the \d+ bytes/);
    await expect(near.request('echo', large, asked, 1000)).rejects.toThrow(/exceeds/);
    const megabytes = new Uint8Array(3 * 1024 * 1024);
    expect(await near.request('echo', megabytes, asked, 5000)).toMatchObject({ ok: true });
  });
}

function requestRules(pair: () => BusPair): void {
  test('B7 request: one reply with its envelope; later answers do nothing', async () => {
    const { near, far, settle } = pair();
    far.subscribe('r', ({ envelope, body }, respond) => {
      respond({ body, cause: envelope.id }, answered);
      respond('again', answered);
    });
    await settle();
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) => near.request('r', i, asked, 5000)),
    );
    for (const [i, reply] of replies.entries()) {
      expect(reply).toEqual({ ok: true, body: { body: i, cause: asked.id }, envelope: answered });
    }
  });

  test('B8 request: nobody listens, or nobody answers', async () => {
    const { near, far, settle } = pair();
    far.subscribe('mute', () => {});
    await settle();
    const started = Date.now();
    expect(await near.request('nobody', 0, asked, 5000)).toEqual({
      ok: false,
      error: 'no responders',
    });
    expect(Date.now() - started).toBeLessThan(3000);
    expect(await near.request('mute', 0, asked, 100)).toEqual({ ok: false, error: 'timeout' });
  });

  test('B18 request: whoever assures is waited for, and its end is noticed before the deadline', async () => {
    const { near, far, settle, silenceNear } = pair();
    const timeout = { ok: false, error: 'timeout' };
    const open: { readonly isAwaited: () => boolean; readonly respond: Respond }[] = [];
    far.subscribe(
      'slow',
      ({ isAwaited = () => false }, respond) => open.push({ isAwaited, respond }),
      { assures: true },
    );
    far.subscribe('mute', () => {});
    await settle();
    const waits = near.request('slow', 0, asked, 60_000, SILENT_MS);
    const late = near.request('slow', 0, asked, SILENT_MS + ASSURE_EVERY_MS, SILENT_MS);
    expect(await near.request('mute', 0, asked, 60_000, SILENT_MS)).toEqual(timeout);
    expect(await late).toEqual(timeout);
    // Both were heard of for longer than a silence lasts.
    expect(open[0]?.isAwaited()).toBe(true);
    open[0]?.respond('at last', answered);
    expect(await waits).toMatchObject({ ok: true, body: 'at last' });
    const lost = near.request('slow', 0, asked, 60_000, SILENT_MS);
    await until(() => open.length === 3, 'the request is in');
    silenceNear();
    await until(() => open[2]?.isAwaited() === false, 'nobody is heard to wait', 12_000);
    expect(await lost).toMatchObject({ ok: false });
    expect(open[1]?.isAwaited()).toBe(false);
  });
}

/** A silence that assurances fall into. */
const SILENT_MS = 3 * ASSURE_EVERY_MS;

/** What a side of a channel saw. */
export interface Seen {
  readonly messages: unknown[];
  end: ChannelEnd | undefined;
}

/** Notes all that arrives on a channel. */
export function note(channel: Channel): Seen {
  const seen: Seen = { messages: [], end: undefined };
  channel.onMessage = (body) => seen.messages.push(body);
  channel.onEnd = (end) => {
    seen.end = end;
  };
  return seen;
}

/** Opens a channel to a subject that accepts everything; both sides. */
export async function channels({ near, far, settle }: BusPair): Promise<[Channel, Channel]> {
  const accepted: Channel[] = [];
  far.serve('channel', (opening) => accepted.push(opening.accept()));
  await settle();
  const result = await near.open('channel', 'hello', asked, 5000);
  if (!result.ok) throw new Error(`not opened: ${result.error}`);
  return [result.channel, accepted[0]!];
}

function channelRules(pair: () => BusPair): void {
  test('B9 channel: messages pass both ways in order, then the end with its body', async () => {
    const [here, there] = await channels(pair());
    const seenHere = note(here);
    const seenThere = note(there);
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    for (const i of numbers) here.send(i);
    for (const i of numbers) there.send(i + 1000);
    await until(() => seenHere.messages.length === 200, 'all messages are in');
    here.send('last');
    here.end({ code: 3 });
    await until(() => seenThere.end !== undefined, 'the end is in');
    expect(seenThere.messages).toEqual([...numbers, 'last']);
    expect(seenHere.messages).toEqual(numbers.map((i) => i + 1000));
    expect(seenThere.end).toEqual({ kind: 'ended', body: { code: 3 } });
    expect(there.send('late')).toBe(false);
    expect(seenHere.end).toBeUndefined();
  });

  test('B10 channel: what arrives before a handler is set is not lost', async () => {
    const { near, far, settle } = pair();
    const openings: Opening[] = [];
    far.serve('eager', (opening) => {
      openings.push(opening);
      const channel = opening.accept();
      channel.send(1);
      channel.send(2);
      channel.end('done');
    });
    await settle();
    const result = await near.open('eager', { a: 1 }, asked, 5000);
    if (!result.ok) throw new Error(result.error);
    await settle();
    const seen = note(result.channel);
    await until(() => seen.end !== undefined, 'the end is in');
    expect(seen).toEqual({ messages: [1, 2], end: { kind: 'ended', body: 'done' } });
    expect(openings[0]).toMatchObject({ subject: 'eager', envelope: asked, body: { a: 1 } });
  });

  test('B11 channel: refused, nobody serves, nobody decides', async () => {
    const { near, far, settle } = pair();
    far.serve('no', (opening) => opening.refuse({ reason: 'Forbidden' }));
    far.serve('never', () => {});
    far.subscribe('no', () => {
      throw new Error('an opening must not reach subscribers');
    });
    await settle();
    expect(await near.open('no', 0, asked, 5000)).toEqual({
      ok: false,
      error: 'refused',
      body: { reason: 'Forbidden' },
    });
    expect(await near.open('none', 0, asked, 5000)).toEqual({ ok: false, error: 'no responders' });
    expect(await near.open('never', 0, asked, 100)).toEqual({ ok: false, error: 'timeout' });
  });

  test('B12 channel: in a queue group one member serves, and its channels outlive its serving', async () => {
    const { near, far, settle } = pair();
    const served: string[] = [];
    const subscriptions = ['a', 'b'].map((member) =>
      far.serve(
        'group.serve',
        (opening) => {
          served.push(member);
          const channel = opening.accept();
          channel.onMessage = (body) => channel.send(body);
        },
        { queue: 'servers' },
      ),
    );
    await settle();
    const result = await near.open('group.serve', 0, asked, 5000);
    if (!result.ok) throw new Error(result.error);
    for (const subscription of subscriptions) subscription.close();
    await settle();
    const seen = note(result.channel);
    result.channel.send('still there');
    await until(() => seen.messages.length > 0, 'the echo is in');
    expect(served).toHaveLength(1);
    expect(seen.messages).toEqual(['still there']);
  });
}

function flowRules(pair: () => BusPair): void {
  test('B13 credit: a paused reader fills the window, a resumed one drains it', async () => {
    const { settle } = pair();
    const [here, there] = await channels(pair());
    const seen = note(there);
    there.pause();
    let sent = 0;
    let drained = 0;
    here.onDrain = () => {
      drained += 1;
    };
    while (here.send(sent)) sent += 1;
    sent += 1;
    for (let i = 0; i < 20; i += 1) await settle();
    expect(sent).toBeLessThan(2000);
    expect(seen.messages).toEqual([]);
    expect(drained).toBe(0);
    there.resume();
    await until(() => drained === 1 && seen.messages.length === sent, 'the window drains');
    expect(here.send('more')).toBe(true);
    await until(() => seen.messages.at(-1) === 'more', 'the next message is in');
  });

  test('B14 credit: a sender that never waits overruns the window and loses the channel', async () => {
    const [here, there] = await channels(pair());
    const seenHere = note(here);
    const seenThere = note(there);
    there.pause();
    for (let i = 0; i < 10_000; i += 1) here.send(i);
    await until(
      () => seenHere.end !== undefined && seenThere.end !== undefined,
      'both ends are in',
    );
    expect(seenHere.end).toEqual({ kind: 'lost', reason: 'the window is overrun' });
    expect(seenThere.end).toEqual({ kind: 'lost', reason: 'the window is overrun' });
    expect(here.send('late')).toBe(false);
  });
}

function lossRules(pair: () => BusPair): void {
  test('B15 loss: closing a bus loses its channels on both sides at once', async () => {
    const [here, there] = await channels(pair());
    const seenHere = note(here);
    const seenThere = note(there);
    there.send('before');
    await until(() => seenHere.messages.length === 1, 'the message is in');
    await pair().near.close();
    await until(() => seenThere.end !== undefined, 'the peer knows', 3000);
    expect(seenHere.end).toMatchObject({ kind: 'lost' });
    expect(seenThere.end).toMatchObject({ kind: 'lost' });
  });

  test('B16 loss: a peer that goes silent is noticed within seconds, by both sides', async () => {
    const [here, there] = await channels(pair());
    const seenHere = note(here);
    const seenThere = note(there);
    here.send('before');
    await until(() => seenThere.messages.length === 1, 'the message is in');
    pair().silenceNear();
    await until(() => seenThere.end !== undefined, 'the far side knows', 12_000);
    await until(() => seenHere.end !== undefined, 'the near side knows', 12_000);
    expect(seenThere.end).toMatchObject({ kind: 'lost' });
    expect(seenHere.end).toMatchObject({ kind: 'lost' });
  });

  test('B17 loss: a lost connection fails requests at once, and subscriptions survive it', async () => {
    const { near, far, settle, bounceNear } = pair();
    const states: string[] = [];
    near.onConnection((state) => states.push(state));
    far.subscribe('mute', () => {});
    const got: unknown[] = [];
    near.subscribe('news', ({ body }) => got.push(body));
    await settle();
    const waiting = near.request('mute', 0, asked, 20_000);
    await bounceNear();
    expect(await waiting).toEqual({ ok: false, error: 'disconnected' });
    await until(() => states.includes('connected'), 'the connection is back');
    await settle();
    far.tell('news', 'fresh', asked);
    await until(() => got.length > 0, 'the message is in');
    expect(states).toEqual(['disconnected', 'connected']);
  });
}
