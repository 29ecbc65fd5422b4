/** `kill -9` of one of three nodes: how long until its pods run elsewhere. */
import {
  type BenchCluster,
  DEPLOYMENTS,
  deployment,
  isReady,
  type Listed,
  PODS,
  withCluster,
} from './clusters.ts';
import { type Figure, medianFigure, poll } from './figure.ts';

const REPLICAS = 6;
const ROUNDS = 3;
const ROUND_WAIT_MS = 40_000;

/** Each round has a cluster of its own, with the defaults of `kabuki up`. */
export async function measureKill(): Promise<readonly Figure[]> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    samples.push(await withCluster(['--nodes', '3'], 3, oneKill));
  }
  return [medianFigure('kill.elsewhere', samples)];
}

async function oneKill({ client, pid }: BenchCluster): Promise<number> {
  await client.json('POST', DEPLOYMENTS, deployment('bench', REPLICAS));
  const limits = { timeoutMs: ROUND_WAIT_MS, everyMs: 20 };
  const pods = async () =>
    (await client.json<{ items: readonly Listed[] }>('GET', PODS)).items.filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
  const nodes = await poll(
    'all pods are Ready',
    async () => {
      const ready = (await pods()).filter(isReady);
      return ready.length === REPLICAS ? ready.map(({ spec }) => spec?.nodeName ?? '') : undefined;
    },
    limits,
  );
  const victim = nodes[0] ?? '';
  process.kill(pid(victim), 'SIGKILL');
  const killedMs = performance.now();
  await poll(
    'the pods run elsewhere',
    async () => {
      const elsewhere = (await pods()).filter(({ spec }) => spec?.nodeName !== victim);
      return elsewhere.filter(isReady).length === REPLICAS || undefined;
    },
    limits,
  );
  return (performance.now() - killedMs) / 1_000;
}
