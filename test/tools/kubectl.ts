/**
 * The stock kubectl of a wanted version, for end-to-end tests: the one that the environment names, the
 * one in the user's cache, or the distribution's package, fetched without installing anything.
 * Never a kubectl of another version than asked for.
 */
import { join } from 'node:path';
import { fetchDebianPackage } from '../../bus/server/apt.ts';
import {
  cachedBinaries,
  defaultCacheDir,
  publishBinary,
  withStaging,
} from '../../bus/server/cache.ts';
import { type Env, runCommand } from '../../bus/server/command.ts';

/** The versions that tests drive. */
export type KubectlVersion = '1.32' | '1.36';

/** Where to find kubectl, or why it cannot be had on this machine. */
export type Kubectl =
  | { readonly ok: true; readonly path: string; readonly version: string }
  | { readonly ok: false; readonly reason: string };

const versionTimeoutMs = 10_000;

/** The suites that hold each version; apt looks in them in order. */
const suites: Readonly<Record<KubectlVersion, readonly string[]>> = {
  '1.32': ['trixie'],
  '1.36': ['forky', 'testing', 'unstable'],
};

/** What `kubectlBinary` needs, other than the real environment in tests of its own. */
export interface KubectlOptions {
  readonly env?: Env;
  readonly cacheDir?: string;
  readonly onProgress?: (line: string) => void;
}

/**
 * Finds or fetches kubectl. `KABUKI_KUBECTL_1_32` and `KABUKI_KUBECTL_1_36` name binaries and go first.
 * A test for which it cannot be had says so: `const k = await kubectlBinary('1.32');
 * if (!k.ok) return context.skip(k.reason);`
 */
export async function kubectlBinary(
  version: KubectlVersion,
  options: KubectlOptions = {},
): Promise<Kubectl> {
  const env = options.env ?? process.env;
  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const variable = `KABUKI_KUBECTL_${version.replace('.', '_')}`;
  const named = env[variable] ?? '';
  if (named !== '') {
    const checked = await check(named, version, env);
    return checked.ok ? checked : { ok: false, reason: `${variable}: ${checked.reason}` };
  }
  for (const cached of await cachedBinaries(cacheDir, 'kubectl')) {
    if (!isOf(cached.version, version)) continue;
    const checked = await check(cached.path, version, env);
    if (checked.ok) return checked;
  }
  try {
    const path = await fetchKubectl(version, cacheDir, env, options.onProgress ?? (() => {}));
    return await check(path, version, env);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      reason: `kubectl ${version} cannot be had here: ${why}; set ${variable} to its path`,
    };
  }
}

function isOf(full: string, version: KubectlVersion): boolean {
  return full.startsWith(`${version}.`);
}

async function check(path: string, version: KubectlVersion, env: Env): Promise<Kubectl> {
  const args = ['version', '--client', '--output', 'json'];
  const outcome = await runCommand(path, args, { env, timeoutMs: versionTimeoutMs });
  const found = /"gitVersion":\s*"v([^"]+)"/.exec(outcome.stdout)?.[1];
  if (found === undefined) {
    return {
      ok: false,
      reason: `${path} is not a kubectl that runs here: ${outcome.stderr.trim()}`,
    };
  }
  if (isOf(found, version)) return { ok: true, path, version: found };
  return { ok: false, reason: `${path} is kubectl ${found}, but ${version} is wanted` };
}

async function fetchKubectl(
  version: KubectlVersion,
  cacheDir: string,
  env: Env,
  onProgress: (line: string) => void,
): Promise<string> {
  return withStaging(cacheDir, async (staging) => {
    const fetched = await fetchDebianPackage({
      name: 'kubectl',
      accept: (candidate) => isOf(candidate, version),
      wanted: version,
      suites: suites[version],
      staging,
      env,
      onProgress,
    });
    const binary = join(fetched.directory, 'usr/bin/kubectl');
    return publishBinary(cacheDir, 'kubectl', fetched.version, binary);
  });
}
