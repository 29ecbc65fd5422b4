/**
 * The leader's actor: hosts one `leader` machine, shows it its Lease as the log has it, and writes
 * for it.
 *
 * Never decides who leads. The callbacks are called in turn: gained, lost, gained, ...
 */

import type { Replica } from '../bus/store/replica.ts';
import type { Lease } from '../machines/api/types.ts';
import type { AnyObject, Stored } from '../machines/api/view.ts';
import { type LeaderEffect, leaderMachine } from '../machines/controllers/leader.ts';
import type { HostEffect } from '../machines/effect.ts';
import type { Changer } from './event-recorder.ts';
import { follow } from './follow.ts';
import type { Host, Self } from './host.ts';
import { keyOf } from './view.ts';

const KIND = 'leader';

export interface LeaderOptions {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  readonly client: Changer;
  /** Name of the Lease in kube-system: `kube-scheduler`, `kube-controller-manager`. */
  readonly name: string;
  /** Unique name of this process. */
  readonly identity: string;
  /** The lease is ours; `token` is the revision that fences off earlier leaders. */
  readonly onGained: (token: number) => void;
  readonly onLost: () => void;
}

export interface Leader {
  /**
   * Hands the lease back, so that another may lead at once; resolves when that is done or refused.
   */
  resign(): Promise<void>;
}

const elections = new WeakMap<Host, Map<string, Election>>();
type Own = Exclude<LeaderEffect, HostEffect>;

interface Election {
  execute(effect: Own, self: Self): void;
  /** The input to stand again with after a crash, which has lost the lease. */
  restart(): object;
}

/** Stands for election at once; several elections may share a host. */
export function createLeader(options: LeaderOptions): Leader {
  const { host, replica, client, name } = options;
  const key = keyOf('coordination.k8s.io/leases', 'kube-system', name);
  let resigned: (() => void) | undefined;

  function execute(effect: Own, self: Self): void {
    switch (effect.type) {
      case 'lease.write':
        void client.change(effect.change, self.envelope()).then(
          (result) =>
            self.tell(
              result.ok
                ? ({ type: 'lease.written', revision: result.revision } as { type: string })
                : ({ type: 'lease.refused', reason: result.reason } as { type: string }),
            ),
          (error: unknown) =>
            self.tell({ type: 'lease.refused', reason: String(error) } as { type: string }),
        );
        return;
      case 'leadership.gained':
        options.onGained(effect.token);
        return;
      case 'leadership.lost':
        options.onLost();
        return;
      case 'leadership.resigned':
        watch?.close();
        host.stop(KIND, name);
        resigned?.();
        return;
    }
  }

  const input = { namespace: 'kube-system', name, identity: options.identity };
  electionsOf(host).set(name, {
    execute,
    restart() {
      options.onLost();
      queueMicrotask(see);
      return input;
    },
  });
  host.start(KIND, name, input);
  const see = () => {
    const lease = replica.get(key)?.value as Stored<Lease> | undefined;
    host.tell(KIND, name, { type: 'lease.seen', lease } as { type: string });
  };
  const watch = follow(replica, key, host.clock, { onStart: see, onEvent: see });
  return {
    resign: () =>
      new Promise((resolve) => {
        resigned = resolve;
        const told = host.tell(KIND, name, { type: 'leader.resigned' });
        if (told === 'unknown') resolve();
      }),
  };
}

/** The elections by lease name; registers the kind where this is the host's first one. */
function electionsOf(host: Host): Map<string, Election> {
  const known = elections.get(host);
  if (known !== undefined) return known;
  const found = new Map<string, Election>();
  elections.set(host, found);
  const execute = (effect: Own, self: Self) => found.get(self.id)?.execute(effect, self);
  const rebuild = (id: string) => found.get(id)?.restart();
  host.register({ name: KIND, machine: leaderMachine, execute: execute as never, rebuild });
  return found;
}
