/**
 * Version numbers of nats-server: how they are read, compared and asked of a binary.
 * Never guesses: what does not look like a version is undefined.
 */
import { type Env, runCommand } from './command.ts';

/** The oldest nats-server that has all that the store needs (atomic batches, message TTL). */
export const natsServerVersionMin = '2.12.0';

const versionTimeoutMs = 10_000;

/** The first dotted version in a text, without a leading `v`: `nats-server: v2.15.1` is `2.15.1`. */
export function parseVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)/.exec(text)?.[1];
}

/** Orders two dotted versions by their numbers; negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const left = numbers(a);
  const right = numbers(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(version: string): number[] {
  return (version.split(/[-+~]/)[0] ?? '').split('.').map((part) => Number.parseInt(part, 10) || 0);
}

/** Whether a version of nats-server is new enough to be used. */
export function isNewEnough(version: string): boolean {
  return compareVersions(version, natsServerVersionMin) >= 0;
}

/** The outcome of asking a binary for its version. */
export type BinaryVersion =
  | { readonly ok: true; readonly version: string }
  | { readonly ok: false; readonly problem: string };

/** Runs `path --version`. A binary that cannot run here, or says something else, is a problem. */
export async function binaryVersion(path: string, env: Env): Promise<BinaryVersion> {
  const outcome = await runCommand(path, ['--version'], { env, timeoutMs: versionTimeoutMs });
  const said = `${outcome.stdout}${outcome.stderr}`.trim();
  if (outcome.code !== 0) {
    return { ok: false, problem: `${path} does not run: ${firstLine(said)}` };
  }
  const version = said.startsWith('nats-server') ? parseVersion(said) : undefined;
  if (version !== undefined) return { ok: true, version };
  return { ok: false, problem: `${path} is not a nats-server: it says "${firstLine(said)}"` };
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 80);
}
