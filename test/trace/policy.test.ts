/** What administrators want recorded: how wishes change it, and what a recorder makes of it. */
import { expect, test } from 'vitest';
import {
  ALL_RECORD_ALL,
  changePolicies,
  policyOf,
  readPolicies,
  renderPolicy,
} from '../../machines/trace/policy.ts';

type Wish = readonly [share: number, kinds: string, process?: string];

/** Wishes in order, and what two processes record after them. */
const CHANGES: readonly (readonly [readonly Wish[], string, string])[] = [
  [[], 'everything', 'everything'],
  [[[0, '']], 'nothing', 'nothing'],
  [[[0.1, '']], '10% of traces', '10% of traces'],
  [
    [[0, 'pod node']],
    'everything; none of pod; none of node',
    'everything; none of pod; none of node',
  ],
  [
    [
      [0, ''],
      [1, 'pod'],
    ],
    'nothing; all of pod',
    'nothing; all of pod',
  ],
  [
    [
      [0, 'pod'],
      [1, ''],
    ],
    'everything',
    'everything',
  ],
  [[[0, '', 'n1']], 'nothing', 'everything'],
  [
    [
      [0.005, 'pod', 'n1'],
      [0, 'node'],
    ],
    'everything; 0.5% of pod; none of node',
    'everything; none of node',
  ],
  [
    [
      [0, '', 'n1'],
      [1, ''],
    ],
    'everything',
    'everything',
  ],
  [
    [
      [0, ''],
      [1, '', 'n1'],
    ],
    'everything',
    'nothing',
  ],
];

test.each(CHANGES)('%j', (wishes, one, other) => {
  const policies = wishes.reduce(
    (now, [share, kinds, process]) =>
      changePolicies(now, {
        share,
        process,
        kinds: kinds.split(' ').filter((kind) => kind !== ''),
      }),
    ALL_RECORD_ALL,
  );
  expect(renderPolicy(policyOf(policies, 'n1'))).toBe(one);
  expect(renderPolicy(policyOf(policies, 'n2'))).toBe(other);
  expect(readPolicies(JSON.parse(JSON.stringify(policies)))).toEqual(policies);
});

test.each([
  undefined,
  'off',
  {},
  { all: { share: 2, kinds: {} }, processes: {} },
  { all: { share: 1, kinds: { pod: 'all' } }, processes: {} },
  { all: { share: 1, kinds: {} }, processes: { n1: {} } },
])('malformed, and therefore nobody goes by it: %j', (body) => {
  expect(readPolicies(body)).toBeUndefined();
});
