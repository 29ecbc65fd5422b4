import { expect, test } from 'vitest';
import { decode, encode } from '../../bus/codec.ts';
import { differingFields, digest, digestFields } from '../../machines/trace/digest.ts';

const same: readonly (readonly [string, unknown, unknown])[] = [
  ['fields in any order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['an undefined field', { a: 1, b: undefined }, { a: 1 }],
  ['bytes, however they are held', new Uint8Array([1, 2]), Buffer.from([1, 2])],
];
const different: readonly (readonly [string, unknown, unknown])[] = [
  ['null and undefined', { a: null }, { a: undefined }],
  ['a number and its text', { a: 1 }, { a: '1' }],
  ['lists in another order', [1, 2], [2, 1]],
  ['an empty list and an empty record', { a: [] }, { a: {} }],
  ['maps', new Map([['a', 1]]), new Map([['a', 2]])],
  ['no number and null', { a: Number.NaN }, { a: null }],
  ['bytes and numbers', new Uint8Array([1, 2]), [1, 2]],
];

test.each(same)('equal: %s', (_, one, other) => expect(digest(one)).toBe(digest(other)));
test.each(different)('different: %s', (_, one, other) =>
  expect(digest(one)).not.toBe(digest(other)),
);

test('data is the same after it was packed', () => {
  const data = {
    ...{ text: 'ä\n"', none: undefined, list: [undefined, null, 1.5, -0], empty: {} },
    ...{ bytes: new Uint8Array([0, 255]), large: 2 ** 53 - 1, time: 1_796_045_942_113 },
  };
  expect(digest(decode(encode(data)))).toBe(digest(data));
});

test('a context is told field by field', () => {
  const one = digestFields({ a: 1, b: [1], c: undefined });
  expect(Object.keys(one)).toEqual(['a', 'b']);
  expect(differingFields(one, digestFields({ a: 1, b: [2], d: 0 }))).toEqual(['b', 'd']);
  expect(differingFields(digestFields('x'), digestFields('y'))).toEqual(['']);
});
