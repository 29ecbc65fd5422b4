/**
 * What the API adds to the store: creates with 64 in flight over HTTPS beside the raw store's, and how long a
 * write takes to reach a watcher.
 */
import { encode } from '../../bus/codec.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { openJetStreamStore } from '../../bus/store/jetstream-store.ts';
import { startTestServer } from '../store/server.ts';
import { type BenchCluster, PODS, withCluster } from './clusters.ts';
import { type Figure, percentile, poll } from './figure.ts';

const IN_FLIGHT = 64;
const WARM_UP_MS = 2_000;
const MEASURE_MS = 4_000;
/** Writes one after the other, whose events are timed. */
const SINGLE_WRITES = 500;
const EVENTS_WAIT_MS = 10_000;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const text = 'x'.repeat(1_000);
const configMap = (name: string): object => ({ metadata: { name }, data: { text } });
/** No node would take it, so that nobody writes but the clients. */
const pod = (name: string): object => ({
  metadata: { name, labels: { app: 'bench' } },
  spec: {
    schedulerName: 'nobody',
    containers: [
      {
        name: 'main',
        image: 'pause:1',
        env: [{ name: 'TEXT', value: 'some text' }],
        resources: { requests: { cpu: '10m', memory: '16Mi' } },
      },
    ],
  },
});

/** The raw store first, alone; then a cluster without nodes. */
export async function measureLatency(): Promise<readonly Figure[]> {
  const raw = await rawStore();
  const ofCluster = await withCluster(['--nodes', '0'], 0, async (cluster) => [
    ...creates('configmaps', await createMany(cluster, CONFIG_MAPS, configMap)),
    ...creates('pods', await createMany(cluster, PODS, pod)),
    ...(await watchLatency(cluster)),
  ]);
  return [...creates('raw', raw), ...ofCluster];
}

function creates(what: string, { times, perSecond }: Writes): readonly Figure[] {
  const note = `${Math.round(perSecond)} a second`;
  return [
    { id: `latency.${what}.p50`, value: percentile(times, 50), note },
    { id: `latency.${what}.p99`, value: percentile(times, 99) },
  ];
}

interface Writes {
  /** Milliseconds of each write. */
  readonly times: readonly number[];
  readonly perSecond: number;
}

/** Writes with a constant number in flight; only those after the warm-up count. */
async function manyWrites(write: (index: number) => Promise<void>): Promise<Writes> {
  const times: number[] = [];
  const startMs = performance.now();
  const fromMs = startMs + WARM_UP_MS;
  const untilMs = fromMs + MEASURE_MS;
  let next = 0;
  const writer = async (): Promise<void> => {
    for (;;) {
      const begunMs = performance.now();
      if (begunMs >= untilMs) return;
      next += 1;
      await write(next);
      if (begunMs >= fromMs) times.push(performance.now() - begunMs);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
  return { times, perSecond: times.length / (MEASURE_MS / 1_000) };
}

const envelope: Envelope = {
  id: 'bench-1',
  from: 'bench/latency',
  causes: ['bench-0'],
  traceparent: '00-00000000000000000000000000000000-0000000000000000-00',
};

async function rawStore(): Promise<Writes> {
  const server = await startTestServer();
  try {
    const connection = await server.connect();
    const bucket = { bucket: 'bench', clusterName: 'bench', storage: 'file', replicas: 1 } as const;
    const store = await openJetStreamStore({ ...bucket, connection });
    const value = encode(pod('some-pod'));
    const writes = await manyWrites(async (index) => {
      const key = `core/pods/default/pod-${index}`;
      const result = await store.write({ key, operation: 'put', value, expected: 0 }, envelope);
      if (!result.ok) throw new Error(`a write failed: ${result.reason}`);
    });
    await store.close();
    await connection.close();
    return writes;
  } finally {
    await server.stop();
  }
}

function createMany(
  { client }: BenchCluster,
  path: string,
  object: (name: string) => object,
): Promise<Writes> {
  return manyWrites(async (index) => {
    const { code, text } = await client.request('POST', path, object(`bench-${index}`));
    if (code !== 201) throw new Error(`POST ${path}: ${code} ${text.slice(0, 200)}`);
  });
}

/** One clock: this process writes and watches. */
async function watchLatency({ client }: BenchCluster): Promise<readonly Figure[]> {
  const begunMs = new Map<string, number>();
  const ackedMs = new Map<string, number>();
  const seenMs = new Map<string, number>();
  const watching = await client.watch(`${CONFIG_MAPS}?labelSelector=bench=watch`, (line) => {
    const name = /"name":"(watch-[^"]+)"/.exec(line)?.[1];
    if (name !== undefined) seenMs.set(name, performance.now());
  });
  const write = async (name: string): Promise<void> => {
    begunMs.set(name, performance.now());
    const metadata = { name, labels: { bench: 'watch' } };
    await client.json('POST', CONFIG_MAPS, { metadata, data: { text } });
    ackedMs.set(name, performance.now());
  };
  const allSeen = () =>
    poll('all events', () => seenMs.size === begunMs.size || undefined, {
      timeoutMs: EVENTS_WAIT_MS,
    });
  for (let index = 0; index < SINGLE_WRITES; index += 1) await write(`watch-single-${index}`);
  await allSeen();
  const single = [...begunMs].map(([name, ms]) => (seenMs.get(name) ?? Number.NaN) - ms);
  await manyWrites((index) => write(`watch-many-${index}`));
  await allSeen();
  watching.close();
  const many = [...begunMs.keys()].filter((name) => name.startsWith('watch-many'));
  const since = (from: ReadonlyMap<string, number>): readonly number[] =>
    many.map((name) => Math.max(0, (seenMs.get(name) ?? 0) - (from.get(name) ?? 0)));
  return [
    ...pair('watch.single', single),
    ...pair('watch.begun', since(begunMs)),
    ...pair('watch.acked', since(ackedMs)),
  ];
}

const pair = (what: string, times: readonly number[]): readonly Figure[] => [
  { id: `latency.${what}.p50`, value: percentile(times, 50) },
  { id: `latency.${what}.p99`, value: percentile(times, 99) },
];
