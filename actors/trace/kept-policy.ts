/**
 * What is to be recorded, kept where every process finds it: the last word of an administrator, in a stream of one
 * message. It is sent to the processes that run by the same message; one that starts later, or was away, reads it.
 *
 * A process never waits for it, and goes on with what it has where it cannot be read: at first, with everything.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { NatsLink } from '../../bus/nats-link.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { keepTrail, lastOfTrail, trailBody } from '../../bus/trail.ts';
import { policyOf, readPolicies, type TracePolicies } from '../../machines/trace/policy.ts';
import { policySubject, policyTrailOf } from '../cluster/users.ts';
import type { Recorder } from './recorder.ts';

const BYTES_MAX = 1024 * 1024;
const LOOK_AGAIN_MS = 3_000;

/** Keeps it from now on; gives what ends that. */
export function keepPolicy(link: NatsLink, cluster: string, replicas: number): () => void {
  return keepTrail(link, {
    name: policyTrailOf(cluster),
    subjects: [policySubject(cluster)],
    ...{ bytesMax: BYTES_MAX, ageMsMax: 0, perSubjectMax: 1, durable: true, replicas },
  });
}

/** What is kept now; undefined where nobody has ever wanted anything. Throws `StoreUnavailable`. */
export async function readKeptPolicy(
  link: NatsLink,
  cluster: string,
): Promise<TracePolicies | undefined> {
  const message = await lastOfTrail(link, policyTrailOf(cluster), policySubject(cluster));
  return message === undefined ? undefined : readPolicies(trailBody(message));
}

/** Lets a recorder go by it, now and from now on; gives what ends that. */
export function followPolicy(
  bus: NatsBus,
  cluster: string,
  process: string,
  recorder: Recorder,
): () => void {
  const { link } = bus;
  /** What was told is newer than what was read meanwhile. */
  let told = 0;
  let cancel = (): void => {};
  const adopt = (policies: TracePolicies | undefined): void => {
    if (policies !== undefined) recorder.setPolicy(policyOf(policies, process));
  };
  const read = async (): Promise<void> => {
    const before = told;
    const policies = await readKeptPolicy(link, cluster).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    });
    if (told === before) adopt(policies);
  };
  // Twice: what was said just before may not be kept yet, and while servers start nothing may be there.
  const look = (): void => {
    cancel();
    cancel = link.clock.setTimer(LOOK_AGAIN_MS, () => void read());
    void read();
  };
  const telling = bus.subscribe(policySubject(cluster), ({ body }) => {
    told += 1;
    adopt(readPolicies(body));
  });
  const connecting = bus.onConnection((state) => {
    if (state === 'connected') look();
  });
  look();
  return () => {
    cancel();
    telling.close();
    connecting.close();
  };
}
