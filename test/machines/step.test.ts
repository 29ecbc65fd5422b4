import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assign, emit, enqueueActions, setup, transition } from 'xstate';
import { createStepper } from '../../machines/step.ts';

type Event = { type: 'go'; by: number } | { type: 'stop' } | { type: 'fail' } | { type: 'unheard' };
type Effect = { type: 'counted'; total: number } | { type: 'stopped' } | { type: 'entered' };

const machine = setup({
  types: {
    context: {} as { total: number; log: string[] },
    events: {} as Event,
    emitted: {} as Effect,
    input: {} as { start: number },
  },
  guards: { small: ({ context }) => context.total < 50 },
  actions: {
    add: assign(({ context, event }) => ({
      total: context.total + (event.type === 'go' ? event.by : 0),
    })),
    count: emit(({ context }) => ({ type: 'counted' as const, total: context.total })),
    stopped: emit({ type: 'stopped' }),
    both: enqueueActions(({ enqueue, context }) => {
      enqueue.assign({ log: [...context.log, 'in'].slice(-3) });
      enqueue.emit({ type: 'entered' });
    }),
  },
}).createMachine({
  id: 'sample',
  options: { maxIterations: 100 } as never,
  context: ({ input }) => ({ total: input?.start ?? 0, log: [] }),
  initial: 'idle',
  states: {
    idle: {
      entry: 'both',
      on: { go: [{ guard: 'small', target: 'busy', actions: ['add', 'count'] }] },
    },
    busy: {
      initial: 'low',
      on: { stop: { target: 'idle', actions: 'stopped' }, fail: 'failed' },
      states: {
        low: { always: { guard: ({ context }) => context.total > 20, target: 'high' } },
        high: {},
      },
    },
    failed: { type: 'final' },
  },
});

const events = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('go' as const), by: fc.integer({ min: 0, max: 30 }) }),
    fc.constant({ type: 'stop' as const }),
    fc.constant({ type: 'unheard' as const }),
    fc.constant({ type: 'fail' as const }),
  ),
  { maxLength: 40 },
);

test('a step equals the public transition: state, context, status and effects', () => {
  const stepper = createStepper(machine);
  fc.assert(
    fc.property(events, (list) => {
      let state = stepper.initial({ start: 1 }).state;
      for (const event of list) {
        const snapshot = machine.resolveState(state as never);
        const [next, actions] = transition(machine, snapshot, event);
        const step = stepper.step(state, event);
        expect(step.state.value).toEqual(next.value);
        expect(step.state.context).toEqual(next.context);
        expect(step.done).toBe(next.status === 'done');
        expect(step.effects).toEqual(
          actions.map(
            (action) => (action as unknown as { params: { event: unknown } }).params.event,
          ),
        );
        state = step.state;
        if (step.done) break;
      }
    }),
  );
});

test('the first step runs the entry actions and gives their effects', () => {
  const step = createStepper(machine).initial({ start: 7 });
  expect(step.effects).toEqual([{ type: 'entered' }]);
  expect(step.state).toEqual({ value: 'idle', context: { total: 7, log: ['in'] } });
});

test('an event without a transition is told apart', () => {
  const stepper = createStepper(machine);
  const { state } = stepper.initial({ start: 0 });
  const step = stepper.step(state, { type: 'stop' });
  expect(step.handled).toBe(false);
  expect(step.state).toEqual(state);
});

test('an action that is not data is refused, and does not poison the next step', () => {
  const impure = setup({
    types: { events: {} as { type: 'go' } | { type: 'fine' } },
    actions: { log: () => undefined },
  }).createMachine({
    initial: 'a',
    states: { a: { on: { go: { actions: ['log'] }, fine: 'b' } }, b: {} },
  });
  const stepper = createStepper(impure);
  const { state } = stepper.initial(undefined);
  expect(() => stepper.step(state, { type: 'go' })).toThrow(/emit an effect/);
  expect(stepper.step(state, { type: 'fine' }).effects).toEqual([]);
});
