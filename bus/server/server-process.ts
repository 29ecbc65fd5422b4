/**
 * One nats-server process: started, watched until it is ready, stopped.
 * It runs in a session of its own, so a Ctrl-C at the terminal reaches its owner first. Its stderr is
 * a file, never a pipe: a pipe whose reader dies would kill the server at its next word.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { processCommand } from './process-table.ts';
import { loopback } from './server-config.ts';

const readyTimeoutMs = 30_000;
const readyPollMs = 4;
const stopTimeoutMs = 5_000;
const stopPollMs = 10;
const logTailLines = 5;

/** How a server process ended without being asked to. */
export interface ServerExit {
  readonly server: string;
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** The last lines of its log. */
  readonly logTail: string;
}

/** What a server process needs: the binary and the files of one server. */
export interface ServerFiles {
  readonly binary: string;
  readonly name: string;
  readonly port: number;
  readonly configFile: string;
  readonly logFile: string;
  readonly errorFile: string;
  readonly pidFile: string;
}

/** A server did not become ready; `portTaken` when another process listens on one of its ports. */
export class ServerStartError extends Error {
  readonly portTaken: boolean;

  constructor(server: string, reason: string) {
    super(`nats-server ${server} did not start: ${reason}`);
    this.name = 'ServerStartError';
    this.portTaken = /address already in use/.test(reason);
  }
}

/** Our children: ended when this process ends in any way that still runs handlers. */
const living = new Set<ChildProcess>();

function endAtExit(child: ChildProcess): void {
  if (process.listeners('exit').includes(endLiving) === false) process.on('exit', endLiving);
  living.add(child);
}

function endLiving(): void {
  for (const child of living) child.kill('SIGTERM');
}

/** A running nats-server. */
export class ServerProcess {
  readonly files: ServerFiles;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #stopping = false;

  private constructor(files: ServerFiles, child: ChildProcess, onExit: (exit: ServerExit) => void) {
    this.files = files;
    this.#child = child;
    endAtExit(child);
    this.#exited = new Promise((resolve) => {
      const ended = (code?: number | null, signal?: string | null): void => {
        living.delete(child);
        resolve();
        if (this.#stopping) return;
        void logTail(files).then((tail) =>
          onExit({
            server: files.name,
            code: code ?? undefined,
            signal: signal ?? undefined,
            logTail: tail,
          }),
        );
      };
      child.once('exit', ended);
      child.once('error', () => ended());
    });
  }

  /** Starts a server and waits until it accepts clients; throws ServerStartError. */
  static async start(
    files: ServerFiles,
    onExit: (exit: ServerExit) => void,
  ): Promise<ServerProcess> {
    const errors = await open(files.errorFile, 'w', 0o600);
    let started = false;
    let failure: string | undefined;
    try {
      const child = spawn(files.binary, ['-c', files.configFile], {
        detached: true,
        stdio: ['ignore', errors.fd, errors.fd],
      });
      child.once('error', (error) => {
        failure = error.message;
      });
      const server = new ServerProcess(files, child, (exit) => {
        if (started) onExit(exit);
        else failure ??= exit.logTail || `ended with ${exit.code ?? exit.signal}`;
      });
      try {
        await waitUntilReady(files, () => failure);
      } catch (error) {
        await server.stop();
        throw error;
      }
      started = true;
      return server;
    } finally {
      await errors.close();
    }
  }

  /** The process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Whether the process is there. */
  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.pid !== 0;
  }

  /** Asks the server to end, kills it after a deadline, returns when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.running) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs);
    await this.#exited;
    clearTimeout(killer);
  }
}

async function waitUntilReady(
  files: ServerFiles,
  failure: () => string | undefined,
): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  while (Date.now() < deadline) {
    const problem = failure();
    if (problem !== undefined) throw new ServerStartError(files.name, problem);
    const info = await greeting(files.port);
    if (info?.server_name === files.name && info.jetstream === true) return;
    await sleep(readyPollMs);
  }
  throw new ServerStartError(files.name, `not ready after ${readyTimeoutMs} ms`);
}

/** What a NATS server says first to whoever connects; undefined when nobody answers. */
function greeting(port: number): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: loopback, port });
    let text = '';
    const finish = (info?: Record<string, unknown>): void => {
      socket.destroy();
      resolve(info);
    };
    socket.setTimeout(1_000, () => finish());
    socket.once('error', () => finish());
    socket.once('close', () => finish());
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\r\n');
      if (end < 0 && text.length < 65_536) return;
      if (!text.startsWith('INFO ')) return finish();
      try {
        finish(JSON.parse(text.slice(5, end)) as Record<string, unknown>);
      } catch {
        finish(); // Whoever listens there is not a NATS server.
      }
    });
  });
}

async function logTail(files: ServerFiles): Promise<string> {
  const errors = await readFile(files.errorFile, 'utf8').catch(() => '');
  const log = await readFile(files.logFile, 'utf8').catch(() => '');
  const lines = `${log}\n${errors}`.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-logTailLines).join('\n');
}

/**
 * Stops the server that a dead owner left behind, known by its pid file and by its command line naming
 * our configuration file. Returns its process id, or undefined when there was none.
 */
export async function stopLeftover(
  pidFile: string,
  configFile: string,
): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  const isOurs = async (): Promise<boolean> =>
    (await processCommand(pid))?.endsWith(`-c ${configFile}`) ?? false;
  if (!(pid > 1) || !(await isOurs())) return undefined;
  const start = Date.now();
  let signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM';
  process.kill(pid, signal);
  while (await isOurs()) {
    const waitedMs = Date.now() - start;
    if (waitedMs > 2 * stopTimeoutMs) throw new Error(`process ${pid} does not end`);
    if (waitedMs > stopTimeoutMs && signal === 'SIGTERM') {
      signal = 'SIGKILL';
      process.kill(pid, signal);
    }
    await sleep(stopPollMs);
  }
  return pid;
}
