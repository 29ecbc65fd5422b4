/**
 * Components run alone against a NATS that somebody else runs: two apiservers, two schedulers, the controllers and a
 * node, each a process of its own; and a cluster that runs in the background.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeKubeconfig } from '../../actors/pki/kubeconfig.ts';
import { loadPki } from '../../actors/pki/pki.ts';
import { choosePorts } from '../../bus/server/ports.ts';
import { testNatsServer } from '../server/binary.ts';
import { kubectlBinary } from '../tools/kubectl.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  run,
  type UpReport,
} from './cluster.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-components-'));
const children: ChildProcess[] = [];
let natsUrl: string;
let path: string;
const servers: string[] = [];

/** Starts a component and keeps what it says on standard error. */
function start(...args: string[]): ChildProcess & { said: string } {
  const child = spawn(
    process.execPath,
    [kabukiScript, ...args, '--nats', natsUrl, '--data', data],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  children.push(child);
  const kept = Object.assign(child, { said: '' });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept.said += text;
  });
  return kept;
}

async function apiserver(): Promise<string> {
  const child = start('apiserver', '--port', '0');
  const [line] = await once(
    createInterface({ input: child.stderr as NodeJS.ReadableStream }),
    'line',
  );
  return /https:\S+/.exec(line as string)?.[0] ?? '';
}

function kubectlAt(server: string): Kubectl {
  const pki = loadPki({ directory: join(data, 'pki'), nowMs: Date.now() });
  const kubeconfig = join(data, `kubeconfig-${servers.indexOf(server)}`);
  writeKubeconfig(kubeconfig, {
    name: 'kabuki',
    server,
    caCertificate: pki.caCertificate,
    client: pki.admin,
  });
  return kubectlFor({ kubeconfig } as UpReport, path);
}

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  path = binary.path;
  const [port = 0] = await choosePorts(1);
  const config = join(data, 'nats.conf');
  writeFileSync(
    config,
    `listen: "127.0.0.1:${port}"\nmax_payload: 4MB\njetstream { store_dir: "${data}/js" }\n`,
  );
  const nats = spawn((await testNatsServer()).path, ['-c', config], { stdio: 'ignore' });
  children.push(nats);
  natsUrl = `nats://127.0.0.1:${port}`;
}, 60_000);

afterAll(async () => {
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  rmSync(data, { recursive: true, force: true });
});

test('components on an existing NATS make a cluster; any apiserver answers for all', async () => {
  servers.push(await eventually(apiserver));
  servers.push(await apiserver());
  const [one, two] = servers.map(kubectlAt) as [Kubectl, Kubectl];
  start('scheduler');
  start('scheduler');
  start('controllers');
  start('node', '--name', 'alone', '--index', '7');
  await eventually(async () => (await one('get nodes -o name')) === 'node/alone\n');
  await one('wait node/alone --for=condition=Ready --timeout=30s');
  await eventually(() => one('get serviceaccount default'));
  await two('create deployment web --image=echo:1 --replicas=2');
  await one('rollout status deployment/web --timeout=60s');
  const rows = (await two('get pods -o wide --no-headers')).trim().split('\n');
  expect(rows).toHaveLength(2);
  expect(rows.every((row) => /1\/1 +Running .* alone /.test(row))).toBe(true);
  const pod = (await one('get pods -o name')).split('\n')[0] ?? '';
  expect(await two(`logs ${pod}`)).toContain('listening');
  expect(await two(['exec', pod, '--', 'echo', 'over NATS'])).toBe('over NATS\n');
});

test('a scheduler that dies is followed by the other', async () => {
  const [one] = servers.map(kubectlAt) as [Kubectl];
  const holder = async () =>
    one('get lease kube-scheduler -n kube-system -o jsonpath={.spec.holderIdentity}');
  const before = await holder();
  const schedulers = children.filter((child) => child.spawnargs.includes('scheduler'));
  expect(schedulers).toHaveLength(2);
  // The holder's name does not tell its process: end one, and if it was the other, end that one too.
  schedulers[0]?.kill('SIGTERM');
  const changed = await eventually(async () => (await holder()) !== before, 3_000).catch(
    () => false,
  );
  if (!changed) {
    start('scheduler');
    schedulers[1]?.kill('SIGTERM');
  }
  await eventually(async () => {
    const now = await holder();
    return now !== before && now !== '';
  }, 30_000);
  await one('run late --image=echo:1');
  await one('wait pod/late --for=condition=Ready --timeout=30s');
});

test('up --detach returns, status and down find it, three servers keep the store', async () => {
  const where = ['--data', join(data, 'background')];
  const up = await run(process.execPath, [
    kabukiScript,
    ...['up', '--detach', '--port', '0', '-o', 'json', '--store-replicas', '3', '--nodes', '1'],
    ...where,
  ]);
  expect(up.stderr).toBe('');
  expect(up.code).toBe(0);
  const report = JSON.parse(up.stdout) as UpReport;
  const kubectl = kubectlFor(report, path);
  await kubectl('create configmap kept --from-literal=a=b');
  const status = await run(process.execPath, [kabukiScript, 'status', ...where]);
  expect(status.code).toBe(0);
  expect(status.stdout.match(/nats-server/g)).toHaveLength(3);
  const down = await run(process.execPath, [kabukiScript, 'down', ...where]);
  expect(down).toMatchObject({ code: 0, stderr: '' });
  expect(report.processes.filter(({ pid }) => alive(pid))).toEqual([]);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: it is gone
  }
}

test('status and trace find a cluster whose NATS is of somebody else', async () => {
  const own = mkdtempSync(join(tmpdir(), 'kabuki-foreign-'));
  const kabuki = (...args: string[]) =>
    run(process.execPath, [kabukiScript, ...args, '--data', own]);
  const flags = ['--detach', '--nodes', '0', '--port', '0', '--nats', natsUrl];
  const up = await kabuki('up', '--cluster', 'foreign', ...flags);
  expect(up.stderr).toBe('');
  try {
    expect((await kabuki('status')).stdout).toMatch(/control-plane .* scheduler=leading/);
    expect((await kabuki('trace', 'svc/kubernetes')).stdout).toContain('create service default');
  } finally {
    await kabuki('down');
    rmSync(own, { recursive: true, force: true });
  }
});
