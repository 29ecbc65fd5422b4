/**
 * What differs between two states of an object, field by field. Pure.
 */
import { isRecord } from '../api/json.ts';

/** One difference; `before` is undefined of what was added, `after` of what was removed. */
export interface ObjectChange {
  /** `spec.containers[web].image`: elements of lists by their name or type where they have one. */
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Fields that change with every write, and say nothing. */
const NOISE: ReadonlySet<string> = new Set(['metadata.resourceVersion', 'metadata.managedFields']);

/** The differences, in the order of the fields; whole where one of the two is undefined. */
export function objectChanges(before: unknown, after: unknown): readonly ObjectChange[] {
  const changes: ObjectChange[] = [];
  compare('', before, after, changes);
  return changes;
}

function compare(path: string, before: unknown, after: unknown, into: ObjectChange[]): void {
  if (before === after || NOISE.has(path)) return;
  const one = partsOf(before);
  const other = partsOf(after);
  if (one === undefined || other === undefined) {
    into.push({ path, before, after });
    return;
  }
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const at = name.startsWith('[') || path === '' ? `${path}${name}` : `${path}.${name}`;
    compare(at, one.get(name), other.get(name), into);
  }
}

/** The fields of a record, the elements of a list; undefined of a value. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const names = value.map(nameOf);
    const isNamed = new Set(names).size === names.length && !names.includes(undefined);
    return new Map(value.map((one, index) => [`[${isNamed ? names[index] : index}]`, one]));
  }
  return isRecord(value) ? new Map(Object.entries(value)) : undefined;
}

function nameOf(element: unknown): string | undefined {
  if (!isRecord(element)) return undefined;
  const name = element.name ?? element.type;
  return typeof name === 'string' ? name : undefined;
}
