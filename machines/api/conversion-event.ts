/**
 * Event of core/v1 (as stored) and of events.k8s.io/v1: the same object under other field names.
 *
 * Pure; never changes its input.
 */
import type { AnyObject } from './view.ts';

/** Old name in core/v1, new name in events.k8s.io/v1. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

const toCoreName = new Map(renamed.map(([core, events]) => [events, core]));
const toEventsName = new Map(renamed);

/** An events.k8s.io/v1 Event as core/v1. */
export function eventToCore(object: AnyObject): AnyObject {
  return { ...rename(object, toCoreName), apiVersion: 'v1', kind: 'Event' };
}

/** A core/v1 Event as events.k8s.io/v1. */
export function eventFromCore(object: AnyObject): AnyObject {
  return { ...rename(object, toEventsName), apiVersion: 'events.k8s.io/v1', kind: 'Event' };
}

function rename(object: AnyObject, names: ReadonlyMap<string, string>): AnyObject {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(object)) result[names.get(key) ?? key] = object[key];
  return result as AnyObject;
}
