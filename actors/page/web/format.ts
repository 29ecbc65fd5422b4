/** Times, names and values as the page writes them. Pure. */

const two = (value: number): string => String(value).padStart(2, '0');

/** `13:40:02.125`, in the reader's own time zone. */
export function clock(atMs: number): string {
  const at = new Date(atMs);
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
}

/** `120 µs`, `3.4 ms`, `1.25 s`, `2 min`. */
export function span(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/** `1,234`. */
export const number = (value: number): string => value.toLocaleString('en');

/** The last word of a name, of a pod its own name: what tells it from its neighbours. */
export const lastName = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** At most so many characters; the middle goes, since names differ at their ends. */
export function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = Math.ceil((max - 1) / 2);
  return `${text.slice(0, max - 1 - end)}…${text.slice(-end)}`;
}

/** A value of an object in one line. */
export function inLine(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The key of a pod's object in the store. */
export const podKey = (pod: string): string => `core/pods/${pod}`;
export const nodeKey = (node: string): string => `core/nodes/_/${node}`;

/** `Pod default/web` of `core/pods/default/web`. */
export function objectTitle(key: string): string {
  const [group = '', resource = '', namespace = '', ...name] = key.split('/');
  const where = namespace === '_' ? '' : `${namespace}/`;
  const of = group === 'core' ? resource : `${resource}.${group}`;
  return `${of} ${where}${name.join('/')}`;
}

/** The order of rows by their names, numbers in them by their size. */
export const byName = (
  one: readonly [string, ...unknown[]],
  other: readonly [string, ...unknown[]],
) => NAMES.compare(one[0], other[0]);

const NAMES = new Intl.Collator('en', { numeric: true });
