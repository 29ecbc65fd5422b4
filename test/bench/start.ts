/** How long a cluster with cold data takes from the spawn of `kabuki up` to /readyz and to its first pod. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../e2e/cluster.ts';
import { connectClient } from './client.ts';
import { PODS } from './clusters.ts';
import { type Figure, medianFigure, poll, within } from './figure.ts';

const ROUNDS = 5;
const START_WAIT_MS = 20_000;
const PROBE_MS = 3;

/** The control plane alone, as the peer's figures are; nodes start after it is up. */
export async function measureStart(): Promise<readonly Figure[]> {
  const readyz: number[] = [];
  const firstPod: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times = await oneStart();
    readyz.push(times.readyzS);
    firstPod.push(times.firstPodS);
  }
  return [medianFigure('start.readyz', readyz), medianFigure('start.firstPod', firstPod)];
}

async function oneStart(): Promise<{ readonly readyzS: number; readonly firstPodS: number }> {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'kabuki-bench-'));
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1_000;
  const starting = startCluster(['--nodes', '0', '--port', String(port)], data);
  try {
    const limits = { timeoutMs: START_WAIT_MS, everyMs: PROBE_MS };
    const readyzS = await poll(
      '/readyz',
      async () => ((await answersReadyz(port)) ? seconds() : undefined),
      limits,
    );
    const kubeconfig = join(data, 'kubeconfig');
    await poll('kubeconfig', () => existsSync(kubeconfig) || undefined, limits);
    const client = await connectClient(kubeconfig);
    const firstPodS = await poll(
      'a pod can be created',
      async () => ((await client.request('POST', PODS, pod)).code === 201 ? seconds() : undefined),
      limits,
    );
    await client.close();
    return { readyzS, firstPodS };
  } finally {
    const cluster = await within('kabuki up', START_WAIT_MS, starting);
    await cluster.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

const pod = {
  metadata: { name: 'first' },
  spec: { containers: [{ name: 'main', image: 'pause:1' }] },
};

function answersReadyz(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false };
    const asked = request({ ...options, agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    });
    asked.once('error', () => resolve(false));
    asked.end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
