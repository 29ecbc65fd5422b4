/** Clusters for measurements: started as users start them, waited for, and always ended. */
import { startCluster, type UpReport } from '../e2e/cluster.ts';
import { type Client, connectClient } from './client.ts';
import { poll } from './figure.ts';

/** A cluster that is up, with a client. */
export interface BenchCluster extends UpReport {
  readonly client: Client;
  /** The pid of the process of this name: `control-plane`, `nats-1`, `node-1`, `hollow`. */
  pid(name: string): number;
}

const NODES_WAIT_MS = 60_000;

/** Runs something on a fresh cluster with so many nodes Ready, and ends the cluster whatever comes. */
export async function withCluster<T>(
  args: readonly string[],
  nodes: number,
  use: (cluster: BenchCluster) => Promise<T>,
): Promise<T> {
  const cluster = await startCluster(args);
  try {
    const client = await connectClient(cluster.kubeconfig);
    const pid = (name: string): number => {
      const entry = cluster.processes.find((one) => one.name === name);
      if (entry === undefined) throw new Error(`the cluster has no process ${name}`);
      return entry.pid;
    };
    await nodesReady(client, nodes);
    const result = await use({ ...cluster, client, pid });
    await client.close();
    return result;
  } finally {
    await cluster.stop();
  }
}

/** What the measurements read of an object. */
export interface Listed {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly readyReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Whether the condition Ready is True. */
export const isReady = (object: Listed): boolean =>
  object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ===
  true;

async function nodesReady(client: Client, count: number): Promise<void> {
  await poll(
    `${count} nodes Ready`,
    async () => {
      const { items } = await client.json<{ items: readonly Listed[] }>('GET', '/api/v1/nodes');
      return items.filter(isReady).length >= count ? true : undefined;
    },
    { timeoutMs: NODES_WAIT_MS, everyMs: 100 },
  );
}

/** A Deployment of pods that ask for little and do nothing. */
export function deployment(name: string, replicas: number): object {
  const labels = { app: name };
  const resources = { requests: { cpu: '10m', memory: '16Mi' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'pause:1', resources }] },
      },
    },
  };
}

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const PODS = '/api/v1/namespaces/default/pods';
