/**
 * Every kind of fault on a real cluster, each seen to do what it says: scenarios run, and their recordings tell. Faults
 * that do not disturb each other's proof share a scenario. Its pods listen nowhere.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectAs, ownNatsAccess } from '../../actors/cluster/nats-access.ts';
import type { ProcessStatus } from '../../actors/cluster/process.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Node, Pod } from '../../machines/api/types.ts';
import {
  eventually,
  kabukiScript,
  type Output,
  type RunningCluster,
  run,
  startCluster,
} from './cluster.ts';
import { keysOf, Recording, type Window } from './recording.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-faults-'));
let cluster: RunningCluster;

const kabuki = (...args: string[]): Promise<Output> =>
  run(process.execPath, [kabukiScript, ...args, '--data', data], { timeoutMs: 110_000 });

// JSON is YAML that needs no indentation.
const pod = (name: string): string =>
  JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
    spec: { containers: [{ name: 'main', image: 'pause:1' }] },
  });

const configMap = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

const WEB = JSON.stringify({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 5, containers: [{ name: 'web', image: 'pause:1' }] },
    },
  },
});

const fileOf = (name: string, text: string): string => {
  const file = join(data, `${name}.yaml`);
  writeFileSync(file, `name: ${name}\ncluster: { nodes: 3 }\n${text}`);
  return file;
};

/** Runs a scenario, in which every rule must hold, and reads its recording. */
async function recorded(name: string, text: string): Promise<Recording> {
  const record = join(data, `${name}.jsonl`);
  const { code, stdout, stderr } = await kabuki(
    ...['chaos', 'run', fileOf(name, text), '--timeline', '--record', record],
  );
  expect({ code, why: code === 0 ? '' : stderr + stdout }).toEqual({ code: 0, why: '' });
  return new Recording(record);
}

interface Sight {
  readonly name: string;
  readonly pid: number;
  readonly restarts: number;
}

async function sight(name: string): Promise<Sight> {
  const { stdout } = await kabuki('chaos', 'status', '-o', 'json');
  const { processes } = JSON.parse(stdout) as { readonly processes: readonly Sight[] };
  return processes.find((one) => one.name === name) as Sight;
}

beforeAll(async () => {
  cluster = await startCluster(['--chaos', '--nodes', '3'], data);
});

afterAll(async () => {
  await cluster?.stop();
  rmSync(data, { recursive: true, force: true, maxRetries: 20 });
});

describe('the store as processes see it', () => {
  let seen: Recording;

  beforeAll(async () => {
    seen = await recorded(
      'store',
      `
for: 10500ms
workload:
  manifests: [${WEB}]
  steps:
    - { at: 800ms, scale: deployment/default/web, replicas: 4 }
    - { at: 3400ms, scale: deployment/default/web, replicas: 3 }
    - { at: 5200ms, scale: deployment/default/web, replicas: 4 }
    - { at: 6700ms, scale: deployment/default/web, replicas: 3 }
    - { at: 8500ms, scale: deployment/default/web, replicas: 4 }
    - { at: 5300ms, apply: ${configMap('one')} }
    - { at: 8600ms, apply: ${configMap('two')} }
faults:
  - { name: stale, fault: stale-view, lag: 1500ms, target: controllers-1, at: 300ms, for: 2500ms }
  - { name: skip, fault: skip-events, target: scheduler-1, at: 300ms, for: 2500ms }
  - { name: slow, fault: store-slow, by: 300ms..400ms, target: apiserver-1, at: 3s, for: 1500ms }
  - { name: away, fault: store-unavailable, target: apiserver-1, at: 5s, for: 1200ms }
  - { name: contended, fault: store-conflict, target: apiserver-1, at: 6500ms, for: 1500ms }
  - { name: silent, fault: store-unknown, target: apiserver-1, at: 8300ms, for: 1s }
  - { name: cut, fault: store-compact, target: '*', at: 9600ms }
hold: { recoverWithin: 60s }
`,
    );
  });

  test('stale-view: what a process reads of the log is old', () => {
    const { beganMs } = seen.fault('stale');
    // It hears of the fault a moment after it has begun; at its end what waits is told at once.
    const lags = seen.lagsMs('controllers-1', { beganMs, endedMs: beganMs + 2_499 });
    const first = lags.findIndex((ms) => ms > 750);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(Math.min(...lags.slice(first))).toBeGreaterThan(750);
  });

  test('skip-events: a process is told nothing, and then of the state anew', () => {
    const { beganMs, endedMs } = seen.fault('skip');
    const within = { beganMs: beganMs + 200, endedMs };
    expect(seen.commits('', within).length).toBeGreaterThan(0);
    const after = { beganMs, endedMs: endedMs + 2_000 };
    const told = seen.told('scheduler-1', after).map(({ what }) => what);
    expect(told.indexOf('event')).toBeGreaterThan(told.indexOf('reset'));
    expect(told.slice(told.indexOf('reset')).slice(0, 2)).toEqual(['reset', 'start']);
  });

  test('store-slow: every write takes its time', () => {
    const writes = seen.hitWrites('slow', 1_500, ({ tookMs }) => tookMs > 250);
    expect(writes.length).toBeGreaterThan(1);
    expect(Math.min(...writes.map(({ tookMs }) => tookMs))).toBeGreaterThan(250);
  });

  test('store-unavailable: no write is answered, and none is stored', () => {
    const writes = seen.hitWrites('away', 1_200, ({ outcome }) => outcome === 'unavailable');
    expect(writes.length).toBeGreaterThan(1);
    expect(new Set(writes.map(({ outcome }) => outcome))).toEqual(new Set(['unavailable']));
    const { beganMs } = seen.fault('away');
    const asked = new Set(writes.map(({ messageId }) => messageId));
    const stored = seen.commits('', { beganMs, endedMs: beganMs + 1_199 });
    expect(stored.filter(({ messageId }) => asked.has(messageId ?? ''))).toEqual([]);
  });

  test('store-conflict: somebody else has written first', () => {
    const window = seen.fault('contended');
    const refused = seen.writes(window).filter(({ outcome }) => outcome === 'conflict');
    expect(refused.length).toBeGreaterThan(0);
    const other = seen.commits('', window).filter(({ from }) => from === 'faults/store');
    expect(other.map(({ key }) => key)).toEqual(expect.arrayContaining(refused[0]?.keys as []));
  });

  test('store-unknown: writes get no answer', () => {
    const outcomes = seen.writes(seen.fault('silent')).map(({ outcome }) => outcome);
    expect(outcomes).toContain('unknown');
  });

  test('store-compact: every reader of the log starts anew', () => {
    const { beganMs, targets } = seen.fault('cut');
    expect(targets).toEqual(['apiserver-1', 'scheduler-1', 'controllers-1']);
    for (const process of targets) {
      const told = seen.told(process, { beganMs, endedMs: beganMs + 2_000 });
      expect(told.map(({ what }) => what)).toEqual(expect.arrayContaining(['reset', 'start']));
    }
  });
});

describe('nodes, containers, machines and messages', () => {
  let seen: Recording;
  let bus: NatsBus;
  /** What was heard of requests and heartbeats: when, whose, and the message. */
  const heard: { readonly atMs: number; readonly subject: string; readonly id: string }[] = [];
  const restarts = new Map<string, number>();

  beforeAll(async () => {
    const user = 'chaos-runner';
    bus = await connectAs(await ownNatsAccess(data, user), user);
    for (const pattern of ['kabuki.api.>', 'kabuki.beat.*']) {
      bus.subscribe(pattern, ({ subject, envelope: { id } }) => {
        heard.push({ atMs: Date.now(), subject, id });
      });
    }
    for (const name of ['controllers-1', 'node-1']) {
      restarts.set(name, (await sight(name)).restarts);
    }
    seen = await recorded(
      'nodes',
      `
for: 14s
workload:
  manifests: [${WEB}]
  steps:
    - { at: 3s, rollout: deployment/default/web, image: 'pause:2' }
    - { at: 8500ms, scale: deployment/default/web, replicas: 6 }
faults:
  - { name: crashing, fault: crash-containers, target: { pods: { labels: { app: web } } }, at: 300ms }
  - { name: short, fault: pressure, resource: memory, target: node-1, at: 1s, for: 1s }
  - { name: lost, fault: drop, target: { process: node-2, subject: 'beat.*' }, at: 1s, for: 5s }
  - { name: late, fault: delay, by: 1500ms..1600ms, target: { process: node-3, subject: 'beat.*' }, at: 1s, for: 6s }
  - { name: slow, fault: slow-start, by: 1500ms, target: { role: node }, at: 2500ms, for: 5s }
  - { name: lingering, fault: slow-stop, by: 1s, target: { role: node }, at: 2500ms, for: 5s }
  - { name: twice, fault: duplicate, probability: 50%, target: { subject: 'api.>' }, at: 2500ms, for: 5s }
  - { name: mixed, fault: reorder, window: 300ms, target: { subject: 'api.>' }, at: 8s, for: 3s }
  - { name: errors, fault: runtime-error, operation: start, target: { role: node }, at: 8s, for: 3s }
  - { name: reconcilers, fault: crash, target: { role: controllers, actor: 'reconciler/*' }, at: 9s }
  - { name: pods, fault: crash, target: { role: node, actor: pod/default/web-* }, at: 12s }
hold: { recoverWithin: 60s }
blastRadius: { nodes: 3 }
`,
    );
  });

  afterAll(() => bus?.close());

  const during = ({ beganMs, endedMs }: Window, subject: string) =>
    heard.filter(
      (one) => one.atMs >= beganMs && one.atMs <= endedMs && one.subject.startsWith(subject),
    );
  const pods = (window?: Window) =>
    seen.commits('core/pods/default/web-', window).map(({ object }) => object as Pod);

  test('crash-containers: those that run are killed, and started again', () => {
    const { beganMs } = seen.fault('crashing');
    const untilMs = seen.fault('short').beganMs;
    const exited = seen
      .of('container')
      .filter(({ state, atMs }) => state === 'exited' && atMs >= beganMs && atMs < untilMs);
    expect(exited.map(({ exitCode }) => exitCode)).toEqual([137, 137, 137]);
    const counts = pods().flatMap(({ status }) => status?.containerStatuses ?? []);
    expect(counts.some(({ restartCount }) => restartCount === 1)).toBe(true);
  });

  test('pressure: the condition and the taint come, and go', () => {
    const states = seen.commits('core/nodes/_/node-1').map(({ object }) => {
      const { spec, status } = object as Node;
      const condition = status?.conditions?.find(({ type }) => type === 'MemoryPressure');
      const tainted = spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/memory-pressure');
      return `${condition?.status} ${tainted === true}`;
    });
    expect(states).toContain('True true');
    expect(states.at(-1)).toBe('False false');
  });

  test('drop: messages are lost', () => {
    const window = seen.fault('lost');
    // The first beat may go out before its node hears of the fault, and one when its time is over.
    const surely = { ...window, beganMs: window.beganMs + 1_000, endedMs: window.beganMs + 4_999 };
    expect(during(surely, 'kabuki.beat.node-2')).toEqual([]);
    expect(during(window, 'kabuki.beat.node-1').length).toBeGreaterThan(2);
  });

  test('delay: messages come later', () => {
    const { beganMs } = seen.fault('late');
    // A beat a second: the first that is late comes long after the last that was not.
    const around = { beganMs: beganMs - 1_500, endedMs: beganMs + 5_000, targets: [] };
    const atMs = during(around, 'kabuki.beat.node-3').map((one) => one.atMs);
    const gapsMs = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? 0));
    expect(Math.max(...gapsMs)).toBeGreaterThan(2_200);
  });

  test('slow-start: containers take longer to start', () => {
    const window = seen.fault('slow');
    const started = seen.of('container').filter(({ state, atMs }) => {
      return state === 'started' && atMs > window.beganMs && atMs < window.endedMs;
    });
    const bound = seen.commits('core/pods/default/web-', window);
    const tookMs = started.flatMap(({ pod: name, atMs }) => {
      const first = bound.find(({ object }) => (object as Pod).metadata?.name === name);
      return first === undefined ? [] : [atMs - first.atMs];
    });
    expect(tookMs.length).toBeGreaterThan(0);
    expect(Math.min(...tookMs)).toBeGreaterThan(1_400);
  });

  test('slow-stop: containers take longer to stop', () => {
    const window = seen.fault('lingering');
    const deleted = seen
      .commits('core/pods/default/web-', window)
      .filter(({ object }) => (object as Pod).metadata?.deletionTimestamp !== undefined);
    const tookMs = deleted.flatMap(({ object, atMs }) => {
      const name = (object as Pod).metadata?.name;
      const end = seen.of('container').find((one) => one.pod === name && one.atMs > atMs);
      return end?.state === 'exited' && end.atMs < window.endedMs ? [end.atMs - atMs] : [];
    });
    expect(Math.max(...tookMs)).toBeGreaterThan(900);
  });

  test('runtime-error: the runtime answers with an error, and later with none', () => {
    const reasons = pods(seen.fault('errors')).flatMap(({ status }) =>
      (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason),
    );
    expect(reasons).toContain('RunContainerError');
  });

  test('duplicate: messages come twice', () => {
    const ids = during(seen.fault('twice'), 'kabuki.api.').map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(new Set(ids).size);
  });

  test('reorder: messages overtake each other', () => {
    const { beganMs, endedMs } = seen.fault('mixed');
    const ids = during({ beganMs, endedMs, targets: [] }, 'kabuki.api.').map(({ id }) => id);
    const before = { beganMs: 0, endedMs: seen.fault('twice').beganMs, targets: [] };
    const others = during(before, 'kabuki.api.').map(({ id }) => id);
    expect(overtakings(ids)).toBeGreaterThan(overtakings(others));
  });

  test('crash of single machines: they are made anew, and the processes live', async () => {
    const { stdout } = await kabuki('status', '-o', 'json');
    const { processes } = JSON.parse(stdout) as { readonly processes: readonly ProcessStatus[] };
    const crashes = (name: string): number =>
      processes
        .filter((one) => one.name.startsWith(name))
        .reduce((sum, { counters }) => sum + (counters.crashes ?? 0), 0);
    expect(crashes('controllers-1')).toBeGreaterThan(0);
    expect(crashes('node-')).toBeGreaterThan(0);
    for (const [name, before] of restarts) expect((await sight(name)).restarts).toBe(before);
  });
});

/** How often a sender's message comes after a later one of its own; ids end in a count. */
function overtakings(ids: readonly string[]): number {
  const last = new Map<string, number>();
  let count = 0;
  for (const id of ids) {
    const [sender = '', number = ''] = id.split('-');
    const at = Number.parseInt(number, 36);
    const before = last.get(sender) ?? 0;
    if (at < before) count += 1;
    last.set(sender, Math.max(at, before));
  }
  return count;
}

describe('the only server of the store, exact crashes, and starts in the past', () => {
  let seen: Recording;
  let server: Sight;

  beforeAll(async () => {
    server = await sight('nats-1');
    seen = await recorded(
      'crashes',
      `
for: 18s
workload:
  manifests: [${WEB}]
  steps:
    - { at: 500ms, apply: ${pod('before')} }
    - { at: 3s, apply: ${pod('after')} }
    - { at: 9s, scale: deployment/default/web, replicas: 5 }
    - { at: 13500ms, scale: deployment/default/web, replicas: 4 }
faults:
  - name: before-it-binds
    fault: crash
    afterEffects: 0
    target: $stepping
    on: { step: { actor: pendingPod/default/before, enters: binding } }
    for: 1500ms
  - name: after-it-bound
    fault: crash
    target: { role: scheduler }
    on: { step: { actor: pendingPod/default/after, enters: binding } }
    for: 1500ms
  - { name: past, fault: crash, staleRevisions: 15, target: { role: controllers }, at: 5500ms, for: 1s }
  - { name: killed, fault: store-server, leader: true, at: 8500ms, for: 2s }
  - { name: frozen, fault: store-server, how: pause, at: 13s, for: 3s }
hold: { recoverWithin: 60s }
`,
    );
  });

  const bound = (name: string, window: Window): boolean =>
    seen
      .commits(`core/pods/default/${name}`, window)
      .some(({ object }) => (object as Pod).spec?.nodeName !== undefined);

  test('crash before the effects of a step: nothing of it is done', () => {
    expect(seen.fault('before-it-binds').targets).toEqual(['scheduler-1']);
    expect(bound('before', seen.fault('before-it-binds'))).toBe(false);
  });

  test('crash after the effects of a step: all of it is done', () => {
    expect(bound('after', seen.fault('after-it-bound'))).toBe(true);
  });

  test('crash with staleRevisions: it begins in the past, and catches up', () => {
    const { endedMs } = seen.fault('past');
    const told = seen.told('controllers-1', {
      beganMs: endedMs,
      endedMs: Number.POSITIVE_INFINITY,
    });
    const [start] = told;
    const before = seen.commits('', { beganMs: 0, endedMs: (start?.atMs ?? 0) - 1 });
    const last = Math.max(...before.map(({ revision }) => revision));
    expect(start?.what).toBe('start');
    expect(last - (start?.revision ?? 0)).toBeGreaterThanOrEqual(10);
    expect(told.some(({ what, revision }) => what === 'event' && revision > last)).toBe(true);
  });

  test.each([
    ['killed', 'crashed', 2_000],
    ['frozen', 'paused', 3_000],
  ])('store-server %s: nothing is stored until it is back', (name, state, forMs) => {
    const { beganMs, endedMs, targets } = seen.fault(name);
    expect(targets).toEqual(['nats-1']);
    const gone = seen
      .of('process')
      .find((one) => one.process === 'nats-1' && one.atMs >= beganMs && one.state === state);
    expect(gone).toBeDefined();
    // What it had sent before may be read a little later.
    const away = { beganMs: (gone?.atMs ?? 0) + 300, endedMs: beganMs + forMs - 1 };
    expect(keysOf(seen.commits('', away))).toEqual([]);
    const after = { beganMs: endedMs, endedMs: Number.POSITIVE_INFINITY };
    expect(keysOf(seen.commits('apps/deployments/default/web', after)).length).toBeGreaterThan(0);
  });

  test('a server that was killed is another process, one that stood still went on', async () => {
    expect((await sight('nats-1')).pid).not.toBe(server.pid);
    const states = seen.of('process').filter(({ process }) => process === 'nats-1');
    expect(states.map(({ state }) => state)).toEqual(['crashed', 'paused', 'resumed']);
  });
});

test('a process that ends by itself makes a run crash, and no other runs meanwhile', async () => {
  const record = join(data, 'crash.jsonl');
  const file = fileOf('crash', `for: 60s\nworkload: { manifests: [${pod('lone')}] }\n`);
  const args = [kabukiScript, 'chaos', 'run', file, '--data', data, '--record', record];
  const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let progress = '';
  running.stdout.on('data', (text) => (out += text));
  running.stderr.on('data', (text) => (progress += text));
  const ended = new Promise<number | null>((resolve) => running.once('exit', resolve));
  await eventually(async () => progress.includes('faults are loose'));
  const second = await kabuki('chaos', 'run', file);
  expect(second.code).toBe(9);
  expect(second.stderr).toMatch(/crash \(kabuki chaos run, process \d+\) is running/);
  process.kill((await sight('node-3')).pid, 'SIGKILL');
  expect(await ended).toBe(12);
  expect(out).toContain('verdict   crashed');
  expect(out).toContain('node-3: ended by itself (SIGKILL)');
  const checked = await kabukiCheck(record);
  expect(checked.code).toBe(12);
  expect(checked.stdout).toContain('node-3: ended by itself (SIGKILL)');
  expect(readFileSync(record, 'utf8')).toContain('"type":"bug"');
});

const kabukiCheck = (file: string): Promise<Output> =>
  run(process.execPath, [kabukiScript, 'check', file]);
