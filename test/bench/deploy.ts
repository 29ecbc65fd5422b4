/** A Deployment of 500 pods on 50 hollow nodes: applied until all are Ready, deleted until all are gone. */
import {
  type BenchCluster,
  DEPLOYMENTS,
  deployment,
  isReady,
  type Listed,
  PODS,
  withCluster,
} from './clusters.ts';
import { type Figure, medianFigure, within } from './figure.ts';
import { cpuMs } from './usage.ts';

const PODS_COUNT = 500;
const NODES = 50;
const ROUNDS = 3;
const ROUND_WAIT_MS = 40_000;

/** What one round took. */
export interface DeployRound {
  readonly readyS: number;
  readonly goneS: number;
  readonly planeMsPerPod: number;
  readonly nodesMsPerPod: number;
}

/** Each round has a cluster of its own, so that every one is what a user sees first. */
export async function measureDeploy(): Promise<readonly Figure[]> {
  const rounds: DeployRound[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await deployOnce());
  }
  return [
    medianFigure(
      'deploy.ready',
      rounds.map(({ readyS }) => readyS),
    ),
    medianFigure(
      'deploy.gone',
      rounds.map(({ goneS }) => goneS),
    ),
    medianFigure(
      'deploy.cpu',
      rounds.map(({ planeMsPerPod }) => planeMsPerPod),
    ),
    medianFigure(
      'deploy.nodesCpu',
      rounds.map(({ nodesMsPerPod }) => nodesMsPerPod),
    ),
  ];
}

/** One round on a cluster of its own; `prepare` is called before it begins. */
export function deployOnce(
  prepare: (cluster: BenchCluster) => Promise<void> = async () => {},
): Promise<DeployRound> {
  const args = ['--nodes', '0', '--hollow-nodes', String(NODES)];
  return withCluster(args, NODES, async (cluster) => {
    await prepare(cluster);
    return oneRound(cluster);
  });
}

async function oneRound({ client, pid }: BenchCluster): Promise<DeployRound> {
  const plane = (): number => cpuMs(pid('control-plane')) + cpuMs(pid('nats-1'));
  const pods = countPods();
  const watching = await client.watch(PODS, pods.take, pods.ended);
  const cpu = { plane: plane(), nodes: cpuMs(pid('hollow')) };
  const appliedMs = performance.now();
  await client.json('POST', DEPLOYMENTS, deployment('bench', PODS_COUNT));
  await within(`${PODS_COUNT} pods Ready`, ROUND_WAIT_MS, pods.until('ready', PODS_COUNT));
  const readyMs = performance.now();
  const path = `${DEPLOYMENTS}/bench?propagationPolicy=Background`;
  const deletedMs = performance.now();
  await client.json('DELETE', path);
  await within('the pods are gone', ROUND_WAIT_MS, pods.until('all', 0));
  const goneMs = performance.now();
  watching.close();
  return {
    readyS: (readyMs - appliedMs) / 1_000,
    goneS: (goneMs - deletedMs) / 1_000,
    planeMsPerPod: (plane() - cpu.plane) / PODS_COUNT,
    nodesMsPerPod: (cpuMs(pid('hollow')) - cpu.nodes) / PODS_COUNT,
  };
}

interface WatchLine {
  readonly type: string;
  readonly object: Listed;
}

/** Counts the pods of a watch: all of them, and those that are Ready. */
function countPods() {
  const all = new Set<string>();
  const ready = new Set<string>();
  let wanted: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  return {
    take(line: string): void {
      const { type, object } = JSON.parse(line) as WatchLine;
      const { uid } = object.metadata;
      if (type === 'DELETED') {
        all.delete(uid);
        ready.delete(uid);
      } else {
        all.add(uid);
        if (isReady(object)) ready.add(uid);
        else ready.delete(uid);
      }
      wanted?.();
    },
    ended: (why: string): void => failed?.(new Error(`the watch ended: ${why}`)),
    until: (which: 'all' | 'ready', count: number): Promise<void> =>
      new Promise((resolve, reject) => {
        failed = reject;
        wanted = () => {
          if ((which === 'all' ? all : ready).size === count) resolve();
        };
        wanted();
      }),
  };
}
