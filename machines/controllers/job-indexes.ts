/**
 * Sets of completion indexes of an Indexed Job, and their compressed text in its status: `1,3-5,7`.
 *
 * Holds indexes below the number of completions only. Immutable.
 */

/** A set of completion indexes. */
export type Indexes = ReadonlySet<number>;

export const NO_INDEXES: Indexes = new Set();

/** Reads the compressed text; what is malformed or beyond `completions` is left out. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  const indexes = new Set<number>();
  for (const part of text ? text.split(',') : []) {
    const match = /^([0-9]{1,10})(?:-([0-9]{1,10}))?$/.exec(part);
    if (match === null) continue;
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    for (let index = Number(match[1]); index <= last; index++) indexes.add(index);
  }
  return indexes;
}

/** The compressed text: three or more in a row become a range; the empty text for no index. */
export function formatIndexes(indexes: Indexes): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at]!;
    let last = first;
    while (sorted[at + 1] === last + 1) {
      last++;
      at++;
    }
    at++;
    parts.push(last === first ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`);
  }
  return parts.join(',');
}

/** The union of sets. */
export function unionOf(...sets: readonly Indexes[]): Indexes {
  const union = new Set<number>();
  for (const set of sets) for (const index of set) union.add(index);
  return union;
}

/** The lowest `count` indexes below `completions` that are not in a set. */
export function firstOutside(taken: Indexes, count: number, completions: number): number[] {
  const found: number[] = [];
  for (let index = 0; index < completions && found.length < count; index++) {
    if (!taken.has(index)) found.push(index);
  }
  return found;
}
