/** The tree of wildcard patterns against the plain rule, and the order in which it tells. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SubjectIndex } from '../../bus/subject-index.ts';
import { subjectMatches } from '../../bus/subjects.ts';

const token = fc.constantFrom('a', 'b', 'c');
const subject = fc.array(token, { minLength: 1, maxLength: 5 }).map((all) => all.join('.'));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(token, fc.constant('*')), { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '.>'),
  )
  .map(([tokens, rest]) => tokens.join('.') + rest);

test('it finds what matches, in the order added, also after some are removed', () => {
  const property = fc.property(
    fc.array(fc.tuple(pattern, fc.boolean()), { maxLength: 60 }),
    fc.array(subject, { minLength: 1, maxLength: 30 }),
    (patterns, subjects) => {
      const index = new SubjectIndex<string>();
      const removes = patterns.map(([text], i) => index.add(text, `${i} ${text}`));
      for (const [i, [, stays]] of patterns.entries()) {
        if (!stays) removes[i]!();
        if (!stays) removes[i]!();
      }
      for (const text of subjects) {
        const wanted = patterns.flatMap(([one, stays], i) =>
          stays && subjectMatches(one, text) ? [`${i} ${one}`] : [],
        );
        expect(index.match(text)).toEqual(wanted);
      }
      expect(index.size).toBe(patterns.filter(([, stays]) => stays).length);
    },
  );
  fc.assert(property, { numRuns: 500 });
});

test('a pattern that was removed and added again comes last', () => {
  const index = new SubjectIndex<string>();
  const remove = index.add('a.*', 'first');
  index.add('a.>', 'second');
  index.add('>', 'third');
  expect(index.match('a.b')).toEqual(['first', 'second', 'third']);
  remove();
  index.add('a.*', 'fourth');
  expect(index.match('a.b')).toEqual(['second', 'third', 'fourth']);
  expect(index.match('b')).toEqual(['third']);
});
