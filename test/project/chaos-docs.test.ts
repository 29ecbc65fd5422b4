import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RULES } from '../../machines/checks/rules.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/chaos.md'), 'utf8');

test('docs/chaos.md lists every rule as it says of itself, and no other', () => {
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, name, says]) => [
    name,
    says,
  ]);
  const rules = RULES.map(({ name, says }) => [name, says]);
  const table = listed.slice(listed.findIndex(([name]) => name === rules[0]?.[0]));
  expect(table.filter(([name]) => name !== 'same-end-state')).toEqual(rules);
});
