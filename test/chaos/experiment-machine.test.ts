/** The machine of a ChaosExperiment: every way through it, as states and effects. */
import { describe, expect, test } from 'vitest';
import { experimentMachine, firstInLine } from '../../machines/chaos/experiment.ts';
import type {
  ExperimentEffect,
  ExperimentEvent,
} from '../../machines/chaos/experiment-protocol.ts';
import type { RunFacts } from '../../machines/chaos/experiment-status.ts';
import type { Untimed } from '../../machines/effect.ts';
import { createStepper } from '../../machines/step.ts';

const stepper = createStepper(experimentMachine);
const T0 = 1_000_000_000_000;
const input = {
  ...{ name: 'one', uid: 'u', generation: 1, suspend: false, deleted: false },
  ...{ seed: undefined, phase: 'Pending', startMs: undefined, faults: undefined, nowMs: T0 },
};

function brief(effect: ExperimentEffect): string {
  switch (effect.type) {
    case 'status.write': {
      const { phase, message, conditions } = effect.status;
      const types = conditions.map(({ type, reason }) => ` ${type}:${reason}`).join('');
      return `${phase}${types} (${message ?? ''})`;
    }
    case 'event.record':
      return `event ${effect.record.type} ${effect.record.reason}: ${effect.record.note}`;
    case 'run.start':
      return `start seed=${effect.seed}`;
    default:
      return effect.type;
  }
}

type Told = Untimed<ExperimentEvent>;

/** The lines of a life: state, and what it wants done, a second after the other. */
function life(events: readonly Told[], more: object = {}): string[] {
  let step = stepper.initial({ ...input, ...more });
  const line = () =>
    [step.state.value, ...step.effects.map((e) => brief(e as ExperimentEffect))].join(' | ');
  const lines = [line()];
  events.forEach((event, index) => {
    step = stepper.step(step.state, { nowMs: T0 + (index + 1) * 1000, ...event } as never);
    lines.push(line());
  });
  return lines;
}

const seen = (more: object = {}): Told => ({
  ...{ type: 'experiment.seen', suspend: false, deleted: false, generation: 1 },
  ...more,
});
const phased = (phase: 'prepare' | 'faults' | 'heal'): Told => ({ type: 'run.phased', phase });
const run: RunFacts = {
  ...{ verdict: 'held', violations: [], reasons: [], rulesChecked: 30, recoveryMs: 2_400 },
  faults: 1,
};
const begin: readonly Told[] = [
  { type: 'turn.given', seed: 9 },
  { type: 'finalizer.added' },
  phased('prepare'),
];

describe('an experiment', () => {
  test('takes its turn, is guarded, runs, heals and succeeds', () => {
    const events: Told[] = [
      { type: 'turn.taken', by: 'other' },
      ...begin,
      phased('faults'),
      { type: 'fault.begun', note: 'crash of node-1' },
      phased('heal'),
      { type: 'run.ended', run },
      { type: 'experiment.gone' },
    ];
    expect(life(events)).toEqual([
      'waiting | turn.want',
      'waiting | Pending (Waits for other: one scenario runs at a time.)',
      'guarding | finalizer.add',
      'starting | start seed=9',
      'running | Running (The workload is made; faults begin when it has settled.) | ' +
        'event Normal Started: The experiment has begun',
      'running | Running (Faults are let loose.)',
      'running | Running (Faults are let loose.) | event Normal FaultInjected: crash of node-1',
      'healing | Healing (All faults are undone; waiting until all is as it should be.) | ' +
        'event Normal Healed: All faults are undone',
      'succeeded | Succeeded Complete:RulesHeld (All 30 rules held; recovered in 2s.) | ' +
        'event Normal Succeeded: All 30 rules held; recovered in 2s. | finalizer.remove | turn.leave',
      'gone | turn.leave | experiment.forget',
    ]);
  });

  test('uses the seed it names', () => {
    expect(life(begin.slice(0, 2), { seed: 0 }).at(-1)).toBe('starting | start seed=0');
  });

  test.each([
    [
      { type: 'run.refused', message: 'no such node' },
      'refused | Refused Failed:Refused (no such node) | event Warning Refused: no such node | ' +
        'finalizer.remove | turn.leave',
    ],
    [
      { type: 'run.broke', message: 'it broke' },
      'failed | Failed Failed:Interrupted (it broke) | event Warning Failed: it broke | ' +
        'finalizer.remove | turn.leave',
    ],
    [seen({ deleted: true }), 'withdrawing | Pending () | run.abort'],
  ] as [Told, string][])('before anything is touched: %j', (event, line) => {
    expect(life([...begin.slice(0, 2), event]).at(-1)).toBe(line);
  });

  test.each([
    [
      {
        ...{ ...run, verdict: 'unsafe', recoveryMs: undefined },
        violations: [{ rule: 'one-binding', atMs: T0, message: 'twice', objects: [], revision: 3 }],
      },
      'RuleViolated (one-binding: twice)',
    ],
    [{ ...run, verdict: 'stuck', reasons: ['a', 'b'] }, 'NotRecovered (a; b)'],
    [{ ...run, verdict: 'crashed', reasons: ['threw'] }, 'Crashed (threw)'],
  ] as [RunFacts, string][])('fails where the verdict is %j', (facts, words) => {
    const last = life([...begin, phased('heal'), { type: 'run.ended', run: facts }]).at(-1);
    expect(last).toContain(`failed | Failed Failed:${words} | event Warning Failed`);
  });

  test('that is deleted while it runs is undone before its finalizer goes', () => {
    const events = [...begin, seen({ deleted: true }), { type: 'run.broke', message: '' }] as const;
    expect(life([...events, { type: 'experiment.gone' }]).slice(-3)).toEqual([
      'withdrawing | Healing (Everything is being undone.) | run.abort',
      'leaving | event Normal Healed: All faults are undone | finalizer.remove | turn.leave',
      'gone | turn.leave | experiment.forget',
    ]);
  });

  test('that is suspended while it runs begins anew when it is resumed', () => {
    const events: Told[] = [
      ...begin,
      { type: 'fault.begun', note: 'x' },
      seen({ suspend: true, generation: 2 }),
      { type: 'run.broke', message: 'interrupted' },
      seen({ generation: 3 }),
    ];
    const suspended =
      'Pending Suspended:Suspended (Suspended: it begins, from the start, when spec.suspend is false.)';
    expect(life(events).slice(-3)).toEqual([
      'withdrawing | Healing (Everything is being undone.) | run.abort',
      `suspended | event Normal Healed: All faults are undone | turn.leave | ${suspended}`,
      'waiting | Pending () | turn.want',
    ]);
  });

  test('that is suspended before its turn does not stand in line', () => {
    expect(life([], { suspend: true })[0]).toMatch(/^suspended \| turn.leave \| Pending Suspended/);
    const late = life([seen({ suspend: true }), { type: 'turn.given', seed: 1 }]);
    expect(late.slice(1)).toEqual([
      expect.stringMatching(/^suspended \| turn.leave \| Pending Suspended/),
      'suspended | turn.leave',
    ]);
  });

  test('that is stopped by somebody else fails for that reason, deleted or not', () => {
    const stopped: Told = { type: 'run.stopped', reason: 'Stopped', message: 'by hand' };
    const over: Told = { type: 'run.broke', message: 'interrupted' };
    expect(life([...begin, stopped, over]).at(-1)).toContain(
      'failed | Failed Failed:Stopped (by hand)',
    );
    expect(life([...begin, stopped, seen({ deleted: true }), over]).at(-1)).toMatch(/^leaving/);
  });

  test.each(['Running', 'Healing'])(
    'that an ended supervisor left %s is undone and Failed',
    (phase) => {
      const before = { phase, startMs: T0 - 5000, faults: 3 };
      expect(life([seen(), { type: 'faults.healed' }], before)).toEqual([
        'orphaned | turn.hold | faults.heal',
        'orphaned',
        expect.stringMatching(
          /^failed \| Failed Failed:SupervisorEnded .*finalizer.remove \| turn.l/,
        ),
      ]);
      expect(life([{ type: 'faults.healed' }], { ...before, deleted: true }).at(-1)).toBe(
        'leaving | finalizer.remove | turn.leave',
      );
    },
  );

  test.each(['Succeeded', 'Failed', 'Refused'])('that is %s already is left alone', (phase) => {
    expect(life([seen()], { phase })).toEqual(['over | finalizer.remove', 'over']);
  });

  test('gives every field of its status, so that nothing of an earlier run is left', () => {
    const step = stepper.initial({ ...input, suspend: true });
    const [, write] = step.effects as ExperimentEffect[];
    expect(write).toMatchObject({
      type: 'status.write',
      status: {
        ...{ startTime: null, completionTime: null, seed: null, faultsInjected: null },
        ...{ invariantsChecked: null, violations: [], recoverySeconds: null },
      },
    });
  });
});

test('the oldest is first in line, of one second the one seen first', () => {
  const line = [
    { id: 'b', createdMs: 2 },
    { id: 'a', createdMs: 1 },
    { id: 'c', createdMs: 1 },
  ];
  expect(firstInLine(line)?.id).toBe('a');
  expect(firstInLine([])).toBeUndefined();
});
