/**
 * The items of lists in strategic merge patches: what identifies them and in which order they come
 * out. Never changes a list that it is given.
 */
import { goFormat, goTypeOf } from './go-format.ts';

/** An object in its JSON form. */
export type JsonObject = Record<string, unknown>;

/** Why a patch cannot be applied, with the HTTP status that Kubernetes answers. */
export class PatchError extends Error {
  readonly code: 400 | 413 | 422 | 500;

  constructor(code: 400 | 413 | 422 | 500, message: string) {
    super(message);
    this.name = 'PatchError';
    this.code = code;
  }
}

/** The member that directs how an object or a list merges. */
export const directive = '$patch';

/** The prefix of members that order a list. */
export const elementOrder = '$setElementOrder';

/** True for JSON objects. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True where `$patch` directs what becomes of this item. */
export function hasDirective(item: unknown): boolean {
  return isObject(item) && Object.hasOwn(item, directive);
}

/** The patch's items must stand in the order that `$setElementOrder` gives. */
export function checkOrder(
  patch: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string,
): void {
  const items = patch.filter((item) => !hasDirective(item));
  if (items.length === 0 || order.length === 0) return;
  let at = 0;
  for (const item of order) {
    if (at < items.length && keyOf(items[at], mergeKey) === keyOf(item, mergeKey)) at++;
  }
  if (at === items.length) return;
  throw new PatchError(
    500,
    `The order in patch list:\n${goFormat(patch)}\n doesn't match ${elementOrder} list:\n${goFormat(order)}\n`,
  );
}

/** What identifies an item: its merge key's value, or the item itself without a merge key. */
export function keyOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return item;
  if (!isObject(item)) {
    throw new PatchError(
      500,
      `expected a map[string]interface {}, but received a ${goTypeOf(item)}`,
    );
  }
  if (Object.hasOwn(item, mergeKey)) return item[mergeKey];
  const text = `map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`;
  throw new PatchError(500, text);
}

/** Whether lists hold objects or scalars; refuses lists of lists and of both. */
export function itemKind(...lists: readonly (readonly unknown[])[]): string {
  const kinds = new Set(lists.flat().map(goTypeOf));
  if (kinds.has('[]interface {}')) throw new PatchError(422, 'lists of lists are not supported');
  if (kinds.size > 1) {
    throw new PatchError(500, `list element types are not identical: ${goFormat(lists)}`);
  }
  return kinds.has('map[string]interface {}') ? 'object' : 'scalar';
}

/**
 * Items that `order` names come in that order; the others keep the order that they have in
 * `original`, each before the first named item that follows it there.
 */
export function inOrder(
  items: readonly unknown[],
  order: readonly unknown[],
  original: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const ordered = positions(order, mergeKey);
  const live = positions(original, mergeKey);
  const place = (from: ReadonlyMap<unknown, number>, item: unknown) =>
    from.get(keyOf(item, mergeKey)) ?? Number.MAX_SAFE_INTEGER;
  const named = items.filter((item) => ordered.has(keyOf(item, mergeKey)));
  const others = items.filter((item) => !ordered.has(keyOf(item, mergeKey)));
  named.sort((left, right) => place(ordered, left) - place(ordered, right));
  others.sort((left, right) => place(live, left) - place(live, right));
  const result: unknown[] = [];
  let at = 0;
  for (const item of named) {
    const known = live.has(keyOf(item, mergeKey));
    while (known && at < others.length && place(live, others[at]) < place(live, item)) {
      result.push(others[at++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(at)];
}

function positions(items: readonly unknown[], mergeKey: string): ReadonlyMap<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item, mergeKey);
    if (!found.has(key)) found.set(key, index);
  }
  return found;
}
