/** Shrinking: candidates are smaller and valid, the search ends, and it finds the least scenario of planted failures. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../machines/api/view.ts';
import {
  everyStepScenario,
  everyStepScenarios,
  STEPPING_PROCESS,
} from '../../machines/chaos/every-step.ts';
import type { Injection } from '../../machines/chaos/run-result.ts';
import type {
  Fault,
  FaultAction,
  Scenario,
  Target,
  Trigger,
  WorkloadStep,
} from '../../machines/chaos/scenario.ts';
import { createShrinker, SHRINK_ATTEMPTS_MAX } from '../../machines/chaos/shrink.ts';
import { shrinkCandidates } from '../../machines/chaos/shrink-candidates.ts';
import { concretize } from '../../machines/chaos/shrink-concretize.ts';
import { processesOf } from '../../machines/chaos/shrink-processes.ts';
import { sizeOf } from '../../machines/chaos/shrink-size.ts';

const anyTarget: Target = {
  process: undefined,
  role: undefined,
  actor: undefined,
  subject: undefined,
  pods: undefined,
  count: undefined,
};
const crash: FaultAction = {
  fault: 'crash',
  afterEffects: undefined,
  power: false,
  staleRevisions: 0,
};

const faultOf = (name: string, rest: Partial<Fault> = {}): Fault => ({
  name,
  what: crash,
  target: { ...anyTarget, process: 'node-1' },
  trigger: { kind: 'at', atMs: 1_000 },
  forMs: 2_000,
  times: 1,
  ...rest,
});

const deployment = (name: string, replicas: number): AnyObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: { replicas },
});

const ref = (name: string) => ({ resource: 'apps/deployments', namespace: 'default', name });

function scenarioOf(rest: Partial<Scenario> = {}): Scenario {
  return {
    name: 'planted',
    description: '',
    seed: 42,
    cluster: {
      nodes: 10,
      apiservers: 2,
      schedulers: 2,
      controllers: 2,
      storeReplicas: 3,
      nodeMonitorGraceMs: 4_000,
      defaultTolerationSeconds: 1,
    },
    forMs: 600_000,
    workload: { manifests: [], steps: [], random: undefined },
    faults: [],
    hold: { recoverWithinMs: 60_000, except: [] },
    blastRadius: { nodes: undefined, processes: undefined },
    ...rest,
  };
}

const names = fc.constantFrom('a', 'b', 'c');
const ms = fc.integer({ min: 0, max: 300_000 });
const probability = fc.double({ min: 0, max: 1, noNaN: true });

const targets: fc.Arbitrary<Target> = fc
  .record({
    process: fc.constantFrom(
      undefined,
      'node-1',
      'node-7',
      'node-*',
      'node-7*',
      'apiserver-2',
      'scheduler-*',
      'store-2',
      '*',
    ),
    role: fc.constantFrom(undefined, undefined, 'node' as const, 'controllers' as const),
    count: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })
  .map((some) => ({ ...anyTarget, ...some }));

const actions: fc.Arbitrary<FaultAction> = fc.oneof(
  fc.record({
    fault: fc.constant('crash' as const),
    afterEffects: fc.constant(undefined),
    power: fc.boolean(),
    staleRevisions: fc.nat(100),
  }),
  fc.record({
    fault: fc.constant('partition' as const),
    direction: fc.constantFrom('both' as const, 'to' as const),
    from: fc.option(targets, { nil: undefined }),
  }),
  fc.tuple(ms, ms, probability).map(([a, b, chance]) => ({
    fault: 'delay' as const,
    minMs: Math.min(a, b),
    maxMs: Math.max(a, b),
    probability: chance,
  })),
  probability.map((chance) => ({ fault: 'drop' as const, probability: chance })),
  fc.integer({ min: -9_000, max: 9_000 }).map((byMs) => ({ fault: 'clock-skew' as const, byMs })),
);

const triggers: fc.Arbitrary<Trigger> = fc.oneof(
  ms.map((atMs) => ({ kind: 'at' as const, atMs })),
  fc
    .double({ min: 0.01, max: 60, noNaN: true })
    .map((perMinute) => ({ kind: 'rate' as const, perMinute })),
  fc.integer({ min: 1, max: 50 }).map((nth) => ({
    kind: 'step' as const,
    nth,
    actor: undefined,
    process: 'node-9',
    event: 'tick',
    enters: undefined,
  })),
);

const faults = fc
  .array(
    fc.record({
      what: actions,
      target: targets,
      trigger: triggers,
      forMs: fc.option(ms, { nil: undefined }),
      times: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 6 },
  )
  .map((list) => list.map((fault, index): Fault => ({ name: `f${index}`, ...fault })));

const steps: fc.Arbitrary<WorkloadStep> = fc.oneof(
  fc.tuple(ms, names, fc.nat(20)).map(([atMs, name, replicas]) => ({
    atMs,
    do: 'scale' as const,
    ref: ref(name),
    replicas,
  })),
  fc
    .tuple(ms, names, fc.nat(20))
    .map(([atMs, name, n]) => ({ atMs, do: 'apply' as const, object: deployment(name, n) })),
  fc.tuple(ms, names).map(([atMs, name]) => ({ atMs, do: 'delete' as const, ref: ref(name) })),
);

const scenarios: fc.Arbitrary<Scenario> = fc
  .record({
    forMs: fc.integer({ min: 1, max: 7_200_000 }),
    nodes: fc.integer({ min: 1, max: 12 }),
    apiservers: fc.integer({ min: 1, max: 3 }),
    faults,
    steps: fc.array(steps, { maxLength: 5 }),
    manifests: fc.array(
      fc.tuple(names, fc.nat(9)).map(([name, n]) => deployment(name, n)),
      { maxLength: 4 },
    ),
    random: fc.option(
      fc.record({
        kinds: fc.uniqueArray(fc.constantFrom('deployment' as const, 'job' as const), {
          minLength: 1,
        }),
        createsPerMinute: fc.nat(30),
        scalesPerMinute: fc.nat(30),
        rolloutsPerMinute: fc.nat(30),
        deletesPerMinute: fc.nat(30),
        objectsMax: fc.integer({ min: 1, max: 50 }),
        replicasMax: fc.integer({ min: 1, max: 20 }),
      }),
      { nil: undefined },
    ),
  })
  .map(({ nodes, apiservers, steps: list, manifests, random, ...rest }) =>
    scenarioOf({
      ...rest,
      cluster: { ...scenarioOf().cluster, nodes, apiservers },
      workload: { manifests, steps: list, random },
    }),
  );

const provided = ({ workload }: Scenario, name: string) =>
  [
    ...workload.manifests,
    ...workload.steps.flatMap((step) => (step.do === 'apply' ? [step.object] : [])),
  ].some((object) => object.metadata?.name === name);

/** What is wrong with a scenario that was made from another one; what was wrong with that one does not count. */
function faultsOf(parent: Scenario, scenario: Scenario): readonly string[] {
  const wrong: string[] = [];
  const say = (broken: boolean, what: string) => broken && wrong.push(what);
  const { cluster, workload } = scenario;
  for (const [name, count] of Object.entries(cluster)) {
    say(count < 1 || !Number.isInteger(count), `${name} ${count}`);
  }
  say(scenario.forMs < 1 || !Number.isInteger(scenario.forMs), `for ${scenario.forMs}`);
  say(new Set(scenario.faults.map((f) => f.name)).size !== scenario.faults.length, 'names');
  for (const fault of scenario.faults) {
    const before = parent.faults.find((other) => other.name === fault.name);
    const hit = processesOf(cluster, fault.target).length;
    const hitBefore = before === undefined ? 1 : processesOf(parent.cluster, before.target).length;
    say(hit === 0 && hitBefore > 0, `${fault.name} hits nothing`);
    const { count } = fault.target;
    const countBefore = before?.target.count ?? 0;
    say(count !== undefined && hit > 0 && count > hit && countBefore <= hitBefore, 'count');
    say(count !== undefined && count < 1, `count ${count}`);
    say(fault.times < 1, 'times');
    say((fault.forMs ?? 0) < 0 || !Number.isInteger(fault.forMs ?? 0), `lasts ${fault.forMs}`);
    if ('probability' in fault.what) {
      say(fault.what.probability < 0 || fault.what.probability > 1, 'probability');
    }
    if ('minMs' in fault.what) say(fault.what.minMs > fault.what.maxMs, 'min above max');
    if ('nth' in fault.trigger) say(fault.trigger.nth < 1, 'nth');
  }
  for (const step of workload.steps) {
    if (step.do === 'apply') continue;
    const { name } = step.ref;
    say(provided(parent, name) && !provided(scenario, name), `${step.do} of ${name} gone`);
  }
  say(workload.random?.kinds.length === 0, 'no kinds');
  return wrong;
}

/** Runs a shrinker to its end and gives it back. */
function shrink(scenario: Scenario, fails: (scenario: Scenario) => boolean, attemptsMax?: number) {
  const shrinker = createShrinker(scenario, { attemptsMax });
  for (let next = shrinker.next(); next !== undefined; next = shrinker.next()) {
    shrinker.report(fails(next));
  }
  return shrinker;
}

describe('candidates', () => {
  it('are smaller and valid, whatever the scenario', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        const size = sizeOf(scenario);
        for (const candidate of shrinkCandidates(scenario)) {
          expect(sizeOf(candidate)).toBeLessThan(size);
          expect(faultsOf(scenario, candidate)).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('come to an end whichever of them are taken', () => {
    fc.assert(
      fc.property(scenarios, fc.infiniteStream(fc.boolean()), (scenario, answers) => {
        const shrinker = shrink(scenario, () => answers.next().value === true, 20_000);
        expect(shrinker.attempts).toBeLessThan(20_000);
        expect(sizeOf(shrinker.best)).toBeLessThanOrEqual(sizeOf(scenario));
      }),
      { numRuns: 50 },
    );
  });

  it('begin with the whole list of faults, then halves, then single ones', () => {
    const scenario = scenarioOf({ faults: ['a', 'b', 'c', 'd'].map((name) => faultOf(name)) });
    const left = [...shrinkCandidates(scenario)]
      .map((candidate) => candidate.faults.map((fault) => fault.name).join(''))
      .filter((text) => text.length < 4);
    expect(left).toEqual(['', 'cd', 'ab', 'bcd', 'acd', 'abd', 'abc']);
  });

  it('take the steps on an object away with it', () => {
    const scenario = scenarioOf({
      workload: {
        manifests: [deployment('a', 1), deployment('b', 1)],
        steps: [
          { atMs: 1, do: 'scale', ref: ref('a'), replicas: 3 },
          { atMs: 2, do: 'delete', ref: ref('b') },
        ],
        random: undefined,
      },
    });
    const withoutA = [...shrinkCandidates(scenario)].find(
      ({ workload }) =>
        workload.manifests.length === 1 && !provided({ ...scenario, workload }, 'a'),
    );
    expect(withoutA?.workload.steps).toEqual([{ atMs: 2, do: 'delete', ref: ref('b') }]);
  });

  it('name another node where the one that a fault names is gone', () => {
    const scenario = scenarioOf({
      faults: [faultOf('a', { target: { ...anyTarget, process: 'node-7' } })],
    });
    const small = [...shrinkCandidates(scenario)].find(({ cluster }) => cluster.nodes === 5);
    expect(small?.faults[0]?.target.process).toBe('node-2');
  });
});

describe('a shrinker', () => {
  const many = scenarioOf({
    faults: Array.from({ length: 12 }, (_, index) =>
      faultOf(`f${index}`, {
        target: { ...anyTarget, process: `node-${(index % 10) + 1}` },
        trigger: index % 3 === 0 ? { kind: 'rate', perMinute: 3 } : { kind: 'at', atMs: 9_000 },
        times: 5,
      }),
    ),
    workload: {
      manifests: [deployment('web', 20), deployment('db', 3), deployment('job', 8)],
      steps: [
        { atMs: 100, do: 'scale', ref: ref('web'), replicas: 40 },
        { atMs: 200, do: 'rollout', ref: ref('db'), image: 'db:2' },
      ],
      random: {
        kinds: ['deployment', 'job'],
        createsPerMinute: 30,
        scalesPerMinute: 30,
        rolloutsPerMinute: 10,
        deletesPerMinute: 10,
        objectsMax: 20,
        replicasMax: 10,
      },
    },
  });

  it('finds the minimum: one fault, two nodes, nothing else', () => {
    const fails = ({ faults, cluster }: Scenario) =>
      faults.some((fault) => fault.name === 'f7') && cluster.nodes >= 2;
    const { best, attempts } = shrink(many, fails);
    expect(attempts).toBeLessThanOrEqual(SHRINK_ATTEMPTS_MAX);
    expect(best.faults.map((fault) => fault.name)).toEqual(['f7']);
    expect(best.faults[0]?.times).toBe(1);
    expect(best.cluster).toMatchObject({
      nodes: 2,
      apiservers: 1,
      schedulers: 1,
      controllers: 1,
      storeReplicas: 1,
    });
    expect(best.workload).toEqual({ manifests: [], steps: [], random: undefined });
    expect(best.forMs).toBeLessThan(2_000);
  });

  it('finds two faults and an object that are needed together', () => {
    const fails = ({ faults, workload }: Scenario) =>
      ['f1', 'f10'].every((name) => faults.some((fault) => fault.name === name)) &&
      workload.steps.some((step) => step.do === 'scale' && step.replicas >= 2);
    const { best } = shrink(many, fails, 1_000);
    expect(best.faults.map((fault) => fault.name)).toEqual(['f1', 'f10']);
    expect(best.workload.manifests.map((object) => object.metadata?.name)).toEqual(['web']);
    expect(best.workload.steps).toMatchObject([{ do: 'scale', replicas: 2 }]);
  });

  it('ends with a scenario of which no candidate fails', () => {
    const fails = ({ faults, cluster }: Scenario) => faults.length * 3 + cluster.nodes >= 9;
    const { best } = shrink(many, fails, 10_000);
    expect(fails(best)).toBe(true);
    expect([...shrinkCandidates(best)].filter(fails)).toEqual([]);
  });

  it('keeps what it was given where nothing smaller fails, and stays in its bound', () => {
    expect(shrink(many, () => false).best).toBe(many);
    expect(shrink(many, () => false, 7).attempts).toBe(7);
  });

  it('gives the same scenarios in the same order', () => {
    const tried = () => {
      const seen: string[] = [];
      shrink(many, (scenario) => {
        seen.push(JSON.stringify(scenario));
        return scenario.cluster.nodes >= 3 && scenario.faults.length > 1;
      });
      return seen;
    };
    expect(tried()).toEqual(tried());
  });

  it('takes the answer to one question before it gives the next', () => {
    const shrinker = createShrinker(many);
    expect(() => shrinker.report(true)).toThrow('no scenario to report on');
    shrinker.next();
    expect(() => shrinker.next()).toThrow('not reported on');
  });
});

describe('random faults made concrete', () => {
  const random = faultOf('kill', {
    target: { ...anyTarget, role: 'node', count: 1 },
    trigger: { kind: 'rate', perMinute: 2 },
    times: 100,
  });
  const fixed = faultOf('fixed');
  const scenario = scenarioOf({ faults: [random, fixed] });
  const injection = (beganMs: number, targets: readonly string[]): Injection => ({
    fault: 'kill',
    what: 'crash',
    targets,
    beganMs,
    endedMs: beganMs + 500,
  });
  const injections = [injection(100, ['node-3']), injection(900, ['node-4', 'node-5'])];

  it('become one fault for each target that was hit', () => {
    const { faults: concrete } = concretize(scenario, injections);
    expect(
      concrete.map(({ name, target, trigger, forMs }) => [name, target.process, trigger, forMs]),
    ).toEqual([
      ['kill-1', 'node-3', { kind: 'at', atMs: 100 }, 500],
      ['kill-2-1', 'node-4', { kind: 'at', atMs: 900 }, 500],
      ['kill-2-2', 'node-5', { kind: 'at', atMs: 900 }, 500],
      ['fixed', 'node-1', { kind: 'at', atMs: 1_000 }, 2_000],
    ]);
    expect(concrete[0]?.target.role).toBeUndefined();
  });

  it('begin at the step where the runner counted', () => {
    const [first] = concretize(scenario, [{ ...injection(100, ['node-3']), step: 77 }]).faults;
    expect(first?.trigger).toEqual({ kind: 'count', step: 77 });
  });

  it('are what a shrinker tries first, and then cuts one by one', () => {
    const shrinker = createShrinker(scenario, { injections });
    for (let next = shrinker.next(); next !== undefined; next = shrinker.next()) {
      shrinker.report(next.faults.some((fault) => fault.target.process === 'node-4'));
    }
    expect(shrinker.cutsMade[0]).toBe('random faults made concrete');
    expect(shrinker.best.faults.map((fault) => fault.name)).toEqual(['kill-2-1']);
  });
});

describe('every step', () => {
  const base = scenarioOf({ faults: [faultOf('other')] });

  it.each([
    ['crash', { fault: 'crash', staleRevisions: 0 }, 2_000],
    ['stale', { fault: 'crash', staleRevisions: 20 }, 2_000],
    ['lose', { fault: 'drop', probability: 1 }, 0],
    ['unknown', { fault: 'store-unknown', probability: 1, applied: 1 }, 0],
  ] as const)('%s has one fault, at that step, for who took it', (what, action, forMs) => {
    const { faults: only } = everyStepScenario(base, what, 17);
    expect(only).toMatchObject([
      { what: action, forMs, times: 1, trigger: { kind: 'count', step: 17 } },
    ]);
    expect(only[0]?.target.process).toBe(STEPPING_PROCESS);
  });

  it('tries an unknown outcome both ways, under different names', () => {
    const both = everyStepScenarios(base, 'unknown', 3, 'apiserver-1');
    expect(both.map(({ faults: [fault] }) => fault?.what)).toMatchObject([
      { applied: 1 },
      { applied: 0 },
    ]);
    expect(new Set(both.map(({ name }) => name)).size).toBe(2);
    expect(both[0]?.faults[0]?.target.process).toBe('apiserver-1');
    expect(everyStepScenarios(base, 'crash', 3).map(({ name }) => name)).toEqual([
      `${base.name}-crash-3`,
      `${base.name}-crash-before-3`,
    ]);
    expect(everyStepScenarios(base, 'lose', 3)).toHaveLength(1);
  });
});
