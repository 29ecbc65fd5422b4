/**
 * Message ids and W3C trace contexts, drawn from an injected random source.
 *
 * A seeded source gives the same ids in the same order, which is what makes a simulated run replayable.
 * Never reads the clock.
 */
import { randomBytes } from 'node:crypto';

/** Draws an unsigned 32-bit integer. */
export type Random = () => number;

/** Makes ids; one for each process or simulated node. */
export interface Ids {
  /** A message id: a random prefix drawn once, then a counter. Unique and free of `.`, `,` and spaces. */
  messageId(): string;
  /** A new trace, which nobody asked to be sampled, or a new span in the parent's trace, with its flags. */
  traceparent(parent?: string): string;
  /** A token that nobody can guess: 96 random bits. */
  token(): string;
}

const BYTES_DRAWN_AT_ONCE = 4096;

/** Random numbers from the operating system, drawn in blocks. */
export function systemRandom(): Random {
  let block = randomBytes(0);
  let offset = 0;
  return () => {
    if (offset + 4 > block.length) {
      block = randomBytes(BYTES_DRAWN_AT_ONCE);
      offset = 0;
    }
    offset += 4;
    return block.readUInt32LE(offset - 4);
  };
}

const BYTES = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
const byte = (value: number): string => BYTES[value & 255] as string;

/** Ids from a random source; the same source state gives the same ids. */
export function createIds(random: Random): Ids {
  const word = () => (random() >>> 0).toString(36).padStart(7, '0');
  const hex = () => {
    const drawn = random();
    return `${byte(drawn >>> 24)}${byte(drawn >>> 16)}${byte(drawn >>> 8)}${byte(drawn)}`;
  };
  const prefix = word() + word();
  let count = 0;
  return {
    messageId() {
      count += 1;
      return `${prefix}-${count.toString(36)}`;
    },
    traceparent(parent) {
      const trace = parent?.slice(3, 35) ?? hex() + hex() + hex() + hex();
      return `00-${trace}-${hex()}${hex()}-${parent?.slice(53, 55) ?? '00'}`;
    },
    token: () => word() + word() + word(),
  };
}
