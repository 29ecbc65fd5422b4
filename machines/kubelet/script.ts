/**
 * The script of hollow nodes: how long what nothing does takes, and how it fails. Data, and pure
 * functions of it: chance is drawn from a seed and the names at hand, so the same pod fares the
 * same in every run.
 */
import type { Pod } from '../api/types.ts';

/** What a rule applies to; all that is given must match. `*` stands for anything. */
export interface HollowMatch {
  readonly image?: string;
  readonly namespace?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly labels?: { readonly [key: string]: string };
}

/** How a container fares. Times in milliseconds. */
export interface HollowFate {
  /** The image is pulled first, and takes so long. 0: it is present. */
  readonly pullMs: number;
  /** The pull fails with this message; '' where it does not. */
  readonly pullError: string;
  readonly startMs: number;
  /** The container cannot be started, with this message; '' where it can. */
  readonly startError: string;
  /** It runs so long and exits by itself; 0: until it is stopped. */
  readonly runMs: number;
  readonly exitCode: number;
  /** Chance, 0 to 1, that a run ends with exit code 1, at a time up to `crashMs`. */
  readonly crashProbability: number;
  readonly crashMs: number;
  /** How long it takes to end when stopped. */
  readonly stopMs: number;
}

export interface HollowRule extends Partial<HollowFate> {
  readonly match?: HollowMatch;
}

/** The first rule that matches decides each value. */
export interface HollowScript {
  readonly seed: number;
  readonly rules: readonly HollowRule[];
}

const NOTHING_HAPPENS: HollowFate = {
  pullMs: 0,
  pullError: '',
  startMs: 0,
  startError: '',
  runMs: 0,
  exitCode: 0,
  crashProbability: 0,
  crashMs: 60_000,
  stopMs: 0,
};

/**
 * How a run of a container will fare: a crash that is to come is written as `runMs` and `exitCode`.
 */
export function hollowFate(
  script: HollowScript,
  pod: Pod,
  node: string,
  image: string,
  container: string,
  attempt: number,
): HollowFate {
  if (script.rules.length === 0) return NOTHING_HAPPENS;
  const applying = script.rules.filter(({ match }) => matches(match, pod, node, image));
  const fate = { ...NOTHING_HAPPENS };
  for (const { match: _, ...rule } of [...applying].reverse()) Object.assign(fate, rule);
  const key = `${pod.metadata?.namespace}/${pod.metadata?.name}/${container}/${attempt}`;
  if (fate.crashProbability > 0 && chance(script.seed, key) < fate.crashProbability) {
    const part = chance(script.seed, `${key}/when`);
    return { ...fate, exitCode: 1, runMs: Math.max(1, Math.floor(part * fate.crashMs)) };
  }
  return fate;
}

function matches(match: HollowMatch | undefined, pod: Pod, node: string, image: string): boolean {
  if (match === undefined) return true;
  const labels = pod.metadata?.labels ?? {};
  return (
    like(match.image, image) &&
    like(match.namespace, pod.metadata?.namespace ?? '') &&
    like(match.pod, pod.metadata?.name ?? '') &&
    like(match.node, node) &&
    Object.entries(match.labels ?? {}).every(([key, value]) => like(value, labels[key] ?? ''))
  );
}

/** True where a text matches a pattern whose `*` stand for any text. */
export function like(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop() ?? '';
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}

/** A number from 0 to 1, by FNV-1a over the key and a final mix. */
function chance(seed: number, key: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
