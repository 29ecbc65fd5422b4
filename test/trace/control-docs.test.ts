/** docs/tracing-control.md lists the fields of filters as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIELD_NAMES, FILTER_FIELDS } from '../../machines/trace/filter-fields.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/tracing-control.md'), 'utf8');

test('every field is explained, and no other', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(FIELD_NAMES.map((name) => `| \`${name}\` | ${FILTER_FIELDS[name].says} |`));
});
