/**
 * What the system knows about a process: when it started and with which command.
 * Reads /proc on Linux, asks ps elsewhere. A zombie counts as gone.
 */
import { readFile } from 'node:fs/promises';
import { runCommand } from './command.ts';

const psTimeoutMs = 5_000;

/** When a process started, in words that differ for every process; undefined if it is not there. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The second field is a name in brackets that may hold anything; state is third, start is 22nd.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return fields[19];
  }
  return ps(pid, 'lstart=');
}

/** The command line of a process with its arguments joined by spaces; undefined if it is not there. */
export async function processCommand(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '' ? undefined : line.split('\0').join(' ').trim();
  }
  return ps(pid, 'command=');
}

async function ps(pid: number, column: string): Promise<string | undefined> {
  const outcome = await runCommand('ps', ['-o', column, '-p', String(pid)], {
    env: { ...process.env, LC_ALL: 'C' },
    timeoutMs: psTimeoutMs,
  });
  const text = outcome.stdout.trim();
  return outcome.code === 0 && text !== '' ? text : undefined;
}
