/**
 * Notes the commit that is built, in dist/commit.json: a seed replays with the version it was found with. Part of the
 * build. Where there is no git the version is that of package.json alone.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const output = fileURLToPath(new URL('../../commit.json', import.meta.url));

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit(): string | undefined {
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short=8', 'HEAD')}${changed ? '.changed' : ''}`;
  } catch {
    return undefined;
  }
}

writeFileSync(output, `${JSON.stringify({ commit: commit() ?? null })}\n`);
