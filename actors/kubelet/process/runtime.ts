/**
 * The process runtime: containers are processes of this host, each in a session and a directory of
 * its own, each pod with an address of its own out of the node's CIDR. Needs no root. Running
 * containers outlive it, and are found again by the next one over the same directory.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '../../../machines/api/types.ts';
import type { Run as KnownRun } from '../../../machines/kubelet/container.ts';
import type { Sandbox } from '../../../machines/kubelet/pod-context.ts';
import { containerSpec } from '../../../machines/kubelet/pod-spec.ts';
import type { Recovered } from '../../../machines/kubelet/pod-start.ts';
import {
  bad,
  type ContainerConfig,
  type Exited,
  good,
  type Mount,
  type Outcome,
  type Runtime,
} from '../runtime.ts';
import { Addresses } from './addresses.ts';
import { canRun, planImage } from './images.ts';
import { readLog } from './log-file.ts';
import { detectIsolation, type Isolation } from './namespaces.ts';
import { isFound, newRecord, notFoundMessage, podHostname } from './record.ts';
import { Run } from './run.ts';
import {
  isAlive,
  type RunRecord,
  readExit,
  readPid,
  type SandboxRecord,
  StateDir,
} from './state-dir.ts';
import { readStats } from './stats.ts';

export interface ProcessRuntimeOptions {
  readonly dataDir: string;
  readonly podCidr: string;
  readonly hostIp: string;
  readonly nodeName: string;
  readonly version: string;
  /** How containers are separated; found out where absent. */
  readonly isolation?: Isolation;
}

/** How often the removal of a pod's directory is tried, and the pause between. */
const REMOVALS_MAX = 20;
const REMOVAL_PAUSE_MS = 20;

/** Creates the runtime over a node's data directory. */
export function createProcessRuntime(options: ProcessRuntimeOptions): Runtime {
  return new ProcessRuntime(options);
}

class ProcessRuntime implements Runtime {
  readonly name = 'process';
  readonly real = true;
  readonly version: string;
  onExit: ((exited: Exited) => void) | undefined;
  private readonly options: ProcessRuntimeOptions;
  private readonly state: StateDir;
  private readonly addresses: Addresses;
  private readonly runs = new Map<string, Run>();
  private isolation: Isolation | undefined;

  constructor(options: ProcessRuntimeOptions) {
    this.options = options;
    this.version = options.version;
    this.state = new StateDir(options.dataDir);
    this.addresses = new Addresses(options.podCidr);
    this.isolation = options.isolation;
    for (const uid of this.state.podUids()) {
      const sandbox = this.state.sandbox(uid);
      if (sandbox !== undefined && !sandbox.stopped) this.addresses.claim(sandbox.ip);
    }
  }

  podUids(): readonly string[] {
    return this.state.podUids();
  }

  recover(pod: Pod): Recovered | null {
    const uid = pod.metadata?.uid ?? '';
    const sandbox = this.state.sandbox(uid);
    if (sandbox === undefined) return null;
    const runs: { [container: string]: { run: KnownRun; last: KnownRun | null } } = {};
    for (const record of this.state.runs(uid)) {
      const known = this.take(sandbox, record);
      runs[record.container] = { run: known, last: runs[record.container]?.run ?? null };
    }
    const { id, ip, attempt, stopped } = sandbox;
    return { sandbox: stopped ? null : { id, ips: [ip] }, sandboxAttempt: attempt, runs };
  }

  /** Takes over one run found on disk. */
  private take(sandbox: SandboxRecord, record: RunRecord): KnownRun {
    const { id, imageId, attempt, startedAtMs, uid, container } = record;
    const known = { id, imageId, attempt, startedAtMs };
    const dir = this.state.run(uid, container, attempt);
    const run = this.runs.get(id) ?? new Run(record, dir, this.logPath(sandbox, record));
    if (!this.runs.has(id)) {
      this.runs.set(id, run);
      run.onExit = (exit) => this.onExit?.({ uid, container, id, ...exit });
      const resumable = record.builtin !== '' && !sandbox.stopped && readExit(dir) === undefined;
      if (resumable || isAlive(dir)) void run.adopt(sandbox.ip);
      else this.finished(run, sandbox);
    }
    return { ...known, exit: run.exit ?? null };
  }

  /** A run that ended while no kubelet looked is not news: its end is part of what is recovered. */
  private finished(run: Run, sandbox: SandboxRecord): void {
    run.onExit = undefined;
    void run.adopt(sandbox.ip);
  }

  private logPath(sandbox: SandboxRecord, { container, attempt }: RunRecord): string {
    return join(this.state.podLogs(sandbox), container, `${attempt}.log`);
  }

  async runSandbox(pod: Pod, attempt: number): Promise<Outcome<Sandbox>> {
    const { uid = '', namespace = '', name = '' } = pod.metadata ?? {};
    const known = this.state.sandbox(uid);
    if (known !== undefined && !known.stopped) return good({ id: known.id, ips: [known.ip] });
    const ip = pod.spec?.hostNetwork === true ? this.options.hostIp : this.addresses.take();
    if (ip === undefined) {
      return bad(
        'FailedCreatePodSandBox',
        `Failed to create pod sandbox: no address is free in ${this.options.podCidr}`,
      );
    }
    const id = randomBytes(32).toString('hex');
    this.state.putSandbox({ id, uid, namespace, name, attempt, ip, stopped: false });
    return good({ id, ips: [ip] });
  }

  async stopSandbox(uid: string): Promise<void> {
    const sandbox = this.state.sandbox(uid);
    if (sandbox === undefined || sandbox.stopped) return;
    this.state.putSandbox({ ...sandbox, stopped: true });
    this.addresses.release(sandbox.ip);
  }

  hasImage(pod: Pod, container: string): boolean {
    const spec = containerSpec(pod, container);
    return spec !== undefined && canRun(spec);
  }

  async pullImage(pod: Pod, container: string): Promise<Outcome<{ readonly sizeBytes: number }>> {
    const { image = '', command, args } = containerSpec(pod, container) ?? {};
    const plan = planImage(image, command, args);
    return plan.kind === 'unknown' ? bad('ErrImagePull', plan.message) : good({ sizeBytes: 0 });
  }

  async runContainer(
    pod: Pod,
    config: ContainerConfig,
  ): Promise<Outcome<{ id: string; imageId: string; startedAtMs: number }>> {
    const uid = pod.metadata?.uid ?? '';
    const sandbox = this.state.sandbox(uid);
    if (sandbox === undefined) return bad('CreateContainerError', 'the pod has no sandbox');
    const plan = planImage(config.image, config.command, config.args);
    if (plan.kind === 'unknown') return bad('ErrImagePull', plan.message);
    const dir = this.state.run(uid, config.name, config.attempt);
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    this.isolation ??= detectIsolation(this.options.dataDir);
    const { isolation } = this;
    const record = newRecord({
      pod,
      sandbox,
      config,
      plan,
      dir,
      isolation,
      node: this.options.nodeName,
    });
    const mounts = this.withTerminationLog(config, dir);
    const words = plan.kind === 'host' ? plan.words : [];
    if (plan.kind === 'host' && !isFound(words[0] ?? '', record, mounts)) {
      return bad('RunContainerError', notFoundMessage(words[0] ?? ''));
    }
    this.state.putRun(record);
    const run = new Run(record, dir, this.logPath(sandbox, record));
    const failed = await run.start(sandbox.ip, podHostname(pod), mounts);
    if (failed !== undefined) {
      run.release();
      rmSync(join(dir, 'run.json'), { force: true });
      const message = `failed to start container: ${failed}`;
      return bad('RunContainerError', message);
    }
    const { id, imageId, startedAtMs } = record;
    this.runs.set(id, run);
    const { exit } = run;
    run.onExit = (ended) => this.onExit?.({ uid, container: config.name, id, ...ended });
    if (exit !== undefined) setImmediate(() => run.onExit?.(exit));
    return good({ id, imageId, startedAtMs });
  }

  /** The file for a container's last words, seen at the path its spec says. */
  private withTerminationLog(config: ContainerConfig, dir: string): readonly Mount[] {
    const hostPath = join(dir, 'termination-log');
    writeFileSync(hostPath, '', { mode: 0o666 });
    const containerPath = config.terminationMessagePath;
    return [...config.mounts, { hostPath, containerPath, readOnly: false }];
  }

  stopContainer(id: string, graceMs: number): void {
    this.runs.get(id)?.stop(graceMs);
  }

  crashContainer(id: string): void {
    this.runs.get(id)?.crash();
  }

  async removeContainer(id: string): Promise<void> {
    const run = this.runs.get(id);
    if (run === undefined) return;
    this.forget(run);
    rmSync(run.dir, { recursive: true, force: true });
    rmSync(run.log.path, { force: true });
  }

  private forget(run: Run): void {
    run.destroy();
    this.runs.delete(run.record.id);
  }

  async discardPod(uid: string): Promise<void> {
    const sandbox = this.state.sandbox(uid);
    for (const run of this.runs.values()) if (run.record.uid === uid) this.forget(run);
    this.killShims(uid);
    await this.stopSandbox(uid);
    if (sandbox !== undefined) {
      rmSync(this.state.podLogs(sandbox), { recursive: true, force: true });
    }
    await this.removeDirectory(uid);
  }

  private killShims(uid: string): void {
    for (const { container, attempt } of this.state.runs(uid)) {
      const dir = this.state.run(uid, container, attempt);
      if (isAlive(dir)) process.kill(-readPid(dir, 'shim'), 'SIGKILL');
    }
  }

  /** A shim that is starting or ending may still write into the directory: it is killed and that removed again. */
  private async removeDirectory(uid: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        rmSync(this.state.pod(uid), { recursive: true, force: true });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === REMOVALS_MAX) {
          throw error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, REMOVAL_PAUSE_MS));
      this.killShims(uid);
    }
  }

  async exec(
    id: string,
    { command, stdin, tty }: { command: readonly string[]; stdin: boolean; tty: boolean },
  ) {
    const run = this.runs.get(id);
    if (run === undefined || run.exit !== undefined) return bad('NotFound', notRunning(id));
    if (!isFound(command[0] ?? '', run.record, [])) {
      return bad('InternalError', notFoundMessage(command[0] ?? ''));
    }
    try {
      return good(await run.exec(command, stdin, tty));
    } catch (error) {
      return bad('InternalError', (error as Error).message);
    }
  }

  async attach(id: string) {
    const run = this.runs.get(id);
    return run === undefined ? bad('NotFound', notRunning(id)) : good(run.attach());
  }

  logs(id: string, options: Parameters<Runtime['logs']>[1]) {
    const run = this.runs.get(id);
    if (run === undefined) return bad('NotFound', `container "${id}" not found`);
    run.flush();
    return good(readLog(run.log.path, options, run.log));
  }

  async stats(id: string) {
    const run = this.runs.get(id);
    if (run === undefined || run.exit !== undefined || run.record.builtin !== '') return undefined;
    return readStats(readPid(run.dir, 'shim'));
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) run.release();
    this.runs.clear();
  }
}

function notRunning(id: string): string {
  return `container "${id}" is not running`;
}
