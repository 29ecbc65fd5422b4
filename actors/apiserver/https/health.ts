/**
 * Health and version: `/healthz`, `/livez`, `/readyz` with their single checks, and `/version`.
 *
 * Reads states; changes none. The output's form is that of apiserver's healthz package.
 */
import { quoted } from '../../../machines/api/status.ts';
import { type Exchange, sendNotFound, sendText } from './exchange.ts';
import type { Front } from './front.ts';

interface Check {
  readonly name: string;
  readonly ok: (front: Front) => boolean;
}

const ping: Check = { name: 'ping', ok: () => true };
const log: Check = { name: 'log', ok: () => true };
const store: Check = { name: 'etcd', ok: (front) => front.api.ready() };
const informers: Check = { name: 'informer-sync', ok: (front) => front.api.ready() };
const shutdown: Check = { name: 'shutdown', ok: (front) => !front.closing() };

const checks: Readonly<Record<string, readonly Check[]>> = {
  healthz: [ping, log, store],
  livez: [ping, log],
  readyz: [ping, log, store, informers, shutdown],
};

/** True where the path is one of health's. */
export function isHealthPath(path: string): boolean {
  return Object.hasOwn(checks, path.split('/')[1] ?? '');
}

/** Answers a health path. */
export function serveHealth(front: Front, exchange: Exchange): Promise<void> {
  const [, kind = '', ...rest] = exchange.info.path.replace(/\/+$/, '').split('/');
  const all = checks[kind]!;
  const single = rest.join('/');
  if (single !== '') {
    const check = all.find((one) => one.name === single);
    if (check === undefined) return sendNotFound(exchange);
    if (check.ok(front)) return sendText(exchange, 200, 'ok');
    return sendText(exchange, 500, `internal server error: ${single} is not ready\n`);
  }
  const excluded = new Set(exchange.query.getAll('exclude'));
  const results = all.map((check) => ({
    name: check.name,
    excluded: excluded.has(check.name),
    ok: excluded.has(check.name) || check.ok(front),
  }));
  const failed = results.some((result) => !result.ok);
  if (!failed && !exchange.query.has('verbose')) return sendText(exchange, 200, 'ok');
  const lines = results.map((result) => {
    if (result.excluded) return `[+]${result.name} excluded: ok`;
    return result.ok ? `[+]${result.name} ok` : `[-]${result.name} failed: reason withheld`;
  });
  const unknown = [...excluded].filter((name) => !all.some((check) => check.name === name)).sort();
  if (unknown.length > 0) {
    const names = unknown.map(quoted).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  const end = `${kind} check ${failed ? 'failed' : 'passed'}\n`;
  return sendText(exchange, failed ? 500 : 200, `${lines.join('\n')}\n${end}`);
}

/**
 * What `/version` answers: the Kubernetes version whose behaviour this is, and our own behind the
 * plus.
 */
export function versionInfo(version: string): object {
  const [own, commit = ''] = version.split('+');
  return {
    major: '1',
    minor: '36',
    emulationMajor: '1',
    emulationMinor: '36',
    minCompatibilityMajor: '1',
    minCompatibilityMinor: '35',
    gitVersion: `v1.36.0+kabuki-${own}`,
    gitCommit: commit.replace('.changed', ''),
    gitTreeState: commit.endsWith('.changed') ? 'dirty' : 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'node',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
