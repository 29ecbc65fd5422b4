/**
 * The leader's actor: hosts one `leader` machine, shows it its Lease as the log has it, and writes
 * for it.
 *
 * Never decides who leads. The callbacks are called in turn: gained, lost, gained, ...
 */

import type { Envelope } from '../bus/envelope.ts';
import type { Replica } from '../bus/store/replica.ts';
import type { Lease } from '../machines/api/types.ts';
import type { AnyObject, Stored } from '../machines/api/view.ts';
import { type LeaderEffect, leaderMachine } from '../machines/controllers/leader.ts';
import type { HostEffect } from '../machines/effect.ts';
import type { Changer } from './event-recorder.ts';
import type { FencedChanger } from './fenced-changer.ts';
import { follow } from './follow.ts';
import type { Host, Self } from './host.ts';
import { keyOf } from './view.ts';

const KIND = 'leader';
/**
 * How long handing the lease back waits for changes that are under way, so that none of them arrives after another
 * leads; then the lease is left to expire.
 */
export const handBackWaitMs = 5_000;

export interface LeaderOptions {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  /** Writes the Lease itself, whose resourceVersion guards it. */
  readonly client: Changer;
  /** What the leader makes its changes with: gets the fence of each acquisition. */
  readonly fenced?: FencedChanger;
  /** Name of the Lease in kube-system: `kube-scheduler`, `kube-controller-manager`. */
  readonly name: string;
  /** Unique name of this process. */
  readonly identity: string;
  /** The lease is ours; `token` is the revision that fences off earlier leaders. */
  readonly onGained: (token: number, cause: Envelope) => void;
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
type Write = Extract<Own, { readonly type: 'lease.write' }>;

interface Election {
  execute(effect: Own, self: Self): void;
  /** The input to stand again with after a crash, which has lost the lease. */
  restart(): object;
}

/** Stands for election at once; several elections may share a host. */
export function createLeader(options: LeaderOptions): Leader {
  const { host, replica, client, fenced, name } = options;
  const key = keyOf('coordination.k8s.io/leases', 'kube-system', name);
  let resigned: (() => void) | undefined;

  async function write({ attempt, change, handsBack }: Write, envelope: Envelope): Promise<object> {
    if (handsBack && !(await idle(host, fenced))) {
      return { type: 'lease.refused', attempt, reason: 'changes are under way' };
    }
    try {
      const result = await client.change(change, envelope);
      return result.ok
        ? { type: 'lease.written', attempt, revision: result.revision }
        : { type: 'lease.refused', attempt, reason: result.reason };
    } catch (error) {
      return { type: 'lease.refused', attempt, reason: String(error) };
    }
  }

  const lose = () => {
    fenced?.setFence(undefined);
    options.onLost();
  };

  function execute(effect: Own, self: Self): void {
    switch (effect.type) {
      case 'lease.write':
        void write(effect, self.envelope()).then((event) => self.tell(event as { type: string }));
        return;
      case 'leadership.gained': {
        const { token, acquireTime } = effect;
        fenced?.setFence({ lease: name, holder: options.identity, acquireTime, token });
        options.onGained(token, self.message);
        return;
      }
      case 'leadership.lost':
        lose();
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
      lose();
      queueMicrotask(see);
      return input;
    },
  });
  if (fenced !== undefined) {
    fenced.onFenced = ({ token }) => {
      host.tell(KIND, name, { type: 'request.fenced', token } as { type: string });
    };
  }
  host.start(KIND, name, input);
  const see = () => {
    const entry = replica.get(key);
    const lease = entry?.value as Stored<Lease> | undefined;
    host.tell(KIND, name, { type: 'lease.seen', lease } as { type: string }, entry?.envelope);
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

/** True once nothing is under way; false where that takes too long. */
function idle({ clock }: Host, fenced: FencedChanger | undefined): Promise<boolean> {
  if (fenced === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const cancel = clock.at(clock.nowMs() + handBackWaitMs, () => resolve(false));
    void fenced.idle().then(() => {
      cancel();
      resolve(true);
    });
  });
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
