/** A live run over a store in memory, in virtual time: what it may hold against a cluster that goes on by itself. */
import { expect, test } from 'vitest';
import type { ApiClient } from '../../actors/api-client.ts';
import { encodeObject } from '../../actors/apiserver/object-codec.ts';
import type { Done } from '../../actors/chaos/client.ts';
import { runLive } from '../../actors/chaos/live-runner.ts';
import type { ChaosCommand } from '../../actors/chaos/protocol.ts';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { parseScenarioObject } from '../../machines/chaos/parse-scenario.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';

const KEY = 'core/configmaps/default/settings';

const envelope = (id: string): Envelope => ({ id, from: 'writer/1', causes: [], traceparent: '' });

/** Lets time go on until it has come to an end. */
async function inTime(clock: VirtualClock, run: Promise<RunResult>): Promise<RunResult> {
  let over = false;
  const ended = run.finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise(setImmediate);
    const next = clock.nextMs();
    if (next !== undefined) clock.advanceTo(next);
  }
  return ended;
}

test.each(['as soon as it is asked to tell', 'all the time'])(
  'writes that a process tells of %s are not held against it',
  async (when) => {
    const clock = createVirtualClock(1_000_000);
    const later = (delayMs: number, fire: () => void) => clock.at(clock.nowMs() + delayMs, fire);
    const store = createMemoryStore({
      clock: { nowMs: clock.nowMs, setTimer: later },
      // What is stored is read from it a while later.
      schedule: (deliver) => void later(20, deliver),
    });
    let take = (_seen: readonly Observation[]): void => {};
    let revision = 0;
    let written = 0;
    let tells = false;

    /** A process replaces what it wrote before, and tells of it where it is asked to. */
    async function write(): Promise<void> {
      const [op, atMs, expected] = [`w${++written}`, clock.nowMs(), revision];
      const told = tells;
      const about = { op, process: 'apiserver-1', messageId: op };
      if (told) {
        const writes = [{ key: KEY, operation: 'put', expected }] as const;
        take([{ type: 'write.begun', atMs, ...about, writes }]);
      }
      const metadata = { name: 'settings', namespace: 'default' };
      const value = encodeObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
      const answer = await store.write(
        { key: KEY, operation: 'put', value, expected },
        envelope(op),
      );
      if (!answer.ok) throw new Error(`${op}: ${answer.reason}`);
      revision = answer.revision;
      if (told) take([{ type: 'write.ended', atMs, op, outcome: 'ok', revision } as Observation]);
    }

    await write();
    if (when === 'all the time') {
      later(50, function again() {
        void write();
        later(50, again);
      });
    }
    const parsed = parseScenarioObject({ name: 'still', for: '1s', faults: [] });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const result = await inTime(
      clock,
      runLive(parsed.scenario, {
        ...{ seed: 1, version: '0', cluster: 'kabuki', clock, store, keep: false },
        bus: createVirtualBus({ name: 'runner' }),
        listen(hear) {
          take = hear;
          return { close() {} };
        },
        client: {} as ApiClient,
        envelope: () => envelope('r'),
        async ask(command: ChaosCommand) {
          if (command.do === 'watch') {
            tells = command.watching.store;
            if (tells) later(5, () => void write());
          }
          return { ok: true, processes: PROCESSES } as unknown as Done;
        },
        stepsTaken: async () => 0,
        limits: { nodes: undefined, processes: undefined },
        ended: new AbortController().signal,
      }),
    );
    expect(result.violations).toEqual([]);
    expect(result.verdict).toBe('held');
    expect(result.writes).toBeGreaterThan(1);
  },
);

const PROCESSES = [
  { name: 'apiserver-1', role: 'apiserver' },
  { name: 'scheduler-1', role: 'scheduler' },
  { name: 'controllers-1', role: 'controllers' },
  { name: 'hollow', role: 'node' },
];
