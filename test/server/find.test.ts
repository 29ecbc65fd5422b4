/**
 * The search for nats-server: its order, too old binaries, checksums of releases, and what is said when
 * nothing works. The binaries are scripts that print a version, the release host is on loopback.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { defaultCacheDir } from '../../bus/server/cache.ts';
import {
  type FindOptions,
  findNatsServer,
  type NatsServerNotFoundError,
} from '../../bus/server/find.ts';
import { choosePorts } from '../../bus/server/ports.ts';
import { natsServerRelease, releasePlatform } from '../../bus/server/release.ts';
import { tempDir } from './temp-dir.ts';

/** An address where nobody listens: a refused connection, at once. */
const unreachable = `http://127.0.0.1:${(await choosePorts(1))[0]}`;

interface Places {
  readonly variable?: string;
  readonly path?: string;
  readonly extra?: string;
  readonly cache?: readonly string[];
}

interface Found {
  readonly result: string;
  readonly lines: readonly string[];
}

async function script(path: string, says: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return path;
}

const server = (version: string): string => `nats-server: v${version}`;

/** Makes scripts at the places, searches, and says what was found as `source version path`. */
async function find(places: Places, more: Partial<FindOptions> = {}): Promise<Found> {
  const root = await tempDir();
  const env: Record<string, string> = { PATH: join(root, 'bin') };
  if (places.variable !== undefined) {
    env.KABUKI_NATS_SERVER = await script(join(root, 'own'), places.variable);
  }
  if (places.path !== undefined) await script(join(root, 'bin/nats-server'), places.path);
  if (places.extra !== undefined) await script(join(root, 'sbin/nats-server'), places.extra);
  for (const version of places.cache ?? []) {
    await script(join(root, 'cache/nats-server', version, 'nats-server'), server(version));
  }
  const lines: string[] = [];
  const strip = (text: string): string => text.replaceAll(root, '');
  const result = await findNatsServer({
    env,
    cacheDir: join(root, 'cache'),
    extraDirs: [join(root, 'sbin')],
    releaseUrl: unreachable,
    onProgress: (line) => lines.push(strip(line)),
    ...more,
  }).then(
    ({ source, version, path }) => `${source} ${version} ${strip(path)}`,
    (error: NatsServerNotFoundError) => strip(error.message),
  );
  return { result, lines };
}

const order: { title: string; places: Places; found: string; lines?: string[] }[] = [
  {
    title: 'the variable goes before all',
    places: { variable: server('2.12.0'), path: server('2.15.1'), cache: ['2.15.1'] },
    found: 'KABUKI_NATS_SERVER 2.12.0 /own',
  },
  {
    title: 'PATH goes before the cache',
    places: { path: server('2.12.3'), extra: server('2.15.1'), cache: ['2.15.1'] },
    found: 'PATH 2.12.3 /bin/nats-server',
  },
  {
    title: 'where packages put servers is searched after PATH',
    places: { extra: server('2.12.4'), cache: ['2.15.1'] },
    found: 'PATH 2.12.4 /sbin/nats-server',
  },
  {
    title: 'the newest of the cache is taken, compared by number',
    places: { cache: ['2.12.10', '2.14.2', '2.14.10', '2.9.1'] },
    found: 'cache 2.14.10 /cache/nats-server/2.14.10/nats-server',
  },
  {
    title: 'what is too old is named and passed over',
    places: { variable: server('2.9.10'), path: server('2.11.99'), cache: ['2.14.0'] },
    found: 'cache 2.14.0 /cache/nats-server/2.14.0/nats-server',
    lines: [
      'KABUKI_NATS_SERVER: /own is 2.9.10, too old; 2.12 or newer is needed',
      'PATH: /bin/nats-server is 2.11.99, too old; 2.12 or newer is needed',
    ],
  },
  {
    title: 'what is no nats-server is named and passed over',
    places: { variable: 'true (GNU coreutils) 9.1', path: server('3.0.0') },
    found: 'PATH 3.0.0 /bin/nats-server',
    lines: [
      'KABUKI_NATS_SERVER: /own is not a nats-server: it says "true (GNU coreutils) 9.1"; ' +
        '2.12 or newer is needed',
    ],
  },
];

for (const { title, places, found, lines } of order) {
  test(title, async () => {
    const actual = await find(places);
    expect(actual.result).toBe(found);
    expect(actual.lines).toEqual(lines ?? []);
  });
}

test('a variable that names no file is named and passed over', async () => {
  const root = await tempDir();
  const { result, lines } = await find(
    { cache: ['2.15.0'] },
    { env: { KABUKI_NATS_SERVER: join(root, 'gone'), PATH: '' } },
  );
  expect(result).toMatch(/^cache 2\.15\.0 /);
  expect(lines.join()).toMatch(/gone does not run: .*ENOENT/);
});

test('when nothing works the error says what was tried, why it failed and what to do', async () => {
  const { result } = await find({ path: server('2.10.0') });
  const { host } = new URL(unreachable);
  expect(result).toBe(
    [
      'no nats-server 2.12 or newer was found, and none could be fetched',
      '  KABUKI_NATS_SERVER: not set',
      '  PATH: /bin/nats-server is 2.10.0, too old',
      '  cache: none in /cache',
      `  release: ${host} cannot be reached: connect ECONNREFUSED ${host}`,
      '  package: no package manager known here',
      `To go on, download nats-server 2.12 or newer for ${releasePlatform()} ` +
        'from https://github.com/nats-io/nats-server/releases and set KABUKI_NATS_SERVER ' +
        'to its path or put it on PATH; or use a NATS server that is already running.',
    ].join('\n'),
  );
});

test('a package manager that would install is named, not run', async () => {
  const root = await tempDir();
  await script(join(root, 'brew'), 'must not be run');
  const { result } = await find({}, { env: { PATH: root } });
  expect(result).toContain('package: install it with: brew install nats-server');
});

const name = `nats-server-v${natsServerRelease}-${releasePlatform()}`;

/** Serves a release whose binary prints `says`; `tamper` changes the published checksums. */
async function serveRelease(
  says: string,
  tamper: (sums: string) => string = (sums) => sums,
): Promise<string> {
  const root = await tempDir();
  await script(join(root, name, 'nats-server'), says);
  await promisify(execFile)('tar', ['-czf', `${name}.tar.gz`, name], { cwd: root });
  const archive = await readFile(join(root, `${name}.tar.gz`));
  const sum = createHash('sha256').update(archive).digest('hex');
  const files: Record<string, string | Buffer> = {
    SHA256SUMS: tamper(`${'0'.repeat(64)}  other.zip\n${sum}  ${name}.tar.gz\n`),
    [`${name}.tar.gz`]: archive,
  };
  const http = createServer((request, response) => {
    const body = files[request.url?.replace(`/v${natsServerRelease}/`, '') ?? ''];
    const length = Buffer.byteLength(body ?? '');
    response.writeHead(body === undefined ? 404 : 200, { 'content-length': length }).end(body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** An environment with tar, which unpacks releases, and without the machine's own nats-server. */
async function envWithTar(): Promise<Record<string, string>> {
  const root = await tempDir();
  const tar = (await promisify(execFile)('sh', ['-c', 'command -v tar'])).stdout.trim();
  const text = `#!/bin/sh\nPATH=${process.env.PATH}\nexec ${tar} "$@"\n`;
  await writeFile(join(root, 'tar'), text, { mode: 0o755 });
  return { PATH: root };
}

async function findRelease(releaseUrl: string): Promise<Found & { cacheDir: string }> {
  const cacheDir = await tempDir();
  const found = await find({}, { releaseUrl, env: await envWithTar(), cacheDir });
  return { ...found, result: found.result.replaceAll(cacheDir, ''), cacheDir };
}

test('a release is checked, unpacked into the cache and found there the next time', async () => {
  const url = await serveRelease(server(natsServerRelease));
  const first = await findRelease(url);
  const path = `/nats-server/${natsServerRelease}/nats-server`;
  expect(first.result).toBe(`release ${natsServerRelease} ${path}`);
  expect(first.lines[0]).toMatch(/^asking 127\.0\.0\.1:\d+ for nats-server /);
  expect(first.lines[1]).toMatch(/^downloading nats-server-v.*\.tar\.gz \(\d+ kB\)$/);
  expect(first.lines.slice(2)).toEqual([
    `${name}.tar.gz: 100 %`,
    `${name}.tar.gz: checksum is right`,
  ]);
  const again = await find({}, { cacheDir: first.cacheDir });
  expect(again.result).toMatch(/^cache /);
  expect(await readdir(join(first.cacheDir, 'staging'))).toEqual([]);
});

const wrongSums: { title: string; tamper: (sums: string) => string; problem: RegExp }[] = [
  {
    title: 'of another archive',
    tamper: (sums) => sums.replace(/[0-9a-f]{64}(?= {2}nats)/, 'a'.repeat(64)),
    problem: new RegExp(`checksum of ${name}.* is [0-9a-f]{64}, but a{64} is published`),
  },
  { title: 'that lacks the archive', tamper: () => '', problem: /SHA256SUMS does not list/ },
];

for (const { title, tamper, problem } of wrongSums) {
  test(`a release with a checksum ${title} is refused and leaves nothing behind`, async () => {
    const { result, cacheDir } = await findRelease(await serveRelease(server('2.15.1'), tamper));
    expect(result).toMatch(problem);
    expect(await readdir(join(cacheDir, 'nats-server')).catch(() => 'none')).toBe('none');
  });
}

test('searches at the same time share one whole binary', async () => {
  const releaseUrl = await serveRelease(server(natsServerRelease));
  const cacheDir = await tempDir();
  const env = await envWithTar();
  const results = await Promise.all(
    Array.from({ length: 6 }, () => find({}, { env, cacheDir, releaseUrl })),
  );
  const path = join(cacheDir, 'nats-server', natsServerRelease, 'nats-server');
  expect(new Set(results.map(({ result }) => result.replace(/^cache/, 'release')))).toEqual(
    new Set([`release ${natsServerRelease} ${path}`]),
  );
});

test('the cache is where the user says, else in the home directory', () => {
  expect(defaultCacheDir({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/kabuki');
  expect(defaultCacheDir({ XDG_CACHE_HOME: '', HOME: '/h' })).toBe('/h/.cache/kabuki');
});
