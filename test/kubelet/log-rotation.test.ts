/** Log files: rotated by size, a bounded number of them kept, and a follower that misses nothing over a rotation. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  LOG_BYTES_MAX,
  LOG_FILES_MAX,
  LogFile,
  readLog,
} from '../../actors/kubelet/process/log-file.ts';
import { until } from './support.ts';

const dir = mkdtempSync(join(tmpdir(), 'kabuki-logs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const LINE_BYTES = 8 * 1024;
const line = (number: number) => Buffer.from(String(number).padEnd(LINE_BYTES, '.'));
const everything = {
  ...{ tailLines: undefined, sinceMs: undefined, limitBytes: undefined, stream: undefined },
  timestamps: false,
};

test('a log that outgrows its size is rotated, and old files go', () => {
  const log = new LogFile(join(dir, 'many', '0.log'));
  const lines = Math.ceil((LOG_BYTES_MAX / LINE_BYTES) * (LOG_FILES_MAX + 2));
  for (let number = 0; number < lines; number += 64) {
    const batch = Array.from({ length: 64 }, (_, index) => line(number + index));
    log.append('stdout', batch, 'F', 1_700_000_000_000);
  }
  log.end();
  const files = readdirSync(join(dir, 'many'));
  expect(files).toHaveLength(LOG_FILES_MAX);
  for (const file of files) {
    expect(statSync(join(dir, 'many', file)).size).toBeLessThan(LOG_BYTES_MAX * 1.1);
  }
});

test('who follows a log sees every line once, over a rotation', async () => {
  const path = join(dir, 'followed', '0.log');
  const log = new LogFile(path);
  const reader = readLog(path, { ...everything, follow: true }, log);
  const seen: number[] = [];
  let ended = false;
  let rest = '';
  reader.onData = (chunk) => {
    const lines = (rest + Buffer.from(chunk).toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) seen.push(Number.parseInt(text, 10));
  };
  reader.onEnd = () => {
    ended = true;
  };
  const count = Math.ceil((LOG_BYTES_MAX / LINE_BYTES) * 1.5);
  for (let number = 0; number < count; number += 1) {
    log.append('stdout', [line(number)], 'F', 1_700_000_000_000);
    if (number % 100 === 0) await until(() => seen.length >= number, 'the reader to catch up');
  }
  expect(readdirSync(join(dir, 'followed'))).toHaveLength(2);
  log.end();
  await until(() => ended, 'the end of the log');
  expect(seen).toEqual(Array.from({ length: count }, (_, number) => number));
});
