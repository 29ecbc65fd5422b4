/**
 * Carries out the effects of pod machines: one entry a pod, which remembers the pod's object, its
 * volumes and the order of what must not overlap. Every answer goes back to the machine as an
 * event. Decides nothing.
 */
import { join } from 'node:path';
import type { Envelope } from '../../bus/envelope.ts';
import type { Pod } from '../../machines/api/types.ts';
import { assertNever } from '../../machines/assert.ts';
import type { HookRun, PodEffect, ProbeRun } from '../../machines/kubelet/effect.ts';
import type { PodContext } from '../../machines/kubelet/pod-context.ts';
import { containerSpec } from '../../machines/kubelet/pod-spec.ts';
import type { Host, Self } from '../host.ts';
import type { KubeletApi } from './api.ts';
import { type ContainerSources, configureContainer } from './container-config.ts';
import { PodVolumes } from './pod-volumes.ts';
import { probeOnce, sleepFor } from './prober.ts';
import type { Exited, Runtime } from './runtime.ts';

/** What pods of one kubelet share. */
export interface PodSources extends ContainerSources {
  readonly host: Host;
  readonly api: KubeletApi;
  readonly runtime: Runtime;
  readonly dataDir: string;
  /** Everything of the pod has gone from this node. */
  discarded(entry: PodEntry): void;
}

/** One pod on this node. */
export interface PodEntry {
  readonly sources: PodSources;
  readonly uid: string;
  readonly id: string;
  pod: Pod;
  volumes: PodVolumes | undefined;
  /** What must happen one after the other: preparing, tearing down, discarding. */
  chain: Promise<void> | undefined;
  /** What containers were told to end because of, by the id of the run. */
  readonly stops: Map<string, Envelope>;
  /** Containers that are being started, each with the exits that came before the answer did. */
  readonly starting: Map<string, Map<string, Exited>>;
  removed: boolean;
  isDiscarded: boolean;
}

/** How long a postStart hook may take; Kubernetes sets no bound, the grace of the pod is ours. */
const POST_START_MS_MAX = 600_000;

/**
 * Carries out one effect. What waits for its turn is not done any more once the machine that asked
 * for it has ended: another kubelet may look after the pod by then.
 */
export function executePod(entry: PodEntry, effect: PodEffect, self: Self): void {
  const { runtime, api } = entry.sources;
  switch (effect.type) {
    case 'pod.prepare':
      inOrder(entry, () => prepare(entry, effect.attempt, self));
      return;
    case 'pod.teardown':
      inOrder(entry, () => teardown(entry, self));
      return;
    case 'pod.discard':
      inOrder(entry, () => discard(entry));
      return;
    case 'pod.refresh':
      entry.volumes?.update(entry.pod);
      return;
    case 'container.run':
      void run(entry, effect.container, effect.attempt, self);
      return;
    case 'container.stop':
      entry.stops.set(effect.id, self.message);
      runtime.stopContainer(effect.id, effect.graceMs);
      return;
    case 'container.discard':
      void runtime.removeContainer(effect.id);
      return;
    case 'hook.run':
      void runHook(entry, effect, self);
      return;
    case 'probe.run':
      void runProbe(entry, effect, self);
      return;
    case 'change.make':
      void api.change(effect.change, self.envelope()).then(
        (result) => self.tell(settled(effect.what, result)),
        (error) => self.tell(settled(effect.what, { ok: false, reason: String(error) })),
      );
      return;
    case 'event.record':
      void api
        .change({ type: 'record', record: effect.record }, self.envelope())
        .catch(() => undefined);
      return;
    case 'timer.set':
    case 'timer.cancel':
      return;
    default:
      assertNever(effect);
  }
}

function settled(
  what: string,
  result: { readonly ok: boolean; readonly reason?: string; readonly revision?: number },
) {
  const { ok, reason = '', revision = 0 } = result;
  return { type: 'change.settled', what, ok, reason, revision } as const;
}

function inOrder(entry: PodEntry, task: () => Promise<void>): void {
  const next = entry.chain === undefined ? task() : entry.chain.then(task);
  entry.chain = next;
  void next.finally(() => {
    if (entry.chain === next) entry.chain = undefined;
  });
}

async function prepare(entry: PodEntry, attempt: number, self: Self): Promise<void> {
  const { runtime, api, host, dataDir, node } = entry.sources;
  if (!self.alive()) return;
  try {
    const sandbox = await runtime.runSandbox(entry.pod, attempt);
    if (!sandbox.ok) {
      self.tell(prepareFailed(sandbox));
      return;
    }
    if (runtime.real && self.alive()) {
      const { hostIp, allocatable } = node;
      const facts = { pod: entry.pod, podIps: sandbox.value.ips, hostIp, allocatable };
      entry.volumes?.close();
      entry.volumes = new PodVolumes(api, host.clock, join(dataDir, 'pods', entry.uid), facts);
      const mounted = await entry.volumes.mount();
      if (!mounted.ok) {
        self.tell(prepareFailed(mounted));
        return;
      }
    }
    self.tell({ type: 'pod.prepared', ...sandbox.value } as never);
  } catch (error) {
    self.tell(prepareFailed({ reason: 'FailedMount', message: (error as Error).message }));
  }
}

function prepareFailed({ reason, message }: { readonly reason: string; readonly message: string }) {
  return { type: 'pod.prepareFailed', reason, message } as const;
}

async function teardown(entry: PodEntry, self: Self): Promise<void> {
  if (!self.alive()) return;
  entry.volumes?.close();
  await entry.sources.runtime.stopSandbox(entry.uid);
  self.tell({ type: 'pod.tornDown' });
}

async function discard(entry: PodEntry): Promise<void> {
  entry.volumes?.unmount();
  await entry.sources.runtime.discardPod(entry.uid);
  entry.isDiscarded = true;
  entry.sources.discarded(entry);
}

async function run(entry: PodEntry, name: string, attempt: number, self: Self): Promise<void> {
  const { runtime } = entry.sources;
  const answer = (event: { readonly type: string }) =>
    self.tell({ ...event, container: name } as { type: string });
  const failed = (reason: string, message: string) =>
    answer({ type: 'container.startFailed', reason, message } as { type: string });
  try {
    const pulled = await ensureImage(entry, name, answer);
    if (!pulled || !self.alive()) return;
    const config = await configureContainer(entry, name, attempt);
    if (!config.ok) {
      failed(config.reason, config.message);
      return;
    }
    if (!self.alive()) return;
    entry.starting.set(name, new Map());
    const started = await runtime.runContainer(entry.pod, config.value);
    if (started.ok) answer({ type: 'container.started', ...started.value } as { type: string });
    else failed(started.reason, started.message);
  } catch (error) {
    failed('CreateContainerError', (error as Error).message);
  } finally {
    const early = entry.starting.get(name);
    entry.starting.delete(name);
    for (const exited of early?.values() ?? []) tellExit(entry, exited);
  }
}

/** Tells a pod's machine that a run has ended. */
export function tellExit({ id, sources, stops }: PodEntry, { uid: _, ...exit }: Exited): void {
  const { host } = sources;
  const cause = host.envelope(`runtime/${exit.container}`, stops.get(exit.id));
  stops.delete(exit.id);
  if (host.has('pod', id)) {
    host.tell('pod', id, { type: 'container.exited', ...exit } as never, cause);
  }
}

/** Has the image ready, or says why not. */
async function ensureImage(
  { sources, pod }: PodEntry,
  name: string,
  answer: (event: { readonly type: string }) => void,
): Promise<boolean> {
  const { runtime, host } = sources;
  const { image = '', imagePullPolicy } = containerSpec(pod, name) ?? {};
  if (runtime.hasImage(pod, name)) return true;
  if (imagePullPolicy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    answer({ type: 'image.failed', reason: 'ErrImageNeverPull', message } as { type: string });
    return false;
  }
  answer({ type: 'image.pulling' });
  const startedMs = host.clock.nowMs();
  const pulled = await runtime.pullImage(pod, name);
  if (!pulled.ok) {
    const { reason, message } = pulled;
    answer({ type: 'image.failed', reason, message } as { type: string });
    return false;
  }
  const tookMs = host.clock.nowMs() - startedMs;
  answer({ type: 'image.pulled', tookMs, ...pulled.value } as { type: string });
  return true;
}

/** The state of the pod's machine, for what only it knows: container ids and addresses. */
export function podState(entry: PodEntry): PodContext | undefined {
  return entry.sources.host.state('pod', entry.id)?.context as PodContext | undefined;
}

async function runHook(entry: PodEntry, effect: HookRun, self: Self): Promise<void> {
  const { container, hook, timeoutMs } = effect;
  const spec = containerSpec(entry.pod, container);
  const handler = spec?.lifecycle?.[hook];
  const context = podState(entry);
  const id = context?.containers[container]?.context.run?.id ?? '';
  const { runtime, host } = entry.sources;
  let ok = true;
  if (!runtime.real && handler?.sleep !== undefined) await sleepFor(host.clock, handler.sleep);
  if (runtime.real && spec !== undefined && handler !== undefined) {
    const { clock } = host;
    const target = { clock, runtime, id, container: spec, podIp: context?.sandbox?.ips[0] ?? '' };
    const boundMs = hook === 'postStart' ? POST_START_MS_MAX : timeoutMs;
    const result = await probeOnce(target, handler, boundMs);
    ok = result.outcome === 'success';
  }
  const done = { type: 'hook.done', container, hook, ok };
  self.tell(done);
}

async function runProbe(entry: PodEntry, effect: ProbeRun, self: Self): Promise<void> {
  const { container, id, probe, run: number } = effect;
  const spec = containerSpec(entry.pod, container);
  const handler = spec?.[`${probe}Probe`];
  const { runtime, host } = entry.sources;
  const podIp = podState(entry)?.sandbox?.ips[0] ?? '';
  const result =
    runtime.real && spec !== undefined && handler !== undefined
      ? await probeOnce(
          { clock: host.clock, runtime, id, container: spec, podIp },
          handler,
          (handler.timeoutSeconds ?? 1) * 1000,
        )
      : { outcome: 'success', output: '' };
  const event = { type: 'probe.result', container, id, probe, run: number, ...result };
  self.tell(event);
}
