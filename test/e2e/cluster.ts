/** A real cluster for tests: `kabuki up` as a user starts it, and stock kubectl as a user calls it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** The folder of package.json, from the sources as well as from what is built of them. */
function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder));
}

export const kabukiScript = join(findRoot(import.meta.dirname), 'dist/cmd/kabuki.js');

/** What `kabuki up -o json` prints. */
export interface UpReport {
  readonly server: string;
  readonly kubeconfig: string;
  readonly data: string;
  /** The link to its page. */
  readonly page?: string;
  readonly startedInMs: number;
  readonly processes: readonly {
    readonly role: string;
    readonly name: string;
    readonly pid: number;
  }[];
}

export interface RunningCluster extends UpReport {
  readonly process: ChildProcess;
  /** Everything the cluster has written to standard error. */
  complaints(): string;
  stop(): Promise<number | null>;
}

/** Starts a cluster on a free port; keeps its data where `data` is given. */
export async function startCluster(
  args: readonly string[] = [],
  data?: string,
): Promise<RunningCluster> {
  if (!existsSync(kabukiScript)) throw new Error('run `npm run build` first: dist/ is missing');
  const where = data === undefined ? ['--ephemeral'] : ['--data', data];
  const child = spawn(
    process.execPath,
    [kabukiScript, 'up', '--port', '0', '-o', 'json', ...where, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => line as string),
    once(child, 'exit').then(([code]) => {
      throw new Error(`kabuki up ended with code ${code}: ${complaints}`);
    }),
  ]);
  const report = JSON.parse(first) as UpReport;
  return {
    ...report,
    process: child,
    complaints: () => complaints,
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      const exit = once(child, 'exit');
      child.kill('SIGINT');
      const [code] = await exit;
      return code as number | null;
    },
  };
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

/** Runs a program to its end, whatever its exit code. */
export function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(
      file,
      [...args],
      {
        env: { ...process.env, ...options.env },
        timeout: options.timeoutMs ?? 60_000,
        maxBuffer: 64 * 2 ** 20,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(options.stdin ?? '');
  });
}

export interface Kubectl {
  readonly path: string;
  /** Runs kubectl and expects it to succeed; its standard output. The words are split at spaces. */
  (command: string | readonly string[], options?: RunOptions): Promise<string>;
  /** Runs kubectl whatever its exit code. */
  try(command: string | readonly string[], options?: RunOptions): Promise<Output>;
  /** Starts kubectl and lets it run. */
  start(command: string | readonly string[]): ChildProcess;
}

/** kubectl with the cluster's kubeconfig and a cache of its own. */
export function kubectlFor(cluster: UpReport, path: string): Kubectl {
  const cache = mkdtempSync(join(tmpdir(), 'kabuki-kubectl-'));
  process.once('exit', () => rmSync(cache, { recursive: true, force: true }));
  const env = { KUBECONFIG: cluster.kubeconfig, KUBECACHEDIR: cache };
  const words = (command: string | readonly string[]) =>
    typeof command === 'string' ? command.split(' ').filter((word) => word !== '') : command;
  const attempt = (command: string | readonly string[], options: RunOptions = {}) =>
    run(path, words(command), { ...options, env: { ...env, ...options.env } });
  const kubectl = async (command: string | readonly string[], options: RunOptions = {}) => {
    const { code, stdout, stderr } = await attempt(command, options);
    if (code !== 0)
      throw new Error(`kubectl ${words(command).join(' ')}: code ${code}\n${stderr}${stdout}`);
    return stdout;
  };
  return Object.assign(kubectl, {
    path,
    try: attempt,
    start: (command: string | readonly string[]) =>
      spawn(path, [...words(command)], { env: { ...process.env, ...env }, stdio: 'pipe' }),
  });
}

/** Waits until the check passes (does not throw and is not false), or throws its last failure at the deadline. */
export async function eventually<T>(check: () => Promise<T>, timeoutMs = 40_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = new Error('the condition was false');
  for (;;) {
    try {
      const value = await check();
      if (value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
