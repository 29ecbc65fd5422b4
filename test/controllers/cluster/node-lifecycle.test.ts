import { describe, expect, test } from 'vitest';
import type { AnyObject } from '../../../machines/api/view.ts';
import {
  isThoughtSilent,
  type NodeHealthEffect,
  nodeHealthMachine,
  reportedAt,
} from '../../../machines/controllers/node-health.ts';
import { nodeLifecycleController } from '../../../machines/controllers/node-lifecycle.ts';
import {
  evictionAtMs,
  taintEvictionController,
} from '../../../machines/controllers/node-lifecycle-eviction.ts';
import { createStepper, type MachineState } from '../../../machines/step.ts';
import { envOf, settle, World } from '../view.ts';

const silent = new Set<string>();
const controller = nodeLifecycleController({ isSilent: (node) => silent.has(node) });
const UNREACHABLE = 'node.kubernetes.io/unreachable';

const node = (name: string, conditions: object[] = [ready()], spec: object = {}): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: spec as never,
  status: { conditions },
});
function ready(status = 'True') {
  return { type: 'Ready', status, reason: 'KubeletReady', lastTransitionTime: 'then' };
}
const pod = (name: string, nodeName: string, tolerations: object[] = []): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { nodeName, tolerations } as never,
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});
const taintsOf = (world: World, name: string) =>
  (
    (world.get('core/nodes', '', name).spec as { taints?: { key: string; effect: string }[] })
      .taints ?? []
  ).map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);

describe('a node', () => {
  test('that fell silent becomes Unknown and tainted', () => {
    const world = new World([node('a'), node('b'), pod('web', 'a')]);
    silent.add('a');
    const lines = settle(world, controller, 'a');
    silent.clear();
    expect(lines).toEqual([
      'patch core/nodes a status={conditions:[Ready=Unknown/NodeStatusUnknown ' +
        'MemoryPressure=Unknown/NodeStatusNeverUpdated DiskPressure=Unknown/NodeStatusNeverUpdated ' +
        'PIDPressure=Unknown/NodeStatusNeverUpdated]}',
      'event Normal NodeNotReady Node a status is now: NodeNotReady',
      expect.stringContaining('patch core/nodes a spec='),
    ]);
    expect(taintsOf(world, 'a')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
    const condition = (world.get('core/nodes', '', 'a').status as { conditions: object[] })
      .conditions[0];
    expect(condition).toMatchObject({ message: 'Kubelet stopped posting node status.' });
  });

  test.each(['Unknown', 'False'])('that becomes %s makes its pods unready once', (status) => {
    const world = new World([node('a', [ready(status)]), pod('web', 'a'), pod('far', 'b')]);
    const lost = world.get('core/nodes', '', 'a');
    const well = { ...lost, ...node('a', [ready()]), metadata: lost.metadata };
    const notices = (resource: string, object: AnyObject, previous: AnyObject | undefined) =>
      controller.watches[resource]?.(
        object as never,
        previous as never,
        world.view(),
        false,
        resource,
      );
    expect(notices('core/nodes', lost, well)).toEqual(['a', 'default/web']);
    expect(notices('core/pods', world.get('core/pods', 'default', 'web'), undefined)).toEqual([
      'default/web',
    ]);
    expect(settle(world, controller, 'default/web')).toEqual([
      'patch core/pods web status={conditions:[Ready=False/]}',
      'event Warning NodeNotReady Node is not ready',
    ]);
    // What its kubelet says of it from then on stands, also while its heartbeats do not arrive.
    const unready = world.get('core/pods', 'default', 'web');
    const again = { ...unready, status: pod('web', 'a').status } as AnyObject;
    world.put(again);
    expect(notices('core/pods', again, unready)).toEqual([]);
    expect(notices('core/nodes', well, lost)).toEqual(['a']);
    expect(settle(world, controller, 'a').join()).not.toContain('core/pods');
  });

  test.each([
    ['before its node was lost', '2026-01-01T00:00:01Z', true],
    ['since its node was lost', '2026-01-01T00:00:09Z', false],
  ])('a pod that was said to be ready %s is unready: %s', (_, at, isUnready) => {
    const condition = (lastTransitionTime: string, status: string) => ({
      ...ready(status),
      lastTransitionTime,
    });
    const lost = node('a', [condition('2026-01-01T00:00:05Z', 'Unknown')]);
    const web = pod('web', 'a');
    const world = new World([lost, { ...web, status: { conditions: [condition(at, 'True')] } }]);
    const made = settle(world, controller, 'default/web').join();
    expect(made.includes('Ready=False')).toBe(isUnready);
  });

  test('that speaks again loses the taints when its kubelet says it is ready', () => {
    const taints = [
      { key: UNREACHABLE, effect: 'NoExecute' },
      { key: 'example.com/mine', effect: 'NoSchedule' },
    ];
    const world = new World([node('a', [ready('Unknown')], { taints }), node('b')]);
    settle(world, controller, 'a');
    expect(taintsOf(world, 'a')).toContain('unreachable:NoExecute');
    world.edit('core/nodes', '', 'a', (old) => ({ ...old, status: { conditions: [ready()] } }));
    settle(world, controller, 'a');
    expect(taintsOf(world, 'a')).toEqual(['example.com/mine:NoSchedule']);
  });

  test.each([
    ['not ready', [ready('False')], {}, ['not-ready:NoSchedule', 'not-ready:NoExecute']],
    ['cordoned', [ready()], { unschedulable: true }, ['unschedulable:NoSchedule']],
    [
      'short of memory',
      [ready(), { type: 'MemoryPressure', status: 'True' }],
      {},
      ['memory-pressure:NoSchedule'],
    ],
    ['well', [ready()], {}, []],
  ])('that is %s is tainted so', (_, conditions, spec, expected) => {
    const world = new World([node('a', conditions, spec), node('b')]);
    settle(world, controller, 'a');
    expect(taintsOf(world, 'a')).toEqual(expected);
  });

  test('does not lose its pods where all nodes seem lost', () => {
    const world = new World([node('a', [ready('Unknown')]), node('b', [ready('Unknown')])]);
    settle(world, controller, 'a');
    expect(taintsOf(world, 'a')).toEqual(['unreachable:NoSchedule']);
  });
});

describe('evictions by taint', () => {
  const at = 1_700_000_000_000;
  const taint = (key = UNREACHABLE) =>
    ({ key, effect: 'NoExecute', timeAdded: '2023-11-14T22:13:10Z' }) as const;
  const tolerating = (...tolerations: object[]) =>
    ({ spec: { containers: [], tolerations } }) as never;
  const forSeconds = (tolerationSeconds?: number) => ({
    key: UNREACHABLE,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(tolerationSeconds !== undefined && { tolerationSeconds }),
  });

  test.each([
    ['no toleration: now', tolerating(), [taint()], at],
    [
      'for a while: from when the taint was added',
      tolerating(forSeconds(30)),
      [taint()],
      at + 20_000,
    ],
    ['for good: never', tolerating(forSeconds()), [taint()], undefined],
    [
      'the shortest counts',
      tolerating(forSeconds(30), { operator: 'Exists', tolerationSeconds: 15 }),
      [taint(), taint('x')],
      at + 5_000,
    ],
    ['one of two tolerated: now', tolerating(forSeconds(30)), [taint(), taint('x')], at],
  ])('%s', (_, tolerant, taints, expected) => {
    expect(evictionAtMs(tolerant, taints, at)).toBe(expected);
  });

  test('delete at once what does not tolerate, and come back for the rest', () => {
    const world = new World([
      node('a', [ready('Unknown')], { taints: [taint()] }),
      pod('now', 'a'),
      pod('later', 'a', [forSeconds(300)]),
      pod('daemon', 'a', [{ operator: 'Exists' }]),
    ]);
    const plan = taintEvictionController.plan('a', world.view(), envOf(world));
    expect(plan.againAtMs).toBe(at + 290_000);
    world.apply(plan);
    expect(world.lines).toEqual([
      'patch core/pods now status={conditions:[DisruptionTarget=True/DeletionByTaintManager]}',
      'delete core/pods now',
      'event Normal TaintManagerEviction Marking for deletion Pod default/now',
    ]);
  });
});

test('the health of a node goes by arrivals', () => {
  const stepper = createStepper(nodeHealthMachine);
  let step = stepper.initial({ nowMs: 0, graceMs: 40, silent: false });
  let state: MachineState = step.state;
  const show = () =>
    `${String(state.value)} ! ${step.effects
      .map((e) => e as NodeHealthEffect)
      .map((e) =>
        e.type === 'timer.set'
          ? `timer ${e.atMs}`
          : e.type === 'health.changed'
            ? `silent ${e.silent}`
            : e.type,
      )
      .join(', ')}`;
  const run = (nowMs: number, event: object) => {
    step = stepper.step(state, { nowMs, ...event } as never);
    state = step.state;
    return show();
  };
  expect([
    show(),
    run(40, { type: 'timer.fired', timer: 'grace' }),
    run(40, { type: 'beat.checked', lastMs: 39 }),
    run(79, { type: 'timer.fired', timer: 'grace' }),
    run(79, { type: 'beat.checked', lastMs: 39 }),
    run(500, { type: 'beat.heard' }),
  ]).toEqual([
    'heard ! timer 40',
    'heard ! beat.check',
    'heard ! timer 79',
    'heard ! beat.check',
    'silent ! silent true',
    'heard ! silent false, timer 540',
  ]);
  const thought = stepper.initial({ nowMs: 0, graceMs: 40, silent: true });
  expect(thought.state.value).toBe('silent');
  step = stepper.step(thought.state, { type: 'beat.heard', nowMs: 7 } as never);
  state = step.state;
  expect(show()).toBe('heard ! silent false, timer 47');
  expect(isThoughtSilent(node('a', [ready('Unknown')]))).toBe(true);
  expect(isThoughtSilent(node('a', [ready('False')]))).toBe(false);
});

test('a status of a node is a sign of life, what others make of it is none', () => {
  const said = { ...ready('True'), lastHeartbeatTime: '2026-01-01T00:00:10Z' };
  const thought = { ...said, status: 'Unknown', lastTransitionTime: '2026-01-01T00:00:40Z' };
  const again = { ...said, lastHeartbeatTime: '2026-01-01T00:00:41Z' };
  expect(reportedAt(node('a', [thought]))).toBe(reportedAt(node('a', [said])));
  expect(reportedAt(node('a', [again]))).not.toBe(reportedAt(node('a', [thought])));
  expect(reportedAt(node('a', []))).toBe('');
});
