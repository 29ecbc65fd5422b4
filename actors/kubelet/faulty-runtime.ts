/**
 * A runtime that fails on purpose: wraps any other, answers with errors, is slow, and makes
 * containers crash, as the faults say that are set. Tells an observer what really runs.
 *
 * Never touches a real timer or chance: time is the clock's, and every draw is the caller's. Without
 * faults it changes nothing but to observe. Once closed (the machine is off) nothing is observed.
 */
import type { Pod } from '../../machines/api/types.ts';
import { containerSpec } from '../../machines/kubelet/pod-spec.ts';
import type { Recovered } from '../../machines/kubelet/pod-start.ts';
import { like } from '../../machines/kubelet/script.ts';
import type { Clock } from '../clock.ts';
import { bad, type ContainerConfig, type Exited, type Outcome, type Runtime } from './runtime.ts';

/** Which pods a fault hits; all that is given must match, `*` in texts stands for anything. */
export interface PodSelector {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly labels?: Readonly<{ [key: string]: string }> | undefined;
}

/** What a runtime does wrong while the fault is set. Probabilities are 0 to 1. */
export type RuntimeFault = { readonly pods?: PodSelector | undefined } & (
  | {
      readonly fault: 'runtime-error';
      readonly operation: 'sandbox' | 'image' | 'start' | 'stop' | 'any';
      /** For each operation. */
      readonly probability: number;
    }
  | { readonly fault: 'slow-start'; readonly byMs: number }
  | { readonly fault: 'slow-stop'; readonly byMs: number }
  /** Containers that run crash at once, those that start meanwhile after a time that is drawn, if it still lasts. */
  | { readonly fault: 'crash-containers'; readonly probability: number }
);

/** What a runtime really did. */
export interface ContainerChange {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly id: string;
  readonly state: 'started' | 'exited';
  /** Of an exit; 0 of a start. */
  readonly exitCode: number;
}

export interface FaultyRuntimeOptions {
  readonly clock: Clock;
  /** A number from 0 to 1, seeded in simulation. */
  readonly draw: () => number;
  readonly observe?: (change: ContainerChange) => void;
}

/** A runtime whose faults can be set and removed, by names of the caller's choice. */
export type FaultyRuntime = Runtime & {
  /** Sets a fault, in place of one of the same name. */
  set(name: string, fault: RuntimeFault): void;
  remove(name: string): void;
  /** Removes all faults. */
  clear(): void;
};

/** A container that starts while they crash lives at most so long. */
export const CRASH_WITHIN_MS = 30_000;
/** How long a stop that the runtime refuses is put off before it is tried again. */
export const STOP_RETRY_MS = 2_000;

/** Wraps a runtime; the kubelet is given the wrapper alone. */
export function createFaultyRuntime(inner: Runtime, options: FaultyRuntimeOptions): FaultyRuntime {
  return new Faulty(inner, options);
}

interface Live {
  readonly pod: Pod;
  readonly container: string;
}

type Operation = 'sandbox' | 'image' | 'start' | 'stop';
type Fault<K extends RuntimeFault['fault']> = Extract<RuntimeFault, { fault: K }>;

const ERRORS: { readonly [operation in Exclude<Operation, 'stop'>]: readonly [string, string] } = {
  sandbox: [
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: input/output error: unknown',
  ],
  image: ['ErrImagePull', 'rpc error: code = Unavailable desc = error reading from server: EOF'],
  start: [
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: input/output error: unknown',
  ],
};

class Faulty implements Runtime {
  readonly name: string;
  readonly version: string;
  readonly real: boolean;
  private readonly inner: Runtime;
  private readonly options: FaultyRuntimeOptions;
  private readonly faults = new Map<string, RuntimeFault>();
  /** What runs, by id. */
  private readonly live = new Map<string, Live>();
  /** Exits of runs whose start was not answered yet, by id. */
  private readonly early = new Map<string, Exited>();
  private starting = 0;
  private closed = false;
  private listener: ((exited: Exited) => void) | undefined;

  constructor(inner: Runtime, options: FaultyRuntimeOptions) {
    this.inner = inner;
    this.options = options;
    this.name = inner.name;
    this.version = inner.version;
    this.real = inner.real;
  }

  get onExit(): ((exited: Exited) => void) | undefined {
    return this.listener;
  }

  set onExit(listener: ((exited: Exited) => void) | undefined) {
    this.listener = listener;
    this.inner.onExit = (exited) => this.exited(exited);
  }

  set(name: string, fault: RuntimeFault): void {
    this.faults.set(name, fault);
    if (fault.fault !== 'crash-containers') return;
    for (const [id, { pod }] of [...this.live]) {
      if (matches(fault.pods, pod) && this.happens(fault.probability)) {
        this.inner.crashContainer(id);
      }
    }
  }

  remove(name: string): void {
    this.faults.delete(name);
  }

  clear(): void {
    this.faults.clear();
  }

  private happens(probability: number): boolean {
    return this.options.draw() < probability;
  }

  private active<K extends RuntimeFault['fault']>(kind: K, pod: Pod): readonly Fault<K>[] {
    return [...this.faults.values()].filter(
      (fault): fault is Fault<K> => fault.fault === kind && matches(fault.pods, pod),
    );
  }

  private fails(operation: Operation, pod: Pod): boolean {
    return this.active('runtime-error', pod).some(
      (fault) =>
        (fault.operation === operation || fault.operation === 'any') &&
        this.happens(fault.probability),
    );
  }

  private delayMs(kind: 'slow-start' | 'slow-stop', pod: Pod): number {
    return this.active(kind, pod).reduce((sum, { byMs }) => sum + byMs, 0);
  }

  private wait(ms: number): Promise<void> {
    const { clock } = this.options;
    return new Promise((resolve) => clock.at(clock.nowMs() + ms, resolve));
  }

  private tell({ pod, container }: Live, id: string, exitCode: number | undefined): void {
    if (this.closed) return;
    const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
    const state = exitCode === undefined ? 'started' : 'exited';
    const of = { namespace, pod: name, podUid: uid, container, id };
    this.options.observe?.({ ...of, state, exitCode: exitCode ?? 0 });
  }

  private begun(pod: Pod, container: string, id: string): void {
    const live = { pod, container };
    this.live.set(id, live);
    this.tell(live, id, undefined);
    for (const fault of this.active('crash-containers', pod)) {
      if (!this.happens(fault.probability)) continue;
      const { clock, draw } = this.options;
      const atMs = clock.nowMs() + 1 + Math.floor(draw() * CRASH_WITHIN_MS);
      clock.at(atMs, () => {
        const lasts = [...this.faults.values()].includes(fault);
        if (lasts && this.live.has(id) && !this.closed) this.inner.crashContainer(id);
      });
    }
  }

  private ended(id: string, exitCode: number): void {
    const live = this.live.get(id);
    if (live === undefined) return;
    this.live.delete(id);
    this.tell(live, id, exitCode);
  }

  private exited(exited: Exited): void {
    if (this.live.has(exited.id)) this.ended(exited.id, exited.exitCode);
    else if (this.starting > 0) this.early.set(exited.id, exited);
    this.listener?.(exited);
  }

  /** What an earlier runtime ran, and this one takes over, runs from now on. */
  recover(pod: Pod): Recovered | null {
    const found = this.inner.recover(pod);
    for (const [container, { run }] of Object.entries(found?.runs ?? {})) {
      if (run.exit === null && !this.live.has(run.id)) this.begun(pod, container, run.id);
      else if (run.exit !== null) this.ended(run.id, run.exit.exitCode);
    }
    return found;
  }

  podUids(): readonly string[] {
    return this.inner.podUids();
  }

  async runSandbox(pod: Pod, attempt: number) {
    if (this.fails('sandbox', pod)) return bad(...ERRORS.sandbox);
    return await this.inner.runSandbox(pod, attempt);
  }

  async stopSandbox(uid: string): Promise<void> {
    await this.inner.stopSandbox(uid);
    this.gone(uid);
  }

  private gone(uid: string): void {
    for (const [id, { pod }] of [...this.live]) if (pod.metadata?.uid === uid) this.ended(id, 137);
  }

  /** Where images are hard to get, none is found present that may be pulled. */
  hasImage(pod: Pod, container: string): boolean {
    const isHard =
      containerSpec(pod, container)?.imagePullPolicy !== 'Never' &&
      this.active('runtime-error', pod).some(
        ({ operation }) => operation === 'image' || operation === 'any',
      );
    return !isHard && this.inner.hasImage(pod, container);
  }

  async pullImage(pod: Pod, container: string) {
    if (!this.fails('image', pod)) return await this.inner.pullImage(pod, container);
    const [reason, message] = ERRORS.image;
    return bad(reason, message);
  }

  async runContainer(
    pod: Pod,
    config: ContainerConfig,
  ): Promise<Outcome<{ id: string; imageId: string; startedAtMs: number }>> {
    const delayMs = this.delayMs('slow-start', pod);
    const { listener } = this;
    if (delayMs > 0) await this.wait(delayMs);
    if (this.closed || this.listener !== listener) {
      return bad('CreateContainerError', 'the kubelet that asked for it has gone');
    }
    if (this.fails('start', pod)) return bad(...ERRORS.start);
    this.starting++;
    try {
      const started = await this.inner.runContainer(pod, config);
      if (started.ok) this.started(pod, config.name, started.value.id);
      return started;
    } finally {
      this.starting--;
      if (this.starting === 0) this.early.clear();
    }
  }

  private started(pod: Pod, container: string, id: string): void {
    this.begun(pod, container, id);
    const early = this.early.get(id);
    if (early !== undefined) this.ended(id, early.exitCode);
  }

  stopContainer(id: string, graceMs: number): void {
    const pod = this.live.get(id)?.pod;
    if (pod === undefined) {
      this.inner.stopContainer(id, graceMs);
      return;
    }
    if (this.fails('stop', pod)) {
      this.later(STOP_RETRY_MS, () => this.stopContainer(id, Math.max(0, graceMs - STOP_RETRY_MS)));
      return;
    }
    const delayMs = this.delayMs('slow-stop', pod);
    if (delayMs >= graceMs) this.later(graceMs, () => this.inner.stopContainer(id, 0));
    else if (delayMs > 0) {
      this.later(delayMs, () => this.inner.stopContainer(id, graceMs - delayMs));
    } else this.inner.stopContainer(id, graceMs);
  }

  private later(ms: number, run: () => void): void {
    const { clock } = this.options;
    clock.at(clock.nowMs() + ms, () => {
      if (!this.closed) run();
    });
  }

  crashContainer(id: string): void {
    this.inner.crashContainer(id);
  }

  async removeContainer(id: string): Promise<void> {
    await this.inner.removeContainer(id);
    this.ended(id, 137);
  }

  async discardPod(uid: string): Promise<void> {
    await this.inner.discardPod(uid);
    this.gone(uid);
  }

  exec(...args: Parameters<Runtime['exec']>) {
    return this.inner.exec(...args);
  }

  attach(id: string) {
    return this.inner.attach(id);
  }

  logs(...args: Parameters<Runtime['logs']>) {
    return this.inner.logs(...args);
  }

  stats(id: string) {
    return this.inner.stats(id);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inner.close();
  }
}

function matches(selector: PodSelector | undefined, { metadata }: Pod): boolean {
  if (selector === undefined) return true;
  const labels = metadata?.labels ?? {};
  return (
    like(selector.namespace, metadata?.namespace ?? '') &&
    like(selector.name, metadata?.name ?? '') &&
    Object.entries(selector.labels ?? {}).every(([key, value]) => like(value, labels[key] ?? ''))
  );
}
