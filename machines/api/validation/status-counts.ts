/**
 * The counters in the status of kinds that keep pods running.
 *
 * Follows pkg/apis/apps/validation/validation.go. Never throws, never changes what it is given.
 */
import { type Causes, invalid, nonnegative } from './field-errors.ts';

type Counts = { readonly [field: string]: unknown };

/** Adds an error for every counter below zero, and for those that are above `replicas`. */
export function checkCounts(
  causes: Causes,
  status: Counts,
  counters: readonly string[],
  withinReplicas: readonly string[],
): void {
  for (const name of counters) {
    const count = status[name];
    if (typeof count === 'number') nonnegative(causes, `status.${name}`, count);
  }
  const replicas = count(status, 'replicas');
  for (const name of withinReplicas) {
    if (count(status, name) <= replicas) continue;
    const detail = 'cannot be greater than status.replicas';
    invalid(causes, `status.${name}`, status[name], detail);
  }
}

function count(status: Counts, name: string): number {
  const value = status[name];
  return typeof value === 'number' ? value : 0;
}

/** Adds an error where more replicas are available than ready. */
export function checkAvailable(causes: Causes, status: Counts, whose: string): void {
  if (count(status, 'availableReplicas') <= count(status, 'readyReplicas')) return;
  const detail = `cannot be greater than ${whose}readyReplicas`;
  invalid(causes, 'status.availableReplicas', status.availableReplicas, detail);
}

/** Adds an error where the count of name collisions went down. */
export function checkCollisions(causes: Causes, status: Counts, before: Counts): void {
  if (before.collisionCount === undefined) return;
  if (status.collisionCount !== undefined) {
    if (count(status, 'collisionCount') >= count(before, 'collisionCount')) return;
  }
  invalid(
    causes,
    'status.collisionCount',
    count(status, 'collisionCount'),
    'cannot be decremented',
  );
}
