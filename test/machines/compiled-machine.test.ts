/** Compiled machines are XState's: every step gives the same state, effects and answer as its own algorithm. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AnyStateMachine, and, assign, emit, enqueueActions, not, or, setup } from 'xstate';
import { compileMachine } from '../../machines/compiled-machine.ts';
import { createInterpreter, type Stepper } from '../../machines/step.ts';
import { machines } from '../project/machine-list.ts';

type Event =
  | { type: 'go'; by: number }
  | { type: 'go.on'; by: number }
  | { type: 'back' }
  | { type: 'again' }
  | { type: 'out' }
  | { type: 'nothing' }
  | { type: 'end' };

const said = (text: string) => ({ type: 'note' as const, params: { text } });

/** Nested states, every kind of transition, guard and action that is compiled. */
const chart = setup({
  types: {
    context: {} as { total: number; seen: string[] },
    events: {} as Event,
    emitted: {} as { type: 'said'; text: string },
    input: {} as { start: number },
  },
  guards: {
    small: ({ context }) => context.total < 20,
    above: ({ context }, params: { limit: number }) => context.total > params.limit,
    odd: ({ event }) => event.type.startsWith('go') && (event as { by: number }).by % 2 === 1,
    middling: and([not('small' as never), not({ type: 'above', params: { limit: 40 } } as never)]),
    strange: or(['odd', 'middling'] as never),
  },
  actions: {
    add: assign({
      total: ({ context, event }) => context.total + ('by' in event ? event.by : 1),
      seen: ({ event, context }) => [...context.seen, event.type].slice(-4),
    }),
    note: emit((_, { text }: { text: string }) => ({ type: 'said' as const, text })),
    say: emit(({ context }, params: { what: string }) => ({
      type: 'said' as const,
      text: `${params.what} ${context.total}`,
    })),
    both: enqueueActions(({ enqueue, check, context }) => {
      enqueue('add' as never);
      enqueue.assign(({ context: now }) => ({ total: now.total + context.total }));
      if (check('strange' as never)) enqueue({ type: 'say', params: { what: 'strange' } } as never);
      enqueue.emit(({ context: now }) => ({ type: 'said' as const, text: `now ${now.total}` }));
    }),
  },
}).createMachine({
  id: 'chart',
  options: { maxIterations: 100 } as never,
  context: ({ input }) => ({ total: input.start, seen: [] }),
  initial: 'idle',
  entry: said('root in'),
  exit: said('root out'),
  on: { '*': { actions: { type: 'say', params: { what: 'wild' } } }, out: '.over' },
  states: {
    idle: {
      entry: said('idle in'),
      exit: said('idle out'),
      on: {
        go: [
          { guard: 'small', target: 'busy', actions: 'add' },
          { guard: 'strange', target: 'busy.high', actions: ['both'] },
        ],
        'go.*': { guard: { type: 'above', params: { limit: 5 } }, actions: 'both' },
        again: { target: 'idle', reenter: true },
        nothing: {},
      },
    },
    busy: {
      entry: said('busy in'),
      exit: said('busy out'),
      initial: 'low',
      on: {
        back: { target: 'idle', actions: assign({ total: 0 }) },
        again: [
          { guard: 'odd', target: 'busy' },
          { guard: 'small', target: 'busy', reenter: true },
          { target: '.low' },
        ],
        end: '#chart.ended',
      },
      states: {
        low: {
          entry: { type: 'say', params: ({ context }) => ({ what: `low after ${context.seen}` }) },
          exit: said('low out'),
          always: { guard: 'middling', target: 'high', actions: 'add' },
          on: { go: { actions: 'add' } },
        },
        high: {
          exit: said('high out'),
          always: [{ guard: ({ context }) => context.total > 100, target: '#chart.over' }],
          on: { go: { target: 'low', actions: 'both' }, nothing: { actions: [] } },
        },
      },
    },
    over: {
      initial: 'first',
      states: {
        first: { always: 'second' },
        second: { on: { again: { target: 'first', actions: said('once more') } } },
      },
      on: { back: 'busy' },
    },
    ended: { type: 'final', entry: said('ended in'), exit: said('ended out') },
  },
});

const events: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constantFrom('go', 'go.on'), by: fc.nat(15) }),
  fc.record({ type: fc.constantFrom('back', 'again', 'out', 'nothing', 'end') }),
) as never;

function bothOf(machine: AnyStateMachine): { readonly ours: Stepper; readonly theirs: Stepper } {
  const ours = compileMachine(machine);
  if (ours === undefined) throw new Error(`${machine.id} is not compiled`);
  return { ours, theirs: createInterpreter(machine) };
}

describe('compiled machines', () => {
  test('take the steps that XState takes', () => {
    const { ours, theirs } = bothOf(chart);
    const visited = new Set<string>();
    fc.assert(
      fc.property(fc.nat(60), fc.array(events, { maxLength: 30 }), (start, list) => {
        let step = ours.initial({ start });
        expect(step).toEqual(theirs.initial({ start }));
        for (const event of list) {
          if (step.done) return;
          const before = step.state;
          step = ours.step(before, event);
          expect(step).toEqual(theirs.step(before, event));
          visited.add(JSON.stringify(step.state.value));
        }
      }),
      { numRuns: 1_000 },
    );
    expect([...visited].sort()).toEqual([
      ...['"ended"', '"idle"', '{"busy":"high"}', '{"busy":"low"}', '{"over":"second"}'],
    ]);
  });

  test('go on from a value that was stored, or that names less than a leaf', () => {
    const { ours, theirs } = bothOf(chart);
    const context = { total: 3, seen: [] };
    for (const value of [structuredClone({ busy: 'low' }), 'busy', 'over']) {
      const state = { value, context };
      for (const event of [{ type: 'back' }, { type: 'go', by: 3 }, { type: 'unheard' }]) {
        expect(ours.step(state, event)).toEqual(theirs.step(state, event));
      }
    }
    expect(() => ours.step({ value: 'nowhere', context }, { type: 'go' })).toThrow(
      "State 'nowhere' does not exist on 'chart'",
    );
  });

  test('keep the state where an action or a guard throws', () => {
    const angry = setup({
      types: { context: {} as { n: number }, events: {} as { type: 'act' } | { type: 'ask' } },
      guards: {
        throws: (): boolean => {
          throw new Error('no answer');
        },
      },
    }).createMachine({
      id: 'angry',
      context: { n: 0 },
      initial: 'a',
      states: {
        a: {
          on: {
            act: {
              target: 'b',
              actions: [
                assign({ n: 1 }),
                assign(() => {
                  throw new Error('no update');
                }),
              ],
            },
            ask: { guard: 'throws', target: 'b' },
          },
        },
        b: {},
      },
    });
    const { ours, theirs } = bothOf(angry);
    const { state } = ours.initial(undefined);
    for (const type of ['act', 'ask']) {
      const told = (stepper: Stepper) => {
        try {
          stepper.step(state, { type });
          return 'nothing thrown';
        } catch (error) {
          return (error as Error).message;
        }
      };
      expect(told(ours)).toBe(told(theirs));
      expect(told(ours)).toMatch(/no (answer|update)/);
    }
    expect(state).toEqual({ value: 'a', context: { n: 0 } });
  });

  test('end an endless row of transitions without an event', () => {
    const endless = setup({
      types: { context: {} as { n: number } },
    }).createMachine({
      id: 'endless',
      options: { maxIterations: 100 } as never,
      context: { n: 0 },
      initial: 'a',
      states: {
        a: { on: { go: 'b' } },
        b: { always: 'c' },
        c: { always: { target: 'b', actions: assign({ n: ({ context }) => context.n + 1 }) } },
      },
    });
    const { ours, theirs } = bothOf(endless);
    for (const stepper of [ours, theirs]) {
      expect(() => stepper.step(stepper.initial({}).state, { type: 'go' })).toThrow();
    }
  });

  test('are not made of what the tables cannot say', () => {
    const of = (config: object) => {
      const made: unknown = setup({}).createMachine(config as never);
      return compileMachine(made as AnyStateMachine);
    };
    const two = { a: {}, b: {} };
    expect(of({ type: 'parallel', states: two })).toBeUndefined();
    expect(of({ initial: 'a', states: { ...two, h: { type: 'history' } } })).toBeUndefined();
    expect(of({ initial: 'a', states: { a: { after: { 10: 'b' } }, b: {} } })).toBeUndefined();
    const nested = { initial: 'x', states: { x: { type: 'final' } }, onDone: 'b' };
    expect(of({ initial: 'a', states: { a: nested, b: {} } })).toBeUndefined();
    expect(of({ initial: 'a', states: two })).toBeDefined();
  });

  test.each(machines.map(({ name, machine }) => [name, machine] as const))(
    '%s is compiled',
    (_, machine) => expect(compileMachine(machine)).toBeDefined(),
  );
});
