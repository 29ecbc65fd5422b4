/** The runner of rules: its picture, what it hands to whom, and its bounds. */
import { expect, test } from 'vitest';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { Rule } from '../../machines/checks/check.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { createChecks, VIOLATIONS_MAX } from '../../machines/checks/run-checks.ts';
import { A, B, C, del, put, type Seen, timed } from './store-doctor.ts';

function tell(checks: { observe(observation: Observation): void }, ...seen: readonly Seen[]): void {
  for (const observation of timed(seen)) checks.observe(observation);
}

test('the picture has the objects of the last revision, by key and by resource', () => {
  const { picture, observe } = createChecks([]);
  expect([picture.revision, picture.phase, picture.count('core/configmaps')]).toEqual([
    0,
    'prepare',
    0,
  ]);
  tell(
    { observe },
    put(1, A),
    put(2, B),
    { type: 'phase', phase: 'faults' },
    put(3, C),
    put(4, A),
    del(5, B),
  );
  expect([picture.revision, picture.nowMs, picture.phase]).toEqual([5, 60, 'faults']);
  expect([...picture.list('core/configmaps')].map(({ key }) => key)).toEqual([A]);
  expect([picture.count('core/configmaps'), picture.count('core/secrets')]).toEqual([1, 1]);
  expect([...picture.list('core/pods')]).toEqual([]);
  expect(picture.get(A)).toMatchObject({ revision: 4, bornMs: 10, sinceMs: 50 });
  expect(picture.get(B)).toBeUndefined();
});

test('an object with a new uid is born anew', () => {
  const { picture, observe } = createChecks([]);
  const other = put(2, A) as Seen & { type: 'committed' };
  const object = { metadata: { ...other.object?.metadata, uid: 'other' } } as NonNullable<
    typeof other.object
  >;
  tell({ observe }, put(1, A), { ...other, object });
  expect(picture.get(A)).toMatchObject({ revision: 2, bornMs: 20, sinceMs: 20 });
});

test('a rule is handed what it reads, with the state before', () => {
  const handed: string[] = [];
  const rule: Rule = {
    name: 'nosy',
    says: 'Nothing.',
    reads: ['committed', 'phase', 'committed'],
    create: () => ({
      observe(observation, picture, _report, { previous }) {
        handed.push(`${observation.type} ${picture.revision} after ${previous?.revision}`);
      },
    }),
  };
  tell(
    createChecks([rule]),
    put(1, A),
    { type: 'read.begun', op: 'r', process: 'p', key: A },
    { type: 'phase', phase: 'heal' },
    del(2, A),
    put(3, A),
  );
  expect(handed).toEqual([
    'committed 1 after undefined',
    'phase 1 after undefined',
    'committed 2 after 1',
    'committed 3 after undefined',
  ]);
});

test('violations are kept up to a bound, and counted beyond it', () => {
  const rule: Rule = {
    name: 'never-content',
    says: 'Nothing is right.',
    reads: ['committed'],
    create: ({ writesPerObjectMax }) => ({
      observe: (observation, _picture, report) => report(`no ${observation.atMs}`, [A]),
      finish: (_picture, report) => report(`still not: ${writesPerObjectMax}`),
    }),
  };
  const checks = createChecks([rule], { writesPerObjectMax: 3 });
  tell(checks, put(1, A));
  checks.finish();
  expect(checks.violations).toEqual([
    { rule: 'never-content', atMs: 10, message: 'no 10', objects: [A], revision: 1 },
    { rule: 'never-content', atMs: 10, message: 'still not: 3', objects: [], revision: 1 },
  ]);
  tell(checks, ...Array.from({ length: VIOLATIONS_MAX }, (_, index) => put(index + 2, A)));
  expect(checks.violations).toHaveLength(VIOLATIONS_MAX);
  expect([...checks.counts]).toEqual([['never-content', VIOLATIONS_MAX + 2]]);
});

test('an observation of a type that is not known yet is passed over', () => {
  const checks = createChecks(RULES);
  checks.observe({ type: 'of-the-future', atMs: 5 } as unknown as Observation);
  checks.finish();
  expect(checks.violations).toEqual([]);
});

test('every rule has a name of its own and says whose guarantee it is', () => {
  expect(new Set(RULES.map((rule) => rule.name)).size).toBe(RULES.length);
  for (const { name, says } of RULES) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(says, name).toMatch(/\.$/);
  }
});
