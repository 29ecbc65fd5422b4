/**
 * A cluster, recorded while every kind of machine is at work; the file is viewed, replayed, compared and damaged. Real
 * processes, a real nats-server, stock kubectl.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../actors/cluster/command-error.ts';
import { fileFrame, fileHead, readTraceFile } from '../../actors/trace/trace-file.ts';
import { encode } from '../../bus/codec.ts';
import { MACHINES } from '../../machines/trace/machines.ts';
import type { StepTraced } from '../../machines/trace/record.ts';
import { stepRow, TRACE_VERSION } from '../../machines/trace/rows.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';

const folder = mkdtempSync(join(tmpdir(), 'kabuki-replay-'));
const data = join(folder, 'cluster');
const file = join(folder, 'run.ktrace');
const other = join(folder, 'other.ktrace');
const PASSWORD = 'swordfish-7391-hidden';
const CHANGED = 'marlin-9218-hidden';
const KEY = 'turtle-4480-hidden';
const IN_EXPERIMENT = 'sturgeon-3315-hidden';
let cluster: RunningCluster;
let kubectl: Kubectl;
let token = '';

const kabuki = (...args: string[]) => run(process.execPath, [kabukiScript, ...args]);
const sh = (script: string) => ['/bin/sh', '-c', script];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const pod = (name: string, container: object, spec: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'main', image: 'busybox', ...container }],
    ...spec,
  },
});

const WORKLOAD = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'pw' } },
      ...{ stringData: { password: PASSWORD }, data: { key: base64(KEY) } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                ...{ name: 'web', image: 'busybox' },
                command: sh("trap 'exit 0' TERM; while true; do sleep 0.2; done"),
                readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
                livenessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
                startupProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
                lifecycle: { preStop: { exec: { command: ['true'] } } },
                env: [{ name: 'PW', valueFrom: { secretKeyRef: { name: 'pw', key: 'password' } } }],
                volumeMounts: [{ name: 'pw', mountPath: '/pw' }],
              },
            ],
            volumes: [{ name: 'pw', secret: { secretName: 'pw' } }],
          },
        },
      },
    },
    pod('crashing', { command: sh('exit 3') }),
    pod('huge', { resources: { requests: { cpu: '10000' } } }),
    {
      ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'job' } },
      spec: {
        template: {
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'main', image: 'busybox', command: sh('exit 0') }],
          },
        },
      },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
  ],
};

const EXPERIMENT = {
  apiVersion: 'chaos.kabuki.dev/v1alpha1',
  kind: 'ChaosExperiment',
  metadata: { name: 'kill' },
  spec: {
    seed: 42,
    scenario: {
      ...{ name: 'kill', cluster: { nodes: 2 }, for: '2s' },
      workload: {
        manifests: [
          {
            ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'inner' } },
            data: { key: base64(IN_EXPERIMENT) },
          },
        ],
      },
      faults: [
        {
          name: 'kill',
          fault: 'crash',
          target: { role: 'node', count: 1 },
          at: '200ms',
          for: '1s',
        },
      ],
    },
  },
};

/** Starts a recording; resolves once it is under way. */
async function record(...args: string[]): Promise<ChildProcess & { said(): string }> {
  const child = spawn(process.execPath, [kabukiScript, 'trace', 'record', '--data', data, ...args]);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await eventually(async () => said.includes('recording to'));
  return Object.assign(child, { said: () => said });
}

async function stop(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  return (await exit)[0] as number | null;
}

const field = (what: string, path: string): Promise<string> =>
  kubectl(['get', ...what.split(' '), '-o', `jsonpath={${path}}`]);

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  cluster = await startCluster(['--chaos', '--nodes', '2'], data);
  kubectl = kubectlFor(cluster, binary.path);
  const recording = await record('-o', file);
  await kubectl('apply -f -', { stdin: JSON.stringify(WORKLOAD) });
  const change = JSON.stringify({ stringData: { password: CHANGED } });
  await kubectl(['patch', 'secret', 'pw', '--type=merge', '-p', change]);
  token = (await kubectl('create token default')).trim();
  await kubectl('rollout status deployment/web --timeout=30s');
  await eventually(
    async () =>
      Number(await field('pod crashing', '.status.containerStatuses[0].restartCount')) >= 2,
  );
  await eventually(async () => (await field('job job', '.status.succeeded')) === '1');
  // An experiment begins once nothing is amiss, and kills a node.
  await kubectl('delete pod/crashing pod/huge');
  await kubectl('apply -f -', { stdin: JSON.stringify(EXPERIMENT) });
  await eventually(
    async () => (await field('chaosexperiment kill', '.status.faultsInjected')) === '1',
  );
  await kubectl('delete chaosexperiment/kill deployment/web secret/pw');
  expect(await stop(recording)).toBe(0);
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface KindReport {
  readonly kind: string;
  readonly same: number;
  readonly different: number;
}

test('every kind of machine that was at work comes out the same, step for step', async () => {
  const { code, stdout } = await kabuki('trace', 'replay', file, '-o', 'json');
  const report = JSON.parse(stdout) as { kinds: readonly KindReport[]; different: number };
  expect(report.different, stdout).toBe(0);
  expect(report.kinds.map(({ kind }) => kind)).toEqual(Object.keys(MACHINES).sort());
  for (const { kind, same } of report.kinds) expect(same, `${kind}: ${stdout}`).toBeGreaterThan(0);
  expect(code).toBe(0);
});

test('the values of Secrets are nowhere in the file, and everything else is', () => {
  const bytes = readFileSync(file);
  for (const value of [PASSWORD, CHANGED, KEY, IN_EXPERIMENT, token]) {
    expect(bytes.includes(value), value).toBe(false);
    // Whatever stands before it, base64 of the value has one of three forms.
    for (const shift of ['', 'a', 'ab']) {
      const inner = base64(shift + value).slice(shift === '' ? 0 : 4, -4);
      expect(bytes.includes(inner), inner).toBe(false);
    }
  }
  expect(token.length).toBeGreaterThan(100);
  expect(bytes.includes('redacted-')).toBe(true);
  expect(bytes.includes('trap ')).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('view says what is in it', async () => {
  const { code, stdout } = await kabuki('trace', 'view', file);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^replay +yes: \d+ of [\d,]+ steps/m);
  expect(stdout).toMatch(/^reconciler +\d+ +\d+ +\d+$/m);
  const steps = await kabuki('trace', 'view', file, '--steps', '--actor', 'pod/default/crashing');
  expect(steps.stdout).toMatch(/pod\/default\/crashing .*<- container\.exited/);
  const whole = await kabuki('trace', 'view', file, '-o', 'json');
  expect(JSON.parse(whole.stdout)).toMatchObject({ isDamaged: false, info: { mode: 'full' } });
});

test('a replay stops before a message, and shows the state that its actor was in', async () => {
  const exit = readTraceFile(file).records.find(
    (one): one is StepTraced =>
      one.type === 'step' &&
      one.actor === 'pod/default/crashing' &&
      one.event === 'container.exited',
  );
  const id = exit?.messageId ?? '';
  const { code, stdout } = await kabuki('trace', 'replay', file, '--actor', 'pod', '--until', id);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^pod\/default\/crashing in node-\d, before message /);
  expect(stdout).toMatch(/^state +running$/m);
  expect(stdout).toContain('"exitCode": 3');
  const none = await kabuki('trace', 'replay', file, '--until', 'none');
  expect(none).toMatchObject({ code: EXIT.usage, stdout: '' });
});

test('a run is the same as itself, and as its copy', async () => {
  copyFileSync(file, other);
  const { code, stdout } = await kabuki('trace', 'diff', file, other);
  expect(stdout).toMatch(/^The two traces are the same/);
  expect(code).toBe(0);
});

/** A file with the same steps of one process, one of them changed. */
function doctor(change: (step: StepTraced) => StepTraced): void {
  const { records, info } = readTraceFile(file);
  const rows = records
    .filter((one): one is StepTraced => one.type === 'step' && one.full !== undefined)
    .filter(({ actor }) => actor === 'pod/default/crashing')
    .map((step) => (step.event === 'container.exited' ? change(step) : step))
    .map((step) => {
      const { event, effects, context } = step.full as NonNullable<StepTraced['full']>;
      return stepRow(step, { ...step, full: encode([event, effects, context]) });
    });
  const body = { v: TRACE_VERSION, process: 'node-1', rows };
  const end = { atMs: 0, why: 'asked' };
  writeFileSync(other, Buffer.concat([fileHead(), ...[{ info }, body, { end }].map(fileFrame)]));
}

test('a doctored file is caught, and the difference shown from both sides', async () => {
  doctor((step) => step);
  expect((await kabuki('trace', 'replay', other)).code).toBe(0);
  doctor((step) => ({
    ...step,
    full: { ...(step.full as NonNullable<StepTraced['full']>), effects: [{ type: 'pod.discard' }] },
  }));
  const { code, stdout } = await kabuki('trace', 'replay', other);
  expect(code).toBe(EXIT.differs);
  expect(stdout).toMatch(/came out otherwise/);
  expect(stdout).toMatch(/on record {2}\{"type":"pod.discard"\}/);
});

describe('what is damaged is said, and what is whole is used', () => {
  test('a file that is cut off', async () => {
    const bytes = readFileSync(file);
    writeFileSync(other, bytes.subarray(0, bytes.length - 5_000));
    const view = await kabuki('trace', 'view', other);
    expect(view.code).toBe(EXIT.damaged);
    expect(view.stdout).toMatch(/warning .*the file is cut off/);
    const replay = await kabuki('trace', 'replay', other);
    expect(replay.code).toBe(EXIT.damaged);
    expect(replay.stderr).toMatch(/the end is missing/);
  });

  test('what is no trace', async () => {
    writeFileSync(other, 'kabuki trace 9\n');
    const { code, stderr } = await kabuki('trace', 'replay', other);
    expect(stderr).toMatch(/^kabuki: .*has version 9 of the format/);
    expect(code).toBe(EXIT.versionTooOld);
    expect((await kabuki('trace', 'diff', file, join(folder, 'none'))).code).toBe(EXIT.usage);
  });
});

test('a recording is refused where it would overwrite something, and where nothing runs', async () => {
  const taken = await kabuki('trace', 'record', '-o', file, '--data', data);
  expect(taken.stderr).toMatch(/exists\nName another one, or add --force/);
  expect(taken.code).toBe(EXIT.usage);
  const none = await kabuki('trace', 'record', '-o', other, '--force', '--data', folder);
  expect(none.code).toBe(EXIT.notRunning);
  expect(readFileSync(other, 'utf8')).toBe('kabuki trace 9\n');
});

test('a light recording is smaller, cannot be replayed, and says so', async () => {
  const light = join(folder, 'light.ktrace');
  const args = ['-o', light, '--light', '--for', '1s', '--data', data];
  expect((await kabuki('trace', 'record', ...args)).code).toBe(0);
  const view = await kabuki('trace', 'view', light);
  expect(view.stdout).toMatch(/\d+ of [\d,]+ steps were recorded|no step was recorded/);
  const fresh = join(folder, 'fresh.ktrace');
  await kabuki(
    'trace',
    'record',
    '-o',
    fresh,
    '--light',
    '--since',
    'now',
    '--for',
    '2s',
    '--data',
    data,
  );
  const { code, stdout } = await kabuki('trace', 'replay', fresh);
  expect(stdout).toMatch(/^None of \d+ steps can be replayed: recorded without data/);
  expect(code).toBe(EXIT.nothingReplayed);
});
