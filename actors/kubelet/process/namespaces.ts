/**
 * How a container's mounts come to stand at their real paths: in a mount namespace of its own,
 * where this host lets us make one. Three ways, the first that works is taken, once at start:
 *
 *  overlay: as root. The container's root is the host's, seen through an overlay whose upper layer
 *           is in memory: what it writes outside its volumes is its own and ends with it.
 *  tmpfs:   as any user, in a user namespace. The root is assembled of bind mounts of the host's
 *           directories; those that need a mount point which the host does not have are assembled
 *           of their entries in turn.
 *  plain:   no namespace. Volumes appear as links below $KABUKI_ROOT only.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Mount } from '../runtime.ts';
import { readText } from './state-dir.ts';

export type Isolation = 'overlay' | 'tmpfs' | 'plain';

/** Quotes a word for `sh`. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_/.:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The words before `sh` that put it into namespaces of its own. */
export function unshareWords(isolation: Isolation): readonly string[] {
  if (isolation === 'plain') return [];
  const own = ['unshare', '--mount', '--uts'];
  return isolation === 'overlay' ? own : [...own, '--user', '--map-root-user'];
}

/** The words before a command that run it in the namespaces of a process. */
export function nsenterWords(isolation: Isolation, pid: number): readonly string[] {
  if (isolation === 'plain') return [];
  const words = ['nsenter', '--target', String(pid), '--mount', '--uts'];
  if (isolation === 'tmpfs') words.push('--user', '--preserve-credentials');
  return [...words, '--root', '--wd', '--'];
}

/** `sh` lines that make the container's root at `<dir>/fs/root`, with its mounts. */
export function rootLines(
  isolation: Exclude<Isolation, 'plain'>,
  dir: string,
  hostname: string,
  mounts: readonly Mount[],
): string[] {
  const fs = join(dir, 'fs');
  const placed = mounts.map((mount) => ({ ...mount, target: resolveOnHost(mount.containerPath) }));
  const missing = placed.filter(({ target }) => !existsSync(target));
  const make = isolation === 'overlay' ? overlayLines : tmpfsLines;
  return [
    `mkdir -p ${quote(fs)}`,
    `mount -t tmpfs -o mode=0755 tmpfs ${quote(fs)}`,
    ...make(fs, missing),
    ...placed.flatMap(({ hostPath, target, readOnly }) => {
      const at = quote(join(fs, 'root', target));
      const bind = `mount --rbind ${quote(hostPath)} ${at}`;
      return readOnly ? [bind, `mount -o remount,bind,ro ${at} 2>/dev/null || true`] : [bind];
    }),
    `hostname ${quote(hostname)} 2>/dev/null || echo ${quote(hostname)} >/proc/sys/kernel/hostname || true`,
  ];
}

type Missing = readonly { readonly hostPath: string; readonly target: string }[];

function isDirectory(path: string): boolean {
  return existsSync(path) && lstatSync(realpathSync(path)).isDirectory();
}

/** Mount points that are not there yet, made in a layer. */
function pointLines(layer: string, missing: Missing): string[] {
  return missing.flatMap(({ hostPath, target }) => {
    const at = join(layer, target);
    if (isDirectory(hostPath)) return [`mkdir -p ${quote(at)}`];
    return [`mkdir -p ${quote(dirname(at))}`, `touch ${quote(at)}`];
  });
}

/**
 * Each of the host's mounts that lacks a mount point is seen through an overlay, all others as they
 * are.
 */
function overlayLines(fs: string, missing: Missing): string[] {
  const mounts = hostMounts();
  const homeOf = (target: string) => mounts.findLast((at) => isBelow(target, at)) ?? '/';
  const homes = new Set(missing.map(({ target }) => homeOf(target)));
  return [`mkdir ${quote(`${fs}/root`)}`, ...placeMount(fs, '/', mounts, missing, homes)];
}

function isBelow(path: string, dir: string): boolean {
  return dir === '/' || path === dir || path.startsWith(`${dir}/`);
}

function placeMount(
  fs: string,
  at: string,
  mounts: readonly string[],
  missing: Missing,
  homes: ReadonlySet<string>,
): string[] {
  const target = quote(join(fs, 'root', at));
  if (at !== '/' && !missing.some((one) => isBelow(one.target, at))) {
    return [`mount --rbind ${quote(at)} ${target}`];
  }
  const below = mounts.filter((mount) => mount !== at && isBelow(mount, at));
  const next = below.filter((m) => !below.some((above) => above !== m && isBelow(m, above)));
  const inner = next.flatMap((mount) => placeMount(fs, mount, mounts, missing, homes));
  if (at !== '/' && !homes.has(at)) return [`mount --bind ${quote(at)} ${target}`, ...inner];
  const layer = join(fs, `layer${at.replaceAll('/', '-')}`);
  const [upper, work] = [`${layer}/upper`, `${layer}/work`];
  const here = missing.filter((one) => below.every((m) => !isBelow(one.target, m)));
  const own = here.map((one) => ({ ...one, target: one.target.slice(at === '/' ? 0 : at.length) }));
  const options = `lowerdir=${at},upperdir=${upper},workdir=${work}`;
  return [
    `mkdir -p ${quote(upper)} ${quote(work)}`,
    ...pointLines(
      upper,
      own.filter((one) => isBelow(join(at, one.target), at)),
    ),
    `mount -t overlay overlay -o ${quote(options)} ${target}`,
    ...inner,
  ];
}

/** Mount points of this host in the order of their paths, so that what is above comes first. */
function hostMounts(): string[] {
  const points = (readText('/proc/self/mountinfo') ?? '')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .map((path) => path.replace(/\\(\d{3})/g, (_, o) => String.fromCharCode(Number.parseInt(o, 8))))
    .filter((path) => path !== '/' && existsSync(path));
  return [...new Set(points)].sort();
}

function tmpfsLines(fs: string, missing: Missing): string[] {
  const opened = new Set(['/']);
  for (const { target } of missing) {
    for (let at = dirname(target); at !== '/'; at = dirname(at)) if (existsSync(at)) opened.add(at);
  }
  const lines = [`mkdir ${quote(`${fs}/root`)}`];
  for (const dir of [...opened].sort()) lines.push(...openedLines(`${fs}/root`, dir, opened));
  return [...lines, ...pointLines(`${fs}/root`, missing)];
}

/** What containers find in /dev. */
const DEVICES = new Set([
  ...['null', 'zero', 'full', 'random', 'urandom', 'tty', 'fd', 'stdin', 'stdout', 'stderr'],
  ...['pts', 'ptmx', 'shm', 'mqueue'],
]);

function openedLines(root: string, dir: string, opened: ReadonlySet<string>): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (dir === '/dev' && !DEVICES.has(entry.name)) return [];
    const from = join(dir, entry.name);
    const at = quote(join(root, from));
    if (entry.isSymbolicLink()) return [`cp -P ${quote(from)} ${at}`];
    if (opened.has(from)) return [`mkdir ${at}`];
    const make = entry.isDirectory() ? `mkdir ${at}` : `touch ${at}`;
    return [make, `mount --rbind ${quote(from)} ${at} 2>/dev/null || true`];
  });
}

/** A path with the symbolic links of its existing part followed. */
function resolveOnHost(path: string): string {
  const clean = join('/', path);
  if (existsSync(clean)) return realpathSync(clean);
  const above = dirname(clean);
  return join(
    above === '/' ? '/' : resolveOnHost(above),
    clean.slice(above === '/' ? 1 : above.length + 1),
  );
}

/** Finds the best way that this host allows, by trying each. */
export function detectIsolation(tmp: string): Isolation {
  if (process.platform !== 'linux') return 'plain';
  const ways = process.getuid?.() === 0 ? (['overlay', 'tmpfs'] as const) : (['tmpfs'] as const);
  return ways.find((way) => works(way, tmp)) ?? 'plain';
}

function works(way: 'overlay' | 'tmpfs', tmp: string): boolean {
  const dir = mkdtempSync(join(tmp, 'isolation-'));
  const mount = { hostPath: dir, containerPath: '/kabuki-probe/mount', readOnly: false };
  const script = [
    'set -e',
    ...rootLines(way, dir, 'probe', [mount]),
    `chroot ${quote(`${dir}/fs/root`)} /bin/sh -c 'test -d /kabuki-probe/mount/fs && test -e /bin/sh'`,
  ].join('\n');
  const [command = '', ...words] = [...unshareWords(way), 'sh', '-c', script];
  try {
    execFileSync(command, words, { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
