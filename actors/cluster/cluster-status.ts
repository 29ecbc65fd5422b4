/** `kabuki status`: asks all processes of a running cluster and renders their answers as a table. */

import { createIds, systemRandom } from '../../bus/ids.ts';
import { columns } from '../../machines/columns.ts';
import { createClock } from '../clock.ts';
import { runningCluster } from './down.ts';
import { isAlive, layoutOf, type ProcessEntry } from './layout.ts';
import { clusterAccess, connectAs } from './nats-access.ts';
import type { ProcessStatus } from './process.ts';
import { askStatus } from './status.ts';
import { ADMIN } from './users.ts';

/** The state of a running cluster. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly server: string;
  readonly kubeconfig: string;
  readonly data: string;
  /** The link to its page; undefined where it serves none. */
  readonly page: string | undefined;
  readonly processes: readonly ProcessStatus[];
  /** The nats-servers; they keep no machines. */
  readonly servers: readonly ProcessEntry[];
  /** Processes that were started and do not run any more. */
  readonly lost: readonly ProcessEntry[];
}

const TIMEOUT_MS = 2_000;
const SERVER_ROLE = 'nats-server';

/** Asks the cluster of a data directory. */
export async function clusterStatus(dataDir: string): Promise<ClusterStatus> {
  const layout = layoutOf(dataDir);
  const state = runningCluster(layout);
  const { cluster, server, kubeconfig, processes, page } = state;
  const lost = processes.filter(({ pid }) => !isAlive(pid));
  const bus = await connectAs(await clusterAccess(layout.data, state, ADMIN), 'kabuki status');
  const ids = createIds(systemRandom());
  const envelope = {
    id: ids.messageId(),
    from: 'status',
    causes: [],
    traceparent: ids.traceparent(),
  };
  try {
    const answers = await askStatus({
      bus,
      clock: createClock(),
      cluster,
      envelope,
      expected: processes
        .filter((entry) => entry.role !== SERVER_ROLE && !lost.includes(entry))
        .map(({ name }) => name),
      timeoutMs: TIMEOUT_MS,
    });
    const servers = processes.filter(({ role }) => role === SERVER_ROLE);
    const found = { cluster, server, kubeconfig, data: layout.data, page };
    return { ...found, processes: answers, servers, lost };
  } finally {
    await bus.close();
  }
}

/** The status as people read it. */
export function renderStatus(status: ClusterStatus): string {
  const out = [`cluster ${status.cluster}  ${status.server}  data ${status.data}`];
  if (status.page !== undefined) out.push(`page ${status.page}`);
  out.push('');
  out.push(
    ...columns([
      ['PROCESS', 'ROLE', 'PID', 'MEMORY', 'CPU', 'UP', 'STEPS', 'DETAILS'],
      ...status.processes.map((one) => [
        one.name,
        one.role,
        String(one.pid),
        `${Math.round(one.rssBytes / 2 ** 20)} MiB`,
        `${(one.cpuMs / 1_000).toFixed(1)} s`,
        `${Math.round(one.uptimeMs / 1_000)} s`,
        String(one.counters.steps ?? 0),
        Object.entries(one.details)
          .map(([name, value]) => `${name}=${String(value)}`)
          .join(' '),
      ]),
      ...status.servers.map(({ name, role, pid }) => [name, role, String(pid)]),
      ...status.lost.map(({ name, role, pid }) => [name, role, String(pid), 'not running']),
    ]),
    '',
    ...columns([
      ['PROCESS', 'MACHINE', 'INSTANCES', 'MAILBOX', 'STATES'],
      ...status.processes.flatMap(({ name, machines }) =>
        machines.map(({ kind, instances, mailboxDepthMax, states }) => [
          name,
          kind,
          String(instances),
          String(mailboxDepthMax),
          Object.entries(states)
            .sort(([, a], [, b]) => b - a)
            .map(([state, count]) => `${state} ${count}`)
            .join(', '),
        ]),
      ),
    ]),
  );
  return out.join('\n');
}
