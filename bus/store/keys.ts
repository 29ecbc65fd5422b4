/**
 * Store keys and prefixes: a prefix is whole tokens, and a key is below it when its first tokens are the prefix's.
 *
 * Keys order by code unit, as etcd orders bytes, so that the keys below a prefix are one range.
 */

/** True where the key is the prefix itself or below it; `''` holds every key. */
export function isBelow(key: string, prefix: string): boolean {
  if (prefix === '') return true;
  if (!key.startsWith(prefix)) return false;
  return key.length === prefix.length || key.charCodeAt(prefix.length) === SLASH;
}

const SLASH = 47;

/** True where the key has more tokens than one of the prefixes and is below it, or where there are none. */
export function keyBelow(key: string, prefixes: readonly string[] | undefined): boolean {
  return (
    prefixes === undefined || prefixes.some((prefix) => key !== prefix && isBelow(key, prefix))
  );
}

/** Prefixes without those that another one covers; undefined where together they hold every key. */
export function normalPrefixes(prefixes: readonly string[] | undefined): string[] | undefined {
  if (prefixes === undefined || prefixes.length === 0 || prefixes.includes('')) return undefined;
  const all = [...new Set(prefixes)];
  return all.filter((p) => !all.some((other) => other !== p && isBelow(p, other)));
}

/** The first two tokens of a key: the resource it belongs to, each with a ring of events of its own. */
export function ringOf(key: string): string {
  const first = key.indexOf('/');
  const second = first < 0 ? -1 : key.indexOf('/', first + 1);
  return second < 0 ? key : key.slice(0, second);
}
