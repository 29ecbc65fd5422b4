/**
 * Seeded randomness: one stream for each purpose, so that drawing more for one thing changes nothing of another.
 * Not for secrets.
 */

/** Draws; the same seed and purpose give the same numbers in the same order. */
export interface Stream {
  /** From 0 up to 1. */
  draw(): number;
  /** An unsigned 32-bit integer. */
  uint32(): number;
  /** From min up to max. */
  between(min: number, max: number): number;
}

/** The stream of a purpose (`network`, `ids node-1 2`) under a seed: sfc32, seeded by FNV-1a of the purpose. */
export function streamOf(seed: number, purpose: string): Stream {
  let a = 0x9e3779b9;
  let b = seed >>> 0;
  let c = Math.floor(seed / 2 ** 32) >>> 0;
  let d = 0x811c9dc5;
  for (let i = 0; i < purpose.length; i++) d = Math.imul(d ^ purpose.charCodeAt(i), 0x01000193);
  const uint32 = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) uint32();
  const draw = (): number => uint32() / 2 ** 32;
  return { uint32, draw, between: (min, max) => min + draw() * (max - min) };
}

/** A UUID (v4) of a stream. */
export function uuidOf({ uint32 }: Stream): string {
  const hex = [uint32(), uint32(), uint32(), uint32()].map((word) =>
    word.toString(16).padStart(8, '0'),
  );
  const [one, two, three, four] = hex as [string, string, string, string];
  const variant = ((Number.parseInt(three[0] ?? '0', 16) & 3) | 8).toString(16);
  return `${one}-${two.slice(0, 4)}-4${two.slice(5)}-${variant}${three.slice(1, 4)}-${three.slice(4)}${four}`;
}
