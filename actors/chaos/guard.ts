/**
 * Continues what chaos has stopped if the supervisor dies first: a shell that waits for the end of a pipe which the
 * supervisor holds, and then runs `kabuki chaos stop`. The system closes the pipe however the supervisor ends.
 *
 * One process, started with the first thing that is stopped; it costs nothing before.
 */
import { type ChildProcess, spawn } from 'node:child_process';

export interface GuardOptions {
  /** The `kabuki` command itself. */
  readonly script: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A guard that may be needed. */
export interface Guard {
  /** From now on it watches; resolves when it does. */
  start(): Promise<void>;
  /** There is nothing to continue any more. */
  stop(): void;
}

/** Waits for the end of its input, and becomes its arguments. */
const WAIT = 'echo; read -r _; exec "$@"';

/** Makes a guard; nothing is started yet. */
export function createGuard({ script, dataDir, env }: GuardOptions): Guard {
  let child: ChildProcess | undefined;
  const command = [process.execPath, script, 'chaos', 'stop', '--data', dataDir];
  return {
    async start() {
      if (child?.exitCode === null && child.signalCode === null) return;
      const started = spawn('sh', ['-c', WAIT, 'sh', ...command], {
        env,
        // A group of its own: what ends the supervisor's does not end this.
        detached: true,
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      child = started;
      // Where there is no shell, `kabuki chaos stop` is still there for whoever runs it.
      await new Promise<void>((resolve) => {
        started.once('error', () => resolve());
        started.stdout.once('data', () => resolve());
      });
      started.unref();
    },
    stop() {
      child?.kill('SIGKILL');
      child = undefined;
    },
  };
}
