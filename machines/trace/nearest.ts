/** Which of some words another was probably meant to be. Pure. */

/** The word that is nearest, at most a third of its letters away; undefined where none is. */
export function nearest(wanted: string, words: Iterable<string>): string | undefined {
  let found: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3));
  for (const word of words) {
    const away = distance(wanted.toLowerCase(), word.toLowerCase());
    if (away > least || (away === least && found !== undefined)) continue;
    found = word;
    least = away;
  }
  return found;
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(wanted: string, words: Iterable<string>): string {
  const word = nearest(wanted, words);
  return word === undefined ? '' : `; did you mean "${word}"?`;
}

/** Letters to be added, removed, replaced, or changed over with the next one. */
function distance(one: string, other: string): number {
  let older: readonly number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      const replaced = (row[to - 1] ?? 0) + (isSame ? 0 : 1);
      const isSwap = one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      const swapped = isSwap && !isSame ? (older[to - 2] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    older = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
