import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  BATCH_MAX,
  OtlpSender,
  type OtlpSenderOptions,
  otlpTarget,
  QUEUE_MAX,
} from '../../actors/trace/otlp-sender.ts';
import type { Span } from '../../machines/trace/span.ts';
import { type OtlpReceiver, startReceiver } from './otlp-receiver.ts';
import { TRACE_ID } from './traced-records.ts';

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

/** A clock on which every wait is over at once; remembers how long they were. */
function hurried() {
  const waits: number[] = [];
  const at = (deadlineMs: number, callback: () => void) => {
    waits.push(deadlineMs);
    setImmediate(callback);
    return () => {};
  };
  return { waits, clock: { nowMs: () => 0, at } };
}

function sender(more: Partial<OtlpSenderOptions> = {}, url = receiver.url) {
  const { waits, clock } = hurried();
  const troubles: string[] = [];
  const made = new OtlpSender({
    target: otlpTarget(url, {}),
    resource: { cluster: 'kabuki', version: '1' },
    clock,
    random: () => 1,
    onTrouble: (what) => void troubles.push(what),
    onBack: () => void troubles.push('back'),
    ...more,
  });
  return { made, waits, troubles };
}

const spans = (count: number): readonly Span[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ traceId: TRACE_ID, spanId: (index + 1).toString(16).padStart(16, '0'), flags: 1 },
    ...{ parentSpanId: '', name: 'test', kind: 'internal', service: 'kabuki-test', process: 'p' },
    ...{ beganMs: 1, endedMs: 2, attributes: {}, events: [], links: [], error: undefined },
  }));

test('sends in batches, and the receiver takes every span', async () => {
  const { made } = sender();
  made.push(spans(BATCH_MAX + 10));
  await made.drained();
  expect(receiver.refusals).toEqual([]);
  expect(receiver.requests).toHaveLength(2);
  expect(receiver.spans).toHaveLength(BATCH_MAX + 10);
  expect(made.counts).toEqual({ sent: BATCH_MAX + 10, rejected: 0, dropped: 0, waiting: 0 });
});

test.each([429, 502, 503, 504])('sends again after %i, with back-off', async (code) => {
  receiver.script.push({ code }, { code }, { code });
  const { made, waits, troubles } = sender();
  made.push(spans(1));
  await made.drained();
  expect(waits).toEqual([500, 1_000, 2_000]);
  expect(receiver.spans).toHaveLength(1);
  expect(troubles).toEqual([`the receiver answers ${code}`, 'back']);
});

test('many waits leave nothing behind', async () => {
  const warnings: Error[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  for (let count = 0; count < 20; count += 1) receiver.script.push({ code: 429 });
  const { made, waits } = sender({ triesMax: 30 });
  made.push(spans(1));
  await made.drained();
  process.off('warning', warned);
  expect(waits).toHaveLength(20);
  expect(warnings).toEqual([]);
});

test('waits as long as Retry-After says, within reason', async () => {
  receiver.script.push({ code: 429, headers: { 'retry-after': '3' } });
  receiver.script.push({ code: 503, headers: { 'retry-after': '86400' } });
  receiver.script.push({ code: 503, headers: { 'retry-after': new Date(7_000).toUTCString() } });
  const { made, waits } = sender();
  made.push(spans(1));
  await made.drained();
  expect(waits).toEqual([3_000, 30_000, 7_000]);
});

test.each([400, 401, 404, 413, 500])('gives up at once after %i', async (code) => {
  receiver.script.push({ code, body: 'because' });
  const { made, waits, troubles } = sender();
  made.push(spans(3));
  await made.drained();
  expect(waits).toEqual([]);
  expect(made.counts).toMatchObject({ sent: 0, dropped: 3 });
  expect(troubles).toEqual([`the receiver answers ${code}: because`]);
});

test('gives up on a receiver that is away, after a bounded number of tries', async () => {
  await receiver.close();
  const { made, waits } = sender();
  made.push(spans(2));
  await made.drained();
  expect(waits).toHaveLength(6);
  expect(made.counts).toMatchObject({ sent: 0, dropped: 2 });
  expect(made.trouble).toMatch(/ECONNREFUSED/);
});

test('holds so many spans; of more, the newest are dropped and counted', async () => {
  const { made } = sender();
  made.push(spans(QUEUE_MAX + 100));
  expect(made.counts.dropped).toBe(100);
  made.close();
  await made.drained();
});

test('what the receiver rejects of a request is counted, and said', async () => {
  const body = JSON.stringify({ partialSuccess: { rejectedSpans: '2', errorMessage: 'too old' } });
  receiver.script.push({ code: 200, body });
  const { made, troubles } = sender();
  made.push(spans(5));
  await made.drained();
  expect(made.counts).toMatchObject({ sent: 3, rejected: 2 });
  expect(troubles).toEqual(['the receiver rejected 2 spans: too old']);
});

test.each([
  ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
  ['127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
  ['https://otel.example.org/in/', 'https://otel.example.org/in/v1/traces'],
  ['http://127.0.0.1:4318/v1/traces', 'http://127.0.0.1:4318/v1/traces'],
])('the target of %s', (given, url) => {
  expect(otlpTarget(given, {}).url).toBe(url);
});

test.each(['', 'ftp://x', 'grpc://127.0.0.1:4317', 'http://'])('%j is no target', (given) => {
  expect(() => otlpTarget(given, {})).toThrow('is no address of an OTLP receiver');
});

test('a port that may not be connected to is not tried again', async () => {
  const { made, waits, troubles } = sender({}, 'http://127.0.0.1:1');
  made.push(spans(3));
  await made.drained();
  expect(waits).toEqual([]);
  expect(made.counts.dropped).toBe(3);
  expect(troubles).toEqual(['http://127.0.0.1:1/v1/traces: this port is not allowed']);
});

test('headers come from the environment that OpenTelemetry names', async () => {
  const env = { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, X-Tenant=t ,broken' };
  const target = otlpTarget(receiver.url, env);
  expect(target.headers).toEqual({ 'api-key': 'a b', 'x-tenant': 't' });
  const { made } = sender({ target });
  made.push(spans(1));
  await made.drained();
  expect(receiver.requests[0]).toMatchObject({ 'api-key': 'a b', 'x-tenant': 't' });
});
