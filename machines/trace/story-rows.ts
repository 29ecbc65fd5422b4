/**
 * A story as rows, as people read it: what leads on goes straight down, what branches off it is one step to the right,
 * before it goes on. Pure.
 */
import type { Episode, Story } from './episodes.ts';

/** One row. */
export interface StoryRow {
  readonly episode: Episode;
  readonly depth: number;
  /** It begins a branch: what follows at its depth until the next of these goes on from it. */
  readonly begins: boolean;
}

/** Further to the right goes nothing. */
const DEPTH_MAX = 12;

/** All rows; the critical path first. */
export function rowsOf({ episodes, roots }: Story): readonly StoryRow[] {
  const rows: StoryRow[] = [];
  const at = (index: number): Episode => episodes[index] as Episode;
  const branch = (first: number, depth: number): void => {
    for (let next: number | undefined = first; next !== undefined; ) {
      const episode = at(next);
      rows.push({ episode, depth, begins: next === first });
      const straight = straightOf(episode, at);
      for (const child of episode.children) {
        if (child !== straight) branch(child, Math.min(depth + 1, DEPTH_MAX));
      }
      next = straight;
    }
  };
  const critical = roots.filter((root) => at(root).isCritical);
  for (const root of [...critical, ...roots.filter((one) => !critical.includes(one))]) {
    branch(root, 0);
  }
  return rows;
}

/** The way on: the critical one, or the only one. */
function straightOf({ children }: Episode, at: (index: number) => Episode): number | undefined {
  return (
    children.find((child) => at(child).isCritical) ??
    (children.length === 1 ? children[0] : undefined)
  );
}
