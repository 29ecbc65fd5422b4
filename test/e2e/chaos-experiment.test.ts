/** ChaosExperiments on a real cluster, by stock kubectl: begun, shown, refused, and healed by their deletion. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlBinary } from '../tools/kubectl.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type RunningCluster,
  run,
  startCluster,
} from './cluster.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-experiment-'));
let cluster: RunningCluster;
let kubectl: Kubectl;

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      // Listens nowhere: clusters of one host share its addresses.
      spec: { containers: [{ name: 'web', image: 'pause' }] },
    },
  },
};
const kill = { name: 'kill', fault: 'crash', target: { role: 'node', count: 1 }, at: '500ms' };
const base = { cluster: { nodes: 2 }, workload: { manifests: [web] }, for: '6s' };

async function apply(name: string, scenario: object): Promise<void> {
  const stdin = JSON.stringify({
    apiVersion: 'chaos.kabuki.dev/v1alpha1',
    kind: 'ChaosExperiment',
    metadata: { name },
    spec: { seed: 42, scenario: { name, ...base, ...scenario } },
  });
  expect(await kubectl('apply -f -', { stdin })).toContain(`${name} created`);
}

interface Sight {
  readonly processes: readonly { readonly name: string; readonly state: string }[];
  readonly faults: readonly { readonly name: string }[];
}

async function sight(): Promise<Sight> {
  const args = [kabukiScript, 'chaos', 'status', '-o', 'json', '--data', data];
  return JSON.parse((await run(process.execPath, args)).stdout) as Sight;
}

const field = (name: string, path: string): Promise<string> =>
  kubectl(['get', 'chaosexperiment', name, '-o', `jsonpath={${path}}`]);

/** Waits until it is over, whatever came of it; what came of it must be that all held. */
async function ended(name: string): Promise<void> {
  const over = '--for=jsonpath={.status.completionTime}';
  await kubectl(['wait', `chaosexperiment/${name}`, over, '--timeout=100s']);
  expect(await field(name, '.status.message')).toMatch(/^All \d+ rules held/);
  await kubectl(['wait', `chaosexperiment/${name}`, '--for=condition=Complete', '--timeout=5s']);
}

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  cluster = await startCluster(['--chaos', '--nodes', '2'], data);
  kubectl = kubectlFor(cluster, binary.path);
}, 60_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(data, { recursive: true, force: true });
});

test('what cannot run here is refused with the reason, and touches nothing', async () => {
  const skew = { ...kill, fault: 'clock-skew', by: '1s', for: '1s' };
  await apply('skewed', { faults: [skew] });
  await apply('large', { faults: [kill], cluster: { nodes: 9 } });
  await apply('wide', { faults: [{ ...kill, target: { role: 'node' } }] });
  const crowd = { nodes: 9, processes: 3 };
  await apply('crowded', { faults: [{ ...kill, target: '*' }], blastRadius: crowd });
  const reasons = {
    skewed: 'clock-skew exists in the simulation alone',
    large: 'kabuki up --chaos --nodes 9',
    wide: '2 nodes would be hit at once',
    crowded: '6 processes would be hit at once',
  };
  for (const [name, reason] of Object.entries(reasons)) {
    await eventually(async () => (await field(name, '.status.phase')) === 'Refused', 20_000);
    expect(await field(name, '.status.message')).toContain(reason);
  }
  expect(await kubectl('get deployments -o name')).toBe('');
}, 30_000);

test('kubectl apply begins one, and kubectl get shows how far it is and what came of it', async () => {
  await apply('short', { faults: [{ ...kill, for: 'until-healed' }] });
  await eventually(async () => (await field('short', '.status.faultsInjected')) === '1', 30_000);
  await ended('short');
  expect(await kubectl('get chaosexperiments short')).toMatch(
    /^NAME +PHASE +FAULTS +VIOLATIONS +RECOVERY +AGE\nshort +Succeeded +1 +0 +\d+s +\d+s\n$/,
  );
  expect(await field('short', '.metadata.finalizers')).toBe('');
  expect(Number(await field('short', '.status.invariantsChecked'))).toBeGreaterThan(10);
  await eventually(async () => {
    const told = await kubectl(
      'get events --field-selector involvedObject.name=short --sort-by=.metadata.creationTimestamp ' +
        '-o jsonpath={.items[*].reason}',
    );
    return told.split(' ').sort().join() === 'FaultInjected,Healed,Started,Succeeded';
  }, 10_000);
  expect((await sight()).faults).toEqual([]);
}, 120_000);

test('kubectl delete heals at once, and then the next has its turn', async () => {
  await apply('long', { for: '10m', faults: [{ ...kill, for: 'until-healed' }] });
  await apply('next', {
    for: '1s',
    faults: [{ ...kill, name: 'stop', fault: 'pause', for: '500ms' }],
  });
  await eventually(async () => (await sight()).faults.length === 1, 30_000);
  expect(await field('next', '.status.phase')).toBe('Pending');
  expect(await field('next', '.status.message')).toContain('Waits for long');
  expect(await kubectl('delete chaosexperiment long --timeout=10s')).toContain('deleted');
  expect((await sight()).faults.filter(({ name }) => name === 'kill')).toEqual([]);
  await ended('next');
  await eventually(async () => (await sight()).processes.every(({ state }) => state === 'running'));
}, 120_000);
