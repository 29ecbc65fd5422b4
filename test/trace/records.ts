/** Records made by hand, for tests: everything that a test does not say is as in a quiet cluster. */
import type { AnyObject } from '../../machines/api/view.ts';
import type {
  MessageOf,
  RequestTraced,
  StepTraced,
  TraceRecord,
  WriteTraced,
} from '../../machines/trace/record.ts';

/** A record before its time is known. */
export type Untimed =
  | Omit<StepTraced, 'atMs'>
  | Omit<WriteTraced, 'atMs'>
  | Omit<RequestTraced, 'atMs'>;

/** The record, so many milliseconds after the start. */
export const record = (one: Untimed, atMs: number): TraceRecord => ({ ...one, atMs });

const message = (messageId: string): MessageOf => ({
  ...{ messageId, from: 'host', causes: [], traceparent: '' },
});

/** A step of an actor that handles a message. */
export function step(
  actor: string,
  messageId: string,
  more: Partial<Omit<StepTraced, 'type' | 'atMs'>> = {},
): Omit<StepTraced, 'atMs'> {
  return {
    ...message(messageId),
    ...{ type: 'step', process: 'control-plane', actor, event: 'told', before: 'a', after: 'b' },
    ...{ effects: ['do.it'], handled: true, waitMs: 0, tookMs: 0, done: false, full: undefined },
    ...more,
  };
}

let revision = 0;

/** A write of an object; revisions count up. */
export function write(
  key: string,
  messageId: string,
  more: Partial<Omit<WriteTraced, 'type' | 'atMs'>> = {},
): Omit<WriteTraced, 'atMs'> {
  revision += 1;
  return {
    ...message(messageId),
    ...{ type: 'write', process: 'control-plane', revision, key, operation: 'put' },
    ...{ previous: undefined, object: undefined },
    ...more,
  };
}

/** A request of kubectl. */
export function request(
  messageId: string,
  more: Partial<Omit<RequestTraced, 'type' | 'atMs'>> = {},
): Omit<RequestTraced, 'atMs'> {
  return {
    ...{ type: 'request', process: 'control-plane', messageId, auditId: messageId },
    ...{ traceparent: '', parent: '', method: 'POST', path: '/api/v1/namespaces/default/pods' },
    ...{ verb: 'create', key: 'core/pods/default/', user: 'kubernetes-admin' },
    ...{ userAgent: 'kubectl/v1.36.0 (linux/amd64)', code: 201, tookMs: 5 },
    ...more,
  };
}

const POD = 'core/pods/default/web';

function pod(ready: boolean): AnyObject {
  const status = ready ? 'True' : 'False';
  return {
    ...{
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default', uid: 'u1' },
    },
    status: { conditions: [{ type: 'Ready', status }] },
  };
}

/** A pod from kubectl to Ready, one record a millisecond. */
export function apply(): TraceRecord[] {
  const api = (n: number, verb: string) => `api-request/${n}/${verb}/core/pods/default/web`;
  const kubelet = { process: 'node-1' };
  const scheduler = 'scheduler/scheduler';
  const all: Untimed[] = [
    request('r1'),
    step(api(1, 'create'), 'r1', { event: '(start)', before: undefined, after: 'admitting' }),
    step(api(1, 'create'), 'm1', {
      ...{ from: api(1, 'create'), causes: ['r1'], before: 'admitting', after: 'writing' },
    }),
    write(POD, 'w1', { from: api(1, 'create'), causes: ['m1'], revision: 10, object: pod(false) }),
    step('pendingPod/default/web', 'w1', { event: '(start)', before: undefined, after: 'active' }),
    step(scheduler, 'm2', {
      from: 'pendingPod/default/web',
      causes: ['w1'],
      event: 'pods.waiting',
    }),
    step('pendingPod/default/web', 'm3', {
      ...{ from: scheduler, causes: ['w1', 'm2'], event: 'node.chosen', before: 'active' },
      ...{ after: 'binding', effects: ['pod.bind'] },
    }),
    step(api(2, 'create.binding'), 'm4', { from: 'pendingPod/default/web', causes: ['m3'] }),
    write(POD, 'w2', { from: api(2, 'create.binding'), causes: ['m4'], revision: 11 }),
    step('pod/default/web', 'w2', {
      ...kubelet,
      event: '(start)',
      before: undefined,
      after: 'preparing',
    }),
    step('pod/default/web', 'm5', {
      ...{ ...kubelet, from: 'pod/default/web', causes: ['w2'], event: 'container.started' },
      ...{ before: 'preparing', after: 'running', effects: ['change.make'] },
    }),
    step(api(3, 'patch.status'), 'm6', { from: 'pod/default/web', causes: ['m5'] }),
    write(POD, 'w3', {
      ...{ from: api(3, 'patch.status'), causes: ['m6'], revision: 12, object: pod(true) },
    }),
  ];
  return all.map((one, index) => record(one, 1_000 + index));
}
