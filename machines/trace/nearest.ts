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

/** Letters to be added, removed or replaced. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const replaced = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
