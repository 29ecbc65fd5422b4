/**
 * Durations as people write them: `250ms`, `30s`, `5m`, `2h`, `1m30s`, `7d`. Inside they are milliseconds.
 * A number without a unit is no duration.
 */

const UNIT_MS: Readonly<{ [unit: string]: number }> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
};
const WHOLE = /^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[dhms]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[dhms])/g;

/** Milliseconds, rounded, of `1m30s`; undefined where the text is none. A leading `-` is allowed. */
export function readDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  if (digits.length > 100 || !WHOLE.test(digits)) return undefined;
  let totalMs = 0;
  for (const [, amount = '0', unit = 'ms'] of digits.matchAll(PART)) {
    totalMs += Number(amount) * (UNIT_MS[unit] ?? 0);
  }
  const rounded = Math.round(totalMs);
  return negative && rounded !== 0 ? -rounded : rounded;
}

/** The shortest way to write so many milliseconds: 90000 is `1m30s`. */
export function writeDuration(ms: number): string {
  if (ms < 0) return `-${writeDuration(-ms)}`;
  let rest = ms;
  let text = '';
  for (const [unit, unitMs] of Object.entries(UNIT_MS)) {
    const amount = unit === 'ms' ? rest : Math.floor(rest / unitMs);
    rest -= amount * unitMs;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text === '' ? '0s' : text;
}
