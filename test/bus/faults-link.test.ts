/** Message faults of live processes: on a real nats-server, and what channels make of lost frames. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bus, Opening } from '../../bus/bus.ts';
import { type Clock, sleep, systemClock } from '../../bus/clock.ts';
import { LinkFaults } from '../../bus/faults/link-faults.ts';
import {
  createMessageRules,
  type MessageEffect,
  type MessageRules,
} from '../../bus/faults/message-rules.ts';
import { connectNatsBus, type NatsBus } from '../../bus/nats-bus.ts';
import { inboxPrefix } from '../../bus/server/users.ts';
import { startTestServer, type TestServer, until } from '../store/server.ts';
import { envelopeFrom } from './contract.ts';

const said = envelopeFrom('test/link');
/** A fixed sequence from 0 to below 1. */
const seeded = () => {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};
const drop = { kind: 'drop' } as const;

describe('on a clock that stands', () => {
  /** Timers fire when told, however late. */
  function setup() {
    let nowMs = 0;
    const timers = new Map<() => void, number>();
    const clock: Clock = {
      nowMs: () => nowMs,
      setTimer: (delayMs, fire) => {
        timers.set(fire, nowMs + delayMs);
        return () => timers.delete(fire);
      },
    };
    const rules = createMessageRules(seeded());
    const faults = new LinkFaults({ rules, received: ['k.log.>'] }, 'node-1', clock);
    const out: string[] = [];
    return {
      rules,
      faults,
      out,
      timers,
      send: (subject: string, text: string) => faults.send(subject, () => out.push(text)),
      at: (ms: number) => {
        nowMs = ms;
      },
      fire: () => {
        for (const [fire, dueMs] of timers) if (dueMs <= nowMs && timers.delete(fire)) fire();
      },
    };
  }

  test('delayed messages leave in order, also where the timer comes late', () => {
    const { rules, out, send, at, fire, timers } = setup();
    rules.set('slow', { subject: 'k.a', effect: { kind: 'delay', minMs: 50, maxMs: 50 } });
    send('k.a', 'one');
    send('k.b', 'other');
    at(10);
    send('k.a', 'two');
    rules.clear();
    at(30);
    send('k.a', 'three');
    at(70);
    send('k.a', 'four');
    fire();
    expect(out).toEqual(['other', 'one', 'two', 'three', 'four']);
    expect(timers.size).toBe(0);
  });

  test('the own name is who sends and who receives; the store and other subscriptions pass', () => {
    const { rules, faults, out, send } = setup();
    rules.set('loss', { from: 'node-1', effect: drop });
    rules.set('deaf', { to: 'node-1', subject: 'k.log.core.>', effect: drop });
    send('k.a', 'sent');
    send('$KV.k.core', 'stored');
    const receive = ({ subject }: { subject: string }) => out.push(subject);
    const log = faults.receiver('k.log.>', receive);
    const other = faults.receiver('k.node.>', receive);
    for (const subject of ['k.log.core.pods', 'k.log.apps.x']) log({ subject });
    other({ subject: 'k.log.core.pods' });
    expect(out).toEqual(['stored', 'k.log.apps.x', 'k.log.core.pods']);
    expect(other).toBe(receive);
  });

  test('close drops what waits and leaves no timer', () => {
    const { rules, faults, out, send, at, fire, timers } = setup();
    rules.set('slow', { effect: { kind: 'delay', minMs: 50, maxMs: 90 } });
    send('k.a', 'one');
    send('k.b', 'two');
    expect(timers.size).toBe(1);
    faults.close();
    at(100);
    fire();
    expect([out, timers.size]).toEqual([[], 0]);
  });
});

interface Watched {
  readonly seen: number[];
  losses: number;
  stopped: boolean;
}

/** Serves numbered messages from where the opener asks; returns how many channels are open. */
function serveNumbers(bus: Bus, subject: string, last: () => number): { readonly open: number } {
  const served = { open: 0 };
  bus.serve(subject, (opening: Opening) => {
    const channel = opening.accept();
    let next = (opening.body as number) + 1;
    served.open += 1;
    let over = false;
    channel.onEnd = () => {
      over = true;
      served.open -= 1;
    };
    const more = () => {
      if (over) return;
      for (let room = true; room && next <= last(); next += 1) room = channel.send(next);
      systemClock.setTimer(5, more);
    };
    more();
  });
  return served;
}

/** Watches as a client does: opens again after a loss, from the last number it has. */
async function watchNumbers(bus: Bus, subject: string, watched: Watched): Promise<void> {
  while (!watched.stopped) {
    const result = await bus.open(subject, watched.seen.at(-1) ?? 0, said, 300);
    if (!result.ok) {
      await sleep(systemClock, 10);
      continue;
    }
    await new Promise<void>((resolve) => {
      result.channel.onMessage = (body) => watched.seen.push(body as number);
      result.channel.onEnd = () => {
        watched.losses += 1;
        resolve();
      };
    });
  }
}

/** Sends numbers through channels under faults; none may be missed or seen twice. */
async function watchUnder(near: Bus, far: Bus, rules: MessageRules, effect: MessageEffect) {
  const watched: Watched = { seen: [], losses: 0, stopped: false };
  let last = 0;
  const subject = `k.watch.${effect.kind}`;
  const served = serveNumbers(far, subject, () => last);
  void watchNumbers(near, subject, watched);
  last = 50;
  await until(() => watched.seen.length === 50, 'the first numbers are in');
  rules.set('fault', { subject: '>', effect, probability: 0.2 });
  const end = Date.now() + 1500;
  while (Date.now() < end || watched.losses < 3) {
    last += 1;
    await sleep(systemClock, 10);
  }
  // The last number's frame may be lost with nothing to follow it: the checks must find that.
  last += 1;
  await until(() => watched.seen.at(-1) === last, 'all numbers are in under faults', 60_000);
  rules.clear();
  last += 50;
  await until(() => watched.seen.at(-1) === last, 'all numbers are in');
  watched.stopped = true;
  expect(watched.seen).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  await until(() => served.open <= 1, 'channels that the opener has lost end here too', 30_000);
}

const effects: readonly (readonly [string, MessageEffect])[] = [
  ['lost', drop],
  ['duplicated', { kind: 'duplicate' }],
  ['reordered', { kind: 'reorder', windowMs: 30 }],
];

describe('on a real nats-server', () => {
  let server: TestServer;
  const rules = createMessageRules(seeded());
  const buses: NatsBus[] = [];

  const connected = async (name: string, received: readonly string[] = []): Promise<NatsBus> => {
    const bus = await connectNatsBus({
      servers: [server.url],
      name,
      seed: server.embedded.credentials.get('test') ?? '',
      inboxPrefix: inboxPrefix('test'),
      faults: { rules, received },
    });
    buses.push(bus);
    return bus;
  };

  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  afterAll(async () => {
    for (const bus of buses) await bus.close();
    await server.stop();
  });

  test('loss, delay and duplicates of tells and requests', async () => {
    const near = await connected('near');
    const far = await connected('far', ['k.log.>']);
    const got: unknown[] = [];
    far.subscribe('k.t', ({ body }, respond) => {
      got.push(body);
      respond(body, said);
    });
    far.subscribe('k.log.>', ({ body }) => got.push(`log ${body}`));
    await far.link.flush();
    rules.set('f', { from: 'near', subject: 'k.t', effect: drop });
    near.tell('k.t', 'lost', said);
    expect(await near.request('k.t', 'lost too', said, 100)).toMatchObject({ error: 'timeout' });
    rules.set('f', { from: 'near', subject: 'k.t', effect: { kind: 'duplicate', withinMs: 0 } });
    expect(await near.request('k.t', 'twice', said, 5000)).toMatchObject({ body: 'twice' });
    await until(() => got.length === 2, 'both copies are in');
    rules.set('f', { from: 'far', effect: { kind: 'delay', minMs: 80, maxMs: 80 } });
    const begun = performance.now();
    expect(await near.request('k.t', 'late', said, 5000)).toMatchObject({ body: 'late' });
    expect(performance.now() - begun).toBeGreaterThanOrEqual(78);
    rules.set('f', { to: 'far', subject: 'k.log.*.lost', effect: drop });
    near.tell('k.log.a.lost', 1, said);
    near.tell('k.log.a.kept', 2, said);
    await until(() => got.includes('log 2'), 'the last is in');
    expect(got).toEqual(['twice', 'twice', 'late', 'log 2']);
    rules.clear();
  });

  test.each(effects)(
    'a watch channel whose frames are %s misses nothing and repeats nothing',
    async (_, effect) => {
      await watchUnder(await connected('watcher'), await connected('server'), rules, effect);
    },
    120_000,
  );
});
