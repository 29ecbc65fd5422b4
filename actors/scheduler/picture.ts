/**
 * The scheduler's picture of the cluster, kept up to date from the log: the nodes, what is on them,
 * and the pods that wait for one. Tells its listener what has changed; decides nothing about pods.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Replica, ReplicaEvent, ReplicaWatch } from '../../bus/store/replica.ts';
import type { Node, Pod } from '../../machines/api/types.ts';
import type { AnyObject, Stored, View } from '../../machines/api/view.ts';
import { SCHEDULER_NAME } from '../../machines/scheduler/changes.ts';
import { Cluster } from '../../machines/scheduler/cluster.ts';
import { defaultSelector } from '../../machines/scheduler/default-selector.ts';
import {
  type ClusterChange,
  isFinished,
  isSamePod,
  nodeChanges,
} from '../../machines/scheduler/hints.ts';
import { type LabelMatch, type PodInfo, podInfoOf } from '../../machines/scheduler/pod-info.ts';
import type { Clock } from '../clock.ts';
import { follow } from '../follow.ts';
import { resourceOf } from '../view.ts';

export interface PictureListener {
  /** The picture is drawn anew: forget what was known. */
  onReset(): void;
  /** A pod without a node that this scheduler is to place has come or has changed. */
  onWaiting(pod: PodInfo, cause: Envelope | undefined): void;
  /** A pod is on a node now. */
  onPlaced(key: string, uid: string, cause: Envelope | undefined): void;
  /** A pod is gone, or has ended: it waits no more. */
  onSettled(key: string, uid: string): void;
  /** Something has changed that may help pods that did not fit. */
  onChanged(changes: readonly ClusterChange[], cause: Envelope | undefined): void;
}

/** See the top of this file. */
export class Picture {
  readonly #view: View;
  readonly #listener: PictureListener;
  readonly #selectors = new Map<string, LabelMatch | undefined>();
  readonly #replica: Replica<AnyObject>;
  readonly #clock: Clock;
  #watch: ReplicaWatch | undefined;
  #cluster = new Cluster();

  constructor(replica: Replica<AnyObject>, view: View, clock: Clock, listener: PictureListener) {
    this.#replica = replica;
    this.#view = view;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Draws the picture and keeps it up to date from now on. */
  start(): void {
    this.#watch = follow(this.#replica, '', this.#clock, {
      onStart: () => this.#load(),
      onEvent: (event) => this.#onEvent(event),
    });
  }

  get cluster(): Cluster {
    return this.#cluster;
  }

  close(): void {
    this.#watch?.close();
  }

  /** What the default spreading keeps apart from a pod; shared by the pods of one controller. */
  selectorOf(pod: PodInfo): LabelMatch | undefined {
    if (pod.hardSpread.length > 0 || pod.softSpread.length > 0) return undefined;
    const owner = pod.pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
    if (owner === undefined) return defaultSelector(pod.pod, this.#view);
    if (!this.#selectors.has(owner.uid)) {
      this.#selectors.set(owner.uid, defaultSelector(pod.pod, this.#view));
    }
    return this.#selectors.get(owner.uid);
  }

  #load(): void {
    this.#listener.onReset();
    this.#selectors.clear();
    this.#cluster = new Cluster();
    for (const { metadata } of this.#view.list('core/namespaces')) {
      this.#cluster.setNamespace(metadata.name, metadata.labels);
    }
    for (const node of this.#view.list('core/nodes')) this.#cluster.setNode(node);
    for (const { value, envelope } of [...this.#replica.entries('core/pods')]) {
      this.#podStored(value as Stored<Pod>, undefined, envelope);
    }
  }

  #onEvent({ operation, entry, previous }: ReplicaEvent<AnyObject>): void {
    const deleted = operation === 'delete';
    const object = entry.value as Stored<AnyObject>;
    switch (resourceOf(entry.key)) {
      case 'core/pods': {
        const pod = object as Stored<Pod>;
        if (deleted) this.#podGone(pod, entry.envelope);
        else this.#podStored(pod, previous?.value as Stored<Pod> | undefined, entry.envelope);
        return;
      }
      case 'core/nodes': {
        const before = previous?.value as Stored<Node> | undefined;
        this.#nodeStored(object as Stored<Node>, before, deleted, entry.envelope);
        return;
      }
      case 'core/namespaces':
        if (deleted) this.#cluster.removeNamespace(object.metadata.name);
        else this.#cluster.setNamespace(object.metadata.name, object.metadata.labels);
        this.#listener.onChanged(['namespace labels'], entry.envelope);
        return;
      case 'core/services':
      case 'apps/replicasets':
      case 'apps/statefulsets':
      case 'core/replicationcontrollers':
        this.#selectors.clear();
        return;
    }
  }

  #nodeStored(
    node: Stored<Node>,
    previous: Stored<Node> | undefined,
    deleted: boolean,
    cause: Envelope | undefined,
  ): void {
    if (deleted) {
      this.#cluster.removeNode(node.metadata.name);
      this.#listener.onChanged(['pod removed'], cause);
      return;
    }
    const changes = nodeChanges(previous, node);
    if (changes.length === 0) return;
    this.#cluster.setNode(node);
    this.#listener.onChanged(changes, cause);
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
    if (isFinished(pod) || leaves) this.#podGone(pod, cause);
    else if (node !== '') this.#podPlaced(podInfoOf(pod), node, cause);
    else if (ours) this.#listener.onWaiting(podInfoOf(pod), cause);
  }

  #podPlaced(pod: PodInfo, node: string, cause: Envelope | undefined): void {
    const before = this.#cluster.placed(pod.key);
    this.#cluster.addPod(pod, node);
    this.#listener.onPlaced(pod.key, pod.uid, cause);
    this.#listener.onChanged([before?.node.name === node ? 'pod labels' : 'pod placed'], cause);
  }

  #podGone(pod: Stored<Pod>, cause: Envelope | undefined): void {
    const key = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
    this.#listener.onSettled(key, pod.metadata.uid);
    const wasPlaced = this.#cluster.removePod(key) !== undefined;
    if (wasPlaced) this.#listener.onChanged(['pod removed'], cause);
  }
}
