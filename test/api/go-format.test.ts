/** Values in messages look as Go prints them. */
import { describe, expect, it } from 'vitest';
import { goFormat, goJson, goQuote } from '../../machines/api/go-format.ts';
import { duplicateValue, invalidValue } from '../../machines/api/status.ts';

describe('%q', () => {
  it.each([
    ['web', '"web"'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['<a&b>', '"<a&b>"'],
    ['a\n\t\x07\x01\x7f', '"a\\n\\t\\a\\x01\\x7f"'],
    ['grüße 世界', '"grüße 世界"'],
    ['\u200b\ufeff\u2028', '"\\u200b\\ufeff\\u2028"'],
    ['😀\u{e0001}', '"😀\\U000e0001"'],
    ['\ud800', '"\ufffd"'],
  ])('%j', (text, expected) => expect(goQuote(text)).toBe(expected));
});

describe('encoding/json', () => {
  it.each([
    ['', { b: 1, a: ['x', null, true] }, '{"b":1,"a":["x",null,true]}'],
    ['labels', { b: '1', a: '2' }, '{"a":"2","b":"1"}'],
    ['labels', { app: '<web> & "co"' }, '{"app":"\\u003cweb\\u003e \\u0026 \\"co\\""}'],
    [
      'selector',
      { matchExpressions: [], matchLabels: { z: '', a: '' } },
      '{"matchLabels":{"a":"","z":""},"matchExpressions":[]}',
    ],
    ['', { a: undefined }, '{}'],
    ['', undefined, 'null'],
  ])('%s %j', (field, value, expected) => expect(goJson(value, field)).toBe(expected));
});

it('%v sorts the keys of maps', () => {
  expect(goFormat({ b: ['x', 'y'], a: 1 })).toBe('map[a:1 b:[x y]]');
});

it('field errors quote strings and write anything else as JSON', () => {
  expect(invalidValue('f', 'a<b', 'no').message).toBe('Invalid value: "a<b": no');
  expect(invalidValue('spec.selector', { b: '<', a: '1' }, 'no').message).toBe(
    'Invalid value: {"a":"1","b":"\\u003c"}: no',
  );
  expect(duplicateValue('f', 80).message).toBe('Duplicate value: 80');
});
