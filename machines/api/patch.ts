/**
 * The patch types of the API: JSON patch, JSON merge patch and strategic merge patch, each with
 * Kubernetes' errors. Never changes what it is given.
 *
 * JSON patch here is Kubernetes' dialect of RFC 6902 (evanphx/json-patch v4): negative indices
 * count from the end, `replace` of a missing member sets it, `test` for null passes where the
 * member is missing.
 */
import type { TypeInfo } from './schema.ts';
import { strategicMerge } from './strategic-merge.ts';
import { isObject, type JsonObject, PatchError } from './strategic-order.ts';

/** How many operations one JSON patch may have. */
export const jsonPatchOperationsMax = 10_000;

/** How many bytes the copy operations of one JSON patch may add in all. */
export const jsonPatchCopyBytesMax = 3 * 1024 * 1024;

/**
 * The patched object, or the error to answer: `message` is the Status message of Kubernetes,
 * `detail` what went wrong, where Kubernetes keeps that from the client.
 */
export type PatchResult =
  | { readonly ok: true; readonly object: JsonObject }
  | {
      readonly ok: false;
      readonly code: number;
      readonly reason: string;
      readonly message: string;
      readonly detail: string;
    };

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  413: 'RequestEntityTooLarge',
  422: 'Invalid',
  500: 'InternalError',
};

/**
 * Applies a patch of the given type to an object in its JSON form. `type` is the object's type,
 * or undefined for custom resources, which have no strategic merge.
 */
export function applyPatch(
  kind: 'json' | 'merge' | 'strategic',
  type: TypeInfo | undefined,
  original: JsonObject,
  patch: unknown,
): PatchResult {
  try {
    return { ok: true, object: patched(kind, type, original, patch) };
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const generic = 'the server rejected our request due to an error in our request';
    return {
      ok: false,
      code: error.code,
      reason: reasons[error.code]!,
      message: error.code === 422 ? generic : error.message,
      detail: error.message,
    };
  }
}

function patched(
  kind: 'json' | 'merge' | 'strategic',
  type: TypeInfo | undefined,
  original: JsonObject,
  patch: unknown,
): JsonObject {
  if (kind === 'json') return jsonPatch(original, patch);
  if (!isObject(patch)) {
    const what = Array.isArray(patch) ? 'array' : patch === null ? 'null' : typeof patch;
    const text = `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
    throw new PatchError(400, kind === 'merge' ? `error decoding patch: ${text}` : text);
  }
  if (kind === 'merge') return mergePatch(original, patch) as JsonObject;
  if (type !== undefined) return strategicMerge(type, original, patch);
  throw new PatchError(400, 'strategic merge patch format is not supported');
}

/** JSON merge patch, RFC 7386. */
export function mergePatch(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else
      setMember(
        result,
        key,
        mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value),
      );
  }
  return result;
}

function setMember(object: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Applies a JSON patch; throws PatchError. */
export function jsonPatch(original: JsonObject, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) {
    const what = isObject(patch) ? 'object' : typeof patch;
    const text = `cannot unmarshal ${what} into Go value of type jsonpatch.Patch`;
    throw new PatchError(400, `error decoding patch: json: ${text}`);
  }
  if (patch.length > jsonPatchOperationsMax) {
    throw new PatchError(
      413,
      `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`,
    );
  }
  const object = structuredClone(original);
  let copiedBytes = 0;
  for (const operation of patch) {
    if (!isObject(operation)) {
      const text = 'cannot unmarshal into Go value of type jsonpatch.Operation';
      throw new PatchError(400, `error decoding patch: json: ${text}`);
    }
    copiedBytes += applyOperation(object, operation);
    if (copiedBytes > jsonPatchCopyBytesMax) throw copyTooLarge(copiedBytes);
  }
  return object;
}

function copyTooLarge(bytes: number): PatchError {
  return new PatchError(
    422,
    `Unable to complete the copy, the accumulated size increase of copy is ${bytes}, exceeding the limit ${jsonPatchCopyBytesMax}`,
  );
}

/** Applies one operation in place and returns how many bytes it copied. */
function applyOperation(object: JsonObject, operation: JsonObject): number {
  const op = typeof operation.op === 'string' ? operation.op : 'unknown';
  switch (op) {
    case 'add':
      addAt(object, targetOf(operation, op), structuredClone(operation.value), op, 'path');
      return 0;
    case 'remove':
      removeAt(object, targetOf(operation, op), op);
      return 0;
    case 'replace':
      replaceAt(object, targetOf(operation, op), structuredClone(operation.value));
      return 0;
    case 'move': {
      const from = sourceOf(operation, op);
      const value = getAt(object, from, op, 'from path');
      removeAt(object, from, op);
      addAt(object, targetOf(operation, op), value ?? null, op, 'destination path');
      return 0;
    }
    case 'copy': {
      const value = getAt(object, sourceOf(operation, op), op, 'from path');
      const copy = structuredClone(value ?? null);
      addAt(object, targetOf(operation, op), copy, op, 'destination path');
      return JSON.stringify(copy).length;
    }
    case 'test':
      testAt(object, targetOf(operation, op), operation.value ?? null);
      return 0;
    default:
      throw new PatchError(422, `Unexpected kind: ${op}`);
  }
}

function targetOf(operation: JsonObject, op: string): string {
  if (typeof operation.path === 'string') return operation.path;
  throw new PatchError(422, `${op} operation failed to decode path: missing value`);
}

function sourceOf(operation: JsonObject, op: string): string {
  if (typeof operation.from === 'string') return operation.from;
  throw new PatchError(422, `${op} operation failed to decode from: missing value`);
}

interface Place {
  readonly container: JsonObject | unknown[];
  readonly key: string;
}

function placeOf(object: JsonObject, path: string): Place | undefined {
  const tokens = path.split('/').map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokens.length < 2) return undefined;
  let container: unknown = object;
  for (const token of tokens.slice(1, -1)) {
    if (Array.isArray(container)) container = container[indexOf(container, token) ?? -1];
    else
      container = Object.hasOwn(container as JsonObject, token)
        ? (container as JsonObject)[token]
        : undefined;
    if (typeof container !== 'object' || container === null) return undefined;
  }
  return { container: container as Place['container'], key: tokens.at(-1)! };
}

function missing(op: string, what: string, path: string): PatchError {
  const shown = op === 'add' || op === 'remove' ? `"${path}"` : path;
  const doc = op === 'test' ? 'is' : 'doc is';
  return new PatchError(
    422,
    `${op} operation does not apply: ${doc} missing ${what}: ${shown}: missing value`,
  );
}

/** The index that a token names among `list`, or undefined where it names none. */
function indexOf(list: readonly unknown[], token: string): number | undefined {
  if (!/^[+-]?\d+$/.test(token)) return undefined;
  const index = Number(token);
  const positive = index < 0 ? index + list.length : index;
  return positive >= 0 && positive < list.length ? positive : undefined;
}

function badIndex(op: string, path: string, key: string): PatchError {
  const text = /^[+-]?\d+$/.test(key)
    ? `Unable to access invalid index: ${Number(key)}: invalid array index`
    : `strconv.Atoi: parsing "${key}": invalid syntax`;
  return new PatchError(422, `error in ${op} for path: '${path}': ${text}`);
}

function addAt(object: JsonObject, path: string, value: unknown, op: string, what: string): void {
  const place = placeOf(object, path);
  if (place === undefined) throw missing(op, what, path);
  const { container, key } = place;
  if (!Array.isArray(container)) setMember(container, key, value);
  else if (key === '-') container.push(value);
  else {
    const index = indexOf([...container, undefined], key);
    if (index === undefined) throw badIndex('add', path, key);
    container.splice(index, 0, value);
  }
}

function removeAt(object: JsonObject, path: string, op: string): void {
  const place = placeOf(object, path);
  if (place === undefined) throw missing(op, 'path', path);
  const { container, key } = place;
  if (Array.isArray(container)) {
    const index = indexOf(container, key);
    if (index === undefined) throw badIndex(op, path, key);
    container.splice(index, 1);
  } else if (Object.hasOwn(container, key)) delete container[key];
  else {
    const text = `Unable to remove nonexistent key: ${key}: missing value`;
    throw new PatchError(422, `error in ${op} for path: '${path}': ${text}`);
  }
}

function replaceAt(object: JsonObject, path: string, value: unknown): void {
  const place = placeOf(object, path);
  if (place === undefined) throw missing('replace', 'path', path);
  const { container, key } = place;
  if (!Array.isArray(container)) {
    setMember(container, key, value);
    return;
  }
  const index = indexOf(container, key);
  if (index === undefined) throw missing('replace', 'key', path);
  container[index] = value;
}

function getAt(object: JsonObject, path: string, op: string, what: string): unknown {
  const place = placeOf(object, path);
  if (place === undefined) throw missing(op, what, path);
  const { container, key } = place;
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined;
  const index = indexOf(container, key);
  if (index === undefined) throw badIndex(op, path, key);
  return container[index];
}

function testAt(object: JsonObject, path: string, expected: unknown): void {
  const value = getAt(object, path, 'test', 'path') ?? null;
  if (equal(value, expected)) return;
  throw new PatchError(422, `testing value ${path} failed: test failed`);
}

function equal(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]));
}
