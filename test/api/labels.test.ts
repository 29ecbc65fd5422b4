/** Label selectors: what parses, what matches, and the words of the errors. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatLabelSelector,
  formatSelector,
  matchesLabels,
  matchesRequirements,
  matchesSelector,
  parseSelector,
} from '../../machines/api/labels.ts';
import type { LabelSelector } from '../../machines/api/types.ts';

describe('parseSelector', () => {
  const good: [string, string][] = [
    ['', ''],
    ['  ', ''],
    ['a=b', 'a=b'],
    ['a == b', 'a==b'],
    ['x=,z=', 'x=,z='],
    ['b!=c,a', 'a,b!=c'],
    ['!a', '!a'],
    ['a in (d,c,d)', 'a in (c,d)'],
    ['a notin ()', 'a notin ()'],
    ['x in (foo,,baz),y,z notin ()', 'x in (,baz,foo),y,z notin ()'],
    ['a in (,)', 'a in ()'],
    ['in in (in,notin)', 'in in (in,notin)'],
    ['a>1,b<2', 'a>1,b<2'],
    ['example.com/x=y', 'example.com/x=y'],
  ];
  it.each(good)('%s', (text, formatted) => {
    const parsed = parseSelector(text);
    expect(parsed.ok ? formatSelector(parsed.requirements) : parsed.error).toBe(formatted);
  });

  const bad: [string, string][] = [
    [',', "found ',', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a=)', "unable to parse requirement: found ')', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    [
      '-a',
      "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      'a=-b',
      "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    [
      `a=${'b'.repeat(64)}`,
      `unable to parse requirement: values[0][a]: Invalid value: "${'b'.repeat(64)}": must be no more than 63 bytes`,
    ],
  ];
  it.each(bad)('%s is refused', (text, error) => {
    expect(parseSelector(text)).toEqual({ ok: false, error });
  });

  it('never throws, and what it accepts it prints and accepts again', () => {
    const piece = fc.constantFrom(...'ab,=!<>() -/.'.split(''), 'in', ' in (', 'notin', ')', '\0');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const parsed = parseSelector(pieces.join(''));
        if (!parsed.ok) {
          expect(parsed.error).not.toBe('');
          return;
        }
        const again = parseSelector(formatSelector(parsed.requirements));
        expect(again).toEqual({ ok: true, requirements: parsed.requirements });
      }),
    );
  });
});

describe('matchesRequirements', () => {
  const cases: [string, Record<string, string>, boolean][] = [
    ['', {}, true],
    ['x=y', { x: 'y' }, true],
    ['x=y', { x: 'z' }, false],
    ['x!=y', {}, true],
    ['x=a,y=b', { x: 'a', y: 'b' }, true],
    ['x=a,y=b', { x: 'a' }, false],
    ['x', { x: '' }, true],
    ['!x', { x: '' }, false],
    ['!toString', {}, true],
    ['toString', {}, false],
    ['x in (a,b)', { x: 'b' }, true],
    ['x notin (a,b)', { x: 'b' }, false],
    ['x notin (a,b)', {}, true],
    ['x in ()', { x: '' }, true],
    ['x>1', { x: '2' }, true],
    ['x>1', { x: '1' }, false],
    ['x<9223372036854775807', { x: '9223372036854775806' }, true],
    ['x<1', { x: 'y' }, false],
  ];
  it.each(cases)('%s of %j: %s', (text, labels, expected) => {
    const parsed = parseSelector(text);
    expect(parsed.ok && matchesRequirements(parsed.requirements, labels)).toBe(expected);
  });
});

describe('matchesSelector', () => {
  const cases: [LabelSelector | undefined, Record<string, string> | undefined, boolean][] = [
    [undefined, { a: 'b' }, false],
    [{}, { a: 'b' }, true],
    [{}, undefined, true],
    [{ matchLabels: { a: 'b' } }, { a: 'b', c: 'd' }, true],
    [{ matchLabels: { a: 'b' } }, undefined, false],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['x', 'b'] }] }, { a: 'b' }, true],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }, { a: 'b' }, false],
    [
      { matchLabels: { c: 'd' }, matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] },
      { c: 'd' },
      true,
    ],
  ];
  it.each(cases)('%j on %j: %s', (selector, labels, expected) => {
    expect(matchesSelector(selector, labels)).toBe(expected);
  });

  it('prints selectors as tables show them', () => {
    expect(formatLabelSelector(undefined)).toBe('<none>');
    expect(formatLabelSelector({})).toBe('<none>');
    const expression = { key: 'b', operator: 'In' as const, values: ['y', 'x'] };
    const selector = { matchLabels: { c: 'd' }, matchExpressions: [expression] };
    expect(formatLabelSelector(selector)).toBe('b in (x,y),c=d');
  });
});

it('matches a plain map of labels', () => {
  expect(matchesLabels({ a: 'b' }, { a: 'b', c: 'd' })).toBe(true);
  expect(matchesLabels({ a: 'b' }, undefined)).toBe(false);
  expect(matchesLabels(undefined, {})).toBe(true);
});
