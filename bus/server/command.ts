/**
 * Runs a command to its end and hands back what it said. Never through a shell, never without a
 * deadline, never throws for a command that is missing or fails: the outcome is a value.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The most of each output stream that is kept, in characters; more is cut off at the front. */
const outputLengthMax = 1_000_000;

/** The environment a command runs in, shaped as `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How to run a command. `onStatusLine` gets the lines written to file descriptor 3. */
export interface CommandOptions {
  readonly env: Env;
  readonly cwd?: string;
  readonly timeoutMs: number;
  readonly onStatusLine?: (line: string) => void;
}

/** What became of a command; `code` is undefined when it could not run or was killed. */
export interface CommandOutcome {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `command` with `args` and waits for its end or the deadline. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe', options.onStatusLine === undefined ? 'ignore' : 'pipe'],
    });
    let stderr = '';
    let stdout = '';
    const timer = setTimeout(() => {
      stderr += `stopped after ${options.timeoutMs} ms`;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-outputLengthMax);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-outputLengthMax);
    });
    if (options.onStatusLine !== undefined) readLines(child, options.onStatusLine);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ code: undefined, stdout, stderr: error.message });
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? undefined, stdout, stderr });
    });
  });
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  const stream = child.stdio[3];
  if (stream === null || stream === undefined || !('setEncoding' in stream)) return;
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-outputLengthMax);
    for (const line of lines) onLine(line);
  });
}

/** Every executable file called `name` in the directories of PATH and then in `extraDirs`. */
export async function executables(
  name: string,
  env: Env,
  extraDirs: readonly string[] = [],
): Promise<string[]> {
  const directories = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const found: string[] = [];
  for (const directory of new Set([...directories, ...extraDirs])) {
    const path = join(directory, name);
    if (await isExecutable(path)) found.push(path);
  }
  return found;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
