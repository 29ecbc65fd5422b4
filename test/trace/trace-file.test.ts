import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CommandError, EXIT } from '../../actors/cluster/command-error.ts';
import { fileFrame, fileHead, readTraceFile } from '../../actors/trace/trace-file.ts';
import { lostRow, TRACE_VERSION } from '../../machines/trace/rows.ts';

const folder = mkdtempSync(join(tmpdir(), 'kabuki-trace-file-'));
const file = join(folder, 'run.ktrace');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const info = { cluster: 'kabuki', version: '0.1.0', atMs: 1, mode: 'full' };
const end = { atMs: 9, why: 'asked' };
const batch = (n: number, life = 'a') => ({
  ...{ v: TRACE_VERSION, process: 'node-1', life, n },
  rows: [['d', n, `pod/${n}`, 'poke', 'host', []]],
});
const frames = [{ info }, batch(1), batch(2), batch(3), { end }].map(fileFrame);
const whole = Buffer.concat([fileHead(), ...frames]);

/** Where frame `index` begins. */
const startOf = (index: number): number =>
  fileHead().length + frames.slice(0, index).reduce((sum, { length }) => sum + length, 0);

function read(bytes: Uint8Array) {
  writeFileSync(file, bytes);
  return readTraceFile(file);
}

function refusal(bytes: Uint8Array): CommandError {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return error as CommandError;
  }
  throw new Error('it was read');
}

const namesOf = (records: readonly { readonly type: string }[]): string[] =>
  records.map((record) =>
    record.type === 'dead' ? ((record as { to?: string }).to ?? '') : record.type,
  );

test('a whole file is read as it was written', () => {
  const found = read(whole);
  expect(found.info).toEqual(info);
  expect(found.end).toEqual(end);
  expect(namesOf(found.records)).toEqual(['pod/1', 'pod/2', 'pod/3']);
  expect(found.warnings).toEqual([]);
  expect(found.isDamaged).toBe(false);
});

test('a file that is cut anywhere gives all that is whole before, and says so', () => {
  for (let length = startOf(2) + 1; length < whole.length; length += 1) {
    const found = read(whole.subarray(0, length));
    const left = frames.findLastIndex((_, index) => startOf(index + 1) <= length);
    expect(found.records.length, `${length} bytes`).toBe(Math.min(3, left));
    expect(found.isDamaged).toBe(true);
    expect(found.warnings.join()).toMatch(/the end is missing/);
    if (startOf(left + 1) !== length)
      expect(found.warnings[0]).toMatch(/cut off: its last \d+ bytes/);
  }
});

test('any flipped bit costs one frame, and the frames behind it are read', () => {
  for (let at = startOf(2); at < startOf(3); at += 1) {
    for (const bit of [0, 3, 7]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const found = read(bytes);
      // What is missing between the two is known by their numbers.
      expect(namesOf(found.records), `byte ${at}`).toEqual(['pod/1', 'lost', 'pod/3']);
      expect(found.isDamaged).toBe(true);
      expect(found.warnings[0]).toMatch(/\d+ bytes from byte \d+ on are damaged/);
      expect(found.end).toEqual(end);
    }
  }
});

test('what is damaged in several places is told in one line', () => {
  const bytes = Buffer.from(whole);
  for (const index of [1, 3]) bytes[startOf(index)] = 0;
  const found = read(bytes);
  const length = startOf(2) - startOf(1) + startOf(4) - startOf(3);
  expect(found.warnings[0]).toBe(
    `${length} bytes in 2 places, the first at byte ${startOf(1)}, are damaged and were left out`,
  );
  expect(found.end).toEqual(end);
});

test('batches that are not there are noticed within one life of a process, not between two', () => {
  const of = (...bodies: object[]) =>
    read(Buffer.concat([fileHead(), ...[{ info }, ...bodies, { end }].map(fileFrame)]));
  expect(namesOf(of(batch(1), batch(4)).records)).toEqual(['pod/1', 'lost', 'pod/4']);
  expect(of(batch(1), batch(4)).warnings).toEqual(['2 or more records of node-1 are missing']);
  expect(namesOf(of(batch(7), batch(1, 'b'), batch(2, 'b')).records)).not.toContain('lost');
});

test('a recording that was given up says why', () => {
  const gone = { end: { ...end, why: 'the cluster was out of reach' } };
  const found = read(Buffer.concat([fileHead(), fileFrame({ info }), fileFrame(gone)]));
  expect(found.warnings).toEqual(['the recording was ended: the cluster was out of reach']);
});

describe('what is no trace is refused in one line', () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp, number])[] = [
    ['an empty file', Buffer.alloc(0), /is empty/, EXIT.usage],
    ['a text', Buffer.from('hello\n'), /is no trace: it does not begin with/, EXIT.usage],
    ['bytes', Buffer.from([0xff, 0, 1, 2]), /is no trace/, EXIT.usage],
    ['half of the first line', whole.subarray(0, 5), /is no trace/, EXIT.usage],
    [
      'another version of the file',
      Buffer.from('kabuki trace 7\nrest'),
      /has version 7 of the format, and this program reads version 1/,
      EXIT.versionTooOld,
    ],
    [
      'another version of the records',
      Buffer.concat([fileHead(), fileFrame({ ...batch(1), v: 99 })]),
      /the trace has version 99, and this program reads version 1/,
      EXIT.versionTooOld,
    ],
    ['nothing behind the first line', fileHead(), /holds nothing that is whole/, EXIT.damaged],
    [
      'nothing whole',
      Buffer.concat([fileHead(), Buffer.alloc(500, 7)]),
      /holds nothing that is whole/,
      EXIT.damaged,
    ],
  ];
  test.each(cases)('%s', (_, bytes, message, code) => {
    const error = refusal(bytes);
    expect(error.message).toMatch(message);
    expect(error.exitCode).toBe(code);
  });

  test('a directory, and a file that is not there', () => {
    expect(() => readTraceFile(folder)).toThrow(/it is not a regular file/);
    expect(() => readTraceFile(join(folder, 'none'))).toThrow(/no such file/);
  });
});

test('rows that no program of ours writes are left out', () => {
  const rows = [
    ['s'],
    ['s', 1],
    ['i', 1, 'pod/x', 'running', 'no bytes'],
    ['w', 1, 2, 'core/pods/default/web', false, 0, 'm', 'f', [], '', Buffer.from([0xda])],
    ['?', 1],
    'no row',
    ['d', 5, 'pod/1', 'poke', 'host', []],
    lostRow({ type: 'lost', atMs: 1, count: 3 }),
  ];
  const body = { v: TRACE_VERSION, process: 'node-1', rows };
  const found = read(Buffer.concat([fileHead(), fileFrame(body), fileFrame({ end })]));
  expect(namesOf(found.records)).toEqual(['pod/1', 'lost']);
});
