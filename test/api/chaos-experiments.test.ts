/** ChaosExperiments as the API takes them: a kind of our own, beside Kubernetes'. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Status } from '../../machines/api/types.ts';
import { type ApiWorld, createApiWorld, short } from './world.ts';

const path = 'chaos.kabuki.dev/v1alpha1/chaosexperiments';
const scenario = {
  name: 'node-killed',
  for: '1m',
  faults: [
    { name: 'power', fault: 'crash', target: { role: 'node', count: 1 }, at: '10s', for: '20s' },
  ],
};
const experiment = (spec: object, name = 'one') => ({ metadata: { name }, spec });

let world: ApiWorld | undefined;
afterEach(() => {
  world?.close();
  expect(world?.bugs).toEqual([]);
});

async function start(chaos = true): Promise<ApiWorld> {
  world = await createApiWorld({ chaos });
  return world;
}

describe('a chaos experiment', () => {
  test('is refused where the cluster was not started for it', async () => {
    const w = await start(false);
    const reply = await w.ask({ verb: 'create', path, body: experiment({ scenario }) });
    expect(short(reply)).toBe(
      '403 Forbidden: chaosexperiments.chaos.kabuki.dev "one" is forbidden: this cluster was not ' +
        'started with --chaos, so nothing in it is broken on purpose; start one with ' +
        '"kabuki up --chaos"',
    );
  });

  test('begins as Pending and keeps its scenario as it was given', async () => {
    const w = await start();
    const body = { ...experiment({ scenario, seed: 42 }), status: { phase: 'Succeeded' } };
    const made = await w.make({ verb: 'create', path, body });
    expect(made).toMatchObject({
      apiVersion: 'chaos.kabuki.dev/v1alpha1',
      kind: 'ChaosExperiment',
      metadata: { name: 'one', generation: 1 },
      spec: { scenario, seed: 42 },
      status: { phase: 'Pending' },
    });
  });

  test.each([
    [
      {
        scenario: { ...scenario, faults: [{ fault: 'crsh', target: { role: 'node' }, at: '1s' }] },
      },
      'spec.scenario.faults[0].fault',
      'Invalid value: "crsh": ',
    ],
    [{ scenario: { ...scenario, fautls: [] } }, 'spec.scenario.fautls', 'did you mean faults?'],
    [{ scenario: { ...scenario, for: '-1s' } }, 'spec.scenario.for', 'Invalid value: "-1s": '],
    [{ scenario: {} }, 'spec.scenario', 'Invalid value: '],
    [{}, 'spec.scenario', 'Required value'],
    [{ scenario, seed: -1 }, 'spec.seed', 'Invalid value: -1: must be greater than or equal to 0'],
  ])('%j is invalid', async (spec, field, message) => {
    const w = await start();
    const reply = await w.ask({ verb: 'create', path, body: experiment(spec) });
    expect(short(reply)).toContain(
      `422 Invalid: ChaosExperiment.chaos.kabuki.dev "one" is invalid: `,
    );
    const { details } = reply.object as Status;
    const cause = details?.causes?.find((one) => one.field === field);
    expect(cause?.message, JSON.stringify(details)).toContain(message);
  });

  test.each([
    [
      { scenario: 'x' },
      'cannot unmarshal string into Go struct field ChaosExperimentSpec.spec.scenario of type map[string]interface {}',
    ],
    [
      { scenario, seed: 'x' },
      'cannot unmarshal string into Go struct field ChaosExperimentSpec.spec.seed of type int64',
    ],
  ])('%j cannot be decoded', async (spec, message) => {
    const w = await start();
    const reply = await w.ask({ verb: 'create', path, body: experiment(spec) });
    expect(short(reply)).toContain('400 BadRequest: ChaosExperiment in version "v1alpha1" cannot');
    expect(short(reply)).toContain(message);
  });

  test('keeps its scenario for life, and may be suspended', async () => {
    const w = await start();
    await w.make({ verb: 'create', path, body: experiment({ scenario }) });
    const patch = (body: object) =>
      w.ask({ verb: 'patch', path, name: 'one', patch: { type: 'merge', body } });
    expect(short(await patch({ spec: { scenario: { for: '2m' } } }))).toBe(
      '422 Invalid: ChaosExperiment.chaos.kabuki.dev "one" is invalid: ' +
        'spec.scenario: Invalid value: field is immutable',
    );
    expect((await patch({ spec: { suspend: true } })).object).toMatchObject({
      metadata: { generation: 2 },
      spec: { scenario, suspend: true },
    });
  });

  test('has its status written apart, and judged', async () => {
    const w = await start();
    await w.make({ verb: 'create', path, body: experiment({ scenario }) });
    const status = (body: object) =>
      w.ask({ verb: 'patch', path: `${path}/status`, name: 'one', patch: { type: 'merge', body } });
    const done = {
      phase: 'Failed',
      observedGeneration: 1,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:01:00Z',
      seed: 42,
      faultsInjected: 0,
      invariantsChecked: 30,
      violations: [{ rule: 'one-binding', message: 'bound twice', objects: ['pod default/web'] }],
      recoverySeconds: 12,
      message: 'a rule did not hold',
    };
    const reply = await status({ status: done, spec: { suspend: true } });
    expect(reply.object).toMatchObject({ status: done, metadata: { generation: 1 } });
    expect(reply.object.spec).toEqual({ scenario });
    expect(short(await status({ status: { phase: 'Lost' } }))).toContain(
      'status.phase: Unsupported value: "Lost": supported values: ',
    );
  });

  test('takes no strategic merge patch, which no client can make', async () => {
    const w = await start();
    await w.make({ verb: 'create', path, body: experiment({ scenario }) });
    const patch = { type: 'strategic', body: { spec: { suspend: true } } } as const;
    const reply = await w.ask({ verb: 'patch', path, name: 'one', patch });
    expect(short(reply)).toContain('415 UnsupportedMediaType: ');
  });

  test('is watched and deleted like any object', async () => {
    const w = await start();
    const watched = await w.watch({ path });
    if ('code' in watched) throw new Error('refused');
    await w.make({ verb: 'create', path, body: experiment({ scenario }) });
    expect((await w.ask({ verb: 'delete', path, name: 'one' })).code).toBe(200);
    await w.until('both events', () => watched.seen.length === 2);
    expect(watched.seen.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
  });
});
