/**
 * Fences: whether a leader that asks for something still leads, by its Lease as the view has it.
 *
 * A Lease changes hands without its holder's consent only after nobody has seen it renewed for its
 * whole duration. A view that shows it unrenewed for two thirds of that may have missed the change,
 * so it is not believed before it has caught up. Never reads the clock; never looks at a request
 * without a fence.
 */
import type { ApiReply, ApiRequest, Fence } from './request.ts';
import { failure } from './status.ts';
import { parseTimestamp } from './timestamp.ts';
import type { Lease } from './types.ts';
import type { Stored, View } from './view.ts';

/** Where Leases are stored. */
export const leasesStorage = 'coordination.k8s.io/leases';

/** Reason of the 403 that a leader gets which is none any more; no client retries it. */
export const leaseNotHeld = 'LeaseNotHeld';

/** `overdue`: held as far as this view knows, which may be too old to know. */
export type FenceVerdict = 'held' | 'overdue' | 'lost';

/** Judges a fence; a request without one is never held back. */
export function judgeFence(fence: Fence | undefined, view: View, nowMs: number): FenceVerdict {
  if (fence === undefined) return 'held';
  const lease = view.get(leasesStorage, 'kube-system', fence.lease);
  if (lease === undefined || Number(lease.metadata.resourceVersion) < fence.token) return 'lost';
  const { holderIdentity, acquireTime } = lease.spec ?? {};
  if (holderIdentity !== fence.holder || acquireTime !== fence.acquireTime) return 'lost';
  return isOverdue(lease, nowMs) ? 'overdue' : 'held';
}

function isOverdue(lease: Stored<Lease>, nowMs: number): boolean {
  const { renewTime = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
  const renewed = parseTimestamp(renewTime);
  const renewedMs = renewed === undefined ? 0 : renewed.seconds * 1000 + renewed.nanos / 1e6;
  return nowMs - renewedMs > (leaseDurationSeconds * 1000 * 2) / 3;
}

/** The refusal of a request whose fence is lost. */
export function fenceRefusal({ group, resource, name, fence }: ApiRequest): ApiReply {
  const message =
    `the lease ${fence?.lease ?? ''} is held by another: ` +
    `it is no longer as ${fence?.holder ?? ''} acquired it at ${fence?.acquireTime ?? ''}`;
  return failure(403, leaseNotHeld, message, { name, group, kind: resource });
}
