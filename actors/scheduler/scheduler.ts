/**
 * The scheduler's actor: keeps the cluster's picture up to date from the log, hosts the scheduler machine and one
 * `pendingPod` machine for each pod without a node, and carries out what they ask for.
 *
 * Owns the queue and the picture; both are rebuilt from the replica when the lease is gained. Where a pod goes is
 * decided in `machines/scheduler/schedule.ts`.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Replica, ReplicaEvent, ReplicaWatch } from '../../bus/store/replica.ts';
import type { Change } from '../../machines/api/change.ts';
import type { Node, Pod } from '../../machines/api/types.ts';
import type { AnyObject, Stored, View } from '../../machines/api/view.ts';
import type { HostEffect } from '../../machines/effect.ts';
import {
  bindingOf,
  preemptionOf,
  reportOf,
  SCHEDULER_NAME,
} from '../../machines/scheduler/changes.ts';
import { Cluster } from '../../machines/scheduler/cluster.ts';
import { defaultSelector } from '../../machines/scheduler/default-selector.ts';
import type { PluginName } from '../../machines/scheduler/filters.ts';
import {
  type ClusterChange,
  isFinished,
  isSamePod,
  mayHelp,
  nodeChanges,
} from '../../machines/scheduler/hints.ts';
import { type PendingPodEffect, pendingPodMachine } from '../../machines/scheduler/pending-pod.ts';
import {
  compileLabels,
  type LabelMatch,
  type PodInfo,
  podInfoOf,
} from '../../machines/scheduler/pod-info.ts';
import { type Budget, preempt } from '../../machines/scheduler/preempt.ts';
import { type Diagnosis, refusalMessage, schedule } from '../../machines/scheduler/schedule.ts';
import { type SchedulerEffect, schedulerMachine } from '../../machines/scheduler/scheduler.ts';
import { applyChanges } from '../controllers/apply.ts';
import type { Changer, EventRecorder } from '../event-recorder.ts';
import { follow } from '../follow.ts';
import type { Host, Self } from '../host.ts';
import { resourceOf } from '../view.ts';
import { SchedulingQueue } from './queue.ts';

/** Bindings under way at the same time; further ones wait. */
export const BINDINGS_MAX = 64;
/** Pods scheduled in one go before others get their turn. */
export const CYCLE_PODS_MAX = 16;

const SCHEDULER = 'scheduler';
const POD = 'pendingPod';

export interface SchedulerOptions {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  readonly view: View;
  readonly client: Changer;
  readonly recorder: EventRecorder;
  /** Draws a number from 0 up to 1 that breaks ties; seeded in simulation. */
  readonly draw: () => number;
}

export interface Scheduler {
  /** Starts scheduling; `token` is the lease's fencing token. */
  lead(token: number): void;
  standDown(): void;
}

/** Registers the kinds `scheduler` and `pendingPod` with the host; call once for each host. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const actor = new SchedulerActor(options);
  return {
    lead: (token) => actor.tell({ type: 'leadership.gained', token } as { type: string }),
    standDown: () => actor.tell({ type: 'leadership.lost' }),
  };
}

class SchedulerActor {
  readonly #options: SchedulerOptions;
  readonly #queue = new SchedulingQueue();
  readonly #pending = new Map<string, PodInfo>();
  readonly #parked = new Map<string, readonly PluginName[]>();
  readonly #selectors = new Map<string, LabelMatch | undefined>();
  readonly #changes = new Set<ClusterChange>();
  readonly #bindings: { readonly pod: PodInfo; readonly node: string; readonly self: Self }[] = [];
  #cluster = new Cluster();
  #watch: ReplicaWatch | undefined;
  #binding = 0;
  #start = 0;
  #flushing = false;
  #woken = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { host } = options;
    host.register({
      name: SCHEDULER,
      machine: schedulerMachine,
      execute: ((effect: SchedulerEffect, self: Self) => this.#execute(effect, self)) as never,
    });
    host.register({
      name: POD,
      machine: pendingPodMachine,
      execute: ((effect: Exclude<PendingPodEffect, HostEffect>, self: Self) =>
        this.#executePod(effect, self)) as never,
      rebuild: (id) => {
        const pod = this.#pending.get(id);
        return pod === undefined ? undefined : { gated: isGated(pod.pod) };
      },
    });
    host.start(SCHEDULER, SCHEDULER, {});
  }

  tell(event: { readonly type: string }): void {
    this.#options.host.tell(SCHEDULER, SCHEDULER, event);
  }

  #execute(effect: SchedulerEffect, self: Self): void {
    switch (effect.type) {
      case 'scheduling.start': {
        const { replica, host } = this.#options;
        this.#watch = follow(replica, '', host.clock, {
          onStart: () => this.#load(),
          onEvent: (event) => this.#onEvent(event),
        });
        return;
      }
      case 'scheduling.stop':
        this.#watch?.close();
        this.#watch = undefined;
        this.#forgetAll();
        return;
      case 'cycle.run': {
        this.#woken = false;
        for (let i = 0; i < CYCLE_PODS_MAX; i++) {
          const key = this.#queue.take();
          if (key === undefined) break;
          this.#scheduleOne(key, self);
        }
        self.tell({ type: 'cycle.done', more: this.#queue.size > 0 } as { type: string });
        return;
      }
    }
  }

  #forgetAll(): void {
    for (const key of this.#pending.keys()) this.#options.host.stop(POD, key);
    for (const memory of [this.#pending, this.#parked, this.#selectors]) memory.clear();
    this.#queue.clear();
    this.#changes.clear();
    this.#bindings.length = 0;
    this.#cluster = new Cluster();
    this.#woken = false;
  }

  #load(): void {
    this.#forgetAll();
    const { view } = this.#options;
    for (const { metadata } of view.list('core/namespaces')) {
      this.#cluster.setNamespace(metadata.name, metadata.labels);
    }
    for (const node of view.list('core/nodes')) this.#cluster.setNode(node);
    for (const pod of view.list('core/pods')) this.#podStored(pod, undefined, undefined);
  }

  #onEvent({ operation, entry, previous }: ReplicaEvent<AnyObject>): void {
    const resource = resourceOf(entry.key);
    const deleted = operation === 'delete';
    const object = entry.value as Stored<AnyObject>;
    switch (resource) {
      case 'core/pods': {
        const pod = object as Stored<Pod>;
        if (deleted) this.#podGone(pod);
        else this.#podStored(pod, previous?.value as Stored<Pod> | undefined, entry.envelope);
        return;
      }
      case 'core/nodes':
        this.#nodeStored(
          object as Stored<Node>,
          previous?.value as Stored<Node> | undefined,
          deleted,
        );
        return;
      case 'core/namespaces':
        if (deleted) this.#cluster.removeNamespace(object.metadata.name);
        else this.#cluster.setNamespace(object.metadata.name, object.metadata.labels);
        this.#changed('namespace labels');
        return;
      case 'core/services':
      case 'apps/replicasets':
      case 'apps/statefulsets':
      case 'core/replicationcontrollers':
        this.#selectors.clear();
        return;
      default:
        return;
    }
  }

  #nodeStored(node: Stored<Node>, previous: Stored<Node> | undefined, deleted: boolean): void {
    if (deleted) {
      this.#cluster.removeNode(node.metadata.name);
      this.#changed('pod removed');
      return;
    }
    const changes = nodeChanges(previous, node);
    if (changes.length === 0) return;
    this.#cluster.setNode(node);
    this.#changed(...changes);
  }

  #podStored(
    pod: Stored<Pod>,
    previous: Stored<Pod> | undefined,
    cause: Envelope | undefined,
  ): void {
    if (previous !== undefined && isSamePod(previous, pod)) return;
    const node = pod.spec?.nodeName ?? '';
    const ours = (pod.spec?.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME;
    const leaves = node === '' && pod.metadata.deletionTimestamp !== undefined;
    if (isFinished(pod) || leaves) this.#podGone(pod);
    else if (node !== '') this.#podPlaced(podInfoOf(pod), node);
    else if (ours) this.#podWaits(podInfoOf(pod), cause);
  }

  #podPlaced(info: PodInfo, node: string): void {
    const before = this.#cluster.placed(info.key);
    this.#cluster.addPod(info, node);
    if (this.#pending.has(info.key)) this.#dropPending(info.key);
    this.#changed(before?.node.name === node ? 'pod labels' : 'pod placed');
  }

  #podWaits(info: PodInfo, cause: Envelope | undefined): void {
    const { host } = this.#options;
    const known = this.#pending.get(info.key);
    if (known !== undefined && known.uid !== info.uid) this.#dropPending(info.key);
    this.#pending.set(info.key, info);
    const nominated = info.pod.status?.nominatedNodeName ?? '';
    if (nominated !== '') this.#cluster.nominated.set(info.key, { pod: info, node: nominated });
    const gated = isGated(info.pod);
    if (host.start(POD, info.key, { gated }, cause)) return;
    if (known !== undefined && isOnlyNominated(known, info)) return;
    host.tell(POD, info.key, { type: 'pod.changed', gated } as { type: string }, cause);
  }

  #podGone(pod: Stored<Pod>): void {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    if (this.#pending.get(key)?.uid === pod.metadata.uid) this.#dropPending(key);
    if (this.#cluster.removePod(key) !== undefined) this.#changed('pod removed');
  }

  #dropPending(key: string): void {
    this.#options.host.stop(POD, key);
    this.#pending.delete(key);
    this.#parked.delete(key);
    this.#queue.remove(key);
    this.#cluster.nominated.delete(key);
  }

  /** Notes what has changed; the parked pods it may help hear of it after the present burst of changes. */
  #changed(...changes: readonly ClusterChange[]): void {
    if (this.#parked.size === 0) return;
    for (const change of changes) this.#changes.add(change);
    if (this.#flushing) return;
    this.#flushing = true;
    const { clock } = this.#options.host;
    clock.at(clock.nowMs(), () => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    for (const [key, plugins] of this.#parked) {
      if (!mayHelp(plugins, this.#changes)) continue;
      this.#parked.delete(key);
      this.#options.host.tell(POD, key, { type: 'cluster.changed' });
    }
    this.#changes.clear();
  }

  #scheduleOne(key: string, self: Self): void {
    const { host, draw } = this.#options;
    const pod = this.#pending.get(key);
    if (pod === undefined || !host.has(POD, key)) return;
    const selector = this.#selectorOf(pod);
    const result = schedule(pod, this.#cluster, {
      start: this.#start,
      draw: draw(),
      defaultSelector: selector,
    });
    this.#start = result.start;
    if (result.ok) {
      this.#cluster.addPod(pod, result.node);
      this.#cluster.nominated.delete(key);
      this.#changed('pod placed');
      host.tell(POD, key, { type: 'node.chosen', node: result.node } as { type: string });
      return;
    }
    this.#refuse(pod, result.diagnosis, self);
  }

  #refuse(pod: PodInfo, diagnosis: Diagnosis, self: Self): void {
    const found = preempt(pod, this.#cluster, diagnosis, this.#budgets(pod), this.#options.draw());
    const text = found.ok ? undefined : `no new claims to deallocate, preemption: ${found.message}`;
    const nominated = found.ok ? found.node : '';
    if (found.ok) {
      this.#cluster.nominated.set(pod.key, { pod, node: found.node });
      for (const victim of found.victims) {
        void this.#inOrder(preemptionOf(victim, pod, found.node, self.nowMs), self);
      }
    }
    const message = refusalMessage(diagnosis, diagnosis.nodes === 0 ? undefined : text);
    const plugins = [...diagnosis.plugins];
    this.#parked.set(pod.key, plugins);
    const event = { type: 'node.refused', plugins, message, nominated };
    this.#options.host.tell(POD, pod.key, event);
  }

  #budgets(pod: PodInfo): readonly Budget[] {
    if (pod.priority <= 0) return [];
    return this.#options.view.list('policy/poddisruptionbudgets').map((budget) => ({
      namespace: budget.metadata.namespace ?? '',
      matches: compileLabels(budget.spec?.selector),
      disruptionsAllowed: budget.status?.disruptionsAllowed ?? 0,
    }));
  }

  /** The default selector, shared by the pods of one controller. */
  #selectorOf(pod: PodInfo): LabelMatch | undefined {
    if (pod.hardSpread.length > 0 || pod.softSpread.length > 0) return undefined;
    const owner = pod.pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return defaultSelector(pod.pod, this.#options.view);
    if (!this.#selectors.has(owner.uid)) {
      this.#selectors.set(owner.uid, defaultSelector(pod.pod, this.#options.view));
    }
    return this.#selectors.get(owner.uid);
  }

  #executePod(effect: Exclude<PendingPodEffect, HostEffect>, self: Self): void {
    const pod = this.#pending.get(self.id);
    if (pod === undefined) return;
    switch (effect.type) {
      case 'queue.join':
        this.#parked.delete(self.id);
        this.#queue.add(self.id, pod.priority);
        if (this.#woken) return;
        this.#woken = true;
        this.tell({ type: 'pods.waiting' });
        return;
      case 'pod.bind':
        this.#bindings.push({ pod, node: effect.node, self });
        this.#bindNext();
        return;
      case 'pod.forget':
        if (this.#cluster.placed(self.id)?.pod === pod) this.#cluster.removePod(self.id);
        this.#changed('pod removed');
        return;
      case 'pod.report': {
        const stored = this.#options.view.get('core/pods', pod.namespace, pod.name);
        if (stored?.metadata.uid !== pod.uid) return;
        void this.#inOrder(reportOf(stored, effect, self.nowMs), self);
        return;
      }
    }
  }

  #bindNext(): void {
    while (this.#binding < BINDINGS_MAX) {
      const next = this.#bindings.shift();
      if (next === undefined) return;
      if (!next.self.alive()) continue;
      this.#binding++;
      void this.#bind(next.pod, next.node, next.self).finally(() => {
        this.#binding--;
        this.#bindNext();
      });
    }
  }

  async #bind(pod: PodInfo, node: string, self: Self): Promise<void> {
    const { client, recorder } = this.#options;
    const { failures } = await applyChanges(
      client,
      recorder,
      [bindingOf(pod, node)],
      self.envelope,
    );
    if (failures.length === 0) {
      self.tell({ type: 'pod.bound' });
      return;
    }
    const message = `binding rejected: running Bind plugin "DefaultBinder": ${failures[0]?.message ?? ''}`;
    self.tell({ type: 'bind.failed', message } as { type: string });
  }

  async #inOrder(changes: readonly Change[], self: Self): Promise<void> {
    for (const change of changes) {
      await applyChanges(this.#options.client, this.#options.recorder, [change], self.envelope);
    }
  }
}

function isGated(pod: Stored<Pod>): boolean {
  return (pod.spec?.schedulingGates ?? []).length > 0;
}

/** True where an update only tells of a nomination, which the scheduler made itself. */
function isOnlyNominated(before: PodInfo, after: PodInfo): boolean {
  const name = (info: PodInfo) => info.pod.status?.nominatedNodeName ?? '';
  return name(before) !== name(after);
}
