/** Trace contexts into a cluster and spans out of it, as a user has them: over HTTPS, and with an OTLP receiver. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileFrame, fileHead } from '../../actors/trace/trace-file.ts';
import { TRACEPARENT_ANNOTATION } from '../../machines/api/traceparent.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import {
  eventually,
  kabukiScript,
  kubectlFor,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';
import { askApi, deploymentOf } from './api-user.ts';
import { type OtlpReceiver, plain, type ReceivedSpan, startReceiver } from './otlp-receiver.ts';
import { batchOf, ROLLOUT, TRACE_ID } from './traced-records.ts';

let cluster: RunningCluster;
let receiver: OtlpReceiver;
beforeAll(async () => {
  receiver = await startReceiver();
  const nodes = ['--nodes', '0', '--hollow-nodes', '2'];
  cluster = await startCluster([...nodes, '--otlp', receiver.url]);
}, 30_000);
afterAll(async () => {
  await cluster?.stop();
  await receiver?.close();
});

const CLIENT_SPAN = '00f067aa0ba902b7';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const noted = ({ metadata }: AnyObject) => metadata?.annotations?.[TRACEPARENT_ANNOTATION];

async function list(path: string, app: string): Promise<readonly AnyObject[]> {
  const { object } = await askApi(cluster, `${path}?labelSelector=app=${app}`);
  return (object as { items?: readonly AnyObject[] }).items ?? [];
}

async function deploy(name: string, traceparent: string): Promise<AnyObject> {
  const headers = { traceparent };
  const body = deploymentOf(name, 2);
  const { code, object } = await askApi(cluster, DEPLOYMENTS, { method: 'POST', body, headers });
  expect(code).toBe(201);
  return object;
}

const running = async (app: string): Promise<readonly AnyObject[] | false> => {
  const pods = await list('/api/v1/namespaces/default/pods', app);
  const all = pods.every(({ status }) => (status as { phase?: string }).phase === 'Running');
  return pods.length === 2 && all && pods;
};

const ofTrace = (traceId: string): readonly ReceivedSpan[] =>
  receiver.spans.filter((span) => span.traceId === traceId);

test('a sampled request gives its trace to all it leads to, and each object names its span', async () => {
  const deployment = await deploy('web', `00-${TRACE_ID}-${CLIENT_SPAN}-01`);
  const pods = (await eventually(() => running('web'))) as readonly AnyObject[];
  const sets = await list('/apis/apps/v1/namespaces/default/replicasets', 'web');
  const contexts = [deployment, ...sets, ...pods].map(noted);
  expect(contexts).toHaveLength(4);
  for (const context of contexts) expect(context).toMatch(new RegExp(`^00-${TRACE_ID}-.{16}-01$`));
  expect(new Set(contexts).size).toBe(4);

  const spans = await eventually(async () => {
    const found = ofTrace(TRACE_ID);
    const started = found.filter(({ name }) => name === 'pod container.started');
    return started.length === 2 && found;
  });
  const ids = new Map((spans as readonly ReceivedSpan[]).map((span) => [span.spanId, span]));
  const names = contexts.map((context) => ids.get(context?.slice(36, 52) ?? '')?.name);
  expect(names).toEqual([
    'POST /apis/apps/v1/namespaces/{namespace}/deployments',
    ...['create replicasets', 'create pods', 'create pods'],
  ]);
});

test('the spans of a rollout are one tree below the client’s span, over all components', async () => {
  const spans = ofTrace(TRACE_ID);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const outer = spans.filter(({ parentSpanId = '' }) => !ids.has(parentSpanId));
  expect(outer.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
    ['POST /apis/apps/v1/namespaces/{namespace}/deployments', CLIENT_SPAN],
  ]);
  const services = new Set(spans.map(({ resource }) => resource['service.name']));
  expect([...services].sort()).toEqual([
    ...['kabuki-apiserver', 'kabuki-controllers', 'kabuki-kubelet', 'kabuki-scheduler'],
  ]);
  const started = spans.find(({ name }) => name === 'pod container.started');
  expect(plain(started?.attributes ?? [])).toMatchObject({
    'k8s.namespace.name': 'default',
    'k8s.pod.name': expect.stringMatching(/^web-/),
  });
  expect(spans.some(({ links = [] }) => links.length > 0)).toBe(true);
  expect(receiver.refusals).toEqual([]);
});

test('stock kubectl finds nothing to change in what was noted', async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  const kubectl = kubectlFor(cluster, binary.path);
  const stdin = JSON.stringify(deploymentOf('applied', 1));
  await kubectl('apply -f -', { stdin });
  const headers = { traceparent: `00-${TRACE_ID}-${CLIENT_SPAN}-01` };
  const body = { spec: { paused: true } };
  const one = `${DEPLOYMENTS}/applied`;
  const { object } = await askApi(cluster, one, { method: 'PATCH', body, headers });
  expect(noted(object)).toContain(TRACE_ID);
  const { code, stdout, stderr } = await kubectl.try('diff -f -', { stdin });
  expect([code, stdout, stderr]).toEqual([0, '', '']);
  expect(await kubectl('apply -f -', { stdin })).toBe('deployment.apps/applied unchanged\n');
  expect(noted((await askApi(cluster, one)).object)).toBe(noted(object));
}, 120_000);

test('without the sampled flag objects are as they are without tracing', async () => {
  const traceId = '11111111111111111111111111111111';
  await deploy('plain', `00-${traceId}-${CLIENT_SPAN}-00`);
  const pods = (await eventually(() => running('plain'))) as readonly AnyObject[];
  const sets = await list('/apis/apps/v1/namespaces/default/replicasets', 'plain');
  for (const { metadata } of [...sets, ...pods]) {
    expect(Object.keys(metadata?.annotations ?? {})).not.toContain(TRACEPARENT_ANNOTATION);
  }
});

test('who is not trusted with it cannot say which trace a request belongs to', async () => {
  const account = '/api/v1/namespaces/default/serviceaccounts/default/token';
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { object } = await askApi(cluster, account, { method: 'POST', body: asked });
  const { token } = object.status as { token: string };
  const traceId = '22222222222222222222222222222222';
  const { code, auditId } = await askApi(cluster, '/api/v1/namespaces/default/configmaps', {
    headers: { traceparent: `00-${traceId}-${CLIENT_SPAN}-01` },
    token,
  });
  expect(code).toBe(200);
  const span = await eventually(async () => {
    const asks = (one: ReceivedSpan) => plain(one.attributes)['kabuki.audit_id'] === auditId;
    return receiver.spans.find(asks) ?? false;
  });
  expect(span).not.toHaveProperty('parentSpanId');
  expect(ofTrace(traceId)).toEqual([]);
});

test('kabuki trace export sends the same spans again, with the same ids', async () => {
  const other = await startReceiver();
  try {
    const args = ['trace', 'export', '--data', cluster.data, '--otlp', other.url];
    const { code, stdout, stderr } = await run(process.execPath, [kabukiScript, ...args]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\d,]+ spans of \d+ traces are at http:.*\/v1\/traces\n$/);
    expect(other.refusals).toEqual([]);
    const sent = new Set(other.spans.map(({ traceId, spanId }) => traceId + spanId));
    const missing = ofTrace(TRACE_ID).filter((span) => !sent.has(span.traceId + span.spanId));
    expect(missing).toEqual([]);
  } finally {
    await other.close();
  }
});

test('a file is exported as a cluster is', async () => {
  const other = await startReceiver();
  const folder = mkdtempSync(join(tmpdir(), 'kabuki-trace-'));
  try {
    const file = join(folder, 'rollout.trace');
    writeFileSync(file, Buffer.concat([fileHead(), fileFrame(batchOf(ROLLOUT))]));
    const args = ['trace', 'export', '--file', file, '--otlp', other.url];
    const { code, stdout } = await run(process.execPath, [kabukiScript, ...args]);
    expect([code, stdout]).toEqual([0, `6 spans of 1 trace are at ${other.url}/v1/traces\n`]);
    expect(other.refusals).toEqual([]);
    expect(other.spans.map(({ name }) => name)).toContain('deployment-controller reconcile');
  } finally {
    rmSync(folder, { recursive: true });
    await other.close();
  }
});

test('nobody there is said, with what to do', async () => {
  const args = [
    'trace',
    'export',
    '--data',
    cluster.data,
    '--otlp',
    'http://127.0.0.1:4318/nobody',
  ];
  await receiver.close();
  const away = args.with(-1, receiver.url);
  const { code, stderr } = await run(process.execPath, [kabukiScript, ...away]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^kabuki: no span arrived: .*ECONNREFUSED/);
});

test('kabuki status tells how many were sent, and that the receiver is away', async () => {
  await askApi(cluster, '/api/v1/namespaces/default/configmaps', {
    method: 'POST',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'after' } },
  });
  await eventually(async () => {
    const args = ['status', '--data', cluster.data];
    const { stdout } = await run(process.execPath, [kabukiScript, ...args]);
    const [line = ''] = stdout.split('\n').filter((one) => one.startsWith('otlp-exporter'));
    return /spans=\d\d+ sent, .*trouble=.*ECONNREFUSED/.test(line);
  });
});

test('an address that is none is refused before anything starts', async () => {
  const args = ['up', '--ephemeral', '--port', '0', '--otlp', 'grpc://127.0.0.1:4317'];
  const { code, stderr } = await run(process.execPath, [kabukiScript, ...args]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('gRPC (port 4317) is not spoken')]);
});
