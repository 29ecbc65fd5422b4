/** What a cluster that has nothing to do costs: memory and CPU of each process over a while. */
import { withCluster } from './clusters.ts';
import { type Figure, MIB, pause } from './figure.ts';
import { cpuMs, memory } from './usage.ts';

const SETTLE_MS = 5_000;
const WINDOW_MS = 20_000;

/** `kabuki up` with its defaults, three process nodes, no pods. */
export async function measureIdle(): Promise<readonly Figure[]> {
  return await withCluster(['--nodes', '3'], 3, async ({ processes }) => {
    await pause(SETTLE_MS);
    const before = processes.map(({ pid }) => cpuMs(pid));
    const startedMs = performance.now();
    await pause(WINDOW_MS);
    const elapsedMs = performance.now() - startedMs;
    const used = processes.map(({ pid, role, name }, index) => ({
      ...{ role, name },
      memory: memory(pid),
      cpuPercent: ((cpuMs(pid) - (before[index] ?? 0)) / elapsedMs) * 100,
    }));
    const plane = used.filter(({ role }) => role === 'control-plane' || role === 'nats-server');
    const nodes = used.filter(({ role }) => role === 'node');
    const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
    const note = plane
      .map(({ name, memory: { rss }, cpuPercent }) => {
        return `${name} ${Math.round(rss / MIB)} MiB ${cpuPercent.toFixed(2)} %`;
      })
      .join(', ');
    const most = (values: readonly number[]): number => Math.max(...values);
    return [
      { id: 'idle.plane.rss', value: sum(plane.map(({ memory: { rss } }) => rss)) / MIB, note },
      { id: 'idle.plane.pss', value: sum(plane.map(({ memory: { pss } }) => pss)) / MIB },
      { id: 'idle.plane.cpu', value: sum(plane.map(({ cpuPercent }) => cpuPercent)) },
      { id: 'idle.node.rss', value: most(nodes.map(({ memory: { rss } }) => rss)) / MIB },
      { id: 'idle.node.pss', value: most(nodes.map(({ memory: { pss } }) => pss)) / MIB },
      { id: 'idle.node.cpu', value: most(nodes.map(({ cpuPercent }) => cpuPercent)) },
    ];
  });
}
