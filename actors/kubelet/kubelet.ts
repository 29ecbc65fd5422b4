/**
 * A kubelet: the node's machine, the machines of its pods, and the executors of their effects.
 * Several may live in one host (hollow nodes); they share the machine kinds `node` and `pod`, and
 * nothing else.
 *
 * Never decides what a pod's containers do, and never reads a pod's status but to begin its
 * machine.
 */
import type { Bus, Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { subject } from '../../bus/subjects.ts';
import type { Pod } from '../../machines/api/types.ts';
import { assertNever } from '../../machines/assert.ts';
import type { PodEffect } from '../../machines/kubelet/effect.ts';
import {
  evictionMessage,
  nextEvicted,
  type Pressure,
  type Rejection,
  rejectionOf,
} from '../../machines/kubelet/eviction.ts';
import {
  type NodeConfig,
  type NodeContext,
  type NodeEffect,
  nodeMachine,
} from '../../machines/kubelet/node.ts';
import { pressuresOf } from '../../machines/kubelet/node-context.ts';
import { podMachine } from '../../machines/kubelet/pod.ts';
import type { Recovered } from '../../machines/kubelet/pod-start.ts';
import type { Host, Self } from '../host.ts';
import type { Closeable, KubeletApi } from './api.ts';
import { executePod, type PodEntry, type PodSources, podState, tellExit } from './pod-actor.ts';
import type { Exited, Runtime } from './runtime.ts';
import { type FindPod, serveAttach, serveExec, serveLogs } from './streams.ts';

export interface KubeletOptions {
  readonly host: Host;
  readonly bus: Bus;
  readonly api: KubeletApi;
  readonly runtime: Runtime;
  readonly node: NodeConfig;
  /** Where pods' volumes are kept; the process runtime keeps its state in the same. */
  readonly dataDir: string;
  /** The cluster's name, the first token of all subjects. */
  readonly cluster: string;
}

export interface Kubelet {
  readonly node: string;
  start(): void;
  /** The node has become short of a resource, or has enough of it again. */
  pressure(resource: Pressure, under: boolean): void;
  /**
   * `leave`: lets go at once; containers go on running, for a kubelet that follows. `terminate`:
   * ends the containers within the grace, and leaves the objects: a later start runs them again.
   */
  stop(how: 'leave' | 'terminate', graceMs?: number): Promise<void>;
}

/** Grace for all pods of a node that is shut down, milliseconds. */
export const SHUTDOWN_GRACE_MS = 10_000;
/** How much longer the machines may take to end than their containers' grace. */
const SHUTDOWN_SLACK_MS = 5_000;
const SHUTDOWN_POLL_MS = 20;

/** The kubelets of a host, and their pods by the id of the machine. */
interface Registry {
  readonly kubelets: Map<string, KubeletActor>;
  readonly pods: Map<string, PodEntry>;
}

const registries = new WeakMap<Host, Registry>();

/** The kubelets of a host; registers their machine kinds with the first. */
function registryOf(host: Host): Registry {
  const known = registries.get(host);
  if (known !== undefined) return known;
  const registry: Registry = { kubelets: new Map(), pods: new Map() };
  registries.set(host, registry);
  host.register({
    name: 'node',
    machine: nodeMachine,
    execute: (effect: NodeEffect, self) =>
      registry.kubelets.get(self.id)?.executeNode(effect, self),
    rebuild: (id) => registry.kubelets.get(id)?.nodeInput(),
  });
  host.register({
    name: 'pod',
    machine: podMachine,
    execute: (effect: PodEffect, self) => {
      const entry = registry.pods.get(self.id);
      if (entry !== undefined) executePod(entry, effect, self);
    },
    rebuild: (id) => {
      const entry = registry.pods.get(id);
      return entry === undefined
        ? undefined
        : podInput(entry, null, entry.sources.runtime.recover(entry.pod));
    },
  });
  return registry;
}

function podInput(
  { pod, sources }: PodEntry,
  rejection: Rejection | null,
  recovered: Recovered | null,
) {
  const { node, runtime } = sources;
  const { name, hostIp, crashBackoffMaxMs } = node;
  const longest = crashBackoffMaxMs === undefined ? {} : { crashBackoffMaxMs };
  return {
    pod,
    node: { name, hostIp, runtime: runtime.name, ...longest },
    recovered,
    rejection,
  };
}

/** Creates a kubelet; `start` begins its work. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new KubeletActor(options);
}

class KubeletActor implements Kubelet {
  readonly node: string;
  private readonly options: KubeletOptions;
  private readonly registry: Registry;
  private readonly sources: PodSources;
  private readonly byUid = new Map<string, PodEntry>();
  private watch: Closeable | undefined;
  private serving: Subscription[] = [];
  private synced = false;

  constructor(options: KubeletOptions) {
    this.options = options;
    this.node = options.node.name;
    this.registry = registryOf(options.host);
    const { host, api, runtime, dataDir, node } = options;
    this.sources = {
      ...{ host, api, runtime, dataDir, node },
      services: (namespace) => api.services(namespace),
      discarded: (entry) => this.forgetIfGone(entry),
    };
  }

  nodeInput() {
    return { config: this.options.node };
  }

  start(): void {
    const { host, bus, cluster, runtime } = this.options;
    this.registry.kubelets.set(this.node, this);
    runtime.onExit = (exited) => this.exited(exited);
    const find: FindPod = (namespace, name) => this.find(namespace, name);
    const at = (what: string) => subject(cluster, 'node', this.node, what);
    this.serving = [
      bus.serve(at('logs'), (opening) => serveLogs(opening, find, host.clock.nowMs())),
      bus.serve(at('exec'), (opening) => serveExec(opening, find)),
      bus.serve(at('attach'), (opening) => serveAttach(opening, find)),
      bus.onConnection((state) => {
        if (state === 'connected') this.tellNode({ type: 'bus.connected' });
      }),
      bus.subscribe(at('heard'), ({ envelope }) => this.tellNode({ type: 'node.heard' }, envelope)),
    ];
    host.start('node', this.node, this.nodeInput());
  }

  tellNode(event: { readonly type: 'bus.connected' | 'node.heard' }, cause?: Envelope): void {
    const { host } = this.options;
    if (host.has('node', this.node)) host.tell('node', this.node, event, cause);
  }

  executeNode(effect: NodeEffect, self: Self): void {
    const { api, bus, cluster } = this.options;
    switch (effect.type) {
      case 'node.beat':
        bus.tell(subject(cluster, 'beat', this.node), { ready: true }, self.envelope());
        return;
      case 'node.read':
        void api.get({ resource: 'core/nodes', namespace: '', name: this.node }).then(
          (found) => {
            if (!found.ok && found.code !== 404) self.tell({ type: 'node.unread' });
            else {
              const object = found.ok ? found.object : undefined;
              self.tell({ type: 'node.seen', object } as never);
            }
          },
          () => self.tell({ type: 'node.unread' }),
        );
        return;
      case 'node.registered':
        this.watchPods();
        return;
      case 'pods.evict':
        this.evict(effect.resource, self);
        return;
      case 'change.make':
        void api.change(effect.change, self.envelope()).then(
          (result) => {
            const { what } = effect;
            const { ok } = result;
            const object = ok ? result.object : undefined;
            const [reason, revision] = ok ? ['', result.revision] : [result.reason, 0];
            self.tell({ type: 'change.settled', what, ok, reason, revision, object } as never);
          },
          (error) => {
            const failed = { what: effect.what, ok: false, reason: String(error), revision: 0 };
            self.tell({ type: 'change.settled', ...failed } as never);
          },
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

  private watchPods(): void {
    if (this.watch !== undefined) return;
    this.watch = this.options.api.watchPods(this.node, {
      onSync: (pods, causeOf) => this.sync(pods, causeOf),
      onPod: (pod, deleted, cause) =>
        deleted ? this.removed(pod, cause) : this.upsert(pod, cause),
      onLost: () => {},
    });
  }

  /**
   * The pods as they are now: those that are unknown begin, those that are missing have been
   * removed.
   */
  private sync(
    pods: readonly Pod[],
    causeOf: (pod: Pod) => Envelope | undefined = () => undefined,
  ) {
    const uids = new Set(pods.map((pod) => pod.metadata?.uid ?? ''));
    const { runtime } = this.options;
    // All are found before any begins: what runs keeps its address.
    const found = pods.map((pod) =>
      this.byUid.has(pod.metadata?.uid ?? '') ? null : runtime.recover(pod),
    );
    for (const [index, pod] of pods.entries()) this.upsert(pod, causeOf(pod), found[index]);
    for (const entry of [...this.byUid.values()]) {
      if (!uids.has(entry.uid)) this.removed(entry.pod);
    }
    if (this.synced) return;
    this.synced = true;
    for (const uid of runtime.podUids()) if (!uids.has(uid)) void runtime.discardPod(uid);
  }

  private upsert(pod: Pod, cause?: Envelope, recovered?: Recovered | null): void {
    const uid = pod.metadata?.uid ?? '';
    const known = this.byUid.get(uid);
    if (known !== undefined) {
      known.pod = pod;
      this.options.host.tell('pod', known.id, { type: 'pod.updated', pod } as never, cause);
      return;
    }
    const entry: PodEntry = {
      sources: this.sources,
      uid,
      id: this.freeId(pod),
      pod,
      volumes: undefined,
      chain: undefined,
      stops: new Map(),
      starting: new Map(),
      removed: false,
      isDiscarded: false,
    };
    const max = Number(this.options.node.allocatable.pods ?? 110);
    const found = recovered ?? this.options.runtime.recover(pod);
    // A pod whose sandbox stands was taken before.
    const isTaken = found !== null && found.sandbox !== null;
    const rejection = isTaken ? null : rejectionOf(pod, this.pressures(), this.active(), max);
    this.byUid.set(uid, entry);
    this.registry.pods.set(entry.id, entry);
    this.options.host.start('pod', entry.id, podInput(entry, rejection, found), cause);
  }

  pressure(resource: Pressure, under: boolean): void {
    const event = { type: 'pressure.changed', resource, under };
    this.options.host.tell('node', this.node, event);
  }

  private pressures(): readonly Pressure[] {
    const { host } = this.options;
    const context = host.state('node', this.node)?.context as NodeContext | undefined;
    return context === undefined ? [] : pressuresOf(context, host.clock.nowMs());
  }

  private evict(resource: Pressure, self: Self): void {
    const { host } = this.options;
    const found = [...this.byUid.values()].flatMap((entry) => {
      const context = podState(entry);
      return context === undefined ? [] : [{ ...context, id: entry.id }];
    });
    const next = nextEvicted(found, resource);
    if (next === undefined) return;
    const event = { type: 'pod.evicted', message: evictionMessage(resource) };
    host.tell('pod', next.id, event, self.envelope());
  }

  /** Pods that take one of the node's places. */
  private active(): number {
    let count = 0;
    for (const { pod } of this.byUid.values()) {
      if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') count++;
    }
    return count;
  }

  /** `namespace/name`, unless an earlier pod of that name is still ending here. */
  private freeId({ metadata }: Pod): string {
    const id = `${metadata?.namespace}/${metadata?.name}`;
    // The machine of a pod that has gone may still have its last event before it.
    const isTaken = this.registry.pods.has(id) || this.options.host.has('pod', id);
    return isTaken ? `${id}/${metadata?.uid}` : id;
  }

  private removed(pod: Pod, cause?: Envelope): void {
    const entry = this.byUid.get(pod.metadata?.uid ?? '');
    if (entry === undefined || entry.removed) return;
    entry.removed = true;
    entry.pod = pod;
    const { host } = this.options;
    if (host.has('pod', entry.id)) host.tell('pod', entry.id, { type: 'pod.removed' }, cause);
    else entry.isDiscarded = true;
    this.forgetIfGone(entry);
  }

  private forgetIfGone(entry: PodEntry): void {
    if (!entry.removed || !entry.isDiscarded) return;
    this.byUid.delete(entry.uid);
    if (this.registry.pods.get(entry.id) === entry) this.registry.pods.delete(entry.id);
  }

  private exited(exited: Exited): void {
    const entry = this.byUid.get(exited.uid);
    if (entry === undefined) return;
    const { container, id } = exited;
    if (entry.starting.has(container)) entry.starting.get(container)?.set(id, exited);
    else tellExit(entry, exited);
  }

  private find(namespace: string, name: string) {
    const prefix = `${namespace}/${name}`;
    let found: PodEntry | undefined;
    for (const entry of this.byUid.values()) {
      if (entry.id === prefix || entry.id.startsWith(`${prefix}/`)) found = entry;
    }
    const context = found === undefined ? undefined : podState(found);
    return context === undefined ? undefined : { runtime: this.options.runtime, context };
  }

  async stop(how: 'leave' | 'terminate', graceMs = SHUTDOWN_GRACE_MS): Promise<void> {
    const { host, runtime } = this.options;
    this.watch?.close();
    for (const subscription of this.serving) subscription.close();
    if (how === 'terminate') await this.terminate(graceMs);
    for (const entry of this.byUid.values()) {
      entry.volumes?.close();
      host.stop('pod', entry.id);
      this.registry.pods.delete(entry.id);
    }
    host.stop('node', this.node);
    this.registry.kubelets.delete(this.node);
    await runtime.close();
  }

  private async terminate(graceMs: number): Promise<void> {
    const { host } = this.options;
    host.tell('node', this.node, { type: 'node.stopping' });
    for (const { id } of this.byUid.values()) {
      if (host.has('pod', id)) host.tell('pod', id, { type: 'node.stopping', graceMs } as never);
    }
    const { clock } = host;
    const deadlineMs = clock.nowMs() + graceMs + SHUTDOWN_SLACK_MS;
    const lives = () =>
      host.has('node', this.node) || [...this.byUid.values()].some(({ id }) => host.has('pod', id));
    while (lives() && clock.nowMs() < deadlineMs) {
      await new Promise<void>((resolve) => {
        clock.at(clock.nowMs() + SHUTDOWN_POLL_MS, resolve);
      });
    }
  }
}
