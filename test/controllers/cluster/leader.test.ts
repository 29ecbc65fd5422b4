import { describe, expect, test } from 'vitest';
import { type LeaderEffect, leaderMachine } from '../../../machines/controllers/leader.ts';
import { createStepper, type MachineState } from '../../../machines/step.ts';

const stepper = createStepper(leaderMachine);
const input = { namespace: 'kube-system', name: 'kube-scheduler', identity: 'me' };
const T0 = 1_000_000;

function brief(effect: LeaderEffect): string {
  switch (effect.type) {
    case 'lease.write': {
      const { change } = effect;
      if (change.type !== 'create' && change.type !== 'update') return change.type;
      const spec = change.object.spec as { holderIdentity: string; leaseTransitions: number };
      const guard = change.object.metadata?.resourceVersion ?? '-';
      return `${change.type}@${guard} holder=${spec.holderIdentity} transitions=${spec.leaseTransitions}`;
    }
    case 'leadership.gained':
      return `gained ${effect.token}`;
    case 'timer.set':
      return `${effect.timer}+${effect.atMs - T0}`;
    case 'timer.cancel':
      return `-${effect.timer}`;
    default:
      return effect.type.replace('leadership.', '');
  }
}

/** As the log shows what was written at a time. */
const stored = (revision: number, atMs: number) => {
  const seen = lease('me', revision);
  const renewTime = new Date(T0 + atMs).toISOString().replace('Z', '000Z');
  return { ...seen, lease: { ...seen.lease, spec: { ...seen.lease.spec, renewTime } } };
};
const lease = (holder: string, revision: number, transitions = 0) => ({
  type: 'lease.seen',
  lease: {
    metadata: { name: 'kube-scheduler', namespace: 'kube-system', resourceVersion: `${revision}` },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15, leaseTransitions: transitions },
  },
});
const absent = { type: 'lease.seen', lease: undefined };
const written = (revision: number) => ({ type: 'lease.written', revision });
const refused = { type: 'lease.refused', reason: 'Conflict' };
const fired = (timer: string, atMs: number) => ({ type: 'timer.fired', timer, nowMs: T0 + atMs });

/** The timer of every answer goes without saying; a test of its own shows it. */
const isShown = (effect: LeaderEffect) => !('timer' in effect && effect.timer === 'answer');

function trace(events: readonly object[], shown = isShown): string[] {
  let step = stepper.initial({ ...input, nowMs: T0 });
  let state: MachineState = step.state;
  let attempt = 0;
  return events.map((event) => {
    step = stepper.step(state, { nowMs: T0, attempt, ...event } as never);
    state = step.state;
    for (const effect of step.effects as readonly LeaderEffect[]) {
      if (effect.type === 'lease.write') attempt = effect.attempt;
    }
    const value = typeof state.value === 'string' ? state.value : JSON.stringify(state.value);
    const effects = (step.effects as readonly LeaderEffect[]).filter(shown);
    return `${value} ! ${effects.map(brief).join(', ')}`;
  });
}

const HOLDING = '{"leading":"holding"}';
const cases: readonly [string, readonly object[], readonly string[]][] = [
  [
    'takes a lease that does not exist, renews it, hands it back',
    [
      absent,
      written(7),
      fired('renew', 5000),
      written(9),
      { type: 'leader.resigned' },
      written(10),
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      `${HOLDING} ! renew+5000, deadline+10000`,
      'resigning ! lost, -renew, -deadline, update@9 holder= transitions=0',
      'resigned ! resigned',
    ],
  ],
  [
    'waits for the duration after the last change of a lease held by another',
    [lease('you', 3), lease('you', 4), fired('try', 15_000), refused, lease('she', 5, 1)],
    [
      'following ! try+15000',
      'following ! -try, try+15000',
      'acquiring ! -try, update@4 holder=me transitions=1',
      'waiting ! try+50',
      'following ! -try, try+15000',
    ],
  ],
  [
    'takes a lease that was handed back at once',
    [lease('you', 3), lease('', 4), written(5)],
    [
      'following ! try+15000',
      'acquiring ! -try, update@4 holder=me transitions=1',
      `${HOLDING} ! gained 5, renew+5000, deadline+10000`,
    ],
  ],
  [
    'loses to another holder at once, and to silence at the deadline',
    [absent, written(7), fired('renew', 5000), lease('you', 9, 1), refused],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      'following ! lost, -renew, -deadline, try+15000',
      'following ! ',
    ],
  ],
  [
    'stands down at once when a request under its token is refused, and at no other',
    [
      absent,
      written(7),
      { type: 'request.fenced', token: 6 },
      { type: 'request.fenced', token: 7 },
      lease('you', 9, 1),
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      `${HOLDING} ! `,
      'following ! lost, -renew, -deadline, try+2000',
      'following ! -try, try+15000',
    ],
  ],
  [
    'hands back what it wins after it has resigned',
    [absent, { type: 'leader.resigned' }, written(7), written(8)],
    [
      'acquiring ! create@- holder=me transitions=0',
      'withdrawing ! ',
      'resigning ! update@7 holder= transitions=0',
      'resigned ! resigned',
    ],
  ],
  [
    'gives up when renewing does not succeed in time',
    [absent, written(7), fired('renew', 5000), refused, fired('deadline', 10_000)],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      `${HOLDING} ! renew+50, deadline+10000`,
      'acquiring ! lost, -renew, -deadline, update@7 holder=me transitions=0',
    ],
  ],
  [
    'renews again soon, and goes on leading, where nobody answers',
    [
      absent,
      written(7),
      fired('renew', 5000),
      fired('answer', 7500),
      fired('renew', 7550),
      { ...written(9), nowMs: T0 + 7600 },
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      `${HOLDING} ! renew+7550, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      `${HOLDING} ! renew+12600, deadline+17600`,
    ],
  ],
  [
    'believes the log where the answer to a write never comes',
    [
      absent,
      stored(7, 0),
      fired('answer', 2500),
      fired('renew', 5000),
      stored(9, 5000),
      { ...refused, nowMs: T0 + 7000 },
      { type: 'leader.resigned' },
      fired('answer', 20_000),
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      'acquiring ! ',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      '{"leading":"renewing"} ! ',
      `${HOLDING} ! renew+10000, deadline+15000`,
      'resigning ! lost, -renew, -deadline, update@9 holder= transitions=0',
      'resigned ! resigned',
    ],
  ],
  [
    'tries again where nobody answers, and resigns where nobody does',
    [
      absent,
      fired('answer', 2500),
      fired('try', 2550),
      { type: 'leader.resigned' },
      fired('answer', 5050),
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      'waiting ! try+2550',
      'acquiring ! -try, create@- holder=me transitions=0',
      'withdrawing ! ',
      'resigned ! resigned',
    ],
  ],
  [
    'is not put off from renewing by changes of the lease, nor unseated by an older view of it',
    [absent, written(7), { ...lease('me', 8), nowMs: T0 + 3000 }, lease('you', 6)],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      `${HOLDING} ! `,
      `${HOLDING} ! `,
    ],
  ],
  [
    'does not take the answer to a write it gave up for the answer to the last one',
    [
      absent,
      written(7),
      fired('renew', 5000),
      lease('me', 9),
      fired('deadline', 10_000),
      lease('me', 12),
      { ...written(9), attempt: 2 },
      { ...refused, attempt: 2 },
      written(12),
      fired('renew', 15_000),
    ],
    [
      'acquiring ! create@- holder=me transitions=0',
      `${HOLDING} ! gained 7, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0',
      '{"leading":"renewing"} ! ',
      'acquiring ! lost, -renew, -deadline, update@9 holder=me transitions=0',
      'acquiring ! ',
      'acquiring ! ',
      'acquiring ! ',
      `${HOLDING} ! gained 12, renew+5000, deadline+10000`,
      '{"leading":"renewing"} ! update@12 holder=me transitions=0',
    ],
  ],
  [
    'does not lead by a write after which it has seen another take the lease',
    [lease('', 3), lease('me', 5, 1), lease('you', 8, 2), written(5)],
    [
      'acquiring ! update@3 holder=me transitions=1',
      'acquiring ! ',
      'acquiring ! ',
      'following ! try+15000',
    ],
  ],
  [
    'does not hand back what another has taken since',
    [lease('', 3), { type: 'leader.resigned' }, lease('you', 8, 2), written(5)],
    [
      'acquiring ! update@3 holder=me transitions=1',
      'withdrawing ! ',
      'withdrawing ! ',
      'resigned ! resigned',
    ],
  ],
];

describe('leader', () => {
  test.each(cases)('%s', (_, events, expected) => {
    expect(trace(events)).toEqual(expected);
  });

  test('waits for every answer, and no longer than for it', () => {
    const shown = (effect: LeaderEffect) => effect.type === 'lease.write' || !isShown(effect);
    const events = [absent, written(7), fired('renew', 5000), { type: 'leader.resigned' }, refused];
    expect(trace(events, shown)).toEqual([
      'acquiring ! create@- holder=me transitions=0, answer+2500',
      `${HOLDING} ! -answer`,
      '{"leading":"renewing"} ! update@7 holder=me transitions=0, answer+7500',
      'resigning ! -answer, update@7 holder= transitions=0, answer+10000',
      'resigned ! -answer',
    ]);
  });
});
