/**
 * Finds a nats-server that is new enough, or fetches one: KABUKI_NATS_SERVER, PATH, the user's cache,
 * the official release, the system's package manager, in this order. Says what it does, line by line.
 * Never installs into the system, never uses a binary that it has not asked for its version.
 */
import { join } from 'node:path';
import { fetchDebianPackage } from './apt.ts';
import { cachedBinaries, defaultCacheDir, publishBinary, withStaging } from './cache.ts';
import { type Env, executables } from './command.ts';
import type { OnProgress } from './progress.ts';
import { fetchRelease, natsServerReleaseUrl, releasePlatform } from './release.ts';
import { binaryVersion, isNewEnough, natsServerVersionMin } from './version.ts';

/** Where a nats-server came from. */
export type NatsServerSource = 'KABUKI_NATS_SERVER' | 'PATH' | 'cache' | 'release' | 'package';

/** A nats-server that runs here and is new enough. */
export interface NatsServer {
  readonly path: string;
  readonly version: string;
  readonly source: NatsServerSource;
}

/** What `findNatsServer` needs; all but the first two stand in for the real thing in tests. */
export interface FindOptions {
  readonly env: Env;
  readonly onProgress: OnProgress;
  /** In place of `kabuki` in the user's cache directory. */
  readonly cacheDir?: string;
  /** In place of the official address of the releases. */
  readonly releaseUrl?: string;
  /** Directories searched after those of PATH: packages put servers where users have no PATH. */
  readonly extraDirs?: readonly string[];
}

/** One place that was tried, and why it gave nothing. */
export interface FindAttempt {
  readonly source: NatsServerSource;
  readonly problem: string;
}

/** No nats-server was found or could be fetched; the message says what was tried and what to do. */
export class NatsServerNotFoundError extends Error {
  readonly attempts: readonly FindAttempt[];

  constructor(attempts: readonly FindAttempt[], advice: string) {
    const lines = attempts.map(({ source, problem }) => `  ${source}: ${problem}`);
    super(
      [`no nats-server ${wanted} was found, and none could be fetched`, ...lines, advice].join(
        '\n',
      ),
    );
    this.name = 'NatsServerNotFoundError';
    this.attempts = attempts;
  }
}

const wanted = `${natsServerVersionMin.replace(/\.0$/, '')} or newer`;
const defaultExtraDirs = ['/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];

/** Finds or fetches a nats-server. Throws NatsServerNotFoundError when every place fails. */
export async function findNatsServer(options: FindOptions): Promise<NatsServer> {
  const cacheDir = options.cacheDir ?? defaultCacheDir(options.env);
  const attempts: FindAttempt[] = [];
  const sources: [NatsServerSource, () => Promise<Candidates>][] = [
    ['KABUKI_NATS_SERVER', async () => fromVariable(options.env)],
    ['PATH', () => fromPath(options)],
    ['cache', () => fromCache(cacheDir)],
    ['release', () => fromRelease(options, cacheDir)],
    ['package', () => fromPackage(options, cacheDir)],
  ];
  for (const [source, candidates] of sources) {
    const { paths, otherwise } = await candidates();
    const problems: string[] = [];
    for (const path of paths) {
      const result = await binaryVersion(path, options.env);
      if (result.ok && isNewEnough(result.version))
        return { path, version: result.version, source };
      const problem = result.ok ? `${path} is ${result.version}, too old` : result.problem;
      options.onProgress(`${source}: ${problem}; ${wanted} is needed`);
      problems.push(problem);
    }
    attempts.push({ source, problem: problems.join('; ') || otherwise });
  }
  throw new NatsServerNotFoundError(attempts, await advice(options.env));
}

/** Paths to try, and what to say when there are none. */
interface Candidates {
  readonly paths: readonly string[];
  readonly otherwise: string;
}

function fromVariable(env: Env): Candidates {
  const path = env.KABUKI_NATS_SERVER ?? '';
  return { paths: path === '' ? [] : [path], otherwise: 'not set' };
}

async function fromPath(options: FindOptions): Promise<Candidates> {
  const extraDirs = options.extraDirs ?? defaultExtraDirs;
  const paths = await executables('nats-server', options.env, extraDirs);
  return { paths, otherwise: 'no nats-server in it' };
}

async function fromCache(cacheDir: string): Promise<Candidates> {
  const cached = await cachedBinaries(cacheDir, 'nats-server');
  return { paths: cached.map(({ path }) => path), otherwise: `none in ${cacheDir}` };
}

async function fromRelease(options: FindOptions, cacheDir: string): Promise<Candidates> {
  const { env, onProgress, releaseUrl } = options;
  return fetched('release', onProgress, () =>
    fetchRelease({
      cacheDir,
      env,
      onProgress,
      ...(releaseUrl === undefined ? {} : { baseUrl: releaseUrl }),
    }),
  );
}

async function fromPackage(options: FindOptions, cacheDir: string): Promise<Candidates> {
  const manager = await packageManager(options.env);
  if (manager === undefined) return { paths: [], otherwise: 'no package manager known here' };
  if (manager.install !== undefined) {
    return { paths: [], otherwise: `install it with: ${manager.install}` };
  }
  return fetched('package', options.onProgress, () =>
    withStaging(cacheDir, async (staging) => {
      const { directory, version } = await fetchDebianPackage({
        name: 'nats-server',
        accept: isNewEnough,
        wanted,
        staging,
        env: options.env,
        onProgress: options.onProgress,
      });
      const binary = join(directory, 'usr/sbin/nats-server');
      return publishBinary(cacheDir, 'nats-server', version, binary);
    }),
  );
}

async function fetched(
  source: NatsServerSource,
  onProgress: OnProgress,
  fetch: () => Promise<string>,
): Promise<Candidates> {
  try {
    return { paths: [await fetch()], otherwise: '' };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    onProgress(`${source}: ${problem}`);
    return { paths: [], otherwise: problem };
  }
}

/** Package managers and the command that installs; apt has none, since it is used without installing. */
const packageManagers: readonly { command: string; install?: string }[] = [
  { command: 'apt-get' },
  { command: 'brew', install: 'brew install nats-server' },
  { command: 'apk', install: 'apk add nats-server' },
  { command: 'dnf', install: 'dnf install nats-server' },
  { command: 'pacman', install: 'pacman -S nats-server' },
];

async function packageManager(
  env: Env,
): Promise<{ command: string; install?: string } | undefined> {
  for (const manager of packageManagers) {
    if ((await executables(manager.command, env)).length > 0) return manager;
  }
  return undefined;
}

async function advice(env: Env): Promise<string> {
  const install = (await packageManager(env))?.install;
  const releases = natsServerReleaseUrl.replace(/\/download$/, '');
  return [
    `To go on, download nats-server ${wanted} for ${releasePlatform() ?? 'this platform'}`,
    `from ${releases}`,
    'and set KABUKI_NATS_SERVER to its path or put it on PATH',
    ...(install === undefined ? [] : [`(or run: ${install})`]),
    '; or use a NATS server that is already running.',
  ]
    .join(' ')
    .replace(' ;', ';');
}
