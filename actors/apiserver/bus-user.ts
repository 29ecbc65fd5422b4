/**
 * Who a user of the bus is to the API: NATS permissions vouch for the name in the subject, groups
 * follow from it.
 *
 * Never makes anyone a member of system:masters.
 */

import { authenticatedGroup, nodesGroup } from '../../machines/api/authorization.ts';
import type { UserInfo } from '../../machines/api/request.ts';

const nodePrefix = 'system:node:';

/** The user of a name that NATS has authenticated. */
export function userOfName(name: string): UserInfo {
  const groups = name.startsWith(nodePrefix)
    ? [nodesGroup, authenticatedGroup]
    : [authenticatedGroup];
  return { name, groups };
}
