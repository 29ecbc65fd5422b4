import { expect, test } from 'vitest';
import { TraceGraph } from '../../machines/trace/graph.ts';
import { nanos, otlpJson } from '../../machines/trace/otlp-json.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { contextOf, type Span } from '../../machines/trace/span.ts';
import { routeOf } from '../../machines/trace/span-attributes.ts';
import { HELD_MAX, SETTLE_MS, SpanFeed } from '../../machines/trace/span-feed.ts';
import { spansOf } from '../../machines/trace/spans.ts';
import { checkRequest, spansIn } from './otlp-receiver.ts';
import {
  context,
  NOTICED,
  probes,
  ROLLOUT,
  request,
  step,
  TRACE_ID,
  write,
} from './traced-records.ts';

const spansFrom = (...records: readonly TraceRecord[]) => spansOf(new TraceGraph(records));
const named = (spans: readonly Span[], name: string): Span => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((s) => s.name)}`);
  return found;
};
const id = (span: number): string => span.toString(16).padStart(16, '0');

test('a rollout as a tree: request, its machine, the write, the controller, and so on', () => {
  const spans = spansFrom(...ROLLOUT, NOTICED);
  const tree = spans.map(({ name, kind, parentSpanId, spanId }) => {
    const parent = spans.find((other) => other.spanId === parentSpanId)?.name ?? parentSpanId;
    return `${name} [${kind}] ${spanId.startsWith('00000000') ? 'sent' : 'derived'} <- ${parent}`;
  });
  expect(tree).toEqual([
    `POST /apis/apps/v1/namespaces/{namespace}/deployments [server] sent <- ${id(0xf0)}`,
    'create deployments [internal] derived <- POST /apis/apps/v1/namespaces/{namespace}/deployments',
    'write deployments [producer] sent <- create deployments',
    'deployment-controller reconcile [consumer] derived <- write deployments',
    'create replicasets [server] sent <- deployment-controller reconcile',
    'write replicasets [producer] sent <- create replicasets',
  ]);
});

test('the span of a request has the id that the trace context gave it', () => {
  const spans = spansFrom(...ROLLOUT);
  expect(named(spans, 'create replicasets')).toMatchObject({ traceId: TRACE_ID, spanId: id(3) });
  expect(named(spans, 'write replicasets').spanId).toBe(id(4));
});

test('causes besides the parent are links, also into other traces', () => {
  const spans = spansFrom(...ROLLOUT, NOTICED);
  const { links } = named(spans, 'create replicasets');
  // What only took notice is no span: the link is to the write that it took notice of.
  expect(links).toEqual([{ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: id(9), flags: 0 }]);
});

test('rounds of a probe are no spans, but for the one that changed something', () => {
  expect(spansFrom(...probes(50)).map(({ name }) => name)).toEqual(['pod (start)']);
  const spans = spansFrom(...probes(50, 30));
  expect(spans.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
    ['pod (start)', id(2)],
    ['pod timer.fired', id(2)],
    ['pod probe.result', spans[1]?.spanId],
  ]);
});

test('one machine for one message is one span, its further steps are events of it', () => {
  const asked = named(spansFrom(...ROLLOUT), 'create deployments');
  expect(asked.events.map(({ name }) => name)).toEqual(['request.admitted', 'store.written']);
  expect([asked.beganMs, asked.endedMs]).toEqual([1001, 1006.5]);
});

test('a write lasts from the end of what sent it to its acknowledgement', () => {
  const written = named(spansFrom(...ROLLOUT), 'write deployments');
  expect([written.beganMs, written.endedMs]).toEqual([1003, 1005]);
});

test('the writes of one transaction are one span', () => {
  const one = write({ key: 'core/services/a/b', messageId: 't-1', traceparent: context(5) });
  const spans = spansFrom(one, { ...one, key: 'core/endpoints/a/b', revision: 2 });
  expect(spans.map(({ name, events }) => [name, events.map((event) => event.name)])).toEqual([
    ['write services', ['write endpoints']],
  ]);
});

test('ids are the same however often and with whatever else they are made', () => {
  const ids = (spans: readonly Span[]) => new Map(spans.map((span) => [span.spanId, span.name]));
  const all = ids(spansFrom(...ROLLOUT, NOTICED));
  for (const [spanId, name] of ids(spansFrom(...ROLLOUT.slice(3)))) {
    if (name === 'create deployments') continue; // cut in the middle, it is another one
    expect(all.get(spanId)).toBe(name);
  }
});

test('without its cause on record a span hangs from the context its message came with', () => {
  const [, , , , , begun] = ROLLOUT;
  const [alone] = spansFrom(begun as TraceRecord);
  expect(alone?.parentSpanId).toBe(id(2));
});

test('semantic conventions', () => {
  const spans = spansFrom(...ROLLOUT);
  expect(named(spans, 'POST /apis/apps/v1/namespaces/{namespace}/deployments').attributes).toEqual({
    'kabuki.object': 'apps/deployments/default/',
    'k8s.namespace.name': 'default',
    'http.request.method': 'POST',
    'http.route': '/apis/apps/v1/namespaces/{namespace}/deployments',
    'http.response.status_code': 201,
    'url.scheme': 'https',
    'url.path': '/apis/apps/v1/namespaces/default/deployments',
    'url.query': 'fieldManager=test',
    'user_agent.original': 'kubectl/v1.36.0 (linux/amd64)',
    'enduser.id': 'kubernetes-admin',
    'messaging.message.id': 'a-1',
    'kabuki.verb': 'create',
    'kabuki.audit_id': 'audit-1',
  });
  expect(named(spans, 'deployment-controller reconcile').attributes).toMatchObject({
    'messaging.system': 'nats',
    'messaging.operation.type': 'process',
    'k8s.deployment.name': 'web',
    'k8s.namespace.name': 'default',
    'kabuki.actor': 'reconciler/deployment-controller/default/web',
    'kabuki.state.after': 'gathering',
  });
});

test('what keeps the cluster going is no span, unless its trace is sampled', () => {
  const beat = step({ actor: 'node/n1', messageId: 'n-1', traceparent: context(1, '00') });
  const lease = write({ key: 'coordination.k8s.io/leases/kube-system/l', messageId: 'l-1' });
  const event = step({ actor: 'api-request/1/create/core/events/default/e', messageId: 'e-1' });
  expect(spansFrom(beat, lease, event)).toEqual([]);
  expect(spansFrom({ ...beat, traceparent: context(1) })).toHaveLength(1);
});

test('only an answer that is the server’s fault makes a request fail', () => {
  const codes = [201, 404, 409, 500, 504].map((code) => request({ messageId: `r-${code}`, code }));
  expect(spansFrom(...codes).map(({ error }) => error)).toEqual([
    ...[undefined, undefined, undefined, 'answered 500', 'answered 504'],
  ]);
});

test.each([
  [
    '/api/v1/namespaces/shop/pods/web',
    'core/pods/shop/web',
    '/api/v1/namespaces/{namespace}/pods/{name}',
  ],
  ['/api/v1/namespaces/shop', 'core/namespaces/_/shop', '/api/v1/namespaces/{namespace}'],
  ['/api/v1/nodes/n1/status?a=b', 'core/nodes/_/n1', '/api/v1/nodes/{name}/status'],
  ['/version', '', '/version'],
])('the route of %s', (path, key, route) => {
  expect(routeOf({ path, key })).toBe(route);
});

test('the OTLP request is valid, and has a resource for each component', () => {
  const body = otlpJson(spansFrom(...ROLLOUT, NOTICED), { cluster: 'kabuki', version: '1' });
  checkRequest(JSON.parse(JSON.stringify(body)));
  const services = spansIn(body).map(({ resource }) => resource['service.name']);
  expect(new Set(services)).toEqual(new Set(['kabuki-apiserver', 'kabuki-controllers']));
});

test('times are nanoseconds as text, exact to the microsecond', () => {
  expect(nanos(1_795_000_000_123.456)).toBe('1795000000123456000');
});

test('a context with zero ids is none', () => {
  expect(contextOf(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`)).toBeUndefined();
  expect(contextOf(`00-${TRACE_ID}-${'0'.repeat(16)}-01`)).toBeUndefined();
});

test('a feed gives each span once, when it has settled, whatever order records come in', () => {
  const feed = new SpanFeed();
  const late = ROLLOUT.slice(0, 4);
  feed.take(ROLLOUT.slice(4), 1_100);
  expect(feed.due(1_100)).toEqual([]);
  feed.take(late, 1_200);
  const given = feed.due(1_100 + SETTLE_MS);
  expect(given).toEqual(spansFrom(...ROLLOUT));
  expect(feed.due(1_200 + SETTLE_MS)).toEqual([]);
});

test('a span that was given is not given again, neither when it grows nor when it is forgotten', () => {
  const feed = new SpanFeed();
  const start = ROLLOUT[1] as TraceRecord;
  const next = { ...(ROLLOUT[2] as TraceRecord), atMs: 4_000 };
  feed.take([start], 1_100);
  expect(feed.due(2_600)).toHaveLength(1);
  feed.take([next], 4_000);
  expect(feed.due(5_600)).toEqual([]);
  // The first record is not held any more, the second one is.
  for (const nowMs of [12_000, 12_500]) {
    feed.take([step({ actor: 'pod/default/web', messageId: `x-${nowMs}`, atMs: nowMs })], nowMs);
    feed.due(nowMs);
  }
  expect(feed.rest().map(({ name }) => name)).toEqual(['pod (start)', 'pod (start)']);
});

test('a feed gives what is left when it ends', () => {
  const feed = new SpanFeed();
  feed.take(ROLLOUT, 1_100);
  expect(feed.rest()).toHaveLength(6);
});

test('a feed holds so many records, and counts what it had to forget', () => {
  const feed = new SpanFeed();
  const many = Array.from({ length: HELD_MAX + 5 }, (_, index) =>
    step({ actor: `pod/default/p${index}`, messageId: `m-${index}`, atMs: 1_000 + index / 1e6 }),
  );
  feed.take(many, 1_100);
  expect(feed.forgotten).toBe(5);
});
