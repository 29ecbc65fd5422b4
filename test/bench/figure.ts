/** A measured figure, and the small arithmetic of measuring. */

/** One row of the result; its meaning, its peer and its aim are in `peers.ts`, found by the id. */
export interface Figure {
  readonly id: string;
  readonly value: number;
  /** The single measurements, where the value is their median. */
  readonly samples?: readonly number[];
  /** What else one should know, for example which process it is. */
  readonly note?: string;
}

export const MIB = 2 ** 20;

/** Rounds to at most three digits behind the point, fewer for large numbers. */
export function rounded(value: number): number {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return Number(value.toFixed(digits));
}

/** The value below which so many percent of the values lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100));
  return sorted[at] ?? Number.NaN;
}

/** A figure that is the median of several measurements. */
export function medianFigure(id: string, samples: readonly number[], note?: string): Figure {
  const value = percentile(samples, 50);
  return { id, value, samples: samples.map(rounded), ...(note === undefined ? {} : { note }) };
}

/** Calls a function again and again until it gives a value; throws at the deadline. */
export async function poll<T>(
  what: string,
  read: () => T | undefined | Promise<T | undefined>,
  options: { readonly timeoutMs: number; readonly everyMs?: number },
): Promise<T> {
  const deadlineMs = performance.now() + options.timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadlineMs) {
      throw new Error(`after ${options.timeoutMs / 1_000} s still not: ${what}`);
    }
    await pause(options.everyMs ?? 10);
  }
}

/** Lets time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The promise, or a failure at the deadline. */
export async function within<T>(what: string, timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const late = (): void => reject(new Error(`after ${timeoutMs / 1_000} s still not: ${what}`));
    timer = setTimeout(late, timeoutMs);
  });
  return await Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}
