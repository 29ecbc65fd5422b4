/** Assertions: what is a bug stops the one actor it happened in, with a sentence. On in production. */

/** Throws where the condition does not hold; the sentence says what was expected. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}

/** The last arm of an exhaustive switch. */
export function assertNever(value: never): never {
  throw new Error(`unexpected variant: ${JSON.stringify(value)}`);
}
