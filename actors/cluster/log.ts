/**
 * The log of one process: pino, JSON lines, constant messages plus fields. To a file, or to standard output where
 * a component runs alone. Machines never log; the host's steps are logged at level `trace` by the one renderer.
 */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Opens the log of a process; `file` undefined means standard output. */
export function openLog(name: string, level: string, file?: string): Logger {
  const destination = pino.destination({
    ...(file === undefined ? {} : { dest: file }),
    sync: true,
  });
  return pino({ name, level, base: { name, pid: process.pid } }, destination);
}
