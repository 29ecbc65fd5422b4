/** What a cluster that has nothing to do costs: memory and CPU of each process over a while. */
import { withCluster } from './clusters.ts';
import { type Figure, MIB, pause } from './figure.ts';
import { cpuMs, type Memory, memory } from './usage.ts';

/** Long enough for what starting left to be collected. */
const SETTLE_MS = 12_000;
const WINDOW_MS = 20_000;

/** The control plane alone, as the peer's figure is; then with `kabuki up`'s three nodes and no pods. */
export async function measureIdle(): Promise<readonly Figure[]> {
  const alone = plane(await idle(0));
  const used = await idle(3);
  const beside = plane(used);
  const nodes = used.filter(({ role }) => role === 'node');
  const most = (values: readonly number[]): number => Math.max(...values);
  return [
    { id: 'idle.plane.rss', value: alone.rss, note: alone.note },
    { id: 'idle.plane.pss', value: alone.pss },
    { id: 'idle.plane.cpu', value: alone.cpu },
    { id: 'idle.withNodes.rss', value: beside.rss, note: beside.note },
    { id: 'idle.withNodes.cpu', value: beside.cpu },
    { id: 'idle.node.rss', value: most(nodes.map(({ memory: { rss } }) => rss)) / MIB },
    { id: 'idle.node.pss', value: most(nodes.map(({ memory: { pss } }) => pss)) / MIB },
    { id: 'idle.node.cpu', value: most(nodes.map(({ cpuPercent }) => cpuPercent)) },
  ];
}

interface Used {
  readonly role: string;
  readonly name: string;
  readonly memory: Memory;
  readonly cpuPercent: number;
}

function idle(nodes: number): Promise<readonly Used[]> {
  return withCluster(['--nodes', String(nodes)], nodes, async ({ processes }) => {
    await pause(SETTLE_MS);
    const before = processes.map(({ pid }) => cpuMs(pid));
    const startedMs = performance.now();
    await pause(WINDOW_MS);
    const elapsedMs = performance.now() - startedMs;
    return processes.map(({ pid, role, name }, index) => ({
      ...{ role, name },
      memory: memory(pid),
      cpuPercent: ((cpuMs(pid) - (before[index] ?? 0)) / elapsedMs) * 100,
    }));
  });
}

/** The control plane and its nats-server together; memory in MiB. */
function plane(used: readonly Used[]) {
  const parts = used.filter(({ role }) => role === 'control-plane' || role === 'nats-server');
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const note = parts.map(({ name, memory: { rss }, cpuPercent }) => {
    return `${name} ${Math.round(rss / MIB)} MiB ${cpuPercent.toFixed(2)} %`;
  });
  return {
    rss: sum(parts.map((part) => part.memory.rss)) / MIB,
    pss: sum(parts.map((part) => part.memory.pss)) / MIB,
    cpu: sum(parts.map(({ cpuPercent }) => cpuPercent)),
    note: note.join(', '),
  };
}
