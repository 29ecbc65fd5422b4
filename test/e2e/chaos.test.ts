/**
 * Chaos on real processes: what each command does to a cluster, what refuses it, and what undoes it. Its pods listen
 * nowhere: another cluster on this host has the same addresses.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlBinary } from '../tools/kubectl.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type Output,
  type RunningCluster,
  run,
  startCluster,
} from './cluster.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-chaos-'));
let path: string;
let cluster: RunningCluster;
let kubectl: Kubectl;

interface Sight {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly restarts: number;
}

const chaosIn = (where: string, command: string): Promise<Output> =>
  run(process.execPath, [kabukiScript, 'chaos', ...command.split(' '), '--data', where]);

/** Runs a chaos command and expects it to succeed. */
async function chaos(command: string): Promise<string> {
  const { code, stdout, stderr } = await chaosIn(data, command);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function status() {
  return JSON.parse(await chaos('status -o json')) as {
    readonly processes: readonly Sight[];
    readonly faults: readonly { readonly kind: string; readonly targets: readonly string[] }[];
  };
}

async function sight(name: string): Promise<Sight> {
  const found = (await status()).processes.find((one) => one.name === name);
  expect(found).toBeDefined();
  return found as Sight;
}

const ready = async (node: string, want: 'True' | 'Unknown'): Promise<boolean> =>
  (await kubectl([
    ...['get', 'node', node, '-o'],
    'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
  ])) === want;

/** Nodes of the pods of `web` that are ready and stay. */
async function webNodes(): Promise<readonly string[]> {
  const { items } = JSON.parse(await kubectl('get pods -l app=web -o json')) as {
    items: {
      metadata: { deletionTimestamp?: string };
      spec: { nodeName: string };
      status: { conditions?: { type: string; status: string }[] };
    }[];
  };
  return items
    .filter(
      ({ metadata, status: { conditions } }) =>
        metadata.deletionTimestamp === undefined &&
        conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    .map(({ spec }) => spec.nodeName);
}

/** The state letter of a process, as the kernel has it. */
const letter = (pid: number): string =>
  /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  path = binary.path;
  cluster = await startCluster(['--chaos', '--nodes', '3'], data);
  kubectl = kubectlFor(cluster, path);
  await eventually(async () => (await kubectl('get nodes -o name')).split('\n').length === 4);
  await kubectl('create deployment web --image=pause:1 --replicas=4');
  await kubectl('rollout status deployment/web --timeout=60s');
}, 120_000);

afterAll(async () => {
  // The last test kills the supervisor, and nobody ends its server then.
  if (cluster?.process.signalCode === null) await cluster.stop();
  for (const { role, pid } of cluster?.processes ?? []) {
    if (role === 'nats-server' && cluster.process.signalCode !== null) process.kill(pid, 'SIGKILL');
  }
  rmSync(data, { recursive: true, force: true, maxRetries: 20 });
});

test('every component is a process of its own, and status names them', async () => {
  const names = cluster.processes.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['supervisor', 'apiserver-1', 'scheduler-1', 'controllers-1', 'node-3']),
  );
  expect((await status()).processes.every(({ state }) => state === 'running')).toBe(true);
});

test('what would hit nothing, too much, or nothing known is refused, and a dry run touches nothing', async () => {
  const nothing = await chaosIn(data, 'kill node/node-9');
  expect(nothing.code).toBe(9);
  expect(nothing.stderr).toContain('nothing matches node/node-9');
  expect(nothing.stderr).toContain('node/node-1');
  const many = await chaosIn(data, 'kill node/*');
  expect(many.code).toBe(9);
  expect(many.stderr).toContain('3 nodes would be hit at once');
  const beats = await chaosIn(data, 'drop subject/beat.*');
  expect(beats.code).toBe(9);
  expect((await chaosIn(data, 'kill planet/mars')).code).toBe(2);
  expect((await chaosIn(data, 'pause node/node-1 --for 2h')).code).toBe(9);
  expect(await chaos('kill node/node-2 --dry-run')).toContain('would hit node-2');
  const { processes, faults } = await status();
  expect(faults).toEqual([]);
  expect(processes.filter(({ state, restarts }) => state !== 'running' || restarts > 0)).toEqual(
    [],
  );
});

test('a killed node turns NotReady, its pods move, and it comes back by itself', async () => {
  await chaos('kill node/node-1 --for 9s --power');
  await eventually(() => ready('node-1', 'Unknown'), 20_000);
  await eventually(async () => {
    const nodes = await webNodes();
    return nodes.length === 4 && !nodes.includes('node-1');
  }, 20_000);
  const second = await chaosIn(data, 'kill node/node-2');
  expect(second.stderr).toContain('(node-1, node-2)');
  await eventually(() => ready('node-1', 'True'), 20_000);
  expect((await sight('node-1')).restarts).toBe(1);
});

test('a paused scheduler binds nothing until it is resumed', async () => {
  await chaos('pause role/scheduler --for 60s');
  expect(letter((await sight('scheduler-1')).pid)).toBe('T');
  const wide = await chaosIn(data, 'kill role/controllers --max-processes 1 --dry-run');
  expect(wide.code).toBe(9);
  expect(wide.stderr).toContain('2 processes would be hit at once (controllers-1, scheduler-1)');
  await kubectl('run waits --image=pause:1');
  expect(await kubectl('get pod waits -o jsonpath={.spec.nodeName}')).toBe('');
  expect(await chaos('resume')).toContain('scheduler-1');
  await kubectl('wait pod/waits --for=condition=Ready --timeout=30s');
});

test('a partitioned node is lost and found again when it is healed', async () => {
  await chaos('partition node/node-2 --for 60s');
  await eventually(() => ready('node-2', 'Unknown'), 20_000);
  expect((await chaosIn(data, 'heal node/node-1')).code).toBe(9);
  await chaos('heal node/node-2');
  await eventually(() => ready('node-2', 'True'), 20_000);
});

test('a node whose heartbeats are lost is NotReady though it lives', async () => {
  await chaos('skew-beats node/node-3 --for 60s');
  await eventually(() => ready('node-3', 'Unknown'), 20_000);
  expect((await sight('node-3')).state).toBe('running');
  await chaos('stop');
  await eventually(() => ready('node-3', 'True'), 20_000);
  expect((await status()).faults).toEqual([]);
});

test('the control plane dies, is kept down, and comes back', async () => {
  const before = await sight('apiserver-1');
  await chaos('kill role/scheduler --for 2s');
  await chaos('kill role/controllers --for 2s');
  await chaos('kill role/apiserver --for 2s');
  expect((await kubectl.try('get nodes')).code).not.toBe(0);
  await eventually(() => kubectl('get nodes'), 20_000);
  expect((await sight('apiserver-1')).pid).not.toBe(before.pid);
  await kubectl('scale deployment/web --replicas=6');
  await kubectl('rollout status deployment/web --timeout=40s');
});

test('a process that ends by itself is started again', async () => {
  const { pid, restarts } = await sight('node-1');
  process.kill(pid, 'SIGKILL');
  await eventually(async () => {
    const now = await sight('node-1');
    return now.restarts === restarts + 1 && now.pid !== 0 && now.pid !== pid;
  }, 10_000);
});

test('a scenario runs live: verdict, recovery, and a report', async () => {
  const scenario = join(data, 'drill.yaml');
  writeFileSync(scenario, DRILL);
  const report = join(data, 'report.html');
  const { code, stdout, stderr } = await chaosIn(
    data,
    `run ${scenario} -o json --report ${report}`,
  );
  expect({ code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'held', world: 'live' });
  expect(readFileSync(report, 'utf8')).toContain('<html');
  expect((await status()).faults).toEqual([]);
  expect(await kubectl('get configmaps -o name')).not.toContain('drill');
});

test('chaos is refused on a cluster that was not started for it', async () => {
  const plain = await startCluster(['--nodes', '0']);
  const { code, stderr } = await chaosIn(plain.data, 'kill role/scheduler');
  expect(code).toBe(8);
  expect(stderr).toContain('was not started for chaos');
  expect(stderr).toContain('kabuki up --chaos');
  await plain.stop();
});

test('what is paused goes on by itself also when the supervisor was killed', async () => {
  const { pid } = await sight('node-2');
  await chaos('pause node/node-2 --for 60s');
  expect(letter(pid)).toBe('T');
  cluster.process.kill('SIGKILL');
  // It runs again, sees that its supervisor is gone, and ends.
  await eventually(async () => {
    try {
      return ['Z', 'X'].includes(letter(pid));
    } catch {
      return true; // it is gone
    }
  }, 30_000);
  await eventually(async () => (await chaos('stop')).includes('nothing to undo'));
});

const DRILL = `
name: drill
description: The scheduler dies while a pod waits for it.
cluster: { nodes: 3 }
for: 4s
workload:
  manifests:
    - { apiVersion: v1, kind: ConfigMap, metadata: { name: drill } }
faults:
  - { name: dies, fault: crash, target: { role: scheduler }, at: 500ms, for: 1s }
  - { name: slow, fault: delay, target: { subject: 'log.>' }, by: 10ms..80ms, at: 1s, for: 2s }
hold: { recoverWithin: 40s }
`;
