/** The table of machines has every kind that any process registers, with the machine that it registers. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MACHINES } from '../../machines/trace/machines.ts';
import { machines } from '../project/machine-list.ts';

const root = join(import.meta.dirname, '../..');
const nameOf = new Map(machines.map(({ name, machine }) => [machine, name]));

/** Pairs of kind and machine, read from every call of `host.register` in actors/. */
function registered(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const files = readdirSync(join(root, 'actors'), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const source = readFileSync(join(root, 'actors', file), 'utf8');
    for (const [, call = ''] of source.matchAll(/host\.register\(\{(.*?)execute/gs)) {
      const [, text, word = ''] = /\bname: (?:'([^']+)'|(\w+))/.exec(call) ?? [];
      const [, machine = ''] = /\bmachine: (\w+)/.exec(call) ?? [];
      found.set(text ?? constantOf(source, word), machine);
    }
  }
  return found;
}

function constantOf(source: string, name: string): string {
  return new RegExp(`const ${name} = '([^']+)'`).exec(source)?.[1] ?? `${name}?`;
}

test('every kind that a process registers can be replayed, with the same machine', () => {
  const expected = [...registered()].sort();
  expect(expected.length).toBeGreaterThanOrEqual(11);
  const table = Object.entries(MACHINES).map(([kind, machine]) => [kind, nameOf.get(machine)]);
  expect(table.sort()).toEqual(expected);
});

test('every machine is in the table, but for those that a pod steps itself', () => {
  const missing = machines.filter(({ machine }) => !Object.values(MACHINES).includes(machine));
  expect(missing.map(({ name }) => name).sort()).toEqual(['containerMachine', 'probeMachine']);
});
