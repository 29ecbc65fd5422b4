/**
 * One run of a container by the process runtime: starting it, watching it to its end, stopping it,
 * and taking it over from an earlier kubelet. Never restarts anything.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Exit } from '../../../machines/kubelet/container.ts';
import type { Mount, Session } from '../runtime.ts';
import { type Builtin, startBuiltin } from './builtin.ts';
import { LogFile } from './log-file.ts';
import { LogPump } from './log-pump.ts';
import { nsenterWords, unshareWords } from './namespaces.ts';
import { type Launch, StdinPipe, startPiped, startTerminal } from './session.ts';
import { shimScript } from './shim.ts';
import { isAlive, type RunRecord, readExit, readPid, readText, writeWhole } from './state-dir.ts';

/** How often a run that is no child of this process is looked at, milliseconds. */
const WATCH_MS = 250;
/** How long a shim may take to set a container up. */
const START_MS_MAX = 30_000;
/** What a shell does with its first words before it becomes the rest. */
const ENTER = 'cd "$0" || exit 126; exec "$@"';
/** Longest termination message, and the longest taken from the log (80 lines), bytes. */
const MESSAGE_BYTES_MAX = 4096;
const LOG_MESSAGE_BYTES_MAX = 2048;

export class Run {
  readonly record: RunRecord;
  readonly dir: string;
  readonly log: LogFile;
  onExit: ((exit: Exit) => void) | undefined;
  private pump: LogPump | undefined;
  private child: ChildProcess | undefined;
  private builtin: Promise<Builtin | undefined> | undefined;
  private terminal: Session | undefined;
  private stdin: StdinPipe | undefined;
  private watching: NodeJS.Timeout | undefined;
  private killing: NodeJS.Timeout | undefined;
  private readonly viewers = new Set<Session>();
  private ended: Exit | undefined;

  constructor(record: RunRecord, dir: string, logPath: string) {
    this.record = record;
    this.dir = dir;
    this.log = new LogFile(logPath);
  }

  get exit(): Exit | undefined {
    return this.ended;
  }

  /** Starts it; an error text where it cannot be started. */
  async start(ip: string, hostname: string, mounts: readonly Mount[]): Promise<string | undefined> {
    if (this.record.builtin !== '') return this.startBuiltin(ip);
    if (this.record.isolation === 'plain') linkMounts(this.dir, mounts);
    writeFileSync(join(this.dir, 'run.sh'), shimScript(this.record, this.dir, hostname, mounts), {
      mode: 0o755,
    });
    if (this.record.stdin && !this.record.tty) {
      execFileSync('mkfifo', [join(this.dir, 'stdin')]);
      this.stdin = new StdinPipe(join(this.dir, 'stdin'));
    }
    const words = [...unshareWords(this.record.isolation), 'sh', join(this.dir, 'run.sh')];
    const launch: Launch = { words, env: this.record.env, cwd: this.dir };
    return this.record.tty ? this.startOnTerminal(launch) : this.startShim(launch);
  }

  private async startBuiltin(ip: string): Promise<string | undefined> {
    const { builtin, env, words } = this.record;
    const log = (line: string) => this.log.append('stdout', [Buffer.from(line)], 'F', Date.now());
    const name = builtin === 'echo' ? 'echo' : 'pause';
    const starting = startBuiltin(name, { ip, env, args: words, log });
    // It may be told to end before it has started.
    this.builtin = starting.catch(() => undefined);
    return starting.then(
      () => undefined,
      (error: Error) => error.message,
    );
  }

  private startShim({ words, env, cwd }: Launch): Promise<string | undefined> {
    const [command = '', ...rest] = words;
    const errors = openSync(join(this.dir, 'shim.log'), 'a', 0o600);
    const child = spawn(command, rest, {
      cwd,
      env: { ...env },
      detached: true,
      stdio: ['ignore', errors, errors, 'pipe'],
    });
    closeSync(errors);
    this.child = child;
    this.pump = new LogPump(this.dir, this.log);
    const told = child.stdio[3] as NodeJS.ReadableStream;
    return new Promise((resolve) => {
      let begun = false;
      const fail = () => {
        if (begun) return;
        begun = true;
        this.child = undefined;
        const reason = (readText(join(this.dir, 'shim.log')) ?? '').trim().split('\n')[0];
        resolve(reason || 'the container could not be set up');
      };
      told.once('data', () => {
        if (begun) return;
        begun = true;
        child.unref();
        resolve(undefined);
      });
      told.once('close', fail);
      child.once('error', fail);
      child.once('exit', () => {
        fail();
        if (this.child === child) this.finish();
      });
    });
  }

  private async startOnTerminal(launch: Launch): Promise<string | undefined> {
    const { session } = await startTerminal(launch);
    this.terminal = session;
    let line: Buffer = Buffer.alloc(0);
    session.onData = (stream, data) => {
      for (const viewer of this.viewers) viewer.onData?.(stream, data);
      const all = Buffer.concat([line, data]);
      const end = all.lastIndexOf('\n');
      if (end >= 0) {
        const text = all.subarray(0, end).toString('latin1');
        const lines = text.split('\n').map((one) => Buffer.from(one, 'latin1'));
        this.log.append('stdout', lines, 'F', Date.now());
      }
      line = Buffer.from(all.subarray(end + 1));
    };
    session.onEnd = () => {
      if (line.length > 0) this.log.append('stdout', [line], 'F', Date.now());
      this.finish();
    };
    const deadline = Date.now() + START_MS_MAX;
    while (readPid(this.dir, 'pid') === 0 && readExit(this.dir) === undefined) {
      if (Date.now() > deadline) return 'the container did not start in time';
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return undefined;
  }

  /**
   * Takes the run over from an earlier kubelet: watches it where it runs, tells its end where it
   * has ended.
   */
  async adopt(ip: string): Promise<void> {
    const { builtin, stdin, stdinOnce, tty } = this.record;
    if (builtin !== '' && readExit(this.dir) === undefined) {
      const failed = await this.startBuiltin(ip);
      if (failed !== undefined) this.settle(lost(failed));
      return;
    }
    if (builtin === '') this.pump = new LogPump(this.dir, this.log);
    if (!isAlive(this.dir)) {
      this.finish();
      return;
    }
    if (stdin && !stdinOnce && !tty) this.stdin = new StdinPipe(join(this.dir, 'stdin'));
    this.watching = setInterval(() => {
      if (readExit(this.dir) !== undefined || !isAlive(this.dir)) this.finish();
    }, WATCH_MS).unref();
  }

  /** Sends the stop signal, and SIGKILL to all its processes after the grace. */
  stop(graceMs: number): void {
    if (this.ended !== undefined) return;
    const { stopSignal } = this.record;
    if (this.builtin !== undefined) {
      void this.endBuiltin(stopSignal).then((exitCode) => {
        if (this.ended !== undefined) return;
        writeWhole(join(this.dir, 'exit'), `${exitCode}\n`);
        this.finish();
      });
      return;
    }
    clearTimeout(this.killing);
    if (graceMs > 0) signal(readPid(this.dir, 'pid'), stopSignal);
    this.killing = setTimeout(() => this.kill(), graceMs);
  }

  /** All its processes die at once, without a word. */
  crash(): void {
    if (this.ended !== undefined) return;
    if (this.builtin === undefined) {
      this.kill();
      return;
    }
    // What is built in has no process of its own: it ends as if one had been killed.
    void this.endBuiltin('SIGKILL').then(() => this.finish());
  }

  private async endBuiltin(name: string): Promise<number> {
    return (await this.builtin)?.stop(name) ?? 137;
  }

  private kill(): void {
    signal(-readPid(this.dir, 'shim'), 'SIGKILL');
    if (this.child === undefined && this.terminal === undefined) this.finish();
  }

  /** It is over: the last output is read, and the end told. */
  private finish(): void {
    if (this.ended !== undefined) return;
    const exit = readExit(this.dir);
    const finishedAtMs = exit?.finishedAtMs ?? Date.now();
    if (exit === undefined) writeWhole(join(this.dir, 'exit'), '137\n');
    const exitCode = exit?.exitCode ?? 137;
    this.settle({ exitCode, signal: 0, reason: '', message: '', finishedAtMs });
  }

  private settle(exit: Exit): void {
    if (this.ended !== undefined) return;
    clearInterval(this.watching);
    clearTimeout(this.killing);
    this.pump?.close(true);
    this.stdin?.destroy();
    const reason = exit.reason || (exit.exitCode === 0 ? 'Completed' : 'Error');
    this.ended = { ...exit, reason, message: exit.message || this.lastWords(exit.exitCode) };
    this.log.end();
    for (const viewer of this.viewers) viewer.onEnd?.(exit.exitCode);
    this.viewers.clear();
    this.onExit?.(this.ended);
  }

  /**
   * What the container wrote to its termination message path, or the end of its log where it asked
   * for that.
   */
  private lastWords(exitCode: number): string {
    const written = readText(join(this.dir, 'termination-log')) ?? '';
    if (written !== '' || exitCode === 0 || !this.record.messageFromLogs) {
      return written.slice(0, MESSAGE_BYTES_MAX);
    }
    const lines = (readText(this.log.path) ?? '').split('\n').slice(-81);
    const text = lines.map((line) => line.split(' ').slice(3).join(' ')).join('\n');
    return text.slice(-LOG_MESSAGE_BYTES_MAX);
  }

  /** Runs words inside it. */
  async exec(command: readonly string[], stdin: boolean, tty: boolean): Promise<Session> {
    const launch = this.inside(command);
    if (!tty) return startPiped(launch, stdin);
    return (await startTerminal(launch)).session;
  }

  private inside(command: readonly string[]): Launch {
    const { isolation, env, cwd, builtin } = this.record;
    if (isolation === 'plain' || builtin !== '') {
      return { words: command, env, cwd: builtin === '' ? cwd : this.dir };
    }
    const words = nsenterWords(isolation, readPid(this.dir, 'pid'));
    return { words: [...words, '/bin/sh', '-c', ENTER, cwd, ...command], env, cwd: '/' };
  }

  /** Brings what was written up to now into the log. */
  flush(): void {
    if (this.ended === undefined) this.pump?.flush(false);
  }

  /** A view of the main process: its output from now on, and its input where it has one. */
  attach(): Session {
    const terminal = this.terminal;
    const session: Session = {
      onData: undefined,
      onEnd: undefined,
      write: (data) => (terminal ?? this.stdin)?.write(data),
      closeStdin: () => {
        if (terminal === undefined && this.record.stdinOnce) this.stdin?.close();
      },
      resize: (width, height) => terminal?.resize(width, height),
      pause: () => {},
      close: () => {
        this.viewers.delete(session);
        stopListening?.();
      },
    };
    const stopListening = this.pump?.listen((stream, data) => session.onData?.(stream, data));
    if (this.ended === undefined) this.viewers.add(session);
    else setImmediate(() => session.onEnd?.(this.ended?.exitCode ?? 0));
    return session;
  }

  /** Kills what runs, telling nobody. */
  destroy(): void {
    this.onExit = undefined;
    if (this.ended !== undefined) return;
    if (this.builtin !== undefined) void this.endBuiltin('SIGKILL');
    else signal(-readPid(this.dir, 'shim'), 'SIGKILL');
    this.release();
  }

  /** Lets go of it; a process of the host goes on running. */
  release(): void {
    this.onExit = undefined;
    if (this.ended !== undefined) return;
    this.ended = lost('');
    clearInterval(this.watching);
    clearTimeout(this.killing);
    this.pump?.close(false);
    this.stdin?.destroy();
    this.log.end();
    if (this.builtin !== undefined) void this.endBuiltin('SIGTERM');
  }
}

function lost(message: string): Exit {
  return { exitCode: 137, signal: 0, reason: 'Error', message, finishedAtMs: Date.now() };
}

function signal(pid: number, name: string): void {
  if (pid === 0) return;
  try {
    process.kill(pid, name as NodeJS.Signals);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Without namespaces, mounts are links below the container's own root. */
function linkMounts(dir: string, mounts: readonly Mount[]): void {
  for (const { hostPath, containerPath } of mounts) {
    const at = join(dir, 'root', containerPath);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(hostPath, at);
  }
}
