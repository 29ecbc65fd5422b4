/**
 * The shim: a small `sh` script for each run of a container, its session leader and the parent of
 * its main process. It outlives the kubelet; it writes its own process id, the main one's, and at
 * last the exit code into the run's directory, and then ends whatever is left of its process group.
 */
import { join } from 'node:path';
import type { Mount } from '../runtime.ts';
import { quote, rootLines } from './namespaces.ts';
import type { RunRecord } from './state-dir.ts';

/**
 * Signals the shim itself is deaf to, so that a container that signals its whole group does not
 * silence it.
 */
const SIGNALS = 'HUP INT QUIT TERM';
/** Tells its process id on the file (4) and to the kubelet (3), then becomes the command. */
const BECOME = [
  'echo $$ >&4',
  'echo $$ >&3',
  'exec 3>&- 4>&-',
  'mkdir -p "$0" 2>/dev/null',
  'cd "$0" || exit 126',
  'exec "$@"',
].join('; ');

/**
 * The script of one run. Where it cannot set the container up it ends without having told a process
 * id.
 */
export function shimScript(
  record: RunRecord,
  dir: string,
  hostname: string,
  mounts: readonly Mount[],
): string {
  const { isolation, words, cwd, tty, stdin } = record;
  const setup = isolation === 'plain' ? [] : rootLines(isolation, dir, hostname, mounts);
  const root = join(dir, 'fs', 'root');
  const become = ['/bin/sh', '-c', BECOME, cwd, ...words].map(quote).join(' ');
  const entered =
    isolation === 'plain'
      ? `${asUser(record)}${become}`
      : `chroot ${userSpec(record)}${quote(root)} ${become}`;
  const input = stdin ? quote(join(dir, 'stdin')) : '/dev/null';
  const files = `<${input} >>${quote(join(dir, 'stdout'))} 2>>${quote(join(dir, 'stderr'))}`;
  return [
    `echo $$ >${quote(join(dir, 'shim'))}`,
    `trap '' ${SIGNALS}`,
    'set -e',
    ...setup,
    'set +e',
    `(trap - ${SIGNALS}; exec ${entered}) 4>${quote(join(dir, 'pid'))}${tty ? ' 3>/dev/null' : ` ${files}`}`,
    'code=$?',
    `echo $code >${quote(join(dir, 'exit'))}`,
    'kill -KILL 0',
    '',
  ].join('\n');
}

function userSpec({ user, group }: RunRecord): string {
  if (user === null) return '';
  return `--userspec=${user}:${group ?? user} `;
}

function asUser({ user, group }: RunRecord): string {
  if (user === null) return '';
  return `setpriv --reuid=${user} --regid=${group ?? user} --clear-groups `;
}
