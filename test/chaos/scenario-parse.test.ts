import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ParseOptions,
  parseScenario,
  parseScenarioObject,
} from '../../machines/chaos/parse-scenario.ts';
import { renderScenarioError } from '../../machines/chaos/parse-scenario-source.ts';
import { readDuration, writeDuration } from '../../machines/chaos/scenario-duration.ts';
import { liveProblems } from '../../machines/chaos/scenario-sense.ts';

const BASE = `name: base
cluster: { nodes: 3 }
for: 5m
workload:
  manifests:
    - apiVersion: apps/v1
      kind: Deployment
      metadata: { name: web }
      spec:
        selector: { matchLabels: { app: web } }
        template:
          metadata: { labels: { app: web } }
          spec: { containers: [{ name: web, image: 'app:1' }] }
`;
const LINES = BASE.split('\n').length - 1;

function errorsOf(text: string, options: ParseOptions = {}): string[] {
  const parsed = parseScenario(text, 'x.yaml', options);
  return parsed.ok ? [] : parsed.errors.map(renderScenarioError);
}

/** A scenario with one fault, given without its braces, on the line after the base. */
const fault = (fields: string) => `${BASE}faults: [{ ${fields} }]\n`;
const crash = (fields: string) => fault(`fault: crash, target: node-1, ${fields}`);
const LINE = LINES + 1;

test('what is not said has its default', () => {
  const parsed = parseScenario('name: x\n', 'x.yaml');
  expect(parsed).toEqual({
    ok: true,
    warnings: [],
    scenario: {
      name: 'x',
      description: '',
      seed: undefined,
      cluster: {
        ...{ nodes: 3, apiservers: 1, schedulers: 1, controllers: 1, storeReplicas: 1 },
        ...{ nodeMonitorGraceMs: 4_000, defaultTolerationSeconds: 1 },
      },
      forMs: 120_000,
      workload: { manifests: [], steps: [], random: undefined },
      faults: [],
      hold: { recoverWithinMs: 120_000, except: [] },
      blastRadius: { nodes: undefined, processes: undefined },
    },
  });
});

describe('a fault', () => {
  const NOBODY = { role: undefined, actor: undefined, subject: undefined, pods: undefined };
  const cases: readonly (readonly [fields: string, expected: object])[] = [
    [
      'fault: crash, target: node-2, at: 1m30s',
      {
        name: 'crash-1',
        what: { fault: 'crash', afterEffects: undefined, power: false, staleRevisions: 0 },
        target: { ...NOBODY, process: 'node-2', count: undefined },
        trigger: { kind: 'at', atMs: 90_000 },
        forMs: 2_000,
        times: 1,
      },
    ],
    [
      'fault: delay, by: 10ms..1s, probability: 20%, rate: 2',
      {
        what: { fault: 'delay', minMs: 10, maxMs: 1_000, probability: 0.2 },
        trigger: { kind: 'rate', perMinute: 2 },
        forMs: undefined,
        times: 1_000_000,
      },
    ],
    [
      'fault: crash, target: "*", for: until-healed, on: { write: { resource: po }, nth: 3 }',
      {
        trigger: {
          ...{ kind: 'write', nth: 3, when: 'before', resource: 'core/pods' },
          ...{ by: undefined, operation: undefined, name: undefined },
        },
        forMs: undefined,
      },
    ],
    [
      'fault: pause, target: { role: node, count: 2 }, on: { message: "beat.*", from: node-1 }',
      {
        target: { ...NOBODY, process: undefined, role: 'node', count: 2 },
        trigger: { kind: 'message', subject: 'beat.*', from: 'node-1', to: undefined, nth: 1 },
      },
    ],
    [
      'fault: clock-skew, by: -5s, target: scheduler-1, at: 1s',
      { what: { fault: 'clock-skew', byMs: -5_000 } },
    ],
    [
      'fault: partition, target: node-1, from: { role: apiserver }, direction: to, at: 0s',
      {
        what: {
          fault: 'partition',
          direction: 'to',
          from: expect.objectContaining({ role: 'apiserver' }),
        },
      },
    ],
    [
      'fault: crash, target: $stepping, on: { count: 12 }',
      { trigger: { kind: 'count', step: 12 } },
    ],
  ];
  test.each(cases)('%s', (fields, expected) => {
    const parsed = parseScenario(fault(fields), 'x.yaml');
    expect(parsed.ok ? parsed.scenario.faults[0] : parsed.errors).toMatchObject(expected);
  });
});

describe('refused, with its place and what was meant:', () => {
  const column = (text: string, part: string) => text.split('\n')[LINES]!.indexOf(part) + 1;
  /** A fault, the part of it that is wrong, and what is said. */
  const cases: readonly (readonly [text: string, part: string, message: string])[] = [
    [fault('fault: crsh, at: 1s'), 'crsh', 'unknown fault "crsh"; did you mean crash?'],
    [
      fault('fault: store_slow, at: 1s'),
      'store_slow',
      'unknown fault "store_slow"; did you mean store-slow?',
    ],
    [crash('at: 1s, powr: true'), 'powr', 'unknown field "powr" of crash; did you mean power?'],
    [crash('at: 1s, power: yes'), 'yes', '`power` must be true or false, not the text "yes"'],
    [crash('at: -5s'), '-5s', '`at` is a negative time'],
    [
      crash('at: 5'),
      '5 ',
      '`at` must be a duration such as 30s, not the number 5; did you mean 5s?',
    ],
    [crash('at: 6m'), '6m', 'is not before the end of the scenario (`for`): it would never come'],
    [crash('at: 1s, for: 99999999d'), '99999999d', '`for` is longer than 30 days'],
    [
      crash('at: 1s, times: 2'),
      '2 }',
      'a fault with `at` begins once; `times` is for `rate` and `on`',
    ],
    [crash('times: 0, rate: 1'), '0,', '`times` must be at least 1, not 0'],
    [crash('rate: 1.0e300'), '1.0e300', '`rate` must be at most 100000, not 1e+300'],
    [crash('rate: .nan'), '.nan', 'NaN is not a number that JSON knows'],
    [
      crash('on: { wirte: {} }'),
      '{ wirte',
      'unknown trigger "wirte"; known are message, step, write, between, count; did you mean write?',
    ],
    [
      crash('on: { write: { resource: pod5 } }'),
      'pod5',
      'unknown resource "pod5"; did you mean pods?',
    ],
    [
      crash('on: { write: { operation: creat } }'),
      'creat',
      'unknown operation "creat"; did you mean create?',
    ],
    [crash('on: { between: [{}] }'), '[{}]', '`between` takes a list of two writes'],
    [crash('on: { message: api. }'), 'api.', '"api." is no pattern of NATS subjects'],
    [
      crash('on: { message: api.x, to: node-7 }'),
      'node-7',
      'matches nothing: no process node-7; did you mean node-3?',
    ],
    [
      crash('on: { step: { actor: pods/* } }'),
      'pods',
      'unknown machine "pods"; an actor is `kind/id`, such as pod/default/web-*; did you mean pod?',
    ],
    [
      crash('at: 1s, afterEffects: 1'),
      '1 }',
      'only a crash `on` a step or a count comes amid its effects',
    ],
    [
      fault('fault: drop, probability: 20, at: 1s'),
      '20',
      '`probability` is a probability from 0 to 1, not 20; did you mean 20%?',
    ],
    [
      fault('fault: drop, probability: -0.1, at: 1s'),
      '-0.1',
      '`probability` is a probability from 0 to 1, not -0.1',
    ],
    [
      fault('fault: pause, target: node-9, at: 1s'),
      'node-9',
      'matches nothing: no process node-9; the cluster has 1 apiserver, 1 scheduler, 1 controllers, 3 node, 1 store; did you mean node-3?',
    ],
    [
      fault('fault: pause, target: { role: nod }, at: 1s'),
      'nod ',
      'unknown role "nod"; did you mean node?',
    ],
    [
      fault('fault: pause, target: { role: node, count: 4 }, at: 1s'),
      '4',
      'asks for 4, and 3 match',
    ],
    [
      fault('fault: pause, target: { procss: x }, at: 1s'),
      'procss',
      'unknown field "procss" of a target; did you mean process?',
    ],
    [
      fault('fault: pause, target: $stepping, at: 1s'),
      '$stepping',
      '$stepping is the process that took the step; only a fault `on` a step, a write or a count has one',
    ],
    [
      fault('fault: crash-containers, target: { pods: { labels: { app: wbe } } }, at: 1s'),
      '{ labels',
      'matches nothing: no manifest or step makes such a pod',
    ],
    [
      fault('fault: pressure, resource: disk, target: scheduler-1, at: 1s'),
      'scheduler-1',
      'pressure hits nodes; the target matches none',
    ],
    [
      fault('fault: stale-view, lag: 1s, target: node-1, at: 1s'),
      'node-1',
      'stale-view hits processes that use the store; nodes see it through an apiserver',
    ],
    [
      fault('fault: store-unknown, target: scheduler-1, at: 1s'),
      'scheduler-1',
      'apiservers alone write to the store; the target matches none',
    ],
    [
      fault('fault: store-compact, at: 1s, for: 5s'),
      '5s',
      'store-compact is over as soon as it has begun; it takes no `for`',
    ],
    [
      fault('fault: partition, target: "*", at: 1s'),
      '"*"',
      'a partition has two sides; the target is everybody',
    ],
    [
      fault('fault: partition, target: node-1, from: node-1, at: 1s'),
      'node-1, at',
      'both sides of the partition are the same',
    ],
    [
      fault('fault: delay, by: 5s..1s, at: 1s'),
      '5s..1s',
      '`by` is a duration or two, the shorter one first: 10ms..1s',
    ],
    [fault('fault: delay, at: 1s'), '{ fault', 'delay needs `by`'],
    [
      fault('fault: pause, target: node-1'),
      '{ fault',
      'a fault has one of `at: 30s`, `rate: 2` (a minute) or `on: {...}`, not none of them',
    ],
    [fault('fault: pause, at: 1s'), '{ fault', 'pause needs a target, such as node-1 or "*"'],
    [
      fault('name: a, fault: store-compact, at: 1s }, { name: a, fault: store-compact, at: 2s'),
      'a, fault: store-compact, at: 2s',
      'the name "a" is taken by fault 1 of the list',
    ],
  ];
  test.each(cases.map(([text, part, message]) => [message, text, part] as const))(
    '%s',
    (message, text, part) => {
      expect(column(text, part)).toBeGreaterThan(0);
      expect(errorsOf(text)).toEqual([`x.yaml:${LINE}:${column(text, part)}: ${message}`]);
    },
  );

  const whole: readonly (readonly [text: string, message: string])[] = [
    ['', 'x.yaml:1:1: the file is empty; a scenario begins with a name'],
    ['# nothing\n', 'x.yaml:1:1: the file is empty; a scenario begins with a name'],
    ['- a\n', 'x.yaml:1:1: a scenario is a map that begins with `name: ...`, not a list'],
    ['hello', 'x.yaml:1:1: a scenario is a map that begins with `name: ...`, not the text "hello"'],
    ['cluster: {}', 'x.yaml:1:1: a scenario needs `name`'],
    ['name: 5', 'x.yaml:1:7: `name` must be text, not the number 5; did you mean "5"?'],
    ['name: a\nname: b', 'x.yaml:2:1: is not YAML: Map keys must be unique'],
    ['name: a\n---\nname: b', 'x.yaml:3:1: a file holds one scenario; this is a second'],
    ['name: a\nfaults: &f [*f]', 'x.yaml:2:13: cycle: *f stands inside what &f names'],
    ['name: *f', 'x.yaml:1:7: *f names no anchor above it'],
    ['name: a\nfault: []', 'x.yaml:2:1: unknown field "fault" of a scenario; did you mean faults?'],
    ['name: a\nseed: 1.5', 'x.yaml:2:7: `seed` must be a whole number, not 1.5'],
    ['name: a\nseed: 1e300', 'x.yaml:2:7: `seed` must be at most 9007199254740991, not 1e+300'],
    ['name: a\nfor: 0s', 'x.yaml:2:6: `for` must be longer than nothing'],
    ['name: a\ncluster: { nodes: 0 }', 'x.yaml:2:19: `nodes` must be at least 1, not 0'],
    ['name: a\ncluster: { storeReplicas: 2 }', 'x.yaml:2:27: `storeReplicas` is 1 or 3'],
    ['name: a\nhold: { except: [{ rule: x }] }', 'x.yaml:2:18: an exception needs `because`'],
    ['{'.repeat(50_000), `x.yaml:1:1: is nested too deeply`],
  ];
  test.each(whole)('%s', (text, message) => {
    const [first = '', ...more] = errorsOf(text);
    expect(more).toEqual([]);
    if (text.startsWith('{{')) expect(first).toContain('is nested too deeply');
    else expect(first).toBe(message);
  });

  const steps: readonly (readonly [step: string, message: string])[] = [
    [
      '{ at: 1s, scale: deployment/default/wbe, replicas: 1 }',
      'matches nothing: no manifest or step before makes deployment/default/wbe; did you mean deployment/default/web?',
    ],
    ['{ at: 1s, scale: daemonset/default/web, replicas: 1 }', 'a daemonset has no scale'],
    [
      '{ at: 1s, scale: deployment/default/web, replicas: -1 }',
      '`replicas` must be at least 0, not -1',
    ],
    ['{ at: 1s, scale: deployment/default/web }', 'a step needs `replicas`'],
    ['{ at: 1s, rollout: job/default/web, image: x }', 'a job has no rollout'],
    ['{ at: 1s, delete: web }', '"web" is no object; write deployment/default/web or node/node-1'],
    ['{ at: 1s, delete: deploymnt/default/web }', 'unknown resource "deploymnt"'],
    [
      '{ at: 1s, delete: node/node-4 }',
      'matches nothing: no manifest or step before makes node/node-4',
    ],
    [
      '{ at: 1s, scal: deployment/default/web }',
      'a step has `at` and one of apply, scale, rollout, delete; did you mean scale?',
    ],
    ['{ at: 1s, apply: { kind: Pod, metadata: { name: x } } }', 'a manifest needs `apiVersion`'],
    [
      '{ at: 1s, apply: { apiVersion: v1, kind: Pd, metadata: { name: x } } }',
      'unknown kind Pd of v1; did you mean v1 Pod?',
    ],
    [
      '{ at: 1s, apply: { apiVersion: v1, kind: Pod, metadata: { name: x, namespace: shop } } }',
      'no Namespace shop comes before this',
    ],
    [
      '{ at: 1s, apply: { file: y.yaml } }',
      'files cannot be read here: write the manifests themselves',
    ],
  ];
  test.each(steps)('%s', (step, message) => {
    const errors = errorsOf(`${BASE}  steps:\n    - ${step}\n`);
    expect(errors.some((error) => error.endsWith(`: ${message}`))).toBe(true);
    expect(errors.every((error) => error.startsWith(`x.yaml:${LINE + 1}:`))).toBe(true);
  });

  test('every mistake of a file is told at once', () => {
    const text = fault('fault: crsh, at: -1s, target: { role: x }').replace('nodes: 3', 'nodes: x');
    expect(errorsOf(text)).toHaveLength(4);
  });

  test('an unknown rule, where the rules are known', () => {
    const text = 'name: a\nhold: { except: [{ rule: no-lops, because: x }] }';
    expect(errorsOf(text)).toEqual([]);
    expect(errorsOf(text, { rules: ['no-loops'] })).toEqual([
      'x.yaml:2:26: unknown rule "no-lops"; did you mean no-loops?',
    ]);
  });
});

describe('manifest files', () => {
  const files: { readonly [path: string]: string } = {
    'dir/a.yaml': 'file: sub/b.yaml\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: a }\n',
    'dir/sub/b.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: b }\n',
    'dir/sub/loop.yaml': 'file: ../loop.yaml\n',
    'dir/loop.yaml': 'file: sub/loop.yaml\n',
    'dir/bad.yaml': 'kind: Namespace\nmetadata: {}\n',
  };
  const readFile = (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  };
  const parse = (file: string) =>
    parseScenario(`name: x\nworkload: { manifests: [{ file: ${file} }] }`, 'dir/x.yaml', {
      readFile,
    });

  test('stand beside the file that names them', () => {
    const parsed = parse('a.yaml');
    expect(
      parsed.ok && parsed.scenario.workload.manifests.map((one) => one.metadata?.name),
    ).toEqual(['b', 'a']);
  });

  test.each([
    [
      'loop.yaml',
      'dir/sub/loop.yaml:1:7: cycle: dir/loop.yaml -> dir/sub/loop.yaml -> dir/loop.yaml',
    ],
    ['x.yaml', 'dir/x.yaml:2:33: cycle: dir/x.yaml -> dir/x.yaml'],
    ['none.yaml', 'dir/x.yaml:2:33: dir/none.yaml cannot be read: no such file'],
    ['bad.yaml', 'dir/bad.yaml:1:1: a manifest needs `apiVersion`'],
  ])('%s is refused', (file, message) => {
    const parsed = parse(file);
    expect(parsed.ok ? [] : parsed.errors.map(renderScenarioError)).toContain(message);
  });
});

describe('an object', () => {
  test('is read as YAML is, and errors name the path', () => {
    const good = { name: 'x', faults: [{ fault: 'crash', target: 'node-1', at: '5s' }] };
    expect(parseScenarioObject(good)).toMatchObject({ ok: true, scenario: { name: 'x' } });
    const bad = { name: 'x', faults: [{ fault: 'crash', target: { process: 'node-9' }, at: 5 }] };
    const parsed = parseScenarioObject(bad);
    expect(parsed.ok ? [] : parsed.errors.map(renderScenarioError)).toEqual([
      'spec.scenario.faults[0].at: `at` must be a duration such as 30s, not the number 5; did you mean 5s?',
    ]);
  });

  test('that holds itself is refused', () => {
    const loop: { name: string; faults: unknown[] } = { name: 'x', faults: [] };
    loop.faults.push(loop);
    const parsed = parseScenarioObject(loop);
    expect(parsed.ok ? [] : parsed.errors.map(renderScenarioError)).toEqual([
      'spec.scenario.faults[0]: cycle: an object that holds itself',
    ]);
  });
});

test('nothing throws, whatever the text or the object', () => {
  const words = fc.constantFrom(
    ...[
      'name',
      'faults',
      'fault',
      'crash',
      'target',
      'on',
      'write',
      'at',
      '1s',
      '-',
      ':',
      '{',
      '}',
    ],
    ...[
      '[',
      ']',
      '&a',
      '*a',
      '<<',
      '\n',
      '  ',
      'workload',
      'steps',
      'manifests',
      '!!x',
      '"',
      ',',
      '|',
    ],
    ...['%YAML 1.1\n---\n', '? ', '!!binary', '!!set', '!!omap', '__proto__', '.inf', '2001-01-01'],
  );
  const soup = fc.array(fc.oneof(words, fc.string({ maxLength: 4 })), { maxLength: 40 });
  fc.assert(
    fc.property(soup, (parts) => {
      const parsed = parseScenario(parts.join(''), 'x.yaml');
      return parsed.ok || parsed.errors.length > 0;
    }),
    { numRuns: 2_000 },
  );
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true });
  const field = fc.constantFrom('cluster', 'workload', 'faults', 'hold', 'blastRadius', 'for');
  fc.assert(
    fc.property(fc.dictionary(field, anything), (fields) => {
      const parsed = parseScenarioObject({ name: 'x', ...fields });
      return parsed.ok || parsed.errors.length > 0;
    }),
    { numRuns: 1_000 },
  );
});

test('durations read back as they were written', () => {
  expect(readDuration('1m30s')).toBe(90_000);
  expect(readDuration('1.5s')).toBe(1_500);
  expect(['30', '', 's', '1x', '1 s', '--1s', 'infinity'].map(readDuration)).toEqual(
    Array.from({ length: 7 }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -3e9, max: 3e9 }),
      (ms) => readDuration(writeDuration(ms)) === ms,
    ),
  );
});

test('what a live run cannot do is told', () => {
  const parsed = parseScenario(
    fault(
      'fault: clock-skew, by: 5s, target: node-1, at: 1s }, { fault: pause, target: node-1, at: 1s',
    ),
    'x.yaml',
  );
  expect(parsed.ok && liveProblems(parsed.scenario)).toEqual([
    'clock-skew-1: clock-skew works in simulation alone',
  ]);
});

test('a crash of a process comes at its step live, what else waits for a step comes after it', () => {
  const step = 'on: { step: { actor: pendingPod/*, enters: binding } }';
  const text = [
    `fault: crash, afterEffects: 0, target: scheduler-1, ${step}`,
    `{ fault: crash, target: { actor: pod/* }, ${step}`,
    `{ fault: pause, target: scheduler-1, ${step}`,
    '{ fault: pause, target: scheduler-1, on: { write: { resource: pods }, when: after }',
  ].join(' }, ');
  const parsed = parseScenario(fault(text), 'x.yaml');
  expect(parsed.ok && liveProblems(parsed.scenario).map((one) => one.split(':')[0])).toEqual([
    'crash-2',
    'pause-3',
  ]);
});
