/** Rows of text as columns: words to the left, numbers to the right. Pure. */

import { printable } from './chaos/report/format.ts';

/** Lines of a table whose first row is its heading; nothing is padded behind the last column, or steers a terminal. */
export function columns(table: readonly (readonly (string | number)[])[]): readonly string[] {
  const rows = table.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? printable(cell) : cell)),
  );
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, String(cell).length);
    });
  }
  const isNumber = widths.map((_, at) => rows.slice(1).some((row) => typeof row[at] === 'number'));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return isNumber[at] ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
