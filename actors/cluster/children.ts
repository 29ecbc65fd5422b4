/**
 * The node processes that `kabuki up` starts: one each, so that a node can be killed. A child that ends is
 * reported and left dead: a killed node is what chaos tests are about. All end with their parent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { ProcessEntry } from './layout.ts';

export interface ChildOptions {
  readonly role: string;
  readonly name: string;
  /** Flags of the JavaScript engine. */
  readonly flags: readonly string[];
  /** The script and its arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Called when it ends by itself. */
  readonly onExit: (entry: ProcessEntry, how: string, end: ChildEnd) => void;
  /** Called with what it says besides being ready: what it sees, where it was started for chaos. */
  readonly onSaid?: (message: object) => void;
  /**
   * Called when it stands still and asks, where it was started for chaos: it goes on when this has resolved, if it still
   * lives.
   */
  readonly onAsked?: (what: string) => Promise<void>;
}

/** How a child ended. */
export interface ChildEnd {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  /** It had said that it works. */
  readonly wasReady: boolean;
  /** The last it wrote to standard error; often empty. */
  readonly complaint: string;
}

export interface Child extends ProcessEntry {
  readonly running: boolean;
  /** Says something to it over its channel, if it still listens. */
  send(message: object): void;
  /** Asks it to end, and kills it at the deadline. */
  stop(clock: Clock, deadlineMs: number): Promise<void>;
}

/**
 * Engine flags of a node's process, which holds its own pods alone: a small young generation and no optimizing
 * compiler take 15 MB off it, and what it computes is little.
 */
export const SMALL_PROCESS = ['--max-semi-space-size=1', '--no-opt'];

/** For a process of many nodes: a large young generation, of which half its time went into collecting otherwise. */
export const LARGE_PROCESS = ['--max-semi-space-size=32'];

/** Characters kept of what a child complained about last. */
const COMPLAINT_MAX = 2_000;

/** Starts a child; it says `ready` over its channel when it works. */
export function startChild(options: ChildOptions): { child: Child; ready: Promise<void> } {
  const { role, name } = options;
  const started: ChildProcess = spawn(
    process.execPath,
    [...options.flags, '--no-warnings', ...options.args],
    {
      env: options.env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(options.onAsked ? ['pipe' as const] : [])],
      // Bytes are said as they are.
      serialization: 'advanced',
      // Its own group: Ctrl-C reaches the parent alone, which then ends its children in order.
      detached: true,
    },
  );
  let running = true;
  let stopping = false;
  let wasReady = false;
  let complaint = '';
  started.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_MAX);
  });
  if (options.onAsked !== undefined) answerAt(started.stdio[4] as Duplex, options.onAsked);
  const entry: ProcessEntry = { role, name, pid: started.pid ?? -1 };
  const ready = new Promise<void>((resolve, reject) => {
    started.on('message', (message: object) => {
      if ('print' in message) complaint = `${complaint}${message.print}`.slice(-COMPLAINT_MAX);
      else if ('seen' in message || 'pastOf' in message) options.onSaid?.(message);
      else {
        wasReady = true;
        resolve();
      }
    });
    started.once('error', reject);
    started.once('exit', (code, signal) => {
      running = false;
      const how = signal ?? `code ${code}`;
      reject(new Error(`${role} ${name} ended (${how})${complaint && `: ${complaint.trim()}`}`));
      const end = { code: code ?? undefined, wasReady, complaint: complaint.trim() };
      if (!stopping) options.onExit(entry, how, end);
    });
  });
  ready.catch(() => {});
  const child: Child = {
    ...entry,
    get running() {
      return running;
    },
    send(message) {
      if (started.connected) started.send(message, () => {}); // it may end meanwhile
    },
    async stop(clock, deadlineMs) {
      stopping = true;
      if (!running) return;
      const ended = once(started, 'exit');
      started.kill('SIGTERM');
      const cancel = clock.at(deadlineMs, () => started.kill('SIGKILL'));
      await ended;
      cancel();
    },
  };
  return { child, ready };
}

/** Answers what a child asks while it stands still, a line each, with one byte. */
function answerAt(pipe: Duplex, answer: (what: string) => Promise<void>): void {
  let rest = '';
  pipe.on('error', () => {}); // it died while it was being answered
  pipe.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) void answer(line).then(() => pipe.write('.'));
  });
}
