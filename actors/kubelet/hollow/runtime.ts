/**
 * The hollow runtime: nothing runs. Pods get addresses, containers start, end and fail as a script
 * says, on the host's clock; a node costs a few kilobytes and a pod less. Knows nothing after it is
 * gone: a kubelet that is started again takes the pods' statuses at their word.
 */
import type { Pod } from '../../../machines/api/types.ts';
import type { Run } from '../../../machines/kubelet/container.ts';
import { containerSpec } from '../../../machines/kubelet/pod-spec.ts';
import type { Recovered } from '../../../machines/kubelet/pod-start.ts';
import { type HollowScript, hollowFate } from '../../../machines/kubelet/script.ts';
import { parseRfc3339 } from '../../../machines/kubelet/time.ts';
import type { Clock } from '../../clock.ts';
import { Addresses } from '../process/addresses.ts';
import {
  bad,
  type ContainerConfig,
  type Exited,
  good,
  type LogReader,
  type Runtime,
} from '../runtime.ts';

export interface HollowRuntimeOptions {
  readonly clock: Clock;
  readonly node: string;
  readonly podCidr: string;
  readonly hostIp: string;
  readonly version: string;
  readonly script?: HollowScript;
}

interface HollowRun {
  readonly uid: string;
  readonly container: string;
  readonly stopMs: number;
  readonly startedAtMs: number;
  cancel: (() => void) | undefined;
}

const NO_SCRIPT: HollowScript = { seed: 0, rules: [] };
const NOTHING_RUNS = 'this container is hollow: nothing runs on its node';

/** Creates the hollow runtime of one node. */
export function createHollowRuntime(options: HollowRuntimeOptions): Runtime {
  return new HollowRuntime(options);
}

class HollowRuntime implements Runtime {
  readonly name = 'hollow';
  readonly real = false;
  readonly version: string;
  onExit: ((exited: Exited) => void) | undefined;
  private readonly options: HollowRuntimeOptions;
  private readonly script: HollowScript;
  private readonly addresses: Addresses;
  private readonly sandboxes = new Map<string, string>();
  private readonly runs = new Map<string, HollowRun>();
  private count = 0;

  constructor(options: HollowRuntimeOptions) {
    this.options = options;
    this.version = options.version;
    this.script = options.script ?? NO_SCRIPT;
    this.addresses = new Addresses(options.podCidr);
  }

  podUids(): readonly string[] {
    return [...this.sandboxes.keys()];
  }

  /** What a status says to run runs. */
  recover({ metadata, status }: Pod): Recovered | null {
    const { podIP: ip = '', phase } = status ?? {};
    const statuses = [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
      ...(status?.ephemeralContainerStatuses ?? []),
    ];
    if (phase !== 'Running' || ip === '') return null;
    if (!statuses.every(({ containerID }) => containerID?.startsWith('hollow://') ?? true))
      return null;
    const uid = metadata?.uid ?? '';
    if (!this.sandboxes.has(uid) && !this.addresses.claim(ip)) return null;
    this.sandboxes.set(uid, ip);
    const runs: { [name: string]: { run: Run; last: null } } = {};
    for (const { name, containerID, imageID, restartCount, state } of statuses) {
      if (containerID === undefined || state?.running === undefined) continue;
      const id = containerID.slice('hollow://'.length);
      const startedAtMs = parseRfc3339(state.running.startedAt) ?? this.options.clock.nowMs();
      const known = { uid, container: name, stopMs: 0, startedAtMs, cancel: undefined };
      if (!this.runs.has(id)) this.runs.set(id, known);
      const run = { id, imageId: imageID, attempt: restartCount, startedAtMs, exit: null };
      runs[name] = { run, last: null };
    }
    return { sandbox: { id: uid, ips: [ip] }, sandboxAttempt: 0, runs };
  }

  async runSandbox({ metadata, spec }: Pod) {
    const uid = metadata?.uid ?? '';
    const ip = this.sandboxes.get(uid) ?? this.address(spec?.hostNetwork === true);
    if (ip === undefined) {
      const { podCidr } = this.options;
      const message = `Failed to create pod sandbox: no address is free in ${podCidr}`;
      return bad('FailedCreatePodSandBox', message);
    }
    this.sandboxes.set(uid, ip);
    return good({ id: uid, ips: [ip] });
  }

  private address(hostNetwork: boolean): string | undefined {
    return hostNetwork ? this.options.hostIp : this.addresses.take();
  }

  async stopSandbox(uid: string): Promise<void> {
    const ip = this.sandboxes.get(uid);
    if (ip === undefined) return;
    this.sandboxes.delete(uid);
    if (ip !== this.options.hostIp) this.addresses.release(ip);
  }

  hasImage(pod: Pod, container: string): boolean {
    const { pullMs, pullError } = this.fate(pod, container, 0);
    return pullMs === 0 && pullError === '';
  }

  private fate(pod: Pod, container: string, attempt: number) {
    const image = containerSpec(pod, container)?.image ?? '';
    return hollowFate(this.script, pod, this.options.node, image, container, attempt);
  }

  async pullImage(pod: Pod, container: string) {
    const { pullMs, pullError } = this.fate(pod, container, 0);
    await this.wait(pullMs);
    return pullError === '' ? good({ sizeBytes: 0 }) : bad('ErrImagePull', pullError);
  }

  private wait(ms: number): Promise<void> {
    const { clock } = this.options;
    return new Promise((resolve) => clock.at(clock.nowMs() + ms, resolve));
  }

  async runContainer(pod: Pod, { name, attempt, image }: ContainerConfig) {
    const fate = this.fate(pod, name, attempt);
    if (fate.startMs > 0) await this.wait(fate.startMs);
    if (fate.startError !== '') return bad('RunContainerError', fate.startError);
    const { clock, node } = this.options;
    const id = `${node}-${++this.count}-${clock.nowMs().toString(36)}`;
    const startedAtMs = clock.nowMs();
    const uid = pod.metadata?.uid ?? '';
    const run: HollowRun = {
      uid,
      container: name,
      stopMs: fate.stopMs,
      startedAtMs,
      cancel: undefined,
    };
    this.runs.set(id, run);
    if (fate.runMs > 0) {
      run.cancel = clock.at(startedAtMs + fate.runMs, () => this.exit(id, fate.exitCode));
    }
    return good({ id, imageId: image, startedAtMs });
  }

  private exit(id: string, exitCode: number): void {
    const run = this.runs.get(id);
    if (run === undefined) return;
    this.runs.delete(id);
    run.cancel?.();
    const { uid, container } = run;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const finishedAtMs = this.options.clock.nowMs();
    const exit = { exitCode, signal: 0, reason, message: '', finishedAtMs };
    this.onExit?.({ uid, container, id, ...exit });
  }

  stopContainer(id: string, graceMs: number): void {
    const run = this.runs.get(id);
    if (run === undefined) return;
    const { clock } = this.options;
    const killed = run.stopMs > graceMs;
    const afterMs = Math.min(run.stopMs, graceMs);
    run.cancel?.();
    if (afterMs === 0) this.exit(id, killed ? 137 : 0);
    else run.cancel = clock.at(clock.nowMs() + afterMs, () => this.exit(id, killed ? 137 : 0));
  }

  async removeContainer(id: string): Promise<void> {
    this.runs.get(id)?.cancel?.();
    this.runs.delete(id);
  }

  async discardPod(uid: string): Promise<void> {
    await this.stopSandbox(uid);
  }

  async exec() {
    return bad('InternalError', NOTHING_RUNS);
  }

  async attach() {
    return bad('InternalError', NOTHING_RUNS);
  }

  /** Always empty. */
  logs() {
    const reader: LogReader = { onData: undefined, onEnd: undefined, pause() {}, close() {} };
    setImmediate(() => reader.onEnd?.());
    return good(reader);
  }

  async stats() {
    return undefined;
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) run.cancel?.();
  }
}
