import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../../machines/api/change.ts';
import {
  backoffMs,
  type ReconcilerContext,
  type ReconcilerEffect,
  reconcilerMachine,
} from '../../../machines/controllers/reconciler.ts';
import { createStepper, type MachineState } from '../../../machines/step.ts';

const stepper = createStepper(reconcilerMachine);
const create = (name: string): Change => ({
  type: 'create',
  resource: 'core/pods',
  namespace: 'default',
  object: { metadata: { name } },
});
const remove: Change = {
  type: 'delete',
  key: { resource: 'core/pods', namespace: 'default', name: 'old' },
};

function brief(effect: ReconcilerEffect): string {
  switch (effect.type) {
    case 'changes.apply':
      return `apply ${effect.changes.length}`;
    case 'view.await':
      return `await ${effect.revision}`;
    case 'timer.set':
      return `${effect.timer} at ${effect.atMs}`;
    case 'timer.cancel':
      return `cancel ${effect.timer}`;
    default:
      return effect.type;
  }
}

/** Runs events through one instance; a line for each step. */
function trace(batchMs: number, events: readonly object[]): string[] {
  let step = stepper.initial({ nowMs: 1000, batchMs });
  let state: MachineState = step.state;
  const line = (name: string) =>
    `${name} -> ${String(state.value)} ! ${step.effects.map((e) => brief(e as ReconcilerEffect)).join(', ')}`;
  const lines = [line('start')];
  for (const event of events) {
    step = stepper.step(state, { nowMs: 1000, ...event } as never);
    state = step.state;
    lines.push(line((event as { type: string }).type));
  }
  return lines;
}

const granted = { type: 'slot.granted' };
const noticed = { type: 'work.noticed' };
const reached = { type: 'view.reached' };
const plan = (stages: Change[][], more: object = {}) => ({
  type: 'plan.made',
  stages,
  batchMs: 0,
  ...more,
});
const applied = (revision: number, failures: object[] = []) => ({
  type: 'changes.applied',
  revision,
  failures,
});
const failure = { change: remove, reason: 'Conflict', message: 'changed' };
const nine = Array.from({ length: 9 }, (_, i) => create(`p${i}`));

const cases: readonly [string, number, readonly object[], readonly string[]][] = [
  [
    'nothing to do settles at once',
    0,
    [granted, plan([])],
    [
      'start -> queued ! slot.request',
      'slot.granted -> planning ! plan.run',
      'plan.made -> settled ! slot.release, work.settled',
    ],
  ],
  [
    'creates start slowly, stages follow each other, the own writes are awaited',
    0,
    [
      granted,
      plan([[...nine, remove], [remove]]),
      applied(5),
      applied(7),
      applied(8),
      applied(9),
      applied(12),
      reached,
    ],
    [
      'start -> queued ! slot.request',
      'slot.granted -> planning ! plan.run',
      'plan.made -> changing ! apply 2',
      'changes.applied -> changing ! apply 2',
      'changes.applied -> changing ! apply 4',
      'changes.applied -> changing ! apply 2',
      'changes.applied -> changing ! apply 1',
      'changes.applied -> waitingForView ! await 12',
      'view.reached -> settled ! slot.release, work.settled',
    ],
  ],
  [
    'a failure ends the plan and backs off; a notice ends the pause',
    0,
    [granted, plan([nine]), applied(5), applied(6, [failure]), reached, noticed],
    [
      'start -> queued ! slot.request',
      'slot.granted -> planning ! plan.run',
      'plan.made -> changing ! apply 1',
      'changes.applied -> changing ! apply 2',
      'changes.applied -> waitingForView ! await 6',
      'view.reached -> backingOff ! slot.release, backoff at 1005',
      'work.noticed -> queued ! cancel backoff, slot.request',
    ],
  ],
  [
    'what is noticed while changing is planned again afterwards',
    0,
    [granted, plan([[remove]]), noticed, noticed, applied(5), reached],
    [
      'start -> queued ! slot.request',
      'slot.granted -> planning ! plan.run',
      'plan.made -> changing ! apply 1',
      'work.noticed -> changing ! ',
      'work.noticed -> changing ! ',
      'changes.applied -> waitingForView ! await 5',
      'view.reached -> queued ! slot.release, slot.request',
    ],
  ],
  [
    'a plan may ask to come again, and a batch gathers notices',
    20,
    [
      { type: 'timer.fired', timer: 'batch' },
      granted,
      plan([], { againAtMs: 9000, batchMs: 20 }),
      { type: 'timer.fired', timer: 'again' },
    ],
    [
      'start -> gathering ! batch at 1020',
      'timer.fired -> queued ! slot.request',
      'slot.granted -> planning ! plan.run',
      'plan.made -> resting ! slot.release, again at 9000',
      'timer.fired -> gathering ! cancel again, batch at 1020',
    ],
  ],
];

describe('reconciler', () => {
  test.each(cases)('%s', (_, batchMs, events, expected) => {
    expect(trace(batchMs, events)).toEqual(expected);
  });

  test('back-off doubles from 5 ms to 1,000 s', () => {
    expect([1, 2, 3, 10, 18, 19, 50].map(backoffMs)).toEqual([
      5, 10, 20, 2560, 655_360, 1_000_000, 1_000_000,
    ]);
  });

  test('a success forgets the failures', () => {
    let state = stepper.initial({ nowMs: 0, batchMs: 0 }).state;
    const run = (event: object) => {
      state = stepper.step(state, { nowMs: 0, ...event } as never).state;
    };
    for (let i = 0; i < 3; i++) {
      for (const e of [granted, plan([[remove]]), applied(0, [failure]), noticed]) run(e);
    }
    expect((state.context as ReconcilerContext).failures).toBe(3);
    for (const e of [granted, plan([[remove]]), applied(7), reached]) run(e);
    expect(state.context).toMatchObject({ failures: 0, lastErrors: [] });
  });

  test('whatever the order of events, a notice is always planned after', () => {
    const moves = fc.array(fc.constantFrom('notice', 'answer', 'fail', 'again'), { maxLength: 60 });
    fc.assert(
      fc.property(moves, fc.constantFrom(0, 5), (list, batchMs) => {
        let step = stepper.initial({ nowMs: 0, batchMs });
        let owed = true;
        let asked: ReconcilerEffect[] = [];
        const take = () => {
          for (const effect of step.effects as unknown as ReconcilerEffect[]) {
            if (effect.type === 'plan.run') owed = false;
            if (effect.type === 'timer.cancel') {
              asked = asked.filter((e) => e.type !== 'timer.set' || e.timer !== effect.timer);
            } else if (effect.type !== 'slot.release') asked.push(effect);
          }
        };
        const send = (event: object) => {
          step = stepper.step(step.state, { nowMs: 0, ...event } as never);
          take();
        };
        take();
        for (const move of [...list, ...Array<string>(20).fill('answer')]) {
          if (move === 'notice') {
            owed = true;
            send(noticed);
          } else answer(asked.shift(), move, send);
        }
        expect(owed).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

/** Answers what a machine asked for, as the actor would. */
function answer(
  effect: ReconcilerEffect | undefined,
  how: string,
  send: (event: object) => void,
): void {
  const again = how === 'again' ? { againAtMs: 5 } : {};
  if (effect?.type === 'slot.request') send(granted);
  if (effect?.type === 'plan.run') send(plan([[remove]], again));
  if (effect?.type === 'changes.apply') send(applied(7, how === 'fail' ? [failure] : []));
  if (effect?.type === 'view.await') send(reached);
  if (effect?.type === 'timer.set') send({ type: 'timer.fired', timer: effect.timer });
}
