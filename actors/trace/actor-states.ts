/** Reads live actors of a process for who debugs it; without the values of Secrets, and without touching them. */
import type { ActorState } from '../../machines/trace/actor-state.ts';
import { nearest } from '../../machines/trace/nearest.ts';
import type { Host } from '../host.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Debugged } from './debug-endpoint.ts';

/** Messages of a mailbox that are told one by one. */
const MAILBOX_SHOWN = 20;
/** Names of actors that are suggested. */
const LIKE_MAX = 5;
/** Names that are compared letter by letter, at about 10 us each. */
const COMPARED_MAX = 5_000;

/** One actor, by `kind/id`; undefined where it is not here. */
export function actorState(
  { name: process, host, clock, recorder }: Debugged,
  breakpoints: Breakpoints,
  actor: string,
): ActorState | undefined {
  const slash = actor.indexOf('/');
  const [kind, id] = [actor.slice(0, slash), actor.slice(slash + 1)];
  if (!host.kinds().some(({ name }) => name === kind)) return undefined;
  const snapshot = host.snapshot(kind, id);
  if (snapshot === undefined) return undefined;
  const { state, timers } = snapshot;
  const mails = host.waiting(kind, id);
  return {
    ...{ process, actor, atMs: clock.nowMs(), value: state.value, timers },
    context: recorder.redacted(state.context),
    mailbox: mails.slice(0, MAILBOX_SHOWN).map(({ event, envelope, sinceMs }) => {
      const { id: messageId, from, causes } = envelope;
      return { event: event.type, messageId, from, causes, sinceMs };
    }),
    waiting: mails.length,
    held: breakpoints.holdOf(actor),
  };
}

/** Actors with names like one that is not here. */
export function actorsLike(host: Host, actor: string): readonly string[] {
  const id = actor.slice(actor.indexOf('/') + 1);
  const name = id.slice(id.lastIndexOf('/') + 1);
  const names = host.names();
  const containing = names.filter((one) => one.split('/').includes(name));
  if (containing.length >= LIKE_MAX) return containing.slice(0, LIKE_MAX);
  const similar = nearest(actor, names.slice(0, COMPARED_MAX), LIKE_MAX);
  return [...new Set([...containing, ...similar])].slice(0, LIKE_MAX);
}
