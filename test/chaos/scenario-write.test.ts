import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDraw } from '../../machines/api/draw.ts';
import { DRAWN_FOR_MS, drawScenario } from '../../machines/chaos/draw-scenario.ts';
import { everyStepScenario } from '../../machines/chaos/every-step.ts';
import { parseScenario, parseScenarioObject } from '../../machines/chaos/parse-scenario.ts';
import { renderScenarioError } from '../../machines/chaos/parse-scenario-source.ts';
import type { FaultKind, Scenario, Trigger } from '../../machines/chaos/scenario.ts';
import { FAULTS } from '../../machines/chaos/scenario-fields.ts';
import { scenarioProblems } from '../../machines/chaos/scenario-sense.ts';
import { createShrinker } from '../../machines/chaos/shrink.ts';
import { scenarioObject, writeScenario } from '../../machines/chaos/write-scenario.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'examples/chaos');
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function drawFrom(seed: number): () => number {
  const draw = createDraw(seed);
  return () => draw.below(0x1_0000_0000) / 0x1_0000_0000;
}

function parsed(text: string, file: string): Scenario {
  const result = parseScenario(text, file);
  if (!result.ok) throw new Error(result.errors.map(renderScenarioError).join('\n'));
  return result.scenario;
}

function readsBack(scenario: Scenario): void {
  const text = writeScenario(scenario, 'a comment\nof two lines');
  expect(parsed(text, 'written.yaml')).toEqual(scenario);
  const object = parseScenarioObject(JSON.parse(JSON.stringify(scenarioObject(scenario))));
  expect(object.ok ? object.scenario : object.errors).toEqual(scenario);
}

/** A workload for the systematic search, which brings its own faults. */
const WITHOUT_FAULTS = 'small.yaml';

test('there are ten examples with faults, and one to visit every step of', () => {
  expect(examples.filter((name) => name !== WITHOUT_FAULTS)).toHaveLength(10);
  expect(examples).toContain(WITHOUT_FAULTS);
});

test.each(examples)('examples/chaos/%s parses and reads back as written', (name) => {
  const scenario = parsed(readFileSync(join(folder, name), 'utf8'), `examples/chaos/${name}`);
  expect(scenario.name).toBe(name.replace('.yaml', ''));
  expect(scenario.faults.length === 0).toBe(name === WITHOUT_FAULTS);
  readsBack(scenario);
});

test('a drawn scenario makes sense and reads back as written', () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(undefined, 1, 2, 50), (seed, nodes) => {
      const scenario = drawScenario(drawFrom(seed), { nodes });
      expect(scenarioProblems(scenario)).toEqual([]);
      readsBack(scenario);
    }),
    { numRuns: 300 },
  );
});

test('the same seed draws the same scenario, another one another', () => {
  expect(drawScenario(drawFrom(7))).toEqual(drawScenario(drawFrom(7)));
  expect(drawScenario(drawFrom(7))).not.toEqual(drawScenario(drawFrom(8)));
});

test('a thousand seeds draw every fault a simulation has and every trigger but a count', () => {
  const faults = new Set<FaultKind>();
  const triggers = new Set<Trigger['kind']>();
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 1_000; seed += 1) {
    const scenario = drawScenario(drawFrom(seed));
    expect(scenario.forMs).toBe(DRAWN_FOR_MS);
    expect(scenario.faults.length).toBeGreaterThanOrEqual(2);
    expect(scenario.faults.length).toBeLessThanOrEqual(6);
    for (const { what, trigger } of scenario.faults) {
      faults.add(what.fault);
      triggers.add(trigger.kind);
    }
    for (const { kind = '' } of scenario.workload.manifests) kinds.add(kind);
  }
  expect([...faults].sort()).toEqual(Object.keys(FAULTS).sort());
  expect([...triggers].sort()).toEqual(['at', 'between', 'message', 'rate', 'step', 'write']);
  expect([...kinds].sort()).toEqual([
    'ConfigMap',
    'DaemonSet',
    'Deployment',
    'Job',
    'Namespace',
    'Pod',
    'PodDisruptionBudget',
    'ResourceQuota',
    'Service',
    'StatefulSet',
  ]);
});

test('whatever a shrinker tries reads back as written, times between milliseconds too', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = drawScenario(drawFrom(seed));
    const injections = scenario.faults.map(({ name, what }, index) => ({
      ...{ fault: name, what: what.fault },
      targets: [FAULTS[what.fault].on === 'store' ? 'apiserver-1' : 'node-1'],
      beganMs: 1_000.504_394_53 * (index + 1),
      endedMs: 1_000.504_394_53 * (index + 1) + 700.25,
    }));
    const shrinker = createShrinker(scenario, { injections });
    for (let tries = 0, next = shrinker.next(); next !== undefined && tries < 40; tries += 1) {
      readsBack(next);
      shrinker.report(tries % 3 !== 1);
      next = shrinker.next();
    }
  }
});

test('the scenarios of the systematic search read back as written', () => {
  const base = parsed('name: base', 'x.yaml');
  for (const what of ['crash', 'stale', 'lose', 'unknown'] as const) {
    readsBack(everyStepScenario(base, what, 17));
  }
});

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });

test('any names, numbers and labels read back as written', () => {
  const labels = fc.dictionary(
    text.filter((key) => key !== '__proto__' && key !== '<<'),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    { noNullPrototype: true },
  );
  const write = fc.record({
    by: maybe(text),
    resource: maybe(fc.constantFrom('core/pods', '*', 'example.com/things')),
    operation: maybe(fc.constantFrom('create' as const, 'update' as const, 'delete' as const)),
    name: maybe(text),
  });
  const nth = fc.integer({ min: 1, max: 1_000 });
  const trigger: fc.Arbitrary<Trigger> = fc.oneof(
    fc.record({ kind: fc.constant('at' as const), atMs: fc.nat(9_999) }),
    fc.record({
      kind: fc.constant('rate' as const),
      perMinute: fc.double({ min: 0.001, max: 9e4, noNaN: true }),
    }),
    fc.record({ first: write, second: write, nth, kind: fc.constant('between' as const) }),
    fc
      .record({ write, nth, when: fc.constantFrom('before' as const, 'after' as const) })
      .map((one) => ({ kind: 'write' as const, nth: one.nth, when: one.when, ...one.write })),
    fc
      .record({ event: maybe(text), enters: maybe(text), nth })
      .map((one) => ({ kind: 'step' as const, actor: undefined, process: undefined, ...one })),
  );
  const one = fc.record({ name: text, description: text, labels, trigger, seed: maybe(fc.nat()) });
  const base = drawScenario(drawFrom(1), { forMs: 10_000 });
  fc.assert(
    fc.property(one, ({ name, description, labels: given, trigger: when, seed }) => {
      const pods = { namespace: undefined, name: undefined, labels: {} };
      const manifest = {
        ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: given } },
        data: { text: description, number: seed ?? null },
      };
      readsBack({
        ...base,
        ...{ name, description: description.trim(), seed },
        workload: { ...base.workload, manifests: [manifest, ...base.workload.manifests] },
        faults: [
          {
            ...{ name, trigger: when, forMs: 0, times: 1 },
            what: { fault: 'pause' },
            target: {
              ...{ process: 'node-*', role: 'node', actor: undefined, subject: undefined },
              ...{ pods, count: 1 },
            },
          },
        ],
        hold: { recoverWithinMs: 1, except: ['a'], because: { a: name } },
        blastRadius: { nodes: 1, processes: undefined },
      });
    }),
    { numRuns: 500 },
  );
});
