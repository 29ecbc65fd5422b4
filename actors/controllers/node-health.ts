/**
 * Listens to the nodes: notes when each was last heard from, hosts one `nodeHealth` machine for
 * each, and tells the node life cycle when a node falls silent or speaks again.
 *
 * A heartbeat on the bus, a renewed Lease and a status of the node all count, by their arrival. Who is cut
 * off hears nobody: a silence counts only while there is a connection. Owns nothing that a restart would
 * need: after one a node is as its object says, and after one, or after a connection that was lost, it has a
 * full grace period again.
 */

import type { Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import type { Replica, ReplicaEntry, ReplicaWatch } from '../../bus/store/replica.ts';
import { subject, subjectTokens } from '../../bus/subjects.ts';
import type { Node } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import {
  isThoughtSilent,
  type NodeHealthEffect,
  nodeHealthMachine,
  reportedAt,
} from '../../machines/controllers/node-health.ts';
import type { NodeHealth } from '../../machines/controllers/node-lifecycle.ts';
import type { HostEffect } from '../../machines/effect.ts';
import { follow } from '../follow.ts';
import type { Host, Self } from '../host.ts';

const KIND = 'nodeHealth';
const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
const LEASES = 'coordination.k8s.io/leases/kube-node-lease';

export interface NodeHealthOptions {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  /** The cluster's name: the first token of its subjects. */
  readonly cluster: string;
  readonly graceMs: number;
  /** Called when a node has fallen silent, or speaks again. */
  readonly onChange: (node: string, cause: Envelope) => void;
}

export interface NodeHealthActor extends NodeHealth {
  /** Starts listening, with a full grace period for every node there is. */
  lead(): void;
  standDown(): void;
}

/** Registers the kind `nodeHealth` with the host; call once for each host. */
export function createNodeHealth(options: NodeHealthOptions): NodeHealthActor {
  const { host, replica, cluster, graceMs } = options;
  const lastMs = new Map<string, number>();
  /** What each node's last status says of when it is from. */
  const reported = new Map<string, string>();
  const silent = new Set<string>();
  let subscriptions: readonly Subscription[] = [];
  let isDeaf = false;
  let watches: readonly ReplicaWatch[] = [];

  function heard(node: string, cause?: Envelope): void {
    if (!lastMs.has(node)) return;
    lastMs.set(node, host.clock.nowMs());
    if (silent.has(node)) host.tell(KIND, node, { type: 'beat.heard' }, cause);
  }

  /** It is taken for heard until now, unless it was silent before. */
  function grace(node: string): void {
    if (!silent.has(node)) lastMs.set(node, host.clock.nowMs());
  }

  function connectionChanged(state: 'connected' | 'disconnected' | 'closed'): void {
    isDeaf = state !== 'connected';
    if (!isDeaf) for (const node of lastMs.keys()) grace(node);
  }

  function meet({ key, value, envelope }: ReplicaEntry<AnyObject>): void {
    const node = nameOf(key);
    const at = reportedAt(value as Node);
    const isNews = reported.get(node) !== at;
    reported.set(node, at);
    if (lastMs.has(node)) {
      if (isNews) heard(node, envelope);
      return;
    }
    lastMs.set(node, host.clock.nowMs());
    host.start(KIND, node, { graceMs, silent: isThoughtSilent(value as Node) }, envelope);
  }

  function forget(node: string): void {
    lastMs.delete(node);
    reported.delete(node);
    silent.delete(node);
    host.stop(KIND, node);
  }

  function execute(effect: Exclude<NodeHealthEffect, HostEffect>, self: Self): void {
    switch (effect.type) {
      case 'beat.check':
        if (isDeaf) grace(self.id);
        self.tell({ type: 'beat.checked', lastMs: lastMs.get(self.id) ?? 0 } as { type: string });
        return;
      case 'health.changed':
        if (effect.silent) silent.add(self.id);
        else {
          silent.delete(self.id);
          host.bus.tell(subject(cluster, 'node', self.id, 'heard'), {}, self.envelope());
        }
        options.onChange(self.id, self.message);
        return;
    }
  }

  host.register({
    name: KIND,
    machine: nodeHealthMachine,
    execute: execute as never,
    rebuild: (id) => (lastMs.has(id) ? { graceMs, silent: silent.has(id) } : undefined),
  });
  return {
    isSilent: (node) => silent.has(node),
    lead() {
      if (subscriptions.length > 0) return;
      isDeaf = false;
      subscriptions = [
        host.bus.subscribe(`${subject(cluster, 'beat')}.*`, (message) =>
          heard(subjectTokens(message.subject).at(-1) ?? '', message.envelope),
        ),
        host.bus.onConnection(connectionChanged),
      ];
      const nodes = follow(replica, 'core/nodes', host.clock, {
        onStart: () => {
          for (const entry of replica.entries('core/nodes')) meet(entry);
        },
        onEvent: ({ operation, entry }) => {
          if (operation === 'delete') forget(nameOf(entry.key));
          else meet(entry);
        },
      });
      const leases = follow(replica, LEASES, host.clock, {
        onStart: () => {},
        onEvent: ({ entry }) => heard(nameOf(entry.key), entry.envelope),
      });
      watches = [nodes, leases];
    },
    standDown() {
      for (const subscription of subscriptions) subscription.close();
      subscriptions = [];
      for (const watch of watches) watch.close();
      watches = [];
      for (const node of [...lastMs.keys()]) forget(node);
    },
  };
}
