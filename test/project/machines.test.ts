import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagram, eventTable } from './diagram.ts';
import { type Found, machines } from './machine-list.ts';

const root = join(import.meta.dirname, '../..');

const titleOf = ({ name }: Found) => name.replace(/Machine$/, '');

test('machines are named, one a file, and bounded', () => {
  expect(machines.length).toBeGreaterThan(5);
  for (const { file, name, machine } of machines) {
    expect(name, `${file} exports its machine under a name that ends in Machine`).toMatch(
      /Machine$/,
    );
    expect(
      (machine.config as { options?: { maxIterations?: number } }).options?.maxIterations,
      `${file}: options.maxIterations is 100, so that an always cycle ends`,
    ).toBe(100);
  }
  const files = machines.map(({ file }) => file);
  expect(files).toEqual([...new Set(files)]);
});

test('docs/machines.md is what the machines are (update with --update)', async () => {
  const parts = machines.map((found) =>
    [
      `## ${titleOf(found)}`,
      `\`${found.file}\``,
      `\`\`\`mermaid\n${diagram(found.machine)}\n\`\`\``,
      eventTable(found.machine),
    ].join('\n\n'),
  );
  const text = [
    '# The machines',
    'Generated from the definitions and checked by a test. In the tables `->` moves to a state, `!` acts without ' +
      'moving, and an empty cell means that the event is ignored there on purpose.',
    ...parts,
  ].join('\n\n');
  await expect(`${text}\n`).toMatchFileSnapshot(join(root, 'docs/machines.md'));
});
