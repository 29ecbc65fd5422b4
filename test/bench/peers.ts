/**
 * What each figure means, what it is to be here at least, and what the peers need for the same: Kubernetes 1.36
 * with etcd 3.5 on the same two cores (with its default client limits; lifted where a second figure is given), and kwok.
 */

/** One row of the table. */
export interface Meaning {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** The most it may be here. */
  readonly aim?: number;
  /** The most it may be here, as a multiple of another figure. */
  readonly aimTimes?: { readonly times: number; readonly id: string };
  readonly peer?: string;
}

const store2 = (percent: 50 | 99) => ({
  aimTimes: { times: 2, id: `latency.raw.p${percent}` },
});

/** In the order in which they are shown. */
export const meanings: readonly Meaning[] = [
  { id: 'start.readyz', what: 'start to /readyz, cold data', unit: 's', peer: '3.1' },
  {
    ...{ id: 'start.firstPod', what: 'start to the first pod created, cold data', unit: 's' },
    ...{ aim: 1.5, peer: '8.3 (3.8 limits lifted)' },
  },
  {
    ...{ id: 'idle.plane.rss', what: 'idle control plane with NATS, RSS', unit: 'MiB' },
    ...{ aim: 200, peer: '472' },
  },
  { id: 'idle.plane.pss', what: 'idle control plane with NATS, PSS', unit: 'MiB' },
  {
    ...{ id: 'idle.plane.cpu', what: 'idle control plane with NATS, CPU', unit: '% of a core' },
    ...{ aim: 1, peer: '4.3' },
  },
  { id: 'idle.withNodes.rss', what: 'the same with three nodes, RSS', unit: 'MiB' },
  { id: 'idle.withNodes.cpu', what: 'the same with three nodes, CPU', unit: '% of a core' },
  { id: 'idle.node.rss', what: 'idle node process, RSS (largest)', unit: 'MiB', aim: 60 },
  { id: 'idle.node.pss', what: 'idle node process, PSS (largest)', unit: 'MiB' },
  { id: 'idle.node.cpu', what: 'idle node process, CPU (largest)', unit: '% of a core' },
  {
    ...{ id: 'deploy.ready', what: '500 pods on 50 hollow nodes, apply to Ready', unit: 's' },
    ...{ aim: 2.5, peer: '24.8 (14.5 limits lifted)' },
  },
  {
    ...{ id: 'deploy.gone', what: '500 pods, delete to gone', unit: 's' },
    ...{ aim: 2.5, peer: '24.5 (8 limits lifted)' },
  },
  {
    ...{ id: 'deploy.cpu', what: 'control plane CPU per pod created and deleted', unit: 'ms' },
    peer: '42',
  },
  { id: 'deploy.nodesCpu', what: 'hollow nodes, CPU per pod created and deleted', unit: 'ms' },
  {
    ...{
      id: 'trace.time',
      what: 'the same with tracing on: time more than with it off',
      unit: '%',
    },
    aim: 10,
  },
  { id: 'trace.cpu', what: 'the same: control plane CPU more than with it off', unit: '%' },
  { id: 'trace.on.cpu', what: 'control plane CPU per pod, tracing on', unit: 'ms' },
  { id: 'trace.off.cpu', what: 'control plane CPU per pod, tracing off', unit: 'ms' },
  {
    ...{ id: 'large.running', what: '10,000 pods on 1,000 hollow nodes to Running', unit: 's' },
    ...{ aim: 30, peer: '60 (kwok)' },
  },
  { id: 'large.gone', what: '10,000 pods, delete to gone', unit: 's' },
  { id: 'large.memory.before', what: 'RSS before the 10,000 pods', unit: 'MiB' },
  { id: 'large.memory.peak', what: 'RSS at the highest', unit: 'MiB' },
  { id: 'large.memory.after', what: 'RSS 35 s after all are gone', unit: 'MiB' },
  { id: 'latency.raw.p50', what: 'raw store, create, 64 in flight, p50', unit: 'ms' },
  { id: 'latency.raw.p99', what: 'raw store, create, 64 in flight, p99', unit: 'ms' },
  {
    ...{ id: 'latency.configmaps.p50', what: 'create ConfigMap, 64 in flight, p50', unit: 'ms' },
    ...store2(50),
  },
  {
    ...{ id: 'latency.configmaps.p99', what: 'create ConfigMap, 64 in flight, p99', unit: 'ms' },
    ...store2(99),
  },
  {
    ...{ id: 'latency.pods.p50', what: 'create pod, 64 in flight, p50', unit: 'ms' },
    ...store2(50),
  },
  {
    ...{ id: 'latency.pods.p99', what: 'create pod, 64 in flight, p99', unit: 'ms' },
    ...store2(99),
  },
  { id: 'latency.watch.single.p50', what: 'watch event, from a write begun, p50', unit: 'ms' },
  {
    ...{ id: 'latency.watch.single.p99', what: 'watch event, from a write begun, p99', unit: 'ms' },
    aim: 20,
  },
  { id: 'latency.watch.begun.p50', what: 'the same with 64 writes in flight, p50', unit: 'ms' },
  { id: 'latency.watch.begun.p99', what: 'the same with 64 writes in flight, p99', unit: 'ms' },
  { id: 'latency.watch.acked.p50', what: '64 in flight, from the answer, p50', unit: 'ms' },
  {
    ...{ id: 'latency.watch.acked.p99', what: '64 in flight, from the answer, p99', unit: 'ms' },
    aim: 20,
  },
  {
    ...{ id: 'kill.elsewhere', what: 'node killed to its 6 pods Ready elsewhere', unit: 's' },
    aim: 10,
  },
];
