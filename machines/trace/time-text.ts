/** How traces write times. Pure; UTC, which is what objects have too. */

const DAY_MS = 86_400_000;

/** The time of day to the millisecond: `12:34:56.789`. */
export function timeOfDay(atMs: number): string {
  const ms = ((Math.floor(atMs) % DAY_MS) + DAY_MS) % DAY_MS;
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1_000) % 60].map(two).join(':');
  return `${clock}.${String(ms % 1_000).padStart(3, '0')}`;
}
