/**
 * Temporary directories for tests, removed when the test that made them is over.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a directory that lives as long as the current test. */
export async function tempDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'kabuki-test-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
