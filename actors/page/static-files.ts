/** The built page's own files, read once each and kept: a handful, all of this program. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** One file, and what it is. */
export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
}

const TYPES: Readonly<{ [extension: string]: string }> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Where `npm run build` puts them. */
const BUILT = join(import.meta.dirname, '../../page');

/** A reader of the files of a folder: undefined for any name that is not one of them. */
export function staticFiles(folder = BUILT): (path: string) => StaticFile | undefined {
  const kept = new Map<string, StaticFile>();
  let names: ReadonlySet<string> | undefined;
  return (path) => {
    // What is served is what was listed: a path never becomes a file's name by itself.
    names ??= new Set(readdirSync(folder, { recursive: true }).map(String));
    const name = path === '' ? 'index.html' : path;
    const type = TYPES[extname(name)];
    if (type === undefined || !names.has(name)) return undefined;
    const known = kept.get(name) ?? { body: readFileSync(join(folder, name)), type };
    kept.set(name, known);
    return known;
  };
}
