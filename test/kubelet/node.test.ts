/** The node: registration, heartbeats, the Lease, and what an API that fails makes of them. */
import { expect, test } from 'vitest';
import type { Change } from '../../machines/api/change.ts';
import type { Lease, Node } from '../../machines/api/types.ts';
import { nodeMachine } from '../../machines/kubelet/node.ts';
import { createStepper } from '../../machines/step.ts';
import { renderState, shortEffect } from '../../machines/step-record.ts';
import { nodeConfig, startNode, until } from './support.ts';

test('a node registers whole with one write, holds a Lease, and beats', async () => {
  const node = startNode();
  const { api, bus } = node;
  const beats: unknown[] = [];
  bus.subscribe('test.beat.*', ({ subject, body }) => void beats.push([subject, body]));
  const object = (await until(() => api.objects.get('core/nodes//n1'), 'the Node')) as Node;
  expect(object.metadata?.labels).toMatchObject({
    'kubernetes.io/hostname': 'n1',
    'kubernetes.io/os': 'linux',
  });
  expect(object.spec).toEqual({ podCIDR: '127.200.1.0/24', podCIDRs: ['127.200.1.0/24'] });
  const conditions = object.status?.conditions?.map(({ type, status }) => `${type}=${status}`);
  expect(conditions).toEqual([
    'MemoryPressure=False',
    'DiskPressure=False',
    'PIDPressure=False',
    'Ready=True',
  ]);
  const key = 'coordination.k8s.io/leases/kube-node-lease/n1';
  const lease = (await until(() => api.objects.get(key), 'the Lease')) as Lease;
  expect(lease.spec).toMatchObject({ holderIdentity: 'n1', leaseDurationSeconds: 40 });
  await until(() => beats.length > 0, 'a beat');
  expect(beats[0]).toEqual(['test.beat.n1', { ready: true }]);
  expect(api.writes.length).toBe(2);
});

/** What the API answers to each kind of change, in turn. */
type Answers = { readonly [what: string]: readonly (readonly [boolean, string])[] };

function play(answers: Answers, seconds: number): { lines: string[]; changes: Change[] } {
  const stepper = createStepper(nodeMachine);
  const config = nodeConfig('n1');
  let nowMs = 0;
  let step = stepper.initial({ config, nowMs });
  const lines: string[] = [];
  const changes: Change[] = [];
  const timers = new Map<string, number>();
  const counts = new Map<string, number>();
  const take = (event: string) => {
    const { effects, state } = step;
    const told = effects.filter(({ type }) => type !== 'timer.set').map((e) => shortEffect(e));
    const whats = effects.map((e) => (e as { what?: string }).what ?? '').filter(Boolean);
    if (event !== 'timer.fired beat') {
      lines.push(`${nowMs / 1000}s ${renderState(state.value)} <- ${event} ! ${told} ${whats}`);
    }
    for (const effect of effects as unknown as { type: string; [field: string]: unknown }[]) {
      if (effect.type === 'timer.set') timers.set(effect.timer as string, effect.atMs as number);
      if (effect.type !== 'change.make') continue;
      changes.push(effect.change as Change);
      const what = effect.what as string;
      const n = counts.get(what) ?? 0;
      counts.set(what, n + 1);
      const [ok, reason] = answers[what]?.[n] ?? [true, ''];
      const object = { metadata: { name: 'n1', uid: 'u' } };
      const event = { type: 'change.settled', what, ok, reason, revision: 1, object, nowMs };
      queue.push(event as never);
    }
  };
  const queue: { type: string; what?: string; ok?: boolean }[] = [];
  take('(start)');
  for (;;) {
    const event = queue.shift();
    if (event !== undefined) {
      step = stepper.step(step.state, { ...event, nowMs } as never);
      take(`${event.type} ${event.what} ${event.ok}`);
      continue;
    }
    const [timer, atMs = Number.POSITIVE_INFINITY] =
      [...timers].sort(([, a], [, b]) => a - b)[0] ?? [];
    if (timer === undefined || atMs > seconds * 1000) break;
    timers.delete(timer);
    nowMs = atMs;
    step = stepper.step(step.state, { type: 'timer.fired', timer, nowMs } as never);
    take(`timer.fired ${timer}`);
  }
  return { lines, changes };
}

test('golden: a node through good and bad times', async () => {
  const runs: { readonly [name: string]: Answers } = {
    'a new node': {},
    'a node that is known': {
      register: [[false, 'AlreadyExists']],
      newLease: [[false, 'AlreadyExists']],
    },
    'an API that is away': {
      register: [
        [false, 'Timeout'],
        [false, 'Timeout'],
      ],
    },
    'a Node object that was deleted': { status: [[false, 'NotFound']] },
    'a Lease that was deleted': { lease: [[false, 'NotFound']] },
  };
  const text = Object.entries(runs).map(
    ([name, answers]) => `${name}\n${play(answers, 310).lines.slice(0, 12).join('\n')}\n`,
  );
  await expect(text.join('\n')).toMatchFileSnapshot('golden/node.txt');
});

/** A ready node's machine and what a test may do to it. */
function readyNode() {
  const stepper = createStepper(nodeMachine);
  const config = nodeConfig('n1');
  let state = stepper.initial({ config, nowMs: 0 }).state;
  const give = (event: { type: string; [field: string]: unknown }) => {
    const step = stepper.step(state, event as never);
    state = step.state;
    return step.effects as unknown as { type: string; what?: string; change?: Change }[];
  };
  give({
    ...{ type: 'change.settled', what: 'register', ok: true, reason: '', revision: 1, nowMs: 1 },
    object: { metadata: { name: 'n1', uid: 'u' }, status: { conditions: [said('True')] } },
  });
  return { give, config };
}

const said = (status: string) => ({
  ...{ type: 'Ready', status, reason: 'x', message: 'x' },
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

test('a node that stood still, or was cut off, looks at what others made of it', () => {
  const { give, config } = readyNode();
  const types = (effects: readonly { type: string }[]) => effects.map(({ type }) => type);
  const beat = (nowMs: number) => types(give({ type: 'timer.fired', timer: 'beat', nowMs }));
  expect(beat(config.beatMs)).not.toContain('node.read');
  expect(beat(config.beatMs * 20)).toContain('node.read');
  expect(types(give({ type: 'bus.connected', nowMs: 1 }))).toEqual(['node.read']);
  expect(types(give({ type: 'node.heard', nowMs: 1 }))).toEqual(['node.read']);
});

test('a node that cannot see what others made of it looks again', () => {
  const { give } = readyNode();
  const later = give({ type: 'node.unread', nowMs: 5_000 });
  expect(later).toMatchObject([{ type: 'timer.set', timer: 'read' }]);
  const { atMs } = later[0] as unknown as { atMs: number };
  expect(atMs).toBeGreaterThan(5_000);
  const read = give({ type: 'timer.fired', timer: 'read', nowMs: atMs });
  expect(read).toEqual([{ type: 'node.read' }]);
});

test('a node that is thought dead says that it is ready, once', () => {
  const { give } = readyNode();
  const unknown = { metadata: { name: 'n1' }, status: { conditions: [said('Unknown')] } };
  const known = { metadata: { name: 'n1' }, status: { conditions: [said('True')] } };
  expect(give({ type: 'node.seen', object: known, nowMs: 5_000 })).toEqual([]);
  const effects = give({ type: 'node.seen', object: unknown, nowMs: 5_000 });
  expect(effects.map(({ what }) => what)).toEqual(['status']);
  const change = effects[0]?.change as { patch: Node } | undefined;
  const ready = change?.patch.status?.conditions?.find(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'True', lastTransitionTime: '1970-01-01T00:00:05Z' });
});

test('a node that is thought short of what it has says so again', () => {
  const { give } = readyNode();
  const memory = { ...said('True'), type: 'MemoryPressure' };
  const object = { metadata: { name: 'n1' }, status: { conditions: [said('True'), memory] } };
  const seen = give({ type: 'node.seen', object, nowMs: 5_000 });
  expect(seen.map(({ what }) => what)).toEqual(['status']);
});

test('a node whose object is gone registers again', () => {
  const { give } = readyNode();
  const effects = give({ type: 'node.seen', object: undefined, nowMs: 5_000 });
  expect(effects.map(({ what }) => what)).toContain('register');
});
