/**
 * Fetches the official nats-server release for this platform and checks it against the checksums
 * published beside it. Nothing is unpacked before its checksum is right.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { publishBinary, withStaging } from './cache.ts';
import { type Env, runCommand } from './command.ts';
import { formatBytes, type OnProgress, percentReporter } from './progress.ts';

/** The release that is fetched: one that the tests ran on, not "latest". */
export const natsServerRelease = '2.15.1';

/** Where the official releases are published. */
export const natsServerReleaseUrl = 'https://github.com/nats-io/nats-server/releases/download';

const answerTimeoutMs = 8_000;
const downloadTimeoutMs = 180_000;
const unpackTimeoutMs = 60_000;
const archiveBytesMax = 100e6;

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm: 'arm7',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};
const systems: Readonly<Record<string, string>> = {
  linux: 'linux',
  darwin: 'darwin',
  freebsd: 'freebsd',
  win32: 'windows',
};

/** What a release is called for this platform, for example `linux-amd64`; undefined if there is none. */
export function releasePlatform(
  system: string = process.platform,
  architecture: string = process.arch,
): string | undefined {
  const os = systems[system];
  const arch = architectures[architecture];
  return os === undefined || arch === undefined ? undefined : `${os}-${arch}`;
}

/** What `fetchRelease` needs; `baseUrl` stands in for the official address in tests. */
export interface ReleaseOptions {
  readonly baseUrl?: string;
  readonly cacheDir: string;
  readonly env: Env;
  readonly onProgress: OnProgress;
}

/**
 * Downloads, verifies and caches the release; returns the path of the binary.
 * Throws an Error with one sentence when the host cannot be reached or the checksum is wrong.
 */
export async function fetchRelease(options: ReleaseOptions): Promise<string> {
  const platform = releasePlatform();
  if (platform === undefined) {
    throw new Error(`there is no release for ${process.platform} on ${process.arch}`);
  }
  const name = `nats-server-v${natsServerRelease}-${platform}`;
  const archive = `${name}.${process.platform === 'win32' ? 'zip' : 'tar.gz'}`;
  const base = `${options.baseUrl ?? natsServerReleaseUrl}/v${natsServerRelease}`;
  options.onProgress(`asking ${new URL(base).host} for nats-server ${natsServerRelease}`);
  const sums = await (await get(`${base}/SHA256SUMS`, answerTimeoutMs)).text();
  const expected = checksumOf(sums, archive);
  if (expected === undefined) throw new Error(`${base}/SHA256SUMS does not list ${archive}`);
  return withStaging(options.cacheDir, async (staging) => {
    const path = join(staging, archive);
    const actual = await download(`${base}/${archive}`, path, archive, options.onProgress);
    if (actual !== expected) {
      throw new Error(`checksum of ${archive} is ${actual}, but ${expected} is published`);
    }
    options.onProgress(`${archive}: checksum is right`);
    const out = join(staging, 'out');
    await mkdir(out);
    const outcome = await runCommand('tar', ['-xf', path, '-C', out], {
      env: options.env,
      timeoutMs: unpackTimeoutMs,
    });
    if (outcome.code !== 0) throw new Error(`tar could not unpack it: ${outcome.stderr.trim()}`);
    const binary = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
    return publishBinary(
      options.cacheDir,
      'nats-server',
      natsServerRelease,
      join(out, name, binary),
    );
  });
}

/** The checksum that a SHA256SUMS text gives for a file. */
export function checksumOf(sums: string, file: string): string | undefined {
  for (const line of sums.split('\n')) {
    const [sum, name] = line.trim().split(/\s+\*?/);
    if (name === file && sum !== undefined && /^[0-9a-f]{64}$/.test(sum)) return sum;
  }
  return undefined;
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch(
    (error: Error) => {
      const cause = error.cause instanceof Error ? error.cause.message : error.message;
      throw new Error(`${new URL(url).host} cannot be reached: ${cause}`);
    },
  );
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

async function download(
  url: string,
  path: string,
  what: string,
  onProgress: OnProgress,
): Promise<string> {
  const response = await get(url, downloadTimeoutMs);
  const length = Number(response.headers.get('content-length') ?? 0);
  if (response.body === null) throw new Error(`${url} is empty`);
  onProgress(`downloading ${what}${length > 0 ? ` (${formatBytes(length)})` : ''}`);
  const report = percentReporter(what, onProgress);
  const hash = createHash('sha256');
  let received = 0;
  await pipeline(
    Readable.fromWeb(response.body as ReadableStream),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        received += chunk.length;
        if (received > archiveBytesMax) throw new Error(`${url} is larger than expected`);
        if (length > 0) report((received / length) * 100);
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  return hash.digest('hex');
}
