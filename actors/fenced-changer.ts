/**
 * Changes made as the leader: each carries the fence of the acquisition it was asked for under, so
 * that the apiserver refuses what comes too late. Without a fence nothing is sent at all.
 *
 * Never decides who leads: the leader's actor tells. Keeps only a count of what is under way.
 */

import type { Envelope } from '../bus/envelope.ts';
import type { Change, ChangeResult } from '../machines/api/change.ts';
import { leaseNotHeld } from '../machines/api/fence.ts';
import type { Fence } from '../machines/api/request.ts';
import type { Changer } from './event-recorder.ts';

/** Makes changes while, and only while, its process leads. */
export interface FencedChanger extends Changer {
  change(change: Change, envelope: Envelope): Promise<ChangeResult>;
  /** What changes carry from now on; undefined: this process does not lead, nothing is sent. */
  setFence(fence: Fence | undefined): void;
  /** Who is told that a change was refused because of its fence. */
  onFenced: (fence: Fence) => void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

const notLeading: ChangeResult = {
  ok: false,
  code: 403,
  reason: leaseNotHeld,
  message: 'this process does not hold its lease',
};

/** Wraps a client; nothing is sent before a fence is set. */
export function createFencedChanger(client: Changer): FencedChanger {
  let fence: Fence | undefined;
  let underWay = 0;
  let waiting: (() => void)[] = [];

  const settle = () => {
    underWay -= 1;
    if (underWay > 0) return;
    const resolves = waiting;
    waiting = [];
    for (const resolve of resolves) resolve();
  };

  const changer: FencedChanger = {
    async change(change, envelope) {
      const mine = fence;
      if (mine === undefined) return notLeading;
      underWay += 1;
      try {
        const result = await client.change(change, envelope, mine);
        if (!result.ok && result.reason === leaseNotHeld) {
          if (fence === mine) fence = undefined;
          changer.onFenced(mine);
        }
        return result;
      } finally {
        settle();
      }
    },
    setFence(next) {
      fence = next;
    },
    onFenced: () => {},
    idle: () =>
      underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
  return changer;
}
