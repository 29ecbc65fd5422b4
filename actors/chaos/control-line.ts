/**
 * The control line of chaos: a socket in the cluster's data directory, over which commands reach the supervisor, and
 * what is seen reaches whoever runs a scenario. Not a subject of NATS, since it must work while the servers are down,
 * stopped or cut off: what breaks things must not be what is broken.
 *
 * One JSON value a line. Never more than `LINE_BYTES_MAX` of one line is held.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { ChaosAnswer, LineCommand } from './protocol.ts';

/** What is said to the supervisor. */
export type ToSupervisor =
  | { readonly id: number; readonly command: LineCommand }
  /** From now on tell me what is seen. */
  | { readonly listen: true };

/** What the supervisor says. */
export type FromSupervisor =
  | { readonly id: number; readonly answer: ChaosAnswer }
  | { readonly seen: readonly Observation[] }
  /** Your run is to end: somebody else has undone everything. */
  | { readonly stopped: true };

/** Bytes of one line; a cluster's whole status is a few thousand. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;
/** What the system allows for the name of a socket, less a little. */
const PATH_CHARS_MAX = 100;

/** Where the supervisor of a data directory listens. */
export function controlPath(dataDir: string): string {
  const path = join(dataDir, 'chaos.sock');
  if (path.length <= PATH_CHARS_MAX) return path;
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return join(tmpdir(), `kabuki-${name}.sock`);
}

/** Says one thing. */
export function say(socket: Socket, message: ToSupervisor | FromSupervisor): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Reads what is said, a value at a time; what is no line of ours ends the connection. */
export function hear<T>(socket: Socket, take: (message: T) => void): void {
  let rest = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_BYTES_MAX) socket.destroy();
    for (const line of lines) {
      const message = parse<T>(line);
      if (message === undefined) socket.destroy();
      else take(message);
    }
  });
}

function parse<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined; // not one of ours
  }
}
