/**
 * 10,000 pods on 1,000 hollow nodes, as 20 Deployments of 500: created until all run, deleted until all are gone,
 * with the memory of each process before, at the highest, and after.
 */
import { type BenchCluster, DEPLOYMENTS, deployment, PODS, withCluster } from './clusters.ts';
import { type Figure, MIB, pause, within } from './figure.ts';
import { resident, watchPeaks } from './usage.ts';

const NODES = 1_000;
const DEPLOYMENT_COUNT = 20;
const REPLICAS = 500;
const RUN_WAIT_MS = 90_000;
/** Idle processes give memory back when they have rested for a while. */
const SETTLE_MS = 35_000;

/** One run: it is long enough to be its own average. */
export async function measureLarge(): Promise<readonly Figure[]> {
  const args = ['--nodes', '0', '--hollow-nodes', String(NODES)];
  return await withCluster(args, NODES, oneRun);
}

async function oneRun({ client, processes }: BenchCluster): Promise<readonly Figure[]> {
  const total = DEPLOYMENT_COUNT * REPLICAS;
  const names = Array.from({ length: DEPLOYMENT_COUNT }, (_, index) => `bench-${index + 1}`);
  const before = new Map(processes.map(({ pid }) => [pid, resident(pid)]));
  const peaks = watchPeaks(processes.map(({ pid }) => pid));
  const running = countTo(total, 'ADDED');
  const watching = await client.watch(
    `${PODS}?fieldSelector=status.phase=Running`,
    running.take,
    running.ended,
  );
  const createdMs = performance.now();
  const create = (name: string) => client.json('POST', DEPLOYMENTS, deployment(name, REPLICAS));
  await Promise.all(names.map(create));
  await within(`${total} pods Running`, RUN_WAIT_MS, running.all);
  const runningS = (performance.now() - createdMs) / 1_000;
  watching.close();
  const gone = countTo(total, 'DELETED');
  const { metadata } = await client.json<PodList>('GET', `${PODS}?limit=1`);
  const from = `resourceVersion=${metadata.resourceVersion}`;
  const ending = await client.watch(`${PODS}?${from}`, gone.take, gone.ended);
  const deletedMs = performance.now();
  const remove = (name: string) =>
    client.json('DELETE', `${DEPLOYMENTS}/${name}?propagationPolicy=Background`);
  await Promise.all(names.map(remove));
  await within(`${total} pods gone`, RUN_WAIT_MS, gone.all);
  const goneS = (performance.now() - deletedMs) / 1_000;
  ending.close();
  await pause(SETTLE_MS);
  peaks.stop();
  const memoryFigures = processes.flatMap(({ name, pid }): readonly Figure[] => [
    { id: 'large.memory.before', value: (before.get(pid) ?? 0) / MIB, note: name },
    { id: 'large.memory.peak', value: peaks.of(pid) / MIB, note: name },
    { id: 'large.memory.after', value: resident(pid) / MIB, note: name },
  ]);
  return [
    { id: 'large.running', value: runningS },
    { id: 'large.gone', value: goneS },
    ...memoryFigures,
  ];
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
}

/** Counts the events of one type in a watch, without reading more than the start of a line. */
function countTo(total: number, type: 'ADDED' | 'DELETED') {
  let count = 0;
  let done = (): void => {};
  let fail = (_error: Error): void => {};
  const all = new Promise<void>((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  all.catch(() => {}); // whoever waits for it hears of the failure
  const start = `{"type":"${type}"`;
  return {
    all,
    take(line: string): void {
      if (line.startsWith(start)) count += 1;
      if (count === total) done();
    },
    ended: (why: string): void =>
      fail(new Error(`the watch ended at ${count} of ${total} ${type}: ${why}`)),
  };
}
