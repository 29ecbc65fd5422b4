/** Records for tests: what matters is given, the rest is made up. */
import type {
  DeadTraced,
  RequestTraced,
  StepTraced,
  WriteTraced,
} from '../../machines/trace/record.ts';

const MESSAGE = { messageId: 'm', from: 'host', causes: [], traceparent: '' };

export function step(given: Partial<StepTraced> & { readonly actor: string }): StepTraced {
  return {
    ...{ type: 'step', process: 'control-plane', atMs: 1_000, ...MESSAGE, event: 'poked' },
    ...{ before: 'idle', after: 'idle', effects: [], handled: true, waitMs: 0, tookMs: 0.01 },
    ...{ done: false, full: undefined },
    ...given,
  };
}

export function write({
  nodeName,
  ...given
}: Partial<WriteTraced> & { readonly key: string; readonly nodeName?: string }): WriteTraced {
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { nodeName } };
  return {
    ...{ type: 'write', process: 'control-plane', atMs: 1_000, ...MESSAGE, revision: 1 },
    ...{ operation: 'put', previous: 0, object: object as WriteTraced['object'] },
    ...given,
  };
}

export function request(given: Partial<RequestTraced>): RequestTraced {
  return {
    ...{ type: 'request', process: 'control-plane', atMs: 1_000, messageId: 'r', auditId: 'r' },
    ...{ traceparent: '', parent: '', method: 'GET', path: '/', verb: 'get', key: '' },
    ...{ user: '', userAgent: '', code: 200, tookMs: 1 },
    ...given,
  };
}

export function dead(given: Partial<DeadTraced>): DeadTraced {
  return {
    ...{ type: 'dead', process: 'control-plane', atMs: 1_000, to: 'pod/a/b', event: 'poked' },
    ...{ from: 'host', causes: [] },
    ...given,
  };
}
