/**
 * Measures the store on a real nats-server with durable writes: writes a second at 1, 16, 64 and 512 in flight,
 * and how long a change takes to reach a follower in this process and one on another connection.
 */
import { encode } from '../../bus/codec.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { openJetStreamStore } from '../../bus/store/jetstream-store.ts';
import type { Store } from '../../bus/store/store.ts';
import { startTestServer, until } from '../store/server.ts';

const VALUE_BYTES = 1500;
const MEASURE_MS = 2000;
const envelope: Envelope = {
  id: 'bench-1',
  from: 'bench/store',
  causes: ['bench-0'],
  traceparent: '00-00000000000000000000000000000000-0000000000000000-00',
};

/** One line of the result. Times are milliseconds. */
export interface StoreFigure {
  readonly inFlight: number;
  readonly writesPerSecond: number;
  readonly writeP50: number;
  readonly writeP99: number;
  readonly localEventP99: number;
  readonly remoteEventP50: number;
  readonly remoteEventP99: number;
  /** Milliseconds of this process's CPU for one write, its two followers included. */
  readonly cpuPerWrite: number;
}

/** Runs the whole measurement. */
export async function benchStore(): Promise<StoreFigure[]> {
  const server = await startTestServer();
  const figures: StoreFigure[] = [];
  try {
    const connection = await server.connect();
    const other = await server.connect();
    const bucket = { bucket: 'bench', clusterName: 'bench', storage: 'file', replicas: 1 } as const;
    const store = await openJetStreamStore({ ...bucket, connection });
    const remote = await openJetStreamStore({ ...bucket, connection: other });
    for (const inFlight of [1, 16, 64, 512]) figures.push(await measure(store, remote, inFlight));
    await Promise.all([store.close(), remote.close()]);
    await Promise.all([connection.close(), other.close()]);
  } finally {
    await server.stop();
  }
  return figures;
}

async function measure(store: Store, remote: Store, inFlight: number): Promise<StoreFigure> {
  const begun = new Map<string, number>();
  const local = follow(store, begun);
  const far = follow(remote, begun);
  await until(() => local.ready() && far.ready(), 'followers start');
  const writes: number[] = [];
  const value = encode({ text: 'x'.repeat(VALUE_BYTES) });
  const cpu = process.cpuUsage();
  const start = performance.now();
  let count = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() - start < MEASURE_MS) {
      count += 1;
      const key = `core/pods/default/w${inFlight}-${count}`;
      const beginMs = performance.now();
      begun.set(key, beginMs);
      const result = await store.write({ key, operation: 'put', value, expected: 0 }, envelope);
      if (!result.ok) throw new Error(`a write failed: ${result.reason}`);
      writes.push(performance.now() - beginMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, writer));
  const seconds = (performance.now() - start) / 1000;
  await until(() => local.ms.length === count && far.ms.length === count, 'all events are in');
  const { user, system } = process.cpuUsage(cpu);
  local.close();
  far.close();
  return {
    inFlight,
    writesPerSecond: Math.round(count / seconds),
    writeP50: percentile(writes, 50),
    writeP99: percentile(writes, 99),
    localEventP99: percentile(local.ms, 99),
    remoteEventP50: percentile(far.ms, 50),
    remoteEventP99: percentile(far.ms, 99),
    cpuPerWrite: Math.round((user + system) / count) / 1000,
  };
}

function follow(store: Store, begun: ReadonlyMap<string, number>) {
  const ms: number[] = [];
  let ready = false;
  const following = store.follow({
    onSnapshot: () => {
      ready = true;
    },
    onEvent: ({ key }) => {
      ms.push(performance.now() - (begun.get(key) ?? 0));
    },
    onProgress: () => {},
    onReset: () => {
      throw new Error('the log must not have a hole');
    },
  });
  return { ms, ready: () => ready, close: () => following.close() };
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100));
  return Math.round((sorted[at] ?? 0) * 100) / 100;
}

if (process.argv[1]?.endsWith('bench/store.js') === true) console.table(await benchStore());
