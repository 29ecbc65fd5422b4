/** The leader among three servers of the store dies, and stands still, on a real cluster: writes go on without it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kabukiScript, type RunningCluster, run, startCluster } from './cluster.ts';
import { keysOf, Recording } from './recording.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-leader-'));
let cluster: RunningCluster;

beforeAll(async () => {
  cluster = await startCluster(['--chaos', '--nodes', '1', '--store-replicas', '3'], data);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(data, { recursive: true, force: true, maxRetries: 20 });
});

const pod = (name: string): string =>
  JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { containers: [{ name: 'main', image: 'pause:1' }] },
  });

// The others take 4 to 9 s to choose another leader, and clients of the one that is lost some seconds to leave it.
const SCENARIO = `
name: leaders
cluster: { nodes: 1, storeReplicas: 3 }
for: 23s
workload:
  steps:
    - { at: 500ms, apply: ${pod('first')} }
    - { at: 1200ms, apply: ${pod('second')} }
    - { at: 18500ms, apply: ${pod('third')} }
faults:
  - { name: killed, fault: store-server, leader: true, at: 1s, for: 16s }
  - { name: frozen, fault: store-server, how: pause, leader: true, at: 18s, for: 4s }
hold: { recoverWithin: 60s }
`;

test('another leader is chosen, and what is asked for meanwhile is stored, once', async () => {
  const file = join(data, 'leaders.yaml');
  const record = join(data, 'leaders.jsonl');
  writeFileSync(file, SCENARIO);
  const args = [kabukiScript, 'chaos', 'run', file, '--data', data, '--record', record];
  const { code, stdout, stderr } = await run(process.execPath, args, { timeoutMs: 110_000 });
  expect({ code, why: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, why: '' });
  const seen = new Recording(record);
  const [killed, frozen] = [seen.fault('killed'), seen.fault('frozen')];
  expect(killed.targets).toHaveLength(1);
  // Who led first is down: whoever is hit next is another that led.
  expect(frozen.targets).not.toEqual(killed.targets);
  const states = seen.of('process').map(({ process, state }) => `${process} ${state}`);
  const [first] = killed.targets;
  const [second] = frozen.targets;
  expect(states).toEqual([`${first} crashed`, `${second} paused`, `${second} resumed`]);
  // While the leader is away the others store what is asked for.
  expect(keysOf(seen.commits('core/pods/default/second', killed))).not.toEqual([]);
  expect(keysOf(seen.commits('core/pods/default/third'))).not.toEqual([]);
});
