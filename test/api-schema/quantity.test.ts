import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  canonical,
  compare,
  formatQuantity,
  milliValue,
  parseQuantity,
  subtract,
  value,
} from '../../machines/api/quantity.ts';

describe('canonical form', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['-0', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+5', '5'],
    ['1.5', '1500m'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['2000', '2k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1000Mi', '1000Mi'],
    ['1.5Gi', '1536Mi'],
    ['512', '512'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['0.5Mi', '512Ki'],
    ['0.1Mi', '104857600m'],
    ['0.0001Ki', '102400u'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e6', '12e6'],
    ['100e-3', '100e-3'],
    ['1E', '1E'],
    ['0.1n', '1n'],
    ['-1.1n', '-2n'],
    ['-1500m', '-1500m'],
    ['100000Ei', '9223372036854775807'],
    ['129e6', '129e6'],
    ['123456789.123456789', '123456789123456789n'],
  ])('%s is %s', (input, expected) => expect(canonical(input)).toBe(expected));

  it.each([
    '',
    '.',
    '+',
    'x',
    '1 ',
    ' 1',
    '1i',
    '1ki',
    '1K',
    '1e',
    '1e1.5',
    '0x10',
    '1,5',
    '1Gib',
    '--1',
  ])('%j is no quantity', (input) => expect(canonical(input)).toBeUndefined());

  it('is bounded', () => {
    expect(canonical('1e999999999')).toBeUndefined();
    expect(canonical('9'.repeat(1000))).toBeUndefined();
  });

  it('takes JSON numbers, and nothing else', () => {
    expect(canonical(2)).toBe('2');
    expect(canonical(0.5)).toBe('500m');
    for (const other of [null, undefined, {}, [], true]) expect(canonical(other)).toBeUndefined();
  });
});

const quantity = fc
  .tuple(
    fc.integer({ min: -1e9, max: 1e9 }),
    fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e3', 'e-3'),
  )
  .map(([number, suffix]) => `${number}${suffix}`);

describe('arithmetic', () => {
  const parse = (text: string) => parseQuantity(text)!;

  it('keeps the value through the canonical form', () => {
    fc.assert(
      fc.property(quantity, (text) => {
        expect(compare(parse(canonical(text)!), parse(text))).toBe(0);
        expect(canonical(canonical(text))).toBe(canonical(text));
      }),
    );
  });

  it('adds and subtracts exactly', () => {
    fc.assert(
      fc.property(quantity, quantity, (left, right) => {
        const sum = add(parse(left), parse(right));
        expect(compare(subtract(sum, parse(right)), parse(left))).toBe(0);
        expect(compare(sum, parse(left))).toBe(compare(parse(right), parse('0')));
      }),
    );
    expect(formatQuantity(add(parse('0'), parse('1Gi')))).toBe('1Gi');
    expect(formatQuantity(add(parse('500m'), parse('1500m')))).toBe('2');
    expect(formatQuantity(subtract(parse('1Gi'), parse('1')))).toBe('1073741823');
  });

  it.each([
    ['100m', 1, 100],
    ['1', 1, 1000],
    ['1100m', 2, 1100],
    ['-1100m', -2, -1100],
    ['1u', 1, 1],
    ['1Ki', 1024, 1024000],
  ])('%s has the value %i and the milli value %i', (text, units, millis) => {
    expect(value(parse(text))).toBe(units);
    expect(milliValue(parse(text))).toBe(millis);
  });
});
