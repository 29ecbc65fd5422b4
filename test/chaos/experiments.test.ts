/** ChaosExperiments against the real API in process; the run itself is a clockwork that tests wind. */
import { afterEach, expect, test } from 'vitest';
import type { RunProgress } from '../../actors/chaos/experiment-runs.ts';
import { type Experiments, startExperiments } from '../../actors/chaos/experiments.ts';
import { RunTurn } from '../../actors/chaos/run-turn.ts';
import { CommandError, EXIT } from '../../actors/cluster/command-error.ts';
import { createLocalApiClient } from '../../actors/local-api-client.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';
import { type ApiWorld, admin, createApiWorld, short } from '../api/world.ts';

const path = 'chaos.kabuki.dev/v1alpha1/chaosexperiments';
const scenario = {
  name: 'node-killed',
  for: '1m',
  faults: [
    { name: 'power', fault: 'crash', target: { role: 'node', count: 1 }, at: '10s', for: '20s' },
  ],
};

/** A run that does as it is told, and heals when it is aborted. */
interface Run {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly progress: RunProgress;
  readonly aborted: () => boolean;
  end(result?: Partial<RunResult>): void;
  fail(error: Error): void;
}

let world: ApiWorld;
let experiments: Experiments;
let runs: Run[];
let heals: number;
let refusal: Error | undefined;

/** How long healing takes: not before this is set. */
let mayHeal: boolean;
let turn: RunTurn;

async function start(): Promise<ApiWorld> {
  world = await createApiWorld({ chaos: true });
  supervise();
  return world;
}

function client() {
  const { host, api } = world;
  const envelope = () => host.envelope('test');
  return createLocalApiClient(api, admin, { clock: host.clock, userAgent: 'test', envelope });
}

function supervise(): void {
  const { host, api } = world;
  runs = [];
  heals = 0;
  mayHeal = true;
  turn = new RunTurn();
  refusal = undefined;
  experiments = startExperiments({
    ...{ host, replica: api.state.replica, draw: () => 77, instance: 'test', statusEveryMs: 50 },
    client: client(),
    async heal() {
      heals += 1;
    },
    onBug: (error) => world.bugs.push(error),
    turn,
    run: (one, { seed, signal, progress }) =>
      new Promise((resolve, reject) => {
        if (refusal !== undefined) return reject(refusal);
        progress.onPhase('prepare');
        const healed = (): void => {
          if (mayHeal) reject(new CommandError('interrupted; everything was healed', 130));
          else setTimeout(healed, 2);
        };
        signal.addEventListener('abort', healed);
        runs.push({
          ...{ scenario: one, seed, progress, aborted: () => signal.aborted, fail: reject },
          end: (more) => resolve({ ...held, scenario: one, seed, ...more }),
        });
      }),
  });
}

const held = {
  ...{ world: 'live', version: '0', verdict: 'held', violations: [], reasons: [] },
  ...{ steps: 0, writes: 0, messages: 0, simulatedMs: 0, tookMs: 0, recoveryMs: 7_000 },
  ...{ rulesChecked: 30, timeline: [], samples: [], traceHash: '' },
  injections: [{ fault: 'power', what: 'crash', targets: ['node-1'], beganMs: 0, endedMs: 1 }],
} as const satisfies Omit<RunResult, 'scenario' | 'seed'>;

afterEach(async () => {
  await experiments.close();
  world.close();
  expect(world.bugs).toEqual([]);
});

const apply = (name: string, spec: object = {}) =>
  world.make({
    verb: 'create',
    path,
    body: { metadata: { name }, spec: { scenario, ...spec } },
  });

const patch = (name: string, spec: object) =>
  world.make({ verb: 'patch', path, name, patch: { type: 'merge', body: { spec } } });

interface Seen {
  readonly metadata: { readonly finalizers?: readonly string[]; readonly generation: number };
  readonly status: { readonly [field: string]: unknown };
}

function get(name: string): Seen | undefined {
  const { replica } = world.api.state;
  const key = `chaos.kabuki.dev/chaosexperiments/_/${name}`;
  return replica.get(key)?.value as unknown as Seen | undefined;
}

const until = (what: string, holds: () => boolean) => world.until(what, holds);
const inPhase = (name: string, phase: string) =>
  until(`${name} ${phase}`, () => get(name)?.status.phase === phase);
const running = (count: number) => until(`${count} runs`, () => runs.length === count);
const runAt = (index: number): Run => runs[index] as Run;

async function reasons(name: string): Promise<readonly string[]> {
  const listed = await client().list('core/events', { namespace: 'default' });
  if (!listed.ok) throw new Error(listed.message);
  return (listed.objects as unknown as readonly Event[])
    .filter(({ regarding, involvedObject }) => (regarding ?? involvedObject)?.name === name)
    .map(({ reason }) => reason)
    .sort();
}

interface Event {
  readonly regarding?: { readonly name: string };
  readonly involvedObject?: { readonly name: string };
  readonly reason: string;
}

test('runs by itself, and tells how far it is and what came of it', async () => {
  await start();
  await apply('one', { seed: 42 });
  await running(1);
  expect(runAt(0)).toMatchObject({ seed: 42, scenario: { name: 'node-killed', forMs: 60_000 } });
  await inPhase('one', 'Running');
  expect(get('one')).toMatchObject({
    metadata: { finalizers: ['chaos.kabuki.dev/heal'], generation: 1 },
    status: { observedGeneration: 1, seed: 42, faultsInjected: 0 },
  });
  const { progress, end } = runAt(0);
  progress.onPhase('faults');
  progress.onFault('power: crash of node-1');
  progress.onPhase('heal');
  await inPhase('one', 'Healing');
  expect(get('one')?.status.faultsInjected).toBe(1);
  end();
  await inPhase('one', 'Succeeded');
  await until('no finalizer', () => get('one')?.metadata.finalizers === undefined);
  expect(get('one')?.status).toMatchObject({
    ...{ faultsInjected: 1, invariantsChecked: 30, recoverySeconds: 7 },
    message: 'All 30 rules held; recovered in 7s.',
    conditions: [{ type: 'Complete', status: 'True', reason: 'RulesHeld', observedGeneration: 1 }],
  });
  expect(get('one')?.status.completionTime).toBeDefined();
  expect(await reasons('one')).toEqual(['FaultInjected', 'Healed', 'Started', 'Succeeded']);
});

test('says what did not hold', async () => {
  await start();
  await apply('one');
  await running(1);
  expect(runAt(0).seed).toBe(77);
  const objects = ['core/pods/default/web'];
  const violation = { rule: 'pod-bound-once', atMs: 0, message: 'twice', objects, revision: 3 };
  runAt(0).end({ verdict: 'unsafe', violations: [violation], recoveryMs: undefined });
  await inPhase('one', 'Failed');
  expect(get('one')?.status).toMatchObject({
    message: 'pod-bound-once: twice',
    violations: [
      { rule: 'pod-bound-once', message: 'twice', objects, time: '1970-01-01T00:00:00Z' },
    ],
    conditions: [{ type: 'Failed', reason: 'RuleViolated' }],
  });
  expect(get('one')?.status.recoverySeconds).toBeUndefined();
  expect(await reasons('one')).toEqual(['Failed', 'Started']);
});

test('is refused where it cannot run here, and was never Running', async () => {
  await start();
  refusal = new CommandError('2 nodes are missing', EXIT.chaosRefused, 'Start more.');
  const watched = await world.watch({ path });
  await apply('one');
  await inPhase('one', 'Refused');
  await until('no finalizer', () => get('one')?.metadata.finalizers === undefined);
  expect(get('one')?.status).toMatchObject({
    message: '2 nodes are missing. Start more.',
    conditions: [{ type: 'Failed', reason: 'Refused' }],
  });
  expect(get('one')?.status.startTime).toBeUndefined();
  expect(await reasons('one')).toEqual(['Refused']);
  if ('code' in watched) throw new Error(short(watched));
  const phases = watched.seen.map(({ object }) => (object as unknown as Seen).status.phase);
  expect(new Set(phases)).toEqual(new Set(['Pending', 'Refused']));
});

test('one runs at a time, in order of creation', async () => {
  await start();
  for (const name of ['one', 'two', 'three']) await apply(name);
  await inPhase('one', 'Running');
  await until('told', () => get('three')?.status.message !== undefined);
  for (const name of ['two', 'three']) {
    expect(get(name)?.status).toMatchObject({
      phase: 'Pending',
      message: 'Waits for one: one scenario runs at a time.',
    });
  }
  expect(runs.length).toBe(1);
  runAt(0).end();
  await running(2);
  await inPhase('two', 'Running');
  await until('told', () => String(get('three')?.status.message).startsWith('Waits for two'));
  runAt(1).end();
  await running(3);
  await inPhase('three', 'Running');
});

test('waits for a command that runs a scenario, and the command for it', async () => {
  await start();
  const command = { who: 'drill (kabuki chaos run, process 1)', stop: () => {} };
  expect(turn.take(command)).toBeUndefined();
  await apply('one');
  await until('told', () => get('one')?.status.message !== undefined);
  expect(get('one')?.status).toMatchObject({
    phase: 'Pending',
    message: 'Waits for drill (kabuki chaos run, process 1): one scenario runs at a time.',
  });
  turn.leave(command);
  await running(1);
  expect(turn.take(command)?.who).toBe('one');
  turn.stop();
  await inPhase('one', 'Failed');
  await until('free', () => turn.take(command) === undefined);
});

test('that is deleted is healed first; one that waits goes at once', async () => {
  await start();
  await apply('one');
  await apply('two');
  await inPhase('one', 'Running');
  expect((await world.ask({ verb: 'delete', path, name: 'two' })).code).toBe(200);
  await until('two gone', () => get('two') === undefined);
  mayHeal = false;
  await world.ask({ verb: 'delete', path, name: 'one' });
  await until('aborted', () => runAt(0).aborted());
  await inPhase('one', 'Healing');
  expect(get('one')?.metadata.finalizers).toEqual(['chaos.kabuki.dev/heal']);
  mayHeal = true;
  await until('one gone', () => get('one') === undefined);
  await until('no machine', () => world.host.status().every(({ instances }) => instances === 0));
  expect(await reasons('one')).toEqual(['Healed', 'Started']);
  await apply('one');
  await running(2);
});

test('that lost its finalizer and is gone is undone all the same, and the next waits for that', async () => {
  await start();
  await apply('one');
  await inPhase('one', 'Running');
  await until('guarded', () => get('one')?.metadata.finalizers?.length === 1);
  mayHeal = false;
  const body = { metadata: { finalizers: null } };
  await world.make({ verb: 'patch', path, name: 'one', patch: { type: 'merge', body } });
  await world.ask({ verb: 'delete', path, name: 'one' });
  await until('aborted', () => runAt(0).aborted());
  await apply('one');
  await until('told', () => String(get('one')?.status.message).startsWith('Waits for one'));
  expect(runs.length).toBe(1);
  mayHeal = true;
  await running(2);
});

test('is suspended and resumed: undone, and begun anew', async () => {
  await start();
  await apply('one', { suspend: true });
  await until('said so', () => get('one')?.status.message !== undefined);
  expect(get('one')?.status).toMatchObject({
    phase: 'Pending',
    conditions: [{ type: 'Suspended', status: 'True' }],
  });
  expect(runs).toEqual([]);
  await patch('one', { suspend: false });
  await inPhase('one', 'Running');
  runAt(0).progress.onFault('power: crash of node-1');
  await patch('one', { suspend: true });
  await until('aborted', () => runAt(0).aborted());
  await inPhase('one', 'Pending');
  expect(get('one')?.status).toMatchObject({ observedGeneration: 3 });
  expect(get('one')?.status.faultsInjected).toBeUndefined();
  expect(get('one')?.status.startTime).toBeUndefined();
  await patch('one', { suspend: false });
  await running(2);
});

test('that an ended supervisor left behind is undone and Failed before the next begins', async () => {
  await start();
  await apply('one');
  await inPhase('one', 'Running');
  await experiments.close();
  await inPhase('one', 'Failed');
  expect(get('one')?.status.message).toBe(
    'The cluster was ended while it ran. All faults are undone.',
  );
});

test('of a supervisor that was killed is undone and Failed by the next one', async () => {
  world = await createApiWorld({ chaos: true });
  await apply('one');
  const body = {
    metadata: { finalizers: ['chaos.kabuki.dev/heal'] },
    status: { phase: 'Running', faultsInjected: 2, startTime: '2026-01-01T00:00:00Z' },
  };
  const write = (at: string) =>
    world.make({ verb: 'patch', path: at, name: 'one', patch: { type: 'merge', body } });
  await write(path);
  await write(`${path}/status`);
  await apply('two');
  supervise();
  await inPhase('one', 'Failed');
  await until('no finalizer', () => get('one')?.metadata.finalizers === undefined);
  expect(heals).toBe(1);
  expect(get('one')?.status).toMatchObject({
    ...{ faultsInjected: 2, startTime: '2026-01-01T00:00:00Z' },
    conditions: [{ type: 'Failed', reason: 'SupervisorEnded' }],
  });
  await running(1);
  await inPhase('two', 'Running');
});

test('is stopped by `kabuki chaos stop`', async () => {
  await start();
  await apply('one');
  await inPhase('one', 'Running');
  experiments.stop('Stopped', 'Undone by `kabuki chaos stop`.');
  await inPhase('one', 'Failed');
  expect(get('one')?.status.message).toBe('Undone by `kabuki chaos stop`.');
});

test('writes its status at a pace, the latest', async () => {
  await start();
  const watched = await world.watch({ path });
  if ('code' in watched) throw new Error(short(watched));
  await apply('one');
  await inPhase('one', 'Running');
  const before = watched.seen.length;
  for (let i = 0; i < 20; i += 1) runAt(0).progress.onFault(`fault ${i}`);
  await until('all told', () => get('one')?.status.faultsInjected === 20);
  expect(watched.seen.length - before).toBe(1);
});
