/**
 * Draws that follow from a seed: generated name suffixes, the order in which addresses are tried.
 *
 * The seed arrives in an event, so the same event always draws the same. Never used for secrets or
 * uids.
 */

/** A sequence of draws. */
export interface Draw {
  /** An integer from 0 up to, not including, `below`. */
  below(below: number): number;
  /** Kubernetes' random suffix: characters without vowels and look-alikes. */
  suffix(length: number): string;
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The draws of one seed (mulberry32). */
export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  const below = (bound: number) => Math.floor((next() / 0x1_0000_0000) * bound);
  return {
    below,
    suffix(length) {
      let text = '';
      for (let index = 0; index < length; index += 1) text += alphabet[below(alphabet.length)];
      return text;
    },
  };
}
