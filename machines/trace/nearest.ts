/** Which known words somebody may have meant who wrote another. Pure. */

/** Up to `max` of the words, nearest first; none that has nothing in common with what was written. */
export function nearest(written: string, words: Iterable<string>, max: number): readonly string[] {
  const lower = written.toLowerCase();
  const scored = Array.from(new Set(words), (word) => ({ word, apart: apart(lower, word) }));
  return scored
    .filter(({ apart: by }) => by <= Math.max(1, lower.length / 3))
    .sort((one, other) => one.apart - other.apart || (one.word < other.word ? -1 : 1))
    .slice(0, max)
    .map(({ word }) => word);
}

/** `; did you mean "backingOff"?`, or nothing. */
export function didYouMean(written: string, words: Iterable<string>): string {
  const [found] = nearest(written, words, 1);
  return found === undefined ? '' : `; did you mean "${found}"?`;
}

/** A word that contains what was written, or begins as it does, is nearer than its letters say. */
function apart(lower: string, word: string): number {
  const other = word.toLowerCase();
  if (other === lower) return 0;
  if (lower !== '' && other.includes(lower)) return 0.5;
  return distance(lower, other);
}

/** Letters to put in, take out, replace, or swap with their neighbours (optimal string alignment). */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const same = one[at - 1] === other[to - 1] ? 0 : 1;
      const [left = 0, above = 0, both = 0] = [next[to - 1], row[to], row[to - 1]];
      const swapped = one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      const swap = swapped ? (before[to - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(left + 1, above + 1, both + same, swap));
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
