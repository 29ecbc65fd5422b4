/** Records made by hand, with what a test does not care about filled in. */
import type { AnyObject } from '../../machines/api/view.ts';
import type { RequestTraced, StepTraced, WriteTraced } from '../../machines/trace/record.ts';

/** When revision 0 was, milliseconds since the epoch; each later one is a second later. */
export const START_MS = Date.parse('2026-01-31T12:00:00Z');

/** A write at a revision, a second after the one before. */
export function write(
  revision: number,
  key: string,
  more: Partial<WriteTraced> & { readonly object?: AnyObject | undefined } = {},
): WriteTraced {
  return {
    ...{ type: 'write', process: 'control-plane', atMs: START_MS + revision * 1_000 },
    ...{ revision, key, operation: 'put', previous: 0, object: undefined },
    ...{ messageId: `w${revision}`, from: 'somebody', causes: [], traceparent: '' },
    ...more,
  };
}

/** The object of a key, with what tells versions apart. */
export function pod(
  name: string,
  fields: object = {},
  labels: Record<string, string> = {},
): AnyObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: { namespace: 'default', name, uid: `uid-${name}`, labels },
    ...fields,
  };
}

/** A step, by default the one after which an actor is in a state. */
export function step(actor: string, after: string, more: Partial<StepTraced> = {}): StepTraced {
  return {
    ...{ type: 'step', process: 'control-plane', atMs: START_MS, actor, event: 'happened' },
    ...{ messageId: `s-${actor}-${after}`, from: 'host', causes: [], traceparent: '' },
    ...{ before: undefined, after, effects: [], handled: true, waitMs: 0, tookMs: 0 },
    ...{ done: false, full: undefined },
    ...more,
  };
}

/** A client's request. */
export function request(messageId: string, more: Partial<RequestTraced> = {}): RequestTraced {
  return {
    ...{ type: 'request', process: 'control-plane', atMs: START_MS, messageId, auditId: messageId },
    ...{ traceparent: '', parent: '', method: 'POST', path: '/api/v1/namespaces/default/pods' },
    ...{
      verb: 'create',
      key: 'core/pods/default/',
      user: 'jane',
      userAgent: 'kubectl/v1.36.0 (x)',
    },
    ...{ code: 201, tookMs: 1 },
    ...more,
  };
}
