/** The life of a cluster: a killed node, an end and a new start, and what cannot start. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlBinary } from '../tools/kubectl.ts';
import {
  eventually,
  kabukiScript,
  kubectlFor,
  type RunningCluster,
  run,
  startCluster,
} from './cluster.ts';

const hello = join(import.meta.dirname, '../../examples/hello.yaml');
const data = mkdtempSync(join(tmpdir(), 'kabuki-life-'));
let path: string;
let cluster: RunningCluster;

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  path = binary.path;
  cluster = await startCluster(['--nodes', '3'], data);
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(data, { recursive: true, force: true });
});

interface PodRow {
  readonly name: string;
  readonly node: string;
  readonly ready: boolean;
  readonly deleting: boolean;
}

async function pods(): Promise<PodRow[]> {
  const { items } = JSON.parse(await kubectlFor(cluster, path)('get pods -n hello -o json'));
  return items.map(
    (pod: {
      metadata: { name: string; deletionTimestamp?: string };
      spec: { nodeName: string };
      status: { conditions?: { type: string; status: string }[] };
    }) => ({
      name: pod.metadata.name,
      node: pod.spec.nodeName,
      ready:
        pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ??
        false,
      deleting: pod.metadata.deletionTimestamp !== undefined,
    }),
  );
}

test('a killed node turns NotReady, its pods run elsewhere, the Service forgets it', async () => {
  const kubectl = kubectlFor(cluster, path);
  await kubectl(`apply -f ${hello}`);
  await kubectl('rollout status deployment/web -n hello --timeout=60s');
  const victim = (await pods())[0]?.node ?? '';
  const entry = cluster.processes.find(({ name }) => name === victim);
  expect(entry).toBeDefined();
  process.kill(entry!.pid, 'SIGKILL');
  await eventually(async () => {
    const node = JSON.parse(await kubectl(`get node ${victim} -o json`));
    const ready = node.status.conditions.find((one: { type: string }) => one.type === 'Ready');
    return ready.status === 'Unknown' && ready.reason === 'NodeStatusUnknown';
  }, 30_000);
  await eventually(async () => {
    const elsewhere = (await pods()).filter(
      (pod) => pod.node !== victim && pod.ready && !pod.deleting,
    );
    return elsewhere.length === 3;
  }, 30_000);
  await eventually(async () => {
    const { items } = JSON.parse(
      await kubectl('get endpointslices -n hello -l kubernetes.io/service-name=web -o json'),
    );
    const endpoints = items.flatMap(
      (slice: { endpoints: { nodeName: string; conditions: { ready: boolean } }[] }) =>
        slice.endpoints,
    );
    const ready = endpoints.filter(
      (one: { conditions: { ready: boolean } }) => one.conditions.ready,
    );
    return (
      ready.length === 3 && ready.every((one: { nodeName: string }) => one.nodeName !== victim)
    );
  }, 30_000);
  expect(await kubectl('get nodes')).toMatch(new RegExp(`${victim} +NotReady`));
});

test('a second start in the same directory is refused, and a taken port is named', async () => {
  const second = await run(process.execPath, [kabukiScript, 'up', '--data', data, '--port', '0']);
  expect(second.code).toBe(4);
  expect(second.stderr).toContain(`is in use by process ${cluster.process.pid}`);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const taken = await run(process.execPath, [
    kabukiScript,
    'up',
    '--ephemeral',
    '--port',
    String(port),
  ]);
  expect(taken.code).toBe(3);
  expect(taken.stderr).toContain(`port ${port}`);
  server.close();
});

test('status shows processes and machines; components without NATS say so', async () => {
  const text = await run(process.execPath, [kabukiScript, 'status', '--data', data]);
  expect(text.stdout).toMatch(/PROCESS +ROLE +PID/);
  expect(text.stdout).toMatch(/not running/);
  const { stdout } = await run(process.execPath, [
    kabukiScript,
    'status',
    '--data',
    data,
    '-o',
    'json',
  ]);
  const status = JSON.parse(stdout);
  expect(status.processes.map((one: { name: string }) => one.name)).toContain('control-plane');
  expect(status.lost).toHaveLength(1);
  const unreachable = await run(process.execPath, [
    kabukiScript,
    'scheduler',
    '--nats',
    'nats://127.0.0.1:1',
  ]);
  expect(unreachable.code).toBe(5);
  expect(unreachable.stderr).toContain('NATS is not reachable at nats://127.0.0.1:1');
  const nowhere = await run(process.execPath, [
    kabukiScript,
    'down',
    '--data',
    join(data, 'nowhere'),
  ]);
  expect(nowhere.code).toBe(7);
});

test('after an end and a new start every object is there and the workload comes back', async () => {
  const uids = async () => {
    const { items } = JSON.parse(
      await kubectlFor(
        cluster,
        path,
      )('get namespaces,configmaps,secrets,deployments,services -A -o json'),
    );
    return items.map(({ metadata }: { metadata: { uid: string } }) => metadata.uid).sort();
  };
  await eventually(async () => (await pods()).filter((pod) => pod.ready).length >= 3);
  const before = await uids();
  expect(await cluster.stop()).toBe(0);
  cluster = await startCluster(['--nodes', '3'], data);
  expect(await uids()).toEqual(before);
  await eventually(async () => {
    const running = (await pods()).filter((pod) => pod.ready && !pod.deleting);
    return running.length === 3;
  }, 60_000);
});
