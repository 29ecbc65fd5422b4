/**
 * Nothing on the way from a request to a started container is without a cause: the whole graph of a workload's life,
 * on a real cluster, from kubectl to the containers of its nodes.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGraph } from '../../actors/trace/source.ts';
import type { NodeIndex, TraceGraph } from '../../machines/trace/graph.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import {
  eventually,
  type Kubectl,
  kubectlFor,
  type RunningCluster,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';

let cluster: RunningCluster;
let kubectl: Kubectl;
/** Processes that were killed: the last 100 ms of what they did is on nobody's record. */
const killed = new Set<string>();

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  cluster = await startCluster(['--nodes', '3']);
  kubectl = kubectlFor(cluster, binary.path);
  await eventually(async () => {
    const nodes = await kubectl('get nodes --no-headers');
    return nodes.match(/ Ready /g)?.length === 3;
  });
}, 120_000);

afterAll(() => cluster?.stop());

const graphNow = async (): Promise<TraceGraph> =>
  (await readGraph({ dataDir: cluster.data, file: undefined })).graph;

/** Nodes that lack a cause, as a person reads them. */
function orphans(graph: TraceGraph): readonly string[] {
  return graph.records.flatMap((record, node) => {
    if (!graph.isOrphan(node) || wasCutOff(record)) return [];
    const { from, causes } = record as Extract<TraceRecord, { type: 'step' | 'write' }>;
    const what = record.type === 'step' ? `${record.actor} ${record.event}` : record.type;
    return [`${record.process} ${what} from ${from} because of ${causes.join(' ')}`];
  });
}

/** Sent by a node that was killed, just before: what made it do so is lost with it. */
function wasCutOff(record: TraceRecord): boolean {
  if (killed.size === 0 || (record.type !== 'step' && record.type !== 'write')) return false;
  return record.from.startsWith('pod/') || killed.has(record.from.replace('node/', ''));
}

/** The way of causes from a node back to its root, each the last of its causes. */
function wayBack(graph: TraceGraph, node: NodeIndex): readonly TraceRecord[] {
  const way: TraceRecord[] = [];
  for (let at: NodeIndex | undefined = node; at !== undefined; at = graph.last(at)) {
    way.push(graph.records[at] as TraceRecord);
  }
  return way;
}

/** The steps of pods of a workload with this event, newest last. */
function podSteps(graph: TraceGraph, workload: string, event: string, afterMs: number) {
  return graph.records.flatMap((record, node) =>
    record.type === 'step' &&
    record.event === event &&
    record.atMs > afterMs &&
    record.actor.startsWith(`pod/default/${workload}-`)
      ? [node]
      : [],
  );
}

/** Waits until the trail tells of so many pods to which this happened. */
async function traced(event: string, count: number, afterMs: number): Promise<TraceGraph> {
  const found = await eventually(async () => {
    const graph = await graphNow();
    const pods = podSteps(graph, 'web', event, afterMs).map(
      (node) => (graph.records[node] as { actor: string }).actor,
    );
    return new Set(pods).size >= count && graph;
  });
  if (found === false) throw new Error(`fewer than ${count} pods were told ${event}`);
  return found;
}

/** Everything that happened to the pods goes back to this request of kubectl. */
function expectRoot(graph: TraceGraph, event: string, afterMs: number, root: RegExp): void {
  for (const node of podSteps(graph, 'web', event, afterMs)) {
    const last = wayBack(graph, node).at(-1);
    if (last?.type !== 'request') throw new Error(`not a request: ${JSON.stringify(last)}`);
    expect(`${last.method} ${last.path}`).toMatch(root);
    expect(last.userAgent).toMatch(/^kubectl/);
  }
}

const rolledOut = () => kubectl('rollout status deploy/web --timeout=60s');

test('a Deployment is applied', async () => {
  const since = Date.now();
  await kubectl('create deployment web --image=kabuki/pause --replicas=3');
  await rolledOut();
  const graph = await traced('container.started', 3, since);
  expect(orphans(graph)).toEqual([]);
  expectRoot(graph, 'container.started', since, /^POST .*\/deployments/);
  const [node] = podSteps(graph, 'web', 'container.started', since);
  const kinds = wayBack(graph, node as number).map((record) =>
    record.type === 'step' ? record.actor.split('/', 2)[0] : record.type,
  );
  const way = kinds.filter((kind, index) => kind !== kinds[index - 1]).reverse();
  expect(way.join(' ')).toMatch(
    /^request api-request write reconciler api-request write reconciler api-request write pendingPod (scheduler )?pendingPod api-request write pod$/,
  );
});

test('it is scaled', async () => {
  const since = Date.now();
  await kubectl('scale deploy/web --replicas=5');
  await rolledOut();
  const graph = await traced('container.started', 2, since);
  expect(orphans(graph)).toEqual([]);
  expectRoot(graph, 'container.started', since, /^PATCH .*\/deployments\/web\/scale/);
});

test('it is rolled out anew', async () => {
  const since = Date.now();
  await kubectl('set env deploy/web A=b');
  await rolledOut();
  const graph = await traced('container.started', 5, since);
  expect(orphans(graph)).toEqual([]);
  expectRoot(graph, 'container.started', since, /^PATCH .*\/deployments\/web\?/);
});

test('a node dies, and its pods are made elsewhere', async () => {
  const since = Date.now();
  const { name, pid } = cluster.processes.find(({ role }) => role === 'node') ?? fail();
  const before = await kubectl('get pods -o wide --no-headers');
  const lost = before.split('\n').filter((line) => line.includes(` ${name} `)).length;
  expect(lost).toBeGreaterThan(0);
  killed.add(name);
  process.kill(pid, 'SIGKILL');
  const graph = await traced('container.started', lost, since);
  expect(orphans(graph)).toEqual([]);
  for (const node of podSteps(graph, 'web', 'container.started', since)) {
    const way = wayBack(graph, node).map((record) => (record.type === 'step' ? record.actor : ''));
    expect(way).toContain(`nodeHealth/${name}`);
    expect(way.some((actor) => actor.startsWith('reconciler/taint-eviction'))).toBe(true);
  }
});

test('it is deleted', async () => {
  const since = Date.now();
  await kubectl('delete deploy/web --wait=true');
  const graph = await traced('pod.removed', 5, since);
  expect(orphans(graph)).toEqual([]);
  expectRoot(graph, 'pod.removed', since, /^DELETE .*\/deployments\/web/);
});

function fail(): never {
  throw new Error('the cluster has no node');
}
