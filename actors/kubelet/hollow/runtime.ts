/**
 * The hollow runtime: nothing runs. Pods get addresses, containers start, end and fail as a script
 * says, on the host's clock; a node costs a few kilobytes and a pod less.
 *
 * Outlives the kubelet: one that is created on the same runtime finds what runs, and what ended
 * meanwhile. A new runtime takes the pods' statuses at their word, unless its machine was rebooted:
 * then nothing of before runs. Never touches a file, a socket, a real timer or chance.
 */
import type { Pod } from '../../../machines/api/types.ts';
import type { Exit, Run } from '../../../machines/kubelet/container.ts';
import { containerSpec } from '../../../machines/kubelet/pod-spec.ts';
import { afterReboot, type Recovered } from '../../../machines/kubelet/pod-start.ts';
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
  /** The machine was started anew: whatever a status says to run has ended, with exit code 255. */
  readonly rebooted?: boolean;
}

/** One run of a container; kept after its end, until it or its pod is removed. */
interface HollowRun {
  readonly uid: string;
  readonly container: string;
  readonly id: string;
  readonly imageId: string;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly stopMs: number;
  exit: Exit | null;
  /** When it ends by itself or by a stop. */
  endsAtMs: number;
  cancel: (() => void) | undefined;
}

interface HollowPod {
  /** The address it holds; undefined where it has none. */
  ip: string | undefined;
  attempt: number;
  /** True while its sandbox stands. */
  stands: boolean;
  /** Runs of each container, the latest last. */
  readonly runs: Map<string, readonly HollowRun[]>;
}

const NO_SCRIPT: HollowScript = { seed: 0, rules: [] };
const NOTHING_RUNS = 'this container is hollow: nothing runs on its node';
const NEVER = Number.POSITIVE_INFINITY;

/** Creates the hollow runtime of one node. */
export function createHollowRuntime(options: HollowRuntimeOptions): Runtime {
  return new HollowRuntime(options);
}

class HollowRuntime implements Runtime {
  readonly name = 'hollow';
  readonly real = false;
  readonly version: string;
  private readonly options: HollowRuntimeOptions;
  private readonly script: HollowScript;
  private readonly addresses: Addresses;
  private readonly pods = new Map<string, HollowPod>();
  private readonly runs = new Map<string, HollowRun>();
  private listener: ((exited: Exited) => void) | undefined;
  /** How many kubelets there have been: what an earlier one asked for is not begun any more. */
  private kubelets = 0;
  private count = 0;
  private closed = false;

  constructor(options: HollowRuntimeOptions) {
    this.options = options;
    this.version = options.version;
    this.script = options.script ?? NO_SCRIPT;
    this.addresses = new Addresses(options.podCidr);
  }

  get onExit(): ((exited: Exited) => void) | undefined {
    return this.listener;
  }

  set onExit(listener: ((exited: Exited) => void) | undefined) {
    this.listener = listener;
    this.kubelets++;
  }

  podUids(): readonly string[] {
    return [...this.pods.keys()];
  }

  recover(pod: Pod): Recovered | null {
    const uid = pod.metadata?.uid ?? '';
    const known = this.pods.get(uid);
    if (known !== undefined) return recovered(uid, known);
    const { podIP: ip = '', phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed' || ip === '') return null;
    const isOurs = ip === this.options.hostIp || this.addresses.claim(ip);
    if (this.options.rebooted === true) {
      // The address is given to nobody else until the pod has another.
      const held = isOurs ? ip : undefined;
      this.pods.set(uid, { ip: held, attempt: 0, stands: false, runs: new Map() });
      return afterReboot(pod, this.name, this.options.clock.nowMs());
    }
    return isOurs ? this.adopt(pod, uid, ip) : null;
  }

  /** What a status says to run runs. */
  private adopt(pod: Pod, uid: string, ip: string): Recovered | null {
    const { status } = pod;
    const statuses = [
      ...(status?.initContainerStatuses ?? []),
      ...(status?.containerStatuses ?? []),
      ...(status?.ephemeralContainerStatuses ?? []),
    ];
    if (!statuses.every(({ containerID }) => containerID?.startsWith('hollow://') ?? true)) {
      this.release(ip);
      return null;
    }
    const known: HollowPod = { ip, attempt: 0, stands: true, runs: new Map() };
    this.pods.set(uid, known);
    for (const { name, containerID, imageID, restartCount, state } of statuses) {
      if (containerID === undefined || state?.running === undefined) continue;
      const startedAtMs = parseRfc3339(state.running.startedAt) ?? this.options.clock.nowMs();
      const id = containerID.slice('hollow://'.length);
      const facts = { id, imageId: imageID, attempt: restartCount, startedAtMs };
      this.begin(pod, known, { uid, container: name, ...facts });
    }
    return recovered(uid, known);
  }

  async runSandbox({ metadata, spec }: Pod, attempt: number) {
    const uid = metadata?.uid ?? '';
    const known = this.pods.get(uid);
    if (known?.stands === true && known.ip !== undefined) return good({ id: uid, ips: [known.ip] });
    const ip = spec?.hostNetwork === true ? this.options.hostIp : this.addresses.take();
    if (ip === undefined) {
      const { podCidr } = this.options;
      const message = `Failed to create pod sandbox: no address is free in ${podCidr}`;
      return bad('FailedCreatePodSandBox', message);
    }
    if (known?.ip !== undefined) this.release(known.ip);
    const pod = known ?? { ip, attempt, stands: true, runs: new Map() };
    this.pods.set(uid, Object.assign(pod, { ip, attempt, stands: true }));
    return good({ id: uid, ips: [ip] });
  }

  private release(ip: string): void {
    if (ip !== this.options.hostIp) this.addresses.release(ip);
  }

  async stopSandbox(uid: string): Promise<void> {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    for (const runs of pod.runs.values()) for (const run of runs) this.exit(run, 137);
    if (pod.ip !== undefined) this.release(pod.ip);
    Object.assign(pod, { ip: undefined, stands: false });
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
    const { kubelets } = this;
    const fate = this.fate(pod, name, attempt);
    if (fate.startMs > 0) await this.wait(fate.startMs);
    if (fate.startError !== '') return bad('RunContainerError', fate.startError);
    const uid = pod.metadata?.uid ?? '';
    const known = this.pods.get(uid);
    if (known?.stands !== true) return bad('CreateContainerError', 'the pod has no sandbox');
    if (this.closed || this.kubelets !== kubelets) {
      return bad('CreateContainerError', 'the kubelet that asked for it has gone');
    }
    const { clock, node } = this.options;
    const startedAtMs = clock.nowMs();
    const id = `${node}-${++this.count}-${startedAtMs.toString(36)}`;
    const facts = { id, imageId: image, attempt, startedAtMs };
    this.begin(pod, known, { uid, container: name, ...facts });
    return good({ id, imageId: image, startedAtMs });
  }

  /** From now on it runs, and ends when the script says so. */
  private begin(
    pod: Pod,
    known: HollowPod,
    facts: Omit<HollowRun, 'stopMs' | 'exit' | 'endsAtMs' | 'cancel'>,
  ): void {
    const { stopMs, runMs, exitCode } = this.fate(pod, facts.container, facts.attempt);
    const run: HollowRun = { ...facts, stopMs, exit: null, endsAtMs: NEVER, cancel: undefined };
    this.runs.set(run.id, run);
    known.runs.set(run.container, [...(known.runs.get(run.container) ?? []), run]);
    if (runMs > 0) this.endAt(run, run.startedAtMs + runMs, exitCode);
  }

  private endAt(run: HollowRun, atMs: number, exitCode: number): void {
    run.cancel?.();
    run.endsAtMs = atMs;
    run.cancel = this.options.clock.at(atMs, () => this.exit(run, exitCode));
  }

  private exit(run: HollowRun, exitCode: number): void {
    if (run.exit !== null || this.closed) return;
    run.cancel?.();
    run.cancel = undefined;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    const finishedAtMs = this.options.clock.nowMs();
    run.exit = { exitCode, signal: 0, reason, message: '', finishedAtMs };
    const { uid, container, id } = run;
    this.listener?.({ uid, container, id, ...run.exit });
  }

  /** Ends after the script's time, or is killed after the grace; never later than before. */
  stopContainer(id: string, graceMs: number): void {
    const run = this.runs.get(id);
    if (run === undefined || run.exit !== null) return;
    const nowMs = this.options.clock.nowMs();
    const exitCode = graceMs === 0 || run.stopMs > graceMs ? 137 : 0;
    const atMs = nowMs + Math.min(run.stopMs, graceMs);
    if (atMs === nowMs) this.exit(run, exitCode);
    else if (atMs < run.endsAtMs) this.endAt(run, atMs, exitCode);
  }

  crashContainer(id: string): void {
    const run = this.runs.get(id);
    if (run !== undefined) this.exit(run, 1);
  }

  async removeContainer(id: string): Promise<void> {
    const run = this.runs.get(id);
    if (run === undefined) return;
    this.drop(run);
    const { runs } = this.pods.get(run.uid) ?? {};
    const kept = runs?.get(run.container)?.filter((one) => one !== run) ?? [];
    runs?.set(run.container, kept);
  }

  private drop(run: HollowRun): void {
    run.cancel?.();
    this.runs.delete(run.id);
  }

  async discardPod(uid: string): Promise<void> {
    const pod = this.pods.get(uid);
    if (pod === undefined) return;
    for (const runs of pod.runs.values()) for (const run of runs) this.drop(run);
    if (pod.ip !== undefined) this.release(pod.ip);
    this.pods.delete(uid);
  }

  async exec() {
    return bad('InternalError', NOTHING_RUNS);
  }

  async attach() {
    return bad('InternalError', NOTHING_RUNS);
  }

  /** Always empty. */
  logs() {
    const { clock } = this.options;
    const reader: LogReader = { onData: undefined, onEnd: undefined, pause() {}, close() {} };
    clock.at(clock.nowMs(), () => reader.onEnd?.());
    return good(reader);
  }

  async stats() {
    return undefined;
  }

  /** Nothing ends or begins any more, and nobody is told: the machine is off. */
  async close(): Promise<void> {
    this.closed = true;
    for (const run of this.runs.values()) run.cancel?.();
  }
}

function recovered(uid: string, { ip, stands, attempt, runs }: HollowPod): Recovered {
  const known = [...runs].flatMap(([container, all]) => {
    const [last, run] = [all.at(-2), all.at(-1)].map((one) =>
      one === undefined ? null : told(one),
    );
    return run == null ? [] : [[container, { run, last: last ?? null }] as const];
  });
  const sandbox = stands && ip !== undefined ? { id: uid, ips: [ip] } : null;
  return { sandbox, sandboxAttempt: attempt, runs: Object.fromEntries(known) };
}

function told({ id, imageId, attempt, startedAtMs, exit }: HollowRun): Run {
  return { id, imageId, attempt, startedAtMs, exit };
}
