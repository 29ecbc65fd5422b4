import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseScenario } from '../../machines/chaos/parse-scenario.ts';
import { renderScenarioError } from '../../machines/chaos/parse-scenario-source.ts';
import { FAULTS, MACHINE_KINDS, ROLES, TRIGGERS } from '../../machines/chaos/scenario-fields.ts';

const root = join(import.meta.dirname, '../..');
const reference = readFileSync(join(root, 'docs/chaos-scenarios.md'), 'utf8');

test('the reference has a row for every fault, with its fields and how it is done live', () => {
  const rows = reference.split('\n').filter((line) => line.startsWith('| `'));
  for (const [kind, { fields, live }] of Object.entries(FAULTS)) {
    const row = rows.find((line) => line.startsWith(`| \`${kind}\` |`)) ?? '';
    expect(row, kind).toMatch(new RegExp(`\\| ${live ?? '-'} \\|$`));
    for (const field of fields) {
      expect(row, kind).toMatch(new RegExp(`\`${field.replace('!', '')}[:\`]`));
    }
  }
});

test('the reference names every role, trigger and kind of machine', () => {
  for (const word of [...ROLES, ...MACHINE_KINDS]) expect(reference).toContain(`\`${word}\``);
  for (const word of TRIGGERS) expect(reference).toContain(`on: { ${word}`);
});

test('the scenario that the reference begins with is one', () => {
  const text = /```yaml\n([\s\S]*?)```/.exec(reference)?.[1] ?? '';
  const web = readFileSync(join(root, 'examples/hello.yaml'), 'utf8').replaceAll(
    'hello',
    'default',
  );
  const parsed = parseScenario(text, 'docs/x.yaml', { readFile: () => web });
  expect(parsed.ok ? [] : parsed.errors.map(renderScenarioError)).toEqual([]);
});

test('the kinds of machines are those that processes register', () => {
  const names = (pattern: string) =>
    execFileSync('git', ['grep', '-hoE', pattern, '--', 'actors'], { cwd: root, encoding: 'utf8' });
  const declared = names(
    "(const (KIND|POD|SCHEDULER|kind) = '[A-Za-z-]+'|^ +name: '(node|pod|proxy)'|name: 'listener')",
  );
  const found = [...declared.matchAll(/'([A-Za-z-]+)'/g)].map(([, name]) => name);
  expect([...new Set(found)].sort()).toEqual([...MACHINE_KINDS].sort());
});
