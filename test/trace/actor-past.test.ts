/** How an actor was at a moment, by what is on record. */
import { expect, test } from 'vitest';
import { actorAt, actorsLike, renderActorPast } from '../../machines/trace/actor-past.ts';
import { apply, record, step } from './records.ts';

const POD = 'pod/default/web';
const clock = (atMs: number): string => `${atMs}`;

test.each([
  ['before it began', 1_008, undefined],
  ['after its first step', 1_009, { value: 'preparing', sinceMs: 1_009, done: false }],
  ['after its second', 1_010, { value: 'running', sinceMs: 1_010, done: false }],
  ['long after', 9_999, { value: 'running', sinceMs: 1_010, done: false }],
])('%s', (_, atMs, expected) => {
  const [found] = actorAt(apply(), POD, atMs);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject({ process: 'node-1', actor: POD, ...expected });
});

test('since is when it came into its state, whatever it did in it', () => {
  const same = record(
    step(POD, 'm9', { process: 'node-1', before: 'running', after: 'running' }),
    2_000,
  );
  const [found] = actorAt([...apply(), same], POD, 3_000);
  expect(found).toMatchObject({ value: 'running', sinceMs: 1_010 });
  expect(found?.steps).toHaveLength(3);
});

test('each process that has it is told of, and who ended is said to have', () => {
  const other = record(
    step(POD, 'm9', { process: 'node-2', before: 'deleting', after: 'gone', done: true }),
    2_000,
  );
  const all = actorAt([...apply(), other], POD, 3_000);
  expect(all.map(({ process, done }) => [process, done])).toEqual([
    ['node-1', false],
    ['node-2', true],
  ]);
  expect(renderActorPast(all[1] as (typeof all)[number], clock)).toContain(
    'state    gone (it had ended), since 2000',
  );
});

test('a context that was not recorded is said to be so; one that was is shown', () => {
  const [light] = actorAt(apply(), POD, 9_999);
  expect(renderActorPast(light as NonNullable<typeof light>, clock)).toContain('not recorded');
  const state = {
    ...({ type: 'state', process: 'node-1', atMs: 2_000, actor: POD, value: 'running' } as const),
    context: { restarts: 3 },
  };
  const [full] = actorAt([...apply(), state], POD, 9_999);
  expect(full?.context).toEqual({ restarts: 3 });
  expect(renderActorPast(full as NonNullable<typeof full>, clock)).toContain('"restarts": 3');
});

test('who is not on record is told who is like it', () => {
  expect(actorsLike(apply(), 'pod/default/wep')).toContain(POD);
});
