/** The version of this program: that of package.json, and the commit it was built from. */
import { readFileSync } from 'node:fs';

const isBuilt = import.meta.url.includes('/dist/');

function read(path: string): { readonly version?: string; readonly commit?: string | null } {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
}

function commitOf(): string {
  try {
    const { commit } = read('../commit.json');
    return commit == null ? '' : `+${commit}`;
  } catch {
    return ''; // not built by `npm run build`
  }
}

/** For example `0.1.0+1a2b3c4d`, with `.changed` where the sources were not those of the commit. */
export const version: string = isBuilt
  ? `${read('../../package.json').version}${commitOf()}`
  : `${read('../package.json').version}`;
