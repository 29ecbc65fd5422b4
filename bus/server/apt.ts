/**
 * Fetches one package with the machine's own apt, without installing anything into the system: apt
 * gets private state and cache directories, the mirror and keyring that the machine is configured
 * with, and where the configured suite's version will not do, newer suites of that same mirror.
 * apt checks the signatures; unsigned archives are refused. Needs no privileges, runs no hooks.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AptSource,
  archiveSources,
  newerSuites,
  parseDeb822Sources,
  parseDistribution,
  parseOneLineSources,
  renderSources,
} from './apt-sources.ts';
import { type CommandOutcome, type Env, executables, runCommand } from './command.ts';
import { formatBytes, type OnProgress, percentReporter } from './progress.ts';

const updateTimeoutMs = 120_000;
const downloadTimeoutMs = 300_000;
const queryTimeoutMs = 60_000;

/** Which package, which of its versions will do, and where to put its files. */
export interface DebianPackageOptions {
  readonly name: string;
  /** Decides by the upstream version, for example `2.15.1`, without epoch and revision. */
  readonly accept: (upstreamVersion: string) => boolean;
  /** What `accept` accepts, in words, for messages: `2.12 or newer`. */
  readonly wanted: string;
  /** Suites to look in, in place of the configured and the newer ones. */
  readonly suites?: readonly string[];
  /** An existing, empty directory for apt's files; `root` below it receives the package's files. */
  readonly staging: string;
  readonly env: Env;
  readonly onProgress: OnProgress;
  /** The root of the file system that is read, other than `/` in tests. */
  readonly systemRoot?: string;
}

/** A fetched package: its files lie below `directory`. */
export interface DebianPackage {
  readonly directory: string;
  readonly version: string;
  readonly suite: string;
}

/** Fetches and unpacks a package. Throws an Error with one sentence that says why it cannot. */
export async function fetchDebianPackage(options: DebianPackageOptions): Promise<DebianPackage> {
  for (const command of ['apt-get', 'apt-cache', 'dpkg-deb']) {
    if ((await executables(command, options.env)).length === 0) {
      throw new Error(`${command} is not there`);
    }
  }
  const systemRoot = options.systemRoot ?? '/';
  const read = (path: string) => readFile(join(systemRoot, path), 'utf8').catch(() => '');
  const distribution = parseDistribution(await read('etc/os-release'));
  if (distribution === undefined) throw new Error('this is neither Debian nor Ubuntu');
  const archive = archiveSources(await configuredSources(systemRoot), distribution);
  if (archive.length === 0) throw new Error('no source of the distribution is configured for apt');
  const configured = archive.flatMap((source) => source.suites);
  const later = newerSuites(
    distribution,
    configured,
    await read('usr/share/distro-info/ubuntu.csv'),
  );
  const tried: string[] = [];
  for (const suite of new Set(options.suites ?? [...configured, ...later])) {
    const apt = await prepareApt(join(options.staging, suite), archive, suite);
    const found = await findVersion(apt, suite, options);
    if (found.ok) {
      const directory = await downloadAndUnpack(apt, found, suite, options);
      return { directory, version: found.upstream, suite };
    }
    tried.push(found.problem);
  }
  throw new Error(`no ${options.name} ${options.wanted} in the archive: ${tried.join('; ')}`);
}

async function configuredSources(systemRoot: string): Promise<AptSource[]> {
  const directory = join(systemRoot, 'etc/apt/sources.list.d');
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const sources = parseOneLineSources(await read(join(systemRoot, 'etc/apt/sources.list')));
  for (const file of (await readdir(directory).catch(() => [])).sort()) {
    if (file.endsWith('.list')) {
      sources.push(...parseOneLineSources(await read(join(directory, file))));
    }
    if (file.endsWith('.sources')) {
      sources.push(...parseDeb822Sources(await read(join(directory, file))));
    }
  }
  return sources;
}

/** Makes apt's private directories for one suite; returns the arguments that make apt use them. */
async function prepareApt(
  directory: string,
  archive: readonly AptSource[],
  suite: string,
): Promise<Apt> {
  for (const part of ['lists/partial', 'cache/archives/partial', 'sources', 'none', 'root']) {
    await mkdir(join(directory, part), { recursive: true });
  }
  await writeFile(join(directory, 'status'), '');
  await writeFile(join(directory, 'sources/archive.sources'), renderSources(archive, [suite]));
  const config = join(directory, 'apt.conf');
  await writeFile(config, aptConfig(directory));
  return { directory, args: ['-c', config] };
}

interface Apt {
  readonly directory: string;
  readonly args: readonly string[];
}

/** The machine's own settings (proxies among them) stay, the paths, hooks and checks are replaced. */
function aptConfig(directory: string): string {
  const path = (part: string): string => JSON.stringify(join(directory, part));
  return `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::Contents-deb;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
Dir::State ${JSON.stringify(directory)};
Dir::State::lists ${path('lists')};
Dir::State::status ${path('status')};
Dir::Cache ${path('cache')};
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts ${path('sources')};
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts ${path('none')};
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
`;
}

type FoundVersion =
  | {
      readonly ok: true;
      readonly version: string;
      readonly upstream: string;
      readonly bytes: number;
    }
  | { readonly ok: false; readonly problem: string };

async function findVersion(
  apt: Apt,
  suite: string,
  options: DebianPackageOptions,
): Promise<FoundVersion> {
  options.onProgress(`apt: reading the package list of ${suite}`);
  const env = { ...options.env, LC_ALL: 'C' };
  const update = await runCommand('apt-get', [...apt.args, '-q', 'update'], {
    env,
    timeoutMs: updateTimeoutMs,
  });
  const show = await runCommand('apt-cache', [...apt.args, 'show', '-a', options.name], {
    env,
    timeoutMs: queryTimeoutMs,
  });
  const versions = parsePackages(show.stdout);
  const match = versions.find((candidate) => options.accept(candidate.upstream));
  if (match !== undefined) return { ok: true, ...match };
  const best = versions[0];
  if (best !== undefined) return { ok: false, problem: `${suite} has ${best.upstream}` };
  const said = firstError(update);
  return { ok: false, problem: said === undefined ? `${suite} has none` : `${suite}: ${said}` };
}

/** The versions in the output of `apt-cache show`, in its order, which is the newest first. */
export function parsePackages(
  shown: string,
): { version: string; upstream: string; bytes: number }[] {
  return shown.split(/\n\n+/).flatMap((stanza) => {
    const version = /^Version: (\S+)$/m.exec(stanza)?.[1];
    if (version === undefined) return [];
    const upstream = /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
    return [{ version, upstream, bytes: Number(/^Size: (\d+)$/m.exec(stanza)?.[1] ?? 0) }];
  });
}

async function downloadAndUnpack(
  apt: Apt,
  found: { version: string; bytes: number },
  suite: string,
  options: DebianPackageOptions,
): Promise<string> {
  const what = `${options.name} ${found.version}`;
  options.onProgress(`apt: downloading ${what} (${formatBytes(found.bytes)}) from ${suite}`);
  const report = percentReporter(what, options.onProgress);
  const env = { ...options.env, LC_ALL: 'C' };
  const download = await runCommand(
    'apt-get',
    [...apt.args, '-q', '-o', 'APT::Status-Fd=3', 'download', `${options.name}=${found.version}`],
    {
      env,
      cwd: apt.directory,
      timeoutMs: downloadTimeoutMs,
      onStatusLine: (line) => {
        const percent = /^dlstatus:[^:]*:([\d.]+):/.exec(line)?.[1];
        if (percent !== undefined) report(Number(percent));
      },
    },
  );
  const file = (await readdir(apt.directory)).find((name) => name.endsWith('.deb'));
  if (download.code !== 0 || file === undefined) {
    throw new Error(`apt could not download ${what}: ${firstError(download) ?? 'no reason given'}`);
  }
  const root = join(apt.directory, 'root');
  const unpack = await runCommand('dpkg-deb', ['-x', join(apt.directory, file), root], {
    env,
    timeoutMs: queryTimeoutMs,
  });
  if (unpack.code === 0) return root;
  throw new Error(`dpkg-deb could not unpack ${what}: ${firstError(unpack) ?? 'no reason given'}`);
}

function firstError(outcome: CommandOutcome): string | undefined {
  const lines = `${outcome.stderr}\n${outcome.stdout}`.split('\n').filter((line) => line !== '');
  const line =
    lines.find((text) => /^E:/.test(text)) ?? lines.find((text) => /^(Err|W):/.test(text));
  if (line !== undefined) return line.replace(/\s+/g, ' ').trim();
  return outcome.code === 0 ? undefined : (lines[0] ?? `ended with ${String(outcome.code)}`);
}
