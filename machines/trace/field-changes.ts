/**
 * What differs between two versions of an object, field by field; items of lists are matched by their merge key where
 * the kind has one, and otherwise by what names them. Pure.
 */
import { isRecord, sameJson } from '../api/json.ts';
import { type FieldInfo, findApiVersionKind, messageType, type ValueType } from '../api/schema.ts';
import type { AnyObject } from '../api/view.ts';
import { fieldText } from './field-path.ts';

/** One field that differs; undefined where the version has none. */
export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Fields that every write changes. */
const ALWAYS: ReadonlySet<string> = new Set([
  '.metadata.resourceVersion',
  '.metadata.managedFields',
]);
/** What names an item of a list where the kind does not say. */
const NAMING = ['name', 'type', 'uid', 'key', 'ip', 'address'] as const;

/** The differences, in the order of the newer version's fields. */
export function fieldChanges(before: AnyObject, after: AnyObject): readonly FieldChange[] {
  const type = findApiVersionKind(after.apiVersion ?? '', after.kind ?? '');
  const root: ValueType | undefined =
    type === undefined ? undefined : { shape: 'message', name: type.name };
  const changes: FieldChange[] = [];
  compare('', before, after, { type: root, field: undefined }, changes);
  return changes;
}

/** What is known of a value: its type, and the field that holds it. */
interface Site {
  readonly type: ValueType | undefined;
  readonly field: FieldInfo | undefined;
}

function compare(path: string, before: unknown, after: unknown, site: Site, out: FieldChange[]) {
  if (sameJson(before, after) || ALWAYS.has(path)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(path + fieldText(name), before[name], after[name], siteOf(site, name), out);
    }
    return;
  }
  const key =
    Array.isArray(before) && Array.isArray(after) ? keyOf(before, after, site) : undefined;
  if (key === undefined) out.push({ path, before, after });
  else compareItems(path, before as Item[], after as Item[], key, site, out);
}

type Item = Record<string, unknown>;

function compareItems(
  path: string,
  before: readonly Item[],
  after: readonly Item[],
  key: string,
  site: Site,
  out: FieldChange[],
): void {
  const item = { type: site.type?.item, field: undefined };
  for (const value of new Set([...after, ...before].map((one) => String(one[key])))) {
    const has = (one: Item) => String(one[key]) === value;
    const at = `${path}[?(@.${key}=="${value}")]`;
    compare(at, before.find(has), after.find(has), item, out);
  }
}

function siteOf({ type }: Site, name: string): Site {
  if (type?.shape === 'map') return { type: type.item, field: undefined };
  const field = type?.shape === 'message' ? messageType(type).fields.get(name) : undefined;
  return { type: field?.type, field };
}

/** The field that tells items of both lists apart; undefined where none does. */
function keyOf(before: unknown[], after: unknown[], { field }: Site): string | undefined {
  const said = field?.patchMergeKey ?? field?.listMapKeys[0];
  const keys = said === undefined ? NAMING : [said, ...NAMING];
  return keys.find((key) => tellsApart(before, key) && tellsApart(after, key));
}

function tellsApart(items: readonly unknown[], key: string): boolean {
  const seen = new Set<unknown>();
  for (const item of items) {
    const value = isRecord(item) ? item[key] : undefined;
    if ((typeof value !== 'string' && typeof value !== 'number') || seen.has(value)) return false;
    seen.add(value);
  }
  return true;
}
