/** The built program, run as its users run it, each time in a directory of its own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { kabukiScript, type Output, type RunOptions, run } from '../e2e/cluster.ts';

/** The folder of package.json. */
export const ROOT = join(kabukiScript, '../../..');

/** Runs `kabuki` with these arguments. */
export function kabuki(args: readonly string[], options: RunOptions = {}): Promise<Output> {
  if (!existsSync(kabukiScript)) throw new Error('run `npm run build` first: dist/ is missing');
  return run(process.execPath, [kabukiScript, ...args], options);
}

/** A directory for files of the tests of one file; it is removed with the last of them. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'kabuki-sim-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
