/** The version of this program, from package.json. */
import { readFileSync } from 'node:fs';

const file = new URL(
  import.meta.url.includes('/dist/') ? '../../package.json' : '../package.json',
  import.meta.url,
);

/** For example `0.1.0`. */
export const version: string = (JSON.parse(readFileSync(file, 'utf8')) as { version: string })
  .version;
