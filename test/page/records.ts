/** Records for tests: a small rollout, from a client's request to a pod's machine. */
import type {
  RequestTraced,
  StepTraced,
  TraceRecord,
  WriteTraced,
} from '../../machines/trace/record.ts';

const common = { process: 'control-plane', traceparent: '' };

export function step(
  [messageId, from, actor, event]: readonly [string, string, string, string],
  rest: Partial<StepTraced> = {},
): StepTraced {
  return {
    ...{ ...common, type: 'step', atMs: 0, messageId, from, actor, event, causes: [] },
    ...{ before: 'a', after: 'b', effects: [], handled: true, waitMs: 0, tookMs: 0.1 },
    ...{ done: false, full: undefined },
    ...rest,
  };
}

export function write(
  [messageId, from, key, revision]: readonly [string, string, string, number],
  rest: Partial<WriteTraced> = {},
): WriteTraced {
  return {
    ...{ ...common, type: 'write', atMs: revision, messageId, from, key, revision, causes: [] },
    ...{ operation: 'put', previous: 0, object: { kind: 'Any', metadata: {} } },
    ...rest,
  };
}

export function request(messageId: string, rest: Partial<RequestTraced> = {}): RequestTraced {
  return {
    ...{ ...common, type: 'request', atMs: 0, messageId, auditId: '', parent: '', tookMs: 1 },
    ...{ method: 'POST', path: '/p', verb: 'create', key: 'apps/deployments/default/' },
    ...{ user: 'admin', userAgent: 'kubectl/v1.36', code: 201 },
    ...rest,
  };
}

export const DEPLOYMENT = 'apps/deployments/default/web';
export const POD = 'core/pods/default/web-1';
const ASKED = `api-request/1/create/${DEPLOYMENT}`;
const CREATES = `api-request/2/create/${POD}`;
const CONTROLLER = 'reconciler/deployment-controller/default/web';

/** A pod's object. */
export const pod = (node: string, phase: string, ready: string) => ({
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'default' },
  spec: { nodeName: node },
  status: { phase, conditions: [{ type: 'Ready', status: ready }] },
});

/** A client's request, its write, the controller that hears of it, and what that asks for. */
export const ROLLOUT: readonly TraceRecord[] = [
  request('m1', { atMs: 10 }),
  step(['m1', 'apiserver', ASKED, '(start)'], { atMs: 11 }),
  step(['m2', ASKED, ASKED, 'request.admitted'], { atMs: 12, causes: ['m1'] }),
  write(['m3', ASKED, DEPLOYMENT, 1], { atMs: 13, causes: ['m2'] }),
  step(['m3', ASKED, CONTROLLER, 'work.noticed'], { atMs: 14, causes: ['m2'] }),
  step(['m4', CONTROLLER, CONTROLLER, 'plan.made'], { atMs: 15, causes: ['m3'] }),
  step(['m5', CONTROLLER, CREATES, '(start)'], { atMs: 16, causes: ['m4'] }),
  step(['m6', CREATES, CREATES, 'request.admitted'], { atMs: 17, causes: ['m5'] }),
  write(['m7', CREATES, POD, 2], {
    ...{ atMs: 18, causes: ['m6'], object: pod('', 'Pending', 'False') },
  }),
  write(['m8', CREATES, POD, 3], {
    ...{ atMs: 19, causes: ['m6'], object: pod('n1', 'Running', 'True') },
  }),
  step(['m8', CREATES, 'pod/default/web-1', '(start)'], {
    ...{ atMs: 20, causes: ['m6'], process: 'n1' },
  }),
];
