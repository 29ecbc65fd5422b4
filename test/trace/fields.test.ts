/** Paths to fields, and differences of objects. */
import { expect, test } from 'vitest';
import type { AnyObject } from '../../machines/api/view.ts';
import { fieldChanges } from '../../machines/trace/field-changes.ts';
import { formatPart, parsePath, pathError, valueAt } from '../../machines/trace/field-path.ts';

const POD: AnyObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { 'a.b/c': 'x', plain: 'y' } },
  spec: { nodeName: 'node-2', containers: [{ name: 'web', image: 'echo:1' }, { name: 'side' }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

test.each([
  ['.spec.nodeName', 'node-2'],
  ['spec.nodeName', 'node-2'],
  ['{.spec.nodeName}', 'node-2'],
  ['.spec.containers[0].image', 'echo:1'],
  ['.spec.containers[?(@.name=="web")].image', 'echo:1'],
  [".spec.containers[?(@.name=='side')].name", 'side'],
  ['.spec.containers[?(@.name == web)].image', 'echo:1'],
  ['.status.conditions[?(@.type=="Ready")].status', 'True'],
  [".metadata.labels['a.b/c']", 'x'],
  ['.metadata.labels["a.b/c"]', 'x'],
  ['.metadata.labels.plain', 'y'],
  ['.metadata.labels.other', undefined],
  ['.spec.containers[7].image', undefined],
  ['.spec.hostname', undefined],
  ['.kind', 'Pod'],
])('%s', (text, value) => {
  const path = parsePath(text);
  if (!path.ok) throw new Error(path.error);
  expect(pathError(POD, path.parts)).toBeUndefined();
  expect(valueAt(POD, path.parts)).toBe(value);
});

test.each([
  ['', 'it names no field', 1],
  ['.', 'a name is missing after the dot', 1],
  ['.spec.', 'a name is missing after the dot', 6],
  ['.spec[', `[0], ['key'] or [?(@.type=="Ready")] is expected`, 6],
  [
    '.spec.containers[*].image',
    'it is to lead to one value: name the item, as [0] or [?(@.name=="web")]',
    17,
  ],
  ['.spec..image', 'it is to lead to one value: name the item, as [0] or [?(@.name=="web")]', 6],
  ['.spec nodeName', 'unexpected " nodeName"', 6],
  ['{.spec!}', 'unexpected "!"', 7],
  ['.spec.nodeNam', '.spec has no field "nodeNam"; did you mean "nodeName"?', 6],
  ['.spce', 'Pod has no field "spce"; did you mean "spec"?', 1],
  ['.spec.zzzzzz', '.spec has no field "zzzzzz"', 6],
  [
    '.spec.containers.image',
    '.spec.containers is a list: say which item, as [0] or [?(@.name=="web")]',
    17,
  ],
  ['.spec.nodeName.x', '.spec.nodeName has no fields', 15],
  ['.spec[0]', '.spec is no list', 6],
])('%s is refused', (text, error, at) => {
  const path = parsePath(text);
  const wrong = path.ok ? pathError(POD, path.parts) : path;
  expect(wrong).toMatchObject({ error, at });
});

test('a path is told as it was parsed', () => {
  const text = `.metadata.labels['a.b/c'].x[0][?(@.type=="Ready")]`;
  const path = parsePath(text);
  expect(path.ok && path.parts.map(formatPart).join('')).toBe(text);
});

/** `path: before -> after`, as JSON. */
function changes(
  before: object,
  after: object,
  kind = 'Pod',
  apiVersion = 'v1',
): readonly string[] {
  const of = (object: object): AnyObject => ({ apiVersion, kind, ...object });
  return fieldChanges(of(before), of(after)).map(
    (one) => `${one.path}: ${JSON.stringify(one.before)} -> ${JSON.stringify(one.after)}`,
  );
}

test.each([
  ['a field', { spec: { a: 1 } }, { spec: { a: 2 } }, ['.spec.a: 1 -> 2']],
  ['a field that is new', {}, { spec: { a: 1 } }, ['.spec: undefined -> {"a":1}']],
  ['a field that is gone', { spec: { a: 1 } }, {}, ['.spec: {"a":1} -> undefined']],
  [
    'the revision alone',
    { metadata: { resourceVersion: '1' } },
    { metadata: { resourceVersion: '2' } },
    [],
  ],
  [
    'a label',
    { metadata: { labels: { 'a/b': '1' } } },
    { metadata: { labels: { 'a/b': '2' } } },
    [`.metadata.labels['a/b']: "1" -> "2"`],
  ],
  [
    'items by their merge key, whatever their order',
    {
      status: {
        conditions: [
          { type: 'A', status: 'True' },
          { type: 'B', status: 'True' },
        ],
      },
    },
    {
      status: {
        conditions: [
          { type: 'B', status: 'False' },
          { type: 'A', status: 'True' },
        ],
      },
    },
    ['.status.conditions[?(@.type=="B")].status: "True" -> "False"'],
  ],
  [
    'an item that comes and one that goes',
    { spec: { containers: [{ name: 'a' }] } },
    { spec: { containers: [{ name: 'b' }] } },
    [
      '.spec.containers[?(@.name=="b")]: undefined -> {"name":"b"}',
      '.spec.containers[?(@.name=="a")]: {"name":"a"} -> undefined',
    ],
  ],
  [
    'a list of plain values, whole',
    { metadata: { finalizers: ['a'] } },
    { metadata: { finalizers: ['a', 'b'] } },
    ['.metadata.finalizers: ["a"] -> ["a","b"]'],
  ],
])('%s', (_, before, after, told) => {
  expect(changes(before, after)).toEqual(told);
});
