/** Names and bytes on the wire: escaping, store keys, patterns, and the codec. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compact, decode, encode } from '../../bus/codec.ts';
import {
  envelopeLines,
  envelopeOf,
  headerLine,
  headerStatus,
  headerValue,
} from '../../bus/nats-headers.ts';
import {
  escapeToken,
  keyToTokens,
  storeSubject,
  subject,
  subjectMatches,
  subjectTokens,
  tokensToKey,
  unescapeToken,
} from '../../bus/subjects.ts';

test.each([
  ['pods', 'pods'],
  ['n1.example', 'n1=2Eexample'],
  ['system:node=1', 'system=3Anode=3D1'],
  ['*', '=2A'],
  ['ü', '=C3=BC'],
  ['a b', 'a=20b'],
])('token %j is %j on the wire', (token, escaped) => {
  expect(escapeToken(token)).toBe(escaped);
  expect(unescapeToken(escaped)).toBe(token);
});

test('subjects and store keys', () => {
  expect(subject('kabuki', 'node', 'n1.example', 'exec')).toBe('kabuki.node.n1=2Eexample.exec');
  expect(subjectTokens('kabuki.node.n1=2Eexample')).toEqual(['kabuki', 'node', 'n1.example']);
  expect(storeSubject('kabuki', 'apps/deployments/default/web')).toBe(
    '$KV.kabuki.apps.deployments.default.web',
  );
  expect(() => keyToTokens('a//b')).toThrow();
  expect(() => escapeToken('')).toThrow();
});

test('any key survives the way to the wire and back, and no two keys meet', () => {
  const token = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
    .filter((text) => !text.includes('/') && Buffer.from(text).toString() === text);
  const key = fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join('/'));
  fc.assert(
    fc.property(key, key, (a, b) => {
      const tokens = keyToTokens(a);
      expect(tokens).toMatch(/^[A-Za-z0-9_=-]+(?:\.[A-Za-z0-9_=-]+)*$/);
      expect(tokensToKey(tokens)).toBe(a);
      expect(keyToTokens(a) === keyToTokens(b)).toBe(a === b);
    }),
  );
});

test.each([
  ['a.b', 'a.b', true],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.>', 'a', false],
  ['a.>', 'a.b.c', true],
  ['*.b.>', 'a.b.c', true],
  ['a.b', 'a.b.c', false],
])('pattern %s and subject %s: %s', (pattern, text, matches) => {
  expect(subjectMatches(pattern, text)).toBe(matches);
});

test('headers: an envelope survives, and nothing can be smuggled in by a line break', () => {
  const envelope = {
    id: 'a-1',
    from: 'pod/ns/ü',
    causes: ['b-1', 'c-2'],
    traceparent: '00-0-0-01',
  };
  const text = `NATS/1.0\r\n${envelopeLines(envelope)}Nats-Sequence: 42\r\n\r\n`;
  expect(envelopeOf(text)).toEqual(envelope);
  expect(headerValue(text, 'Nats-Sequence')).toBe('42');
  expect(headerValue(text, 'Nats-Last-Sequence')).toBeUndefined();
  expect(headerStatus(text)).toBe(0);
  expect(headerStatus('NATS/1.0 503\r\n\r\n')).toBe(503);
  expect(() => headerLine('Kabuki-From', 'x\r\nKV-Operation: DEL')).toThrow();
  expect(() => envelopeLines({ ...envelope, causes: ['x\ny'] })).toThrow();
  const many = envelopeLines({
    ...envelope,
    causes: Array.from({ length: 1000 }, (_, i) => `m${i}`),
  });
  expect(envelopeOf(`NATS/1.0\r\n${many}\r\n`)?.causes.at(-1)).toBe('m999');
  expect(many.length).toBeLessThan(1000);
});

test('codec: numbers stay numbers, bytes stay bytes, small values let go of large buffers', () => {
  for (const value of [0, 2 ** 32, Number.MAX_SAFE_INTEGER, -1.5, '', null, true, [1, { a: [] }]]) {
    expect(decode(encode(value))).toEqual(value);
  }
  const buffer = new Uint8Array(65_536);
  const view = buffer.subarray(10, 20);
  expect(compact(view)).toEqual(view);
  expect(compact(view).buffer.byteLength).toBe(10);
  expect(compact(buffer)).toBe(buffer);
  expect(() => decode(new Uint8Array([0x93, 1]))).toThrow();
});
