/**
 * Objects of the past as `kubectl get` would have printed them then: the API's columns, ages by that time. Pure.
 */
import { servedByStorage } from '../api/resources.ts';
import { tableShape } from '../api/table/table.ts';
import { printable } from '../chaos/report/format.ts';
import type { Found } from './past.ts';

/** How it is printed. */
export interface TableFormat {
  /** Milliseconds since the epoch; ages are reckoned to it. */
  readonly atMs: number;
  readonly wide: boolean;
  /** A column of namespaces comes first. */
  readonly namespaces: boolean;
  /** Names are told with their resource: `pod/web`. */
  readonly kinds: boolean;
}

/** The tables of everything that was found, apart by a blank line; '' where nothing was. */
export function pastTable(found: readonly Found[], format: TableFormat): string {
  return found
    .filter(({ objects }) => objects.length > 0)
    .map((one) => table(one, format))
    .join('\n');
}

function table(
  { storage, objects }: Found,
  { atMs, wide, namespaces, kinds }: TableFormat,
): string {
  const served = servedByStorage(storage);
  const shape = tableShape(served?.group ?? '', served?.kind ?? '');
  const prefix = kinds ? `${resourceName(storage)}/` : '';
  const shown = shape.columns.flatMap(({ priority }, index) =>
    wide || priority === 0 ? [index] : [],
  );
  const head = shown.map((index) => shape.columns[index]?.name.toUpperCase() ?? '');
  const rows = objects.map((object) => {
    const cells = shape.cells(object, atMs);
    const row = shown.map((index) => String(cells[index] ?? '<none>'));
    const named = [`${prefix}${row[0] ?? ''}`, ...row.slice(1)];
    return namespaces ? [object.metadata?.namespace ?? '', ...named] : named;
  });
  return aligned([namespaces ? ['NAMESPACE', ...head] : head, ...rows]);
}

/** `pod`, `deployment.apps`: a resource as names are told with it. */
export function resourceName(storage: string): string {
  const { group = '', info } = servedByStorage(storage) ?? {};
  const singular = info?.singular ?? storage;
  return group === '' ? singular : `${singular}.${group}`;
}

/** Rows with their columns aligned, three blanks apart; each ends with a line break. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of clean) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  return clean
    .map((row) => {
      const cells = row.map((cell, index) => cell.padEnd((widths[index] ?? 0) + 3));
      return `${cells.join('').trimEnd()}\n`;
    })
    .join('');
}
