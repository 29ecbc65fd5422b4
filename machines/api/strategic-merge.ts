/**
 * Strategic merge patch, as k8s.io/apimachinery/pkg/util/strategicpatch applies it: lists merge by
 * key where the type says so, and `$patch`, `$retainKeys`, `$setElementOrder/x` and
 * `$deleteFromPrimitiveList/x` direct the merge. Never changes what it is given.
 */
import { goFormat, goTypeOf } from './go-format.ts';
import { type FieldInfo, messageType, type TypeInfo, type ValueType } from './schema.ts';
import {
  checkOrder,
  directive,
  elementOrder,
  hasDirective,
  inOrder,
  isObject,
  itemKind,
  type JsonObject,
  keyOf,
  PatchError,
} from './strategic-order.ts';

const retainKeys = '$retainKeys';
const deleteFromList = '$deleteFromPrimitiveList';

/** What the type says about a field; without a type, maps merge and lists are replaced. */
interface FieldRule {
  readonly type: ValueType | undefined;
  readonly strategy: 'merge' | 'replace' | undefined;
  readonly mergeKey: string;
}

const noRule: FieldRule = { type: undefined, strategy: undefined, mergeKey: '' };

/** Applies `patch` to `original`, an object of `type`. Throws PatchError and nothing else. */
export function strategicMerge(
  type: TypeInfo,
  original: JsonObject,
  patch: JsonObject,
): JsonObject {
  return mergeObjects(original, patch, { shape: 'message', name: type.name });
}

function ruleOf(type: ValueType | undefined, key: string): FieldRule {
  if (type?.shape === 'map') return { ...noRule, type: type.item };
  if (type?.shape !== 'message') return noRule;
  const info = messageType(type);
  const field: FieldInfo | undefined = info.fields.get(key);
  if (field === undefined) {
    throw new PatchError(
      500,
      `unable to find api field in struct ${info.shortName} for the json field "${key}"`,
    );
  }
  return {
    type: field.type,
    strategy: field.patchStrategy.find((strategy) => strategy !== 'retainKeys'),
    mergeKey: field.patchMergeKey ?? '',
  };
}

function mergeObjects(
  original: JsonObject,
  patch: JsonObject,
  type: ValueType | undefined,
): JsonObject {
  if (Object.hasOwn(patch, directive)) return directed(patch);
  const rest = { ...patch };
  const result = retained(original, rest);
  for (const key of Object.keys(patch)) {
    if (key.startsWith(elementOrder)) reorder(result, rest, key, type);
  }
  for (const [key, value] of Object.entries(rest)) {
    if (key.startsWith(deleteFromList)) {
      deleteItems(result, suffix(key, deleteFromList, 'primitive list'), value);
    } else mergeField(result, key, value, type);
  }
  return result;
}

function directed(patch: JsonObject): JsonObject {
  const { [directive]: what, ...rest } = patch;
  if (what === 'replace') return rest;
  if (what === 'delete') return {};
  throw unknownPatchType(what, patch);
}

function unknownPatchType(what: unknown, patch: JsonObject): PatchError {
  return new PatchError(500, `unknown patch type: ${goFormat(what)} in map: ${goFormat(patch)}`);
}

/** A copy of `original` without the keys that `$retainKeys` does not list. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, retainKeys)) return { ...original };
  const keys = patch[retainKeys];
  delete patch[retainKeys];
  const bad = new PatchError(400, 'invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw bad;
  for (const [key, value] of Object.entries(patch)) {
    const special = key.startsWith(deleteFromList) || key.startsWith(elementOrder);
    if (value !== null && !special && !keys.includes(key)) throw bad;
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)));
}

function suffix(key: string, prefix: string, list: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  throw new PatchError(400, `invalid patch format of ${list}`);
}

function mergeField(
  result: JsonObject,
  key: string,
  value: unknown,
  type: ValueType | undefined,
): void {
  const before = result[key];
  if (value === null) delete result[key];
  else if (isObject(before) && isObject(value)) {
    const rule = ruleOf(type, key);
    setOwn(
      result,
      key,
      rule.strategy === 'replace' ? value : mergeObjects(before, value, rule.type),
    );
  } else if (Array.isArray(before) && Array.isArray(value)) {
    const rule = ruleOf(type, key);
    setOwn(result, key, rule.strategy === 'merge' ? mergeLists(before, value, rule) : value);
  } else {
    const plain = withoutDirectives(value);
    if (plain === undefined) delete result[key];
    else setOwn(result, key, plain);
  }
}

function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}

function deleteItems(result: JsonObject, key: string, value: unknown): void {
  const before = result[key];
  if (value === null) delete result[key];
  else if (Array.isArray(before) && Array.isArray(value)) {
    result[key] = before.filter((item) => !value.includes(item));
  }
}

/** The value without nulls and directives; undefined where a directive says to leave it out. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item) => item !== undefined);
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const plain = item === null ? undefined : withoutDirectives(item);
    if (plain !== undefined) setOwn(result, key, plain);
  }
  return result;
}

/** Merges the list that `key` (`$setElementOrder/x`) orders, and puts it into that order. */
function reorder(
  result: JsonObject,
  patch: JsonObject,
  key: string,
  type: ValueType | undefined,
): void {
  const order = listOf(patch[key]);
  delete patch[key];
  const field = suffix(key, elementOrder, 'setElementOrder list');
  const before = result[field] === undefined ? undefined : listOf(result[field]);
  const after = patch[field] === undefined ? undefined : listOf(patch[field]);
  const rule = ruleOf(type, field);
  checkOrder(after ?? [], order, rule.mergeKey);
  delete patch[field];
  if (before === undefined && after === undefined) return;
  if (before === undefined && after!.some(hasDirective)) {
    const kept = withoutDirectives(after) as unknown[];
    setOwn(result, field, inOrder(kept, order, [], rule.mergeKey));
    return;
  }
  let merged = before ?? after!;
  if (before !== undefined && after !== undefined) {
    merged = rule.strategy === 'merge' ? mergeLists(before, after, rule) : after;
  }
  setOwn(result, field, inOrder(merged, order, before ?? [], rule.mergeKey));
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new PatchError(500, `expected a []interface {}, but received a ${goTypeOf(value)}`);
}

function mergeLists(
  original: readonly unknown[],
  patch: readonly unknown[],
  rule: FieldRule,
): unknown[] {
  if (original.length === 0 && patch.length === 0) return [];
  const kind = itemKind(original, patch);
  if (kind !== 'object') return inOrder([...new Set([...original, ...patch])], patch, original, '');
  const { mergeKey } = rule;
  if (mergeKey === '') {
    const name = rule.type?.item?.name?.split('.').at(-1) ?? '';
    throw new PatchError(500, `cannot merge lists without merge key for ${name}`);
  }
  const items = patch as readonly JsonObject[];
  const plain = items.filter((item) => !hasDirective(item));
  if (items.some((item) => removes(item, mergeKey) === 'replace')) {
    return plain.map(withoutDirectives);
  }
  const gone = new Set(items.filter(hasDirective).map((item) => item[mergeKey]));
  const merged = original.filter((item) => !gone.has((item as JsonObject)[mergeKey]));
  for (const item of plain) {
    const key = keyOf(item, mergeKey);
    const at = merged.findIndex((candidate) => (candidate as JsonObject)[mergeKey] === key);
    if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeObjects(merged[at] as JsonObject, item, rule.type?.item);
  }
  return inOrder(merged, plain, original, mergeKey);
}

/** What a list item's directive does; plain items do nothing. Refuses what is no directive. */
function removes(item: JsonObject, mergeKey: string): 'delete' | 'replace' | undefined {
  if (!hasDirective(item)) return undefined;
  const what = item[directive];
  if (what === 'replace') return 'replace';
  if (what === 'merge') {
    throw new PatchError(500, 'merging lists cannot yet be specified in the patch');
  }
  if (what !== 'delete') throw unknownPatchType(what, item);
  keyOf(item, mergeKey);
  return 'delete';
}
