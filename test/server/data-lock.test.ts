/**
 * The lock of a data directory: one live holder, dead holders count for nothing.
 */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  DataDirectoryInUseError,
  lockDataDirectory,
  lockHolder,
} from '../../bus/server/data-lock.ts';
import { tempDir } from './temp-dir.ts';

const contenders = 20;

const before: { title: string; content: string | undefined }[] = [
  { title: 'nothing', content: undefined },
  { title: 'a torn file', content: '{"pid":1' },
  { title: 'an empty file', content: '' },
  {
    title: 'a process id that was used again',
    content: JSON.stringify({ pid: process.pid, startTime: 'long ago', nonce: '1' }),
  },
  {
    title: 'a process that is gone',
    content: JSON.stringify({ pid: 2 ** 30, startTime: '1', nonce: '1' }),
  },
];

for (const { title, content } of before) {
  test(`over ${title}, one of many contenders gets the lock`, async () => {
    const dataDir = await tempDir();
    if (content !== undefined) await writeFile(join(dataDir, 'lock'), content);
    expect(await lockHolder(dataDir)).toBeUndefined();
    const results = await Promise.allSettled(
      Array.from({ length: contenders }, () => lockDataDirectory(dataDir)),
    );
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(won).toHaveLength(1);
    expect(new Set(lost.map(({ message }) => message))).toEqual(
      new Set([`the data directory ${dataDir} is in use by process ${process.pid}`]),
    );
    expect(lost.every((error) => error instanceof DataDirectoryInUseError)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['lock']);
    expect((await lockHolder(dataDir))?.pid).toBe(process.pid);
    await won[0]?.release();
    expect(await readdir(dataDir)).toEqual([]);
  });
}
