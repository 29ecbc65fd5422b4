/**
 * What is to be recorded, kept where every process finds it: the last word of an administrator, in a stream of one
 * message. It is sent to the processes that run by the same message. One that starts later, or was away, reads it where
 * it may; a node may not ask JetStream for anything, so whoever keeps it tells those that say they have begun.
 *
 * A process never waits for it, and goes on with what it has where it does not come: at first, with everything.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { NatsLink } from '../../bus/nats-link.ts';
import { StoreUnavailable } from '../../bus/store/store.ts';
import { subject } from '../../bus/subjects.ts';
import { keepTrail, lastOfTrail, trailBody } from '../../bus/trail.ts';
import { isRecord } from '../../machines/api/json.ts';
import { policyOf, readPolicies, type TracePolicies } from '../../machines/trace/policy.ts';
import { keptPolicySubject, policySubject, policyTrailOf } from '../cluster/users.ts';
import type { Recorder } from './recorder.ts';

const BYTES_MAX = 1024 * 1024;
/** What was said just before may not be kept yet, and while servers start nothing may be there: it is looked twice. */
const LOOK_AGAIN_MS = 3_000;
/** Greetings closer together than this are answered as one. */
const TELL_AFTER_MS = 5;

/** Keeps it from now on, and tells it to those that begin; gives what ends that. */
export function keepPolicy(bus: NatsBus, cluster: string, replicas: number): () => void {
  const { link } = bus;
  const stop = keepTrail(link, {
    name: policyTrailOf(cluster),
    subjects: [policySubject(cluster)],
    ...{ bytesMax: BYTES_MAX, ageMsMax: 0, perSubjectMax: 1, durable: true, replicas },
  });
  const envelope = { id: 'policy', from: 'apiserver', causes: [], traceparent: '' };
  const tell = async (): Promise<void> => {
    const policies = await readOrNothing(link, cluster);
    if (policies !== undefined) bus.tell(keptPolicySubject(cluster), policies, envelope);
  };
  const due = new Map<number, () => void>();
  const tellIn = (delayMs: number): void => {
    if (due.has(delayMs)) return;
    const cancel = link.clock.setTimer(delayMs, () => {
      due.delete(delayMs);
      void tell();
    });
    due.set(delayMs, cancel);
  };
  const greeted = (): void => {
    tellIn(TELL_AFTER_MS);
    tellIn(LOOK_AGAIN_MS);
  };
  const greeting = bus.subscribe(`${subject(cluster, 'debugged')}.>`, ({ body }) => {
    if (isRecord(body) && body.answers === '') greeted();
  });
  greeted();
  return () => {
    stop();
    greeting.close();
    for (const cancel of due.values()) cancel();
  };
}

/** The same, where it can be read. */
function readOrNothing(link: NatsLink, cluster: string): Promise<TracePolicies | undefined> {
  return readKeptPolicy(link, cluster).catch((error: unknown) => {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
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

/** Lets a recorder go by it, now and from now on; gives what ends that. One that may not read is told. */
export function followPolicy(
  bus: NatsBus,
  cluster: string,
  process: string,
  recorder: Recorder,
  mayRead: boolean,
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
    const policies = await readOrNothing(link, cluster);
    if (told === before) adopt(policies);
  };
  const look = (): void => {
    if (!mayRead) return;
    cancel();
    cancel = link.clock.setTimer(LOOK_AGAIN_MS, () => void read());
    void read();
  };
  const hear = ({ body }: { readonly body: unknown }): void => {
    told += 1;
    adopt(readPolicies(body));
  };
  const telling = [policySubject(cluster), keptPolicySubject(cluster)].map((said) =>
    bus.subscribe(said, hear),
  );
  const connecting = bus.onConnection((state) => {
    if (state === 'connected') look();
  });
  look();
  return () => {
    cancel();
    for (const subscription of telling) subscription.close();
    connecting.close();
  };
}
