/**
 * Writes the files of a volume so that a reader sees either the old set or the new one: the files
 * lie in a directory of their own that `..data` points to, and the names a container uses are links
 * through it (the layout of pkg/volume/util's atomic writer, which programs that watch their
 * configuration rely on).
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { VolumeFile } from '../../machines/kubelet/volumes.ts';

const DATA = '..data';

/** Brings a volume's directory to hold exactly these files; does nothing where it does already. */
export function writeFiles(dir: string, files: readonly VolumeFile[]): void {
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const before = currentDir(dir);
  if (before !== undefined && holds(before, files)) return;
  const next = mkdtempSync(join(dir, `..${new Date().toISOString().replace(/[-:.TZ]/g, '_')}`));
  chmodSync(next, 0o755);
  for (const { path, data, mode } of files) {
    const at = join(next, path);
    mkdirSync(dirname(at), { recursive: true, mode: 0o755 });
    writeFileSync(at, data);
    chmodSync(at, mode);
  }
  symlinkSync(next.slice(dir.length + 1), join(dir, `${DATA}_tmp`));
  renameSync(join(dir, `${DATA}_tmp`), join(dir, DATA));
  link(dir, files);
  if (before !== undefined) rmSync(before, { recursive: true, force: true });
}

function currentDir(dir: string): string | undefined {
  const data = join(dir, DATA);
  return existsSync(data) ? join(dir, readlinkSync(data)) : undefined;
}

function holds(dir: string, files: readonly VolumeFile[]): boolean {
  const found = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  );
  if (found.length !== files.length) return false;
  return files.every(({ path, data, mode }) => {
    const at = join(dir, path);
    if (!existsSync(at)) return false;
    return (statSync(at).mode & 0o777) === mode && readFileSync(at).equals(Buffer.from(data));
  });
}

/** The names a container sees: the first part of each path, as a link through `..data`. */
function link(dir: string, files: readonly VolumeFile[]): void {
  const names = new Set(files.map(({ path }) => path.split('/')[0] as string));
  for (const name of readdirSync(dir)) {
    if (!name.startsWith('..') && !names.has(name)) rmSync(join(dir, name), { recursive: true });
  }
  for (const name of names) {
    const at = join(dir, name);
    if (lstatSync(at, { throwIfNoEntry: false }) === undefined) symlinkSync(join(DATA, name), at);
  }
}
