/**
 * Conversion between the version a client speaks and the version that is stored:
 * HorizontalPodAutoscaler v1 and v2, Event of core and of events.k8s.io. All other resources are
 * stored in the one version they have.
 *
 * Pure; the input is never changed, parts may be shared with the output.
 */
import { eventFromCore, eventToCore } from './conversion-event.ts';
import { hpaToV1, hpaToV2 } from './conversion-hpa.ts';
import type { Served } from './resources.ts';
import type { AnyObject } from './view.ts';

/** The object in its storage version. */
export function toStorage(served: Served, object: AnyObject): AnyObject {
  if (served.apiVersion === served.storageVersion) return object;
  if (served.storage === 'core/events') return eventToCore(object);
  return hpaToV2(object);
}

/** A stored object in the version this resource is served in. */
export function fromStorage(served: Served, object: AnyObject): AnyObject {
  if (served.apiVersion === served.storageVersion) return object;
  if (served.storage === 'core/events') return eventFromCore(object);
  return hpaToV1(object);
}
