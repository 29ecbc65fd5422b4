/**
 * Samples of a run, few enough to draw: of each stretch of time the worst one, so that no dip is lost. Pure.
 */
import type { RunResult, Sample } from '../run-result.ts';

/** More points than this are never drawn. */
export const POINTS_MAX = 400;
/** Phases drawn on their own, from the bottom up; others are added up. */
export const POD_PHASES = ['Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'] as const;

/** The numbers of one time; `pods` has one number for each of `POD_PHASES`, then the others' sum. */
export interface Point {
  readonly atMs: number;
  readonly nodesReady: number;
  readonly nodes: number;
  readonly podsReady: number;
  readonly pods: readonly number[];
}

/** At most `POINTS_MAX` points, in the order of time; the first and the last sample are always among them. */
export function pointsOf(result: RunResult): readonly Point[] {
  const samples = [...result.samples].sort((a, b) => a.atMs - b.atMs);
  const length = Math.ceil(samples.length / (POINTS_MAX - 2));
  const kept: Sample[] = [];
  for (let start = 0; start < samples.length; start += Math.max(1, length)) {
    kept.push(worst(samples.slice(start, start + Math.max(1, length))));
  }
  const [first] = samples;
  const last = samples.at(-1);
  if (first !== undefined && kept[0] !== first) kept.unshift(first);
  if (last !== undefined && kept.at(-1) !== last) kept.push(last);
  return kept.map(point);
}

function worst(samples: readonly Sample[]): Sample {
  return samples.reduce((least, sample) => {
    const better = sample.nodesReady - least.nodesReady || sample.podsReady - least.podsReady;
    return better < 0 ? sample : least;
  });
}

function point({ atMs, nodesReady, nodes, podsReady, pods }: Sample): Point {
  const known = POD_PHASES.map((phase) => pods[phase] ?? 0);
  const all = Object.values(pods).reduce((total, count) => total + count, 0);
  const others = all - known.reduce((total, count) => total + count, 0);
  return { atMs, nodesReady, nodes, podsReady, pods: [...known, others] };
}
