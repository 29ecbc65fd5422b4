import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDraw } from '../../machines/api/draw.ts';
import {
  compileStep,
  compileWrite,
  like,
  matchesSubject,
  matchesTarget,
  pickTargets,
  selectsPod,
  type WriteSeen,
} from '../../machines/chaos/match.ts';
import { ANYBODY } from '../../machines/chaos/parse-scenario-faults.ts';
import {
  type Fault,
  SCENARIO_DEFAULTS,
  type Trigger,
  type WritePattern,
} from '../../machines/chaos/scenario.ts';
import { processesOf } from '../../machines/chaos/scenario-fields.ts';
import { createTriggers } from '../../machines/chaos/triggers.ts';
import type { StepRecord } from '../../machines/step-record.ts';

function drawFrom(seed: number): () => number {
  const draw = createDraw(seed);
  return () => draw.below(0x1_0000_0000) / 0x1_0000_0000;
}

const fault = (name: string, trigger: Trigger, times = 1): Fault => ({
  ...{ name, trigger, times, target: ANYBODY, forMs: undefined },
  what: { fault: 'store-compact' },
});

const ANY_WRITE: WritePattern = {
  ...{ by: undefined, resource: undefined, operation: undefined, name: undefined },
};

const write = (
  key: string,
  from = 'x',
  operation: WriteSeen['operation'] = 'create',
): WriteSeen => ({
  ...{ key, from, operation, causes: [], messageId: 'm' },
});

const step = (more: Partial<StepRecord>): StepRecord => ({
  ...{
    actor: 'pod/default/web-0',
    messageId: 'm',
    causes: [],
    event: 'e',
    before: 'a',
    after: 'b',
  },
  ...{ effects: [], handled: true, waitMs: 0, tookMs: 0 },
  ...more,
});

describe('names', () => {
  test.each([
    ['node-1', 'node-1', true],
    ['node-1', 'node-10', false],
    ['node-*', 'node-10', true],
    ['*-1', 'node-1', true],
    ['*', '', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a.c', 'abc', false],
    [undefined, 'x', true],
  ])('%s and %s: %s', (pattern, text, matches) => {
    expect(like(pattern, text)).toBe(matches);
  });

  test('a pattern matches as the regular expression of it does', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (glob, given) => {
        const expected = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(given);
        return like(glob, given) === expected;
      }),
      { numRuns: 2_000 },
    );
  });
});

test.each([
  ['api.>', 'api.user.get', true],
  ['api.>', 'api', false],
  ['api.>', 'apix.y', false],
  ['beat.*', 'beat.node-1', true],
  ['beat.*', 'beat.node-1.x', false],
  ['*.x.>', 'a.x.b.c', true],
  ['*.x.>', 'a.x', false],
  ['*.x', 'a.x', true],
  ['>', 'anything', true],
  [undefined, 'anything', true],
])('subject %s and %s: %s', (pattern, subject, matches) => {
  expect(matchesSubject(pattern, subject)).toBe(matches);
});

test('a target matches only where all that it gives does', () => {
  const node = { name: 'node-1', role: 'node' };
  const asked = { ...ANYBODY, process: 'node-*', role: 'node' as const, actor: 'pod/*' };
  expect(matchesTarget(asked, node)).toBe(true);
  expect(matchesTarget(asked, node, { actor: 'pod/default/web' })).toBe(true);
  expect(matchesTarget(asked, node, { actor: 'node/node-1' })).toBe(false);
  expect(matchesTarget(asked, { name: 'scheduler-1', role: 'scheduler' })).toBe(false);
  expect(matchesTarget({ ...asked, subject: 'api.>' }, node, { subject: 'log.x' })).toBe(false);
});

test('a selector of pods looks at namespace, name and labels', () => {
  const pod = { metadata: { namespace: 'default', name: 'web-0', labels: { app: 'web' } } };
  const all = { namespace: undefined, name: undefined, labels: {} };
  expect(selectsPod(all, pod)).toBe(true);
  expect(selectsPod({ ...all, name: 'web-*', labels: { app: 'web' } }, pod)).toBe(true);
  expect(selectsPod({ ...all, namespace: 'other' }, pod)).toBe(false);
  expect(selectsPod({ ...all, labels: { app: 'db' } }, pod)).toBe(false);
});

test('targets are drawn among those that match, as many as asked for, in order', () => {
  const cluster = { ...SCENARIO_DEFAULTS, nodes: 10 };
  const processes = processesOf(cluster);
  const names = (target: object, seed = 1) =>
    pickTargets(
      { ...ANYBODY, ...target },
      processes,
      drawFrom(seed),
      (node) => node > 'node-5',
    ).map((one) => one.name);
  expect(names({ process: 'store' })).toEqual(['store']);
  expect(names({ role: 'node' })).toHaveLength(10);
  const drawn = names({ role: 'node', count: 3 });
  expect(drawn).toHaveLength(3);
  expect(drawn).toEqual(names({ role: 'node' }).filter((name) => drawn.includes(name)));
  expect(names({ role: 'node', count: 3 })).toEqual(drawn);
  const others = [2, 3, 4, 5].map((seed) => names({ role: 'node', count: 3 }, seed).join());
  expect(new Set(others).size).toBeGreaterThan(1);
  const pods = { namespace: undefined, name: undefined, labels: {} };
  expect(names({ pods })).toEqual(['node-6', 'node-7', 'node-8', 'node-9']);
});

test.each([
  [{}, {}, true],
  [{ actor: 'pod/default/*' }, {}, true],
  [{ actor: 'pod/other/*' }, {}, false],
  [{ process: 'node-2' }, {}, false],
  [{ event: 'e' }, {}, true],
  [{ enters: 'b' }, {}, true],
  [{ enters: 'b' }, { before: undefined }, true],
  [{ enters: 'a' }, {}, false],
  [{ enters: 'b' }, { before: 'b' }, false],
  [{ enters: 'leading' }, { after: { leading: 'idle' } }, true],
  [{ enters: 'leading' }, { before: { leading: 'idle' }, after: { leading: 'cycling' } }, false],
  [
    { enters: 'leading.cycling' },
    { before: { leading: 'idle' }, after: { leading: 'cycling' } },
    true,
  ],
])('the pattern %j of a step and %j: %s', (pattern, record, matches) => {
  const empty = { actor: undefined, process: undefined, event: undefined, enters: undefined };
  expect(compileStep({ ...empty, ...pattern })('node-1', step(record))).toBe(matches);
});

test.each([
  [{}, true],
  [{ by: 'system:*' }, true],
  [{ by: 'pendingPod/*' }, true],
  [{ by: 'admin' }, false],
  [{ resource: 'core/pods' }, true],
  [{ resource: 'apps/*' }, false],
  [{ operation: 'delete' as const }, false],
  [{ name: 'web-*' }, true],
  [{ name: 'default/web-*' }, true],
  [{ name: 'other/web-*' }, false],
])('the pattern %j of a write: %s', (pattern, matches) => {
  const seen = {
    ...write('core/pods/default/web-0', 'pendingPod/default/web-0'),
    user: 'system:kube-scheduler',
  };
  expect(compileWrite({ ...ANY_WRITE, ...pattern })(seen)).toBe(matches);
});

describe('triggers', () => {
  test('by time fire once, in the order of their times', () => {
    const triggers = createTriggers(
      [
        fault('b', { kind: 'at', atMs: 200 }),
        fault('a', { kind: 'at', atMs: 100 }),
        fault('c', { kind: 'at', atMs: 300 }),
      ],
      drawFrom(1),
    );
    expect(triggers.nextTimeMs()).toBe(100);
    expect(triggers.onTime(99)).toEqual([]);
    expect(triggers.onTime(200)).toEqual(['a', 'b']);
    expect(triggers.nextTimeMs()).toBe(300);
    expect(triggers.onTime(300)).toEqual(['c']);
    expect(triggers.nextTimeMs()).toBeUndefined();
    expect(triggers.onTime(1e9)).toEqual([]);
  });

  test('by rate come about as often as asked for, and no more than `times`', () => {
    const rate = { kind: 'rate', perMinute: 30 } as const;
    const often = createTriggers([fault('a', rate, 1e6)], drawFrom(3));
    const count = often.onTime(60 * 60_000).length;
    expect(count).toBeGreaterThan(1_600);
    expect(count).toBeLessThan(2_000);
    expect(often.nextTimeMs()).toBeGreaterThan(60 * 60_000);
    const few = createTriggers([fault('a', rate, 2)], drawFrom(3));
    expect(few.onTime(1e9)).toEqual(['a', 'a']);
    expect(few.nextTimeMs()).toBeUndefined();
    few.putBack('a');
    expect(few.onTime(1e9)).toEqual(['a']);
  });

  test('the nth match fires, then every further one, up to `times`', () => {
    const message = {
      kind: 'message',
      subject: 'api.>',
      from: 'a',
      to: undefined,
      nth: 3,
    } as const;
    const triggers = createTriggers([fault('m', message, 2)], drawFrom(1));
    const seen = { subject: 'api.x', from: 'a', to: 'b' };
    expect(triggers.onMessage({ ...seen, from: 'b' })).toEqual([]);
    const fired = Array.from({ length: 6 }, () => triggers.onMessage(seen).length);
    expect(fired).toEqual([0, 0, 1, 1, 0, 0]);
    triggers.putBack('m');
    expect(triggers.onMessage(seen)).toEqual(['m']);
  });

  test('steps, counts and writes fire each on its own kind', () => {
    const enters = { actor: undefined, process: undefined, event: undefined, enters: 'b' };
    const triggers = createTriggers(
      [
        fault('s', { kind: 'step', nth: 1, ...enters }),
        fault('n', { kind: 'count', step: 7 }),
        fault('before', { kind: 'write', nth: 1, when: 'before', ...ANY_WRITE }),
        fault('after', { kind: 'write', nth: 1, when: 'after', ...ANY_WRITE }),
      ],
      drawFrom(1),
    );
    expect(triggers.hears).toEqual({ messages: false, steps: true, counts: true, writes: true });
    expect(triggers.onMessage({ subject: 'x', from: 'a', to: 'b' })).toEqual([]);
    expect(triggers.onStep('node-1', step({}))).toEqual(['s']);
    expect(triggers.onStep('node-1', step({}))).toEqual([]);
    expect(triggers.onStepCount(6)).toEqual([]);
    expect(triggers.onStepCount(7)).toEqual(['n']);
    expect(triggers.onWrite('before', write('core/pods/a/b'))).toEqual(['before']);
    expect(triggers.onWrite('after', write('core/pods/a/b'))).toEqual(['after']);
  });

  test('between: after the first was stored, before the second of the same actor goes out', () => {
    const first = { ...ANY_WRITE, resource: 'apps/replicasets' };
    const second = { ...ANY_WRITE, resource: 'core/pods' };
    const between = { kind: 'between', first, second, nth: 2 } as const;
    const triggers = createTriggers([fault('w', between, 5)], drawFrom(1));
    const one = (when: 'before' | 'after', resource: string, from: string) =>
      triggers.onWrite(when, write(`${resource}/default/x`, from)).length;
    const told = [
      one('before', 'core/pods', 'a'),
      one('before', 'apps/replicasets', 'a'),
      one('after', 'apps/replicasets', 'a'),
      one('before', 'core/pods', 'b'),
      one('after', 'core/pods', 'a'),
      one('before', 'core/pods', 'a'), // the first match: nth is 2
      one('before', 'core/pods', 'a'), // no longer armed
      one('after', 'apps/replicasets', 'b'),
      one('before', 'core/pods', 'b'), // the second
      one('after', 'apps/replicasets', 'a'),
      one('before', 'core/pods', 'a'), // and every further one
    ];
    expect(told).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
  });

  test('no triggers: nothing is heard, and it costs next to nothing', () => {
    const triggers = createTriggers([], drawFrom(1));
    expect(Object.values(triggers.hears)).toEqual([false, false, false, false]);
    const record = step({});
    const startedMs = performance.now();
    for (let i = 0; i < 1_000_000; i += 1) triggers.onStep('node-1', record);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
