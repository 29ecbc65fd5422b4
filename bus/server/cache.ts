/**
 * The user's cache directory for fetched binaries: `<cache>/<name>/<version>/<name>`.
 * A binary appears in it complete or not at all: work happens in a staging directory of its own and
 * ends in one rename, so callers at the same time cannot spoil each other's files.
 */
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env } from './command.ts';
import { compareVersions } from './version.ts';

/** Staging directories older than this were left behind by a killed process, and are removed. */
const stagingAgeMaxMs = 24 * 3600 * 1000;

/** The cache directory for an environment: XDG_CACHE_HOME or ~/.cache, and `kabuki` in it. */
export function defaultCacheDir(env: Env): string {
  const xdg = env.XDG_CACHE_HOME;
  const base = xdg !== undefined && xdg !== '' ? xdg : join(env.HOME ?? homedir(), '.cache');
  return join(base, 'kabuki');
}

/** One cached binary. */
export interface CachedBinary {
  readonly version: string;
  readonly path: string;
}

/** The cached binaries called `name`, newest first. */
export async function cachedBinaries(cacheDir: string, name: string): Promise<CachedBinary[]> {
  const versions = await readdir(join(cacheDir, name)).catch(() => []);
  return versions
    .sort((a, b) => compareVersions(b, a))
    .map((version) => ({ version, path: join(cacheDir, name, version, name) }));
}

/** Moves the finished file `path` into the cache as `name` at `version`; returns where it is now. */
export async function publishBinary(
  cacheDir: string,
  name: string,
  version: string,
  path: string,
): Promise<string> {
  const directory = join(cacheDir, name, version);
  await mkdir(directory, { recursive: true });
  await chmod(path, 0o755);
  const target = join(directory, name);
  await rename(path, target);
  return target;
}

/** Runs `work` with an empty directory inside the cache, which is removed whatever happens. */
export async function withStaging<T>(
  cacheDir: string,
  work: (staging: string) => Promise<T>,
): Promise<T> {
  const parent = join(cacheDir, 'staging');
  await mkdir(parent, { recursive: true });
  await sweepStaging(parent);
  const staging = join(parent, `${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(staging);
  try {
    return await work(staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function sweepStaging(parent: string): Promise<void> {
  for (const entry of await readdir(parent)) {
    const path = join(parent, entry);
    const age = await stat(path).then(
      (status) => Date.now() - status.mtimeMs,
      () => 0,
    );
    if (age > stagingAgeMaxMs) await rm(path, { recursive: true, force: true });
  }
}
