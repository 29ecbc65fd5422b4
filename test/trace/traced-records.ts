/** Records for tests: what a step, a write or a request is unless a test says otherwise. */
import type {
  RequestTraced,
  StepTraced,
  TraceRecord,
  WriteTraced,
} from '../../machines/trace/record.ts';
import { requestRow, stepRow, TRACE_VERSION, writeRow } from '../../machines/trace/rows.ts';

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

/** A W3C trace context by a small number for its span. */
export function context(span: number, flags = '01', traceId = TRACE_ID): string {
  return `00-${traceId}-${span.toString(16).padStart(16, '0')}-${flags}`;
}

/** A step: the actor handles a message. */
export function step(
  of: Partial<StepTraced> & Pick<StepTraced, 'actor' | 'messageId'>,
): StepTraced {
  return {
    ...{ type: 'step', process: 'control-plane', atMs: 0, from: 'host', causes: [] },
    ...{ traceparent: context(1), event: '(start)', before: undefined, after: 'active' },
    ...{ effects: ['something.do'], handled: true, waitMs: 0, tookMs: 1, done: false },
    full: undefined,
    ...of,
  };
}

/** A write that the store acknowledged. */
export function write(
  of: Partial<WriteTraced> & Pick<WriteTraced, 'key' | 'messageId'>,
): WriteTraced {
  return {
    ...{ type: 'write', process: 'control-plane', atMs: 0, from: '', causes: [] },
    ...{ traceparent: context(1), revision: 1, operation: 'put', previous: 0, object: undefined },
    ...of,
  };
}

/** A request of a client. */
export function request(
  of: Partial<RequestTraced> & Pick<RequestTraced, 'messageId'>,
): RequestTraced {
  return {
    ...{ type: 'request', process: 'control-plane', atMs: 0, auditId: 'audit-1', parent: '' },
    ...{ traceparent: context(1), method: 'POST', verb: 'create', code: 201, tookMs: 5 },
    path: '/apis/apps/v1/namespaces/default/deployments?fieldManager=test',
    key: 'apps/deployments/default/',
    ...{ user: 'kubernetes-admin', userAgent: 'kubectl/v1.36.0 (linux/amd64)' },
    ...of,
  };
}

const ASKED = 'api-request/1/create/apps/deployments/default/web';
const RECONCILER = 'reconciler/deployment-controller/default/web';
const ASKED_SET = 'api-request/2/create/apps/replicasets/default/web-1';

/** A client creates a Deployment, and its controller a ReplicaSet. */
export const ROLLOUT = [
  request({ messageId: 'a-1', atMs: 1000, parent: context(0xf0), traceparent: context(1) }),
  step({ actor: ASKED, messageId: 'a-1', from: 'apiserver', atMs: 1001, after: 'admitting' }),
  step({
    ...{ actor: ASKED, messageId: 'a-2', from: ASKED, causes: ['a-1'], atMs: 1002 },
    ...{ event: 'request.admitted', before: 'admitting', after: 'writing' },
  }),
  write({
    ...{ key: 'apps/deployments/default/web', messageId: 'a-3', from: ASKED, causes: ['a-2'] },
    ...{ atMs: 1005, traceparent: context(2), revision: 7 },
  }),
  step({
    ...{ actor: ASKED, messageId: 'a-4', from: ASKED, causes: ['a-2'], atMs: 1005.5 },
    ...{ event: 'store.written', before: 'writing', after: 'settled', done: true },
  }),
  step({
    ...{ actor: RECONCILER, messageId: 'a-3', from: ASKED, causes: ['a-2'], atMs: 1006 },
    ...{ traceparent: context(2), after: 'gathering' },
  }),
  step({
    ...{ actor: RECONCILER, messageId: 'a-5', from: 'clock', causes: ['a-3'], atMs: 1010 },
    ...{ traceparent: context(2), event: 'timer.fired', before: 'gathering', after: 'planning' },
  }),
  step({
    ...{ actor: ASKED_SET, messageId: 'a-6', from: RECONCILER, causes: ['b-1', 'a-5'], atMs: 1012 },
    ...{ traceparent: context(3), after: 'admitting' },
  }),
  write({
    ...{
      key: 'apps/replicasets/default/web-1',
      messageId: 'a-7',
      from: ASKED_SET,
      causes: ['a-6'],
    },
    ...{ atMs: 1016, traceparent: context(4), revision: 8 },
  }),
];

/** A write of another trace that the controller noticed meanwhile: it did nothing about it at once. */
export const NOTICED = step({
  ...{ actor: RECONCILER, messageId: 'b-1', from: 'api-request/9', causes: ['b-0'], atMs: 1008 },
  ...{ event: 'work.noticed', before: 'gathering', after: 'gathering', effects: ['timer.set x'] },
  traceparent: context(9, '00', '0af7651916cd43dd8448eb211c80319c'),
});

/** Rounds of a probe of one pod: the first comes of its start, each next of the one before. */
export function probes(rounds: number, changesAt?: number): readonly StepTraced[] {
  const actor = 'pod/default/web';
  const started = step({
    ...{ actor, messageId: 'p-0', from: 'api-request/1', causes: ['w-0'], atMs: 0 },
    ...{ after: 'running', traceparent: context(2) },
  });
  const of = { actor, traceparent: context(2), before: 'running', after: 'running' };
  const all = Array.from({ length: rounds }, (_, round) => [
    step({
      ...{ ...of, messageId: `t-${round}`, from: 'clock', event: 'timer.fired' },
      ...{ causes: [round === 0 ? 'p-0' : `p-${round}`], atMs: 1_000 * (round + 1) },
      effects: ['probe.run readiness'],
    }),
    step({
      ...{ ...of, messageId: `p-${round + 1}`, from: actor, event: 'probe.result' },
      ...{ causes: [`t-${round}`], atMs: 1_000 * (round + 1) + 10 },
      effects:
        round === changesAt
          ? ['timer.set readiness', 'change.make']
          : ['event.record Unhealthy', 'timer.set readiness'],
    }),
  ]);
  return [started, ...all.flat()];
}

/** Records as a process sends them. */
export function batchOf(records: readonly TraceRecord[]): object {
  const rows = records.flatMap((record) => {
    if (record.type === 'step') return [stepRow(record, { ...record, full: undefined })];
    if (record.type === 'write') return [writeRow(record, undefined)];
    return record.type === 'request' ? [requestRow(record)] : [];
  });
  return { v: TRACE_VERSION, process: 'control-plane', rows };
}
