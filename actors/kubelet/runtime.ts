/**
 * What runs containers, shaped like the CRI: sandboxes, images, containers, exec, attach and logs.
 * One contract, several implementations (`process`, `hollow`; `cri` can follow). A runtime never
 * talks to the API and never decides whether a container should run.
 */
import type { Pod } from '../../machines/api/types.ts';
import type { Exit } from '../../machines/kubelet/container.ts';
import type { Sandbox } from '../../machines/kubelet/pod-context.ts';
import type { Recovered } from '../../machines/kubelet/pod-start.ts';

/** What was asked for, or why it could not be had. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string; readonly message: string };

export function good<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function bad(reason: string, message: string): Outcome<never> {
  return { ok: false, reason, message };
}

/** A directory or file of the host that a container sees at a path of its own. */
export interface Mount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** A container as it is to be run. */
export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  /** Undefined: the image decides. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly env: ReadonlyMap<string, string>;
  readonly workingDir: string | undefined;
  readonly mounts: readonly Mount[];
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly stopSignal: string | undefined;
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  /** Where the container writes its last words; the runtime makes the file appear there. */
  readonly terminationMessagePath: string;
  readonly terminationMessageFromLogs: boolean;
}

/** The end of a run. */
export interface Exited extends Exit {
  readonly uid: string;
  readonly container: string;
  readonly id: string;
}

/**
 * A process in a container, or its main process, with its streams. Bytes are handed over as they
 * come.
 */
export interface Session {
  onData: ((stream: 'stdout' | 'stderr', data: Uint8Array) => void) | undefined;
  /** Called once, after the last data. */
  onEnd: ((exitCode: number) => void) | undefined;
  /** False: the process takes no more for now. */
  write(data: Uint8Array): void;
  closeStdin(): void;
  resize(width: number, height: number): void;
  /** Pauses and resumes the reading of output, for a client that is slower. */
  pause(paused: boolean): void;
  /** Kills an exec's process; only lets go of an attached one. */
  close(): void;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
}

export interface LogOptions {
  readonly follow: boolean;
  readonly tailLines: number | undefined;
  readonly sinceMs: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
  /** `Stdout`, `Stderr` or all where undefined. */
  readonly stream: 'stdout' | 'stderr' | undefined;
}

/**
 * Reads a log; `onEnd` comes after the last chunk, or never while it is followed and the container
 * runs.
 */
export interface LogReader {
  onData: ((chunk: Uint8Array) => void) | undefined;
  onEnd: (() => void) | undefined;
  pause(paused: boolean): void;
  close(): void;
}

export interface Stats {
  readonly memoryBytes: number;
  readonly cpuMs: number;
}

export interface Runtime {
  /** The scheme of container ids: `process://...`. */
  readonly name: string;
  readonly version: string;
  /** False: nothing runs, so volumes are not written and environments not made. */
  readonly real: boolean;
  /**
   * Called once for every run that ended, except those ended by `discardPod`. A kubelet that follows
   * another on the same runtime takes it over; what ended between the two is told by `recover`.
   */
  onExit: ((exited: Exited) => void) | undefined;
  /** What it still has of a pod that an earlier kubelet ran. */
  recover(pod: Pod): Recovered | null;
  /** Uids of pods it has anything of. */
  podUids(): readonly string[];
  runSandbox(pod: Pod, attempt: number): Promise<Outcome<Sandbox>>;
  /** Ends the sandbox; its address may be given to others. */
  stopSandbox(uid: string): Promise<void>;
  /** True where the image needs no pull for this container. */
  hasImage(pod: Pod, container: string): boolean;
  pullImage(pod: Pod, container: string): Promise<Outcome<{ readonly sizeBytes: number }>>;
  /** Creates and starts; answers when the process runs. */
  runContainer(
    pod: Pod,
    config: ContainerConfig,
  ): Promise<
    Outcome<{ readonly id: string; readonly imageId: string; readonly startedAtMs: number }>
  >;
  /** The stop signal now, SIGKILL after the grace; the exit is told as any other. */
  stopContainer(id: string, graceMs: number): void;
  /** Its process dies of itself, at once; the exit is told as any other. */
  crashContainer(id: string): void;
  removeContainer(id: string): Promise<void>;
  /** Removes all it has of a pod, killing what runs. */
  discardPod(uid: string): Promise<void>;
  exec(id: string, options: ExecOptions): Promise<Outcome<Session>>;
  attach(id: string): Promise<Outcome<Session>>;
  /** The log of a run. */
  logs(id: string, options: LogOptions): Outcome<LogReader>;
  stats(id: string): Promise<Stats | undefined>;
  /** Lets go of everything; what runs goes on running where the runtime can leave it. */
  close(): Promise<void>;
}
