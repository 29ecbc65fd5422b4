/**
 * Where the process runtime keeps what must outlive it: one directory a pod, one a run of a
 * container. What is found there again is what a restarted kubelet knows. Files are small and
 * written whole.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A sandbox as it is kept. */
export interface SandboxRecord {
  readonly id: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly attempt: number;
  readonly ip: string;
  readonly stopped: boolean;
}

/** A run of a container as it is kept; enough to exec into it, and to take it over. */
export interface RunRecord {
  readonly id: string;
  readonly uid: string;
  readonly container: string;
  readonly attempt: number;
  readonly imageId: string;
  readonly builtin: 'echo' | 'pause' | '';
  readonly words: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
  /** How it is separated from the host: see namespaces.ts. */
  readonly isolation: 'overlay' | 'tmpfs' | 'plain';
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly stopSignal: string;
  readonly user: number | null;
  readonly group: number | null;
  readonly messageFromLogs: boolean;
  readonly startedAtMs: number;
}

/** Reads a file as text; undefined where there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Writes a file so that it is there whole or not at all. */
export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

function readJson<T>(path: string): T | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The directories below a node's data directory. */
export class StateDir {
  readonly pods: string;
  readonly logs: string;

  constructor(root: string) {
    this.pods = join(root, 'pods');
    this.logs = join(root, 'logs');
    mkdirSync(this.pods, { recursive: true, mode: 0o755 });
    mkdirSync(this.logs, { recursive: true, mode: 0o755 });
  }

  pod(uid: string): string {
    return join(this.pods, uid);
  }

  run(uid: string, container: string, attempt: number): string {
    return join(this.pods, uid, 'containers', container, String(attempt));
  }

  /** `<logs>/<namespace>_<name>_<uid>`, as kubelets lay their logs out. */
  podLogs({ namespace, name, uid }: SandboxRecord): string {
    return join(this.logs, `${namespace}_${name}_${uid}`);
  }

  podUids(): string[] {
    return list(this.pods);
  }

  sandbox(uid: string): SandboxRecord | undefined {
    return readJson(join(this.pod(uid), 'sandbox.json'));
  }

  putSandbox(record: SandboxRecord): void {
    mkdirSync(this.pod(record.uid), { recursive: true, mode: 0o755 });
    writeWhole(join(this.pod(record.uid), 'sandbox.json'), JSON.stringify(record));
  }

  putRun(record: RunRecord): void {
    const dir = this.run(record.uid, record.container, record.attempt);
    writeWhole(join(dir, 'run.json'), JSON.stringify(record));
  }

  /** Runs of a pod that are still on disk, in order of their attempts. */
  runs(uid: string): RunRecord[] {
    const containers = join(this.pod(uid), 'containers');
    const found = list(containers).flatMap((container) =>
      list(join(containers, container)).flatMap(
        (attempt) => readJson<RunRecord>(join(containers, container, attempt, 'run.json')) ?? [],
      ),
    );
    return found.sort((a, b) => a.attempt - b.attempt);
  }
}

/**
 * What a run's directory tells of its end: the exit code and when; undefined while there is none.
 */
export function readExit(dir: string): { exitCode: number; finishedAtMs: number } | undefined {
  const path = join(dir, 'exit');
  const text = readText(path);
  if (text === undefined || !text.endsWith('\n')) return undefined;
  return { exitCode: Number.parseInt(text, 10), finishedAtMs: Math.floor(statSync(path).mtimeMs) };
}

/** Process ids as the shim wrote them; 0 where it has not. */
export function readPid(dir: string, file: 'shim' | 'pid'): number {
  return Number.parseInt(readText(join(dir, file)) ?? '0', 10) || 0;
}

/**
 * True where the shim of this run is alive: a process of that id that was started for this
 * directory.
 */
export function isAlive(dir: string): boolean {
  const pid = readPid(dir, 'shim');
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = readText(`/proc/${pid}/cmdline`);
  return commandLine === undefined ? process.platform !== 'linux' : commandLine.includes(dir);
}
