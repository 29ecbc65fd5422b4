/**
 * Sessions: a command run in a container, with pipes or with a terminal, and the main process's own
 * streams. The terminal library is loaded when the first one is asked for.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { Session } from '../runtime.ts';

/** Words to run, with what they are run in. */
export interface Launch {
  readonly words: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
}

/** A session nobody listens to yet. */
function silent(parts: Omit<Session, 'onData' | 'onEnd'>): Session {
  return { onData: undefined, onEnd: undefined, ...parts };
}

/** Runs words with pipes; the promise rejects where they cannot be started. */
export function startPiped({ words, env, cwd }: Launch, stdin: boolean): Promise<Session> {
  const [command = '', ...rest] = words;
  const child = spawn(command, rest, {
    cwd,
    env: { ...env },
    detached: true,
    stdio: [stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  const session = silent({
    write: (data) => void child.stdin?.write(data),
    closeStdin: () => child.stdin?.end(),
    resize: () => {},
    pause(paused) {
      for (const stream of [child.stdout, child.stderr]) {
        if (paused) stream?.pause();
        else stream?.resume();
      }
    },
    close: () => killGroup(child),
  });
  child.stdin?.on('error', () => {});
  child.stdout?.on('data', (data) => session.onData?.('stdout', data));
  child.stderr?.on('data', (data) => session.onData?.('stderr', data));
  child.on('close', (code, signal) => session.onEnd?.(code ?? 128 + signalNumber(signal)));
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(session));
    child.once('error', reject);
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

const SIGNAL_NUMBERS: { readonly [name: string]: number } = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function signalNumber(signal: string | null): number {
  return SIGNAL_NUMBERS[signal ?? ''] ?? 0;
}

/** A process on a terminal. */
export interface Terminal {
  readonly pid: number;
  readonly session: Session;
}

/** Runs words on a terminal of their own; all their output is one stream. */
export async function startTerminal({ words, env, cwd }: Launch): Promise<Terminal> {
  const { spawn: spawnTerminal } = await import('@lydell/node-pty');
  const [command = '', ...rest] = words;
  const term = env.TERM ?? 'xterm';
  const pty = spawnTerminal(command, rest, {
    name: term,
    cwd,
    env: { ...env, TERM: term },
    encoding: null,
  });
  const session = silent({
    write: (data) => pty.write(Buffer.from(data) as unknown as string),
    closeStdin: () => pty.write('\u0004'),
    resize: (width, height) => {
      if (width > 0 && height > 0) pty.resize(width, height);
    },
    pause: (paused) => (paused ? pty.pause() : pty.resume()),
    close: () => pty.kill('SIGHUP'),
  });
  pty.onData((data) => session.onData?.('stdout', Buffer.from(data)));
  pty.onExit(({ exitCode, signal }) => session.onEnd?.(signal ? 128 + signal : exitCode));
  return { pid: pty.pid, session };
}

/** Input that waits for a container to read it; more is dropped. */
export const STDIN_WAITING_MAX = 4 * 1024 * 1024;
const STDIN_RETRY_MS = 5;

/** The writing end of a container's standard input: a named pipe that is never waited for. */
export class StdinPipe {
  private fd: number;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private ending = false;

  constructor(path: string) {
    this.fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Writes what fits into the pipe, and the rest as the container reads. */
  write(data: Uint8Array): void {
    if (this.fd < 0 || this.ending || this.waitingBytes + data.length > STDIN_WAITING_MAX) return;
    this.waiting.push(Buffer.from(data));
    this.waitingBytes += data.length;
    if (this.waiting.length === 1) this.flush();
  }

  private flush(): void {
    for (let next = this.waiting[0]; next !== undefined && this.fd >= 0; next = this.waiting[0]) {
      const written = this.tryWrite(next);
      this.waitingBytes -= written;
      if (written < next.length) {
        this.waiting[0] = next.subarray(written);
        setTimeout(() => this.flush(), STDIN_RETRY_MS).unref();
        return;
      }
      this.waiting.shift();
    }
    if (this.ending) this.destroy();
  }

  private tryWrite(data: Buffer): number {
    try {
      return writeSync(this.fd, data);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      this.destroy();
      return data.length;
    }
  }

  /** The container reads the end of its input, after all that was written. */
  close(): void {
    this.ending = true;
    if (this.waiting.length === 0) this.destroy();
  }

  destroy(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }
}
