/**
 * The scheduler's actor: hosts the scheduler machine and one `pendingPod` machine for each pod
 * without a node, and carries out what they ask for.
 *
 * Owns the queue; queue and picture are rebuilt from the replica when the lease is gained. Where a
 * pod goes is decided in `machines/scheduler/schedule.ts`.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Replica } from '../../bus/store/replica.ts';
import type { Change } from '../../machines/api/change.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';
import type { HostEffect } from '../../machines/effect.ts';
import { preemptionOf, reportOf } from '../../machines/scheduler/changes.ts';
import type { PluginName } from '../../machines/scheduler/filters.ts';
import { type ClusterChange, mayHelp } from '../../machines/scheduler/hints.ts';
import { type PendingPodEffect, pendingPodMachine } from '../../machines/scheduler/pending-pod.ts';
import { compileLabels, type PodInfo } from '../../machines/scheduler/pod-info.ts';
import { type Budget, preempt } from '../../machines/scheduler/preempt.ts';
import { type Diagnosis, refusalMessage, schedule } from '../../machines/scheduler/schedule.ts';
import { type SchedulerEffect, schedulerMachine } from '../../machines/scheduler/scheduler.ts';
import { applyChanges } from '../controllers/apply.ts';
import type { Changer, EventRecorder } from '../event-recorder.ts';
import type { Host, Self } from '../host.ts';
import { Bindings } from './bindings.ts';
import { Picture, type PictureListener } from './picture.ts';
import { SchedulingQueue } from './queue.ts';

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
  lead(token: number, cause?: Envelope): void;
  standDown(): void;
}

/** Registers the kinds `scheduler` and `pendingPod` with the host; call once for each host. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const actor = new SchedulerActor(options);
  return {
    lead: (token, cause) =>
      actor.tell({ type: 'leadership.gained', token } as { type: string }, cause),
    standDown: () => actor.tell({ type: 'leadership.lost' }),
  };
}

/** A pod without a node, and the message that last changed it or put it into the queue. */
interface Pending {
  readonly pod: PodInfo;
  cause: Envelope | undefined;
}

class SchedulerActor implements PictureListener {
  readonly #options: SchedulerOptions;
  readonly #bindings: Bindings;
  readonly #queue = new SchedulingQueue();
  readonly #pending = new Map<string, Pending>();
  /** Pods that did not fit, and the plug-ins that refused them. */
  readonly #parked = new Map<string, readonly PluginName[]>();
  /** What has changed since the parked pods heard of it, each with the last message that changed it. */
  readonly #changes = new Map<ClusterChange, Envelope | undefined>();
  #picture: Picture | undefined;
  #start = 0;
  #flushing = false;
  #woken = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#bindings = new Bindings(options.client, options.recorder);
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
        const pending = this.#pending.get(id);
        return pending === undefined ? undefined : { gated: isGated(pending.pod) };
      },
    });
    host.start(SCHEDULER, SCHEDULER, {});
  }

  tell(event: { readonly type: string }, cause?: Envelope): void {
    this.#options.host.tell(SCHEDULER, SCHEDULER, event, cause);
  }

  #execute(effect: SchedulerEffect, self: Self): void {
    switch (effect.type) {
      case 'scheduling.start': {
        const { replica, view, host } = this.#options;
        this.#picture = new Picture(replica, view, host.clock, this);
        this.#picture.start();
        return;
      }
      case 'scheduling.stop':
        this.#picture?.close();
        this.#picture = undefined;
        this.onReset();
        return;
      case 'cycle.run':
        this.#woken = false;
        for (let i = 0; i < CYCLE_PODS_MAX; i++) {
          const key = this.#queue.take();
          if (key === undefined) break;
          this.#scheduleOne(key, self.message);
        }
        self.tell({ type: 'cycle.done', more: this.#queue.size > 0 } as { type: string });
        return;
    }
  }

  onReset(): void {
    for (const key of this.#pending.keys()) this.#options.host.stop(POD, key);
    this.#pending.clear();
    this.#parked.clear();
    this.#queue.clear();
    this.#changes.clear();
    this.#bindings.clear();
    this.#woken = false;
  }

  onWaiting(pod: PodInfo, cause: Envelope | undefined): void {
    const { host } = this.#options;
    const { key } = pod;
    const known = this.#pending.get(key)?.pod;
    // Of an earlier pod of that name one may have yet to hear that it is bound.
    if (known?.uid !== pod.uid) this.#drop(key);
    this.#pending.set(key, { pod, cause });
    const nominated = nominationOf(pod);
    if (nominated !== '') this.#picture?.cluster.nominated.set(key, { pod, node: nominated });
    const gated = isGated(pod);
    if (host.start(POD, key, { gated }, cause)) return;
    // A nomination is the scheduler's own doing and makes the pod no more schedulable.
    if (known !== undefined && nominationOf(known) !== nominated) return;
    host.tell(POD, key, { type: 'pod.changed', gated } as { type: string }, cause);
  }

  /** The log is the first to say that a binding is made; the answer to it finds nobody who waits. */
  onPlaced(key: string, uid: string, cause: Envelope | undefined): void {
    if (this.#pending.get(key)?.pod.uid !== uid) return;
    this.#options.host.tell(POD, key, { type: 'pod.bound' }, cause);
    this.#forget(key);
  }

  onSettled(key: string, uid: string): void {
    if (this.#pending.get(key)?.pod.uid === uid) this.#drop(key);
  }

  #drop(key: string): void {
    this.#options.host.stop(POD, key);
    this.#forget(key);
  }

  #forget(key: string): void {
    this.#pending.delete(key);
    this.#parked.delete(key);
    this.#queue.remove(key);
    this.#picture?.cluster.nominated.delete(key);
  }

  /** The parked pods that changes may help hear of them after the present burst. */
  onChanged(changes: readonly ClusterChange[], cause: Envelope | undefined): void {
    if (this.#parked.size === 0) return;
    for (const change of changes) this.#changes.set(change, cause);
    if (this.#flushing) return;
    this.#flushing = true;
    const { clock } = this.#options.host;
    clock.at(clock.nowMs(), () => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const changes = new Set(this.#changes.keys());
    const causes = [...this.#changes.values()];
    for (const [key, plugins] of this.#parked) {
      if (!mayHelp(plugins, changes)) continue;
      this.#parked.delete(key);
      this.#tellPod(key, { type: 'cluster.changed' }, causes);
    }
    this.#changes.clear();
  }

  /** Tells a pod's machine something that goes back to what put the pod into the queue, and to other messages. */
  #tellPod(
    key: string,
    event: { readonly type: string },
    also: readonly (Envelope | undefined)[],
  ): void {
    const { host } = this.#options;
    const cause = host.envelope(
      `${SCHEDULER}/${SCHEDULER}`,
      this.#pending.get(key)?.cause,
      ...also,
    );
    host.tell(POD, key, event, cause);
  }

  #scheduleOne(key: string, cycle: Envelope): void {
    const { host, draw } = this.#options;
    const picture = this.#picture;
    const pod = this.#pending.get(key)?.pod;
    if (picture === undefined || pod === undefined || !host.has(POD, key)) return;
    const result = schedule(pod, picture.cluster, {
      start: this.#start,
      draw: draw(),
      defaultSelector: picture.selectorOf(pod),
    });
    this.#start = result.start;
    if (!result.ok) {
      this.#refuse(pod, picture, result.diagnosis, cycle);
      return;
    }
    picture.cluster.addPod(pod, result.node);
    picture.cluster.nominated.delete(key);
    this.onChanged(['pod placed'], cycle);
    this.#tellPod(key, { type: 'node.chosen', node: result.node } as { type: string }, [cycle]);
  }

  #refuse(pod: PodInfo, picture: Picture, diagnosis: Diagnosis, cycle: Envelope): void {
    const { host, draw } = this.#options;
    const found = preempt(pod, picture.cluster, diagnosis, this.#budgets(pod), draw());
    const text = found.ok ? undefined : `no new claims to deallocate, preemption: ${found.message}`;
    if (found.ok) {
      picture.cluster.nominated.set(pod.key, { pod, node: found.node });
      const cause = this.#pending.get(pod.key)?.cause;
      const envelope = () => host.envelope(`${POD}/${pod.key}`, cause);
      for (const victim of found.victims) {
        const changes = preemptionOf(victim, pod, found.node, host.clock.nowMs());
        void this.#inOrder(changes, envelope);
      }
    }
    const message = refusalMessage(diagnosis, diagnosis.nodes === 0 ? undefined : text);
    const plugins = [...diagnosis.plugins];
    const nominated = found.ok ? found.node : '';
    this.#parked.set(pod.key, plugins);
    const event = { type: 'node.refused', plugins, message, nominated };
    this.#tellPod(pod.key, event as { type: string }, [cycle]);
  }

  #budgets(pod: PodInfo): readonly Budget[] {
    if (pod.priority <= 0) return [];
    return this.#options.view.list('policy/poddisruptionbudgets').map((budget) => ({
      namespace: budget.metadata.namespace ?? '',
      matches: compileLabels(budget.spec?.selector),
      disruptionsAllowed: budget.status?.disruptionsAllowed ?? 0,
    }));
  }

  #executePod(effect: Exclude<PendingPodEffect, HostEffect>, self: Self): void {
    const pending = this.#pending.get(self.id);
    if (pending === undefined) return;
    const { pod } = pending;
    switch (effect.type) {
      case 'queue.join':
        this.#parked.delete(self.id);
        pending.cause = self.message;
        this.#queue.add(self.id, pod.priority);
        if (this.#woken) return;
        this.#woken = true;
        this.tell({ type: 'pods.waiting' }, self.envelope());
        return;
      case 'pod.bind':
        this.#bindings.add(pod, effect.node, self);
        return;
      case 'pod.forget': {
        const cluster = this.#picture?.cluster;
        if (cluster?.placed(self.id)?.pod.uid === pod.uid) cluster.removePod(self.id);
        this.onChanged(['pod removed'], self.message);
        return;
      }
      case 'pod.report': {
        const stored = this.#options.view.get('core/pods', pod.namespace, pod.name);
        if (stored?.metadata.uid !== pod.uid) return;
        void this.#inOrder(reportOf(stored, effect, self.nowMs), self.envelope);
        return;
      }
    }
  }

  async #inOrder(changes: readonly Change[], envelope: () => Envelope): Promise<void> {
    const { client, recorder } = this.#options;
    for (const change of changes) await applyChanges(client, recorder, [change], envelope);
  }
}

function isGated({ pod }: PodInfo): boolean {
  return (pod.spec?.schedulingGates ?? []).length > 0;
}

function nominationOf({ pod }: PodInfo): string {
  return pod.status?.nominatedNodeName ?? '';
}
