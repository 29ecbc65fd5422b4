/**
 * The subjects on which one process speaks to another: what a partition of the two loses. Each side loses what it
 * sends; nothing need be known of who sent what arrives.
 */
import { inboxPrefix } from '../../bus/server/users.ts';
import { subject } from '../../bus/subjects.ts';
import { APISERVER, CONTROLLERS, HOLLOW, nodeUser, SCHEDULER } from '../cluster/users.ts';
import type { Candidate } from './target.ts';

/** All that `sender` says to `receiver`; components of one role share their subjects. */
export function subjectsBetween(
  cluster: string,
  sender: Candidate,
  receiver: Candidate,
): readonly string[] {
  const user = userOf(receiver);
  const inbox = user === undefined ? [] : [`${inboxPrefix(user)}.>`];
  switch (receiver.role) {
    case 'node':
      return [`${subject(cluster, 'node', receiver.name)}.>`, ...inbox];
    case 'apiserver':
      return [`${subject(cluster, 'api')}.>`, ...inbox];
    case 'controllers':
      return sender.role === 'node' ? [`${subject(cluster, 'beat')}.*`, ...inbox] : inbox;
    default:
      return inbox;
  }
}

function userOf({ role, name }: Candidate): string | undefined {
  switch (role) {
    case 'apiserver':
      return APISERVER;
    case 'scheduler':
      return SCHEDULER;
    case 'controllers':
      return CONTROLLERS;
    case 'node':
      return name === 'hollow' ? HOLLOW : nodeUser(name);
    default:
      return undefined;
  }
}
