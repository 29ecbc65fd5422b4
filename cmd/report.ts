/**
 * What `kabuki up` prints: progress for people, or one JSON object for scripts. A detached cluster sends its lines to
 * the command that started it, for as long as that listens.
 */
import type { Cluster } from '../actors/cluster/up.ts';

/** What a detached cluster sends to the command that started it. */
export type ReportMessage =
  | { readonly to: 'stdout' | 'stderr'; readonly print: string }
  | { readonly up: true };

export interface Report {
  heading(line: string): void;
  progress(line: string): void;
  /** Something of the running cluster ended by itself. */
  loss(line: string): void;
  up(cluster: Cluster): void;
  nodesReady(nodes: number, hollowNodes: number): void;
  /** Lets the starting command go. */
  release(): void;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

/** Prints one thing, here or at the command that started this process. */
export function print(to: 'stdout' | 'stderr', text: string): void {
  if (process.send === undefined) process[to].write(text);
  else if (process.connected) process.send({ to, print: text } satisfies ReportMessage);
}

/** A reporter for one format. */
export function reporter(output: 'text' | 'json'): Report {
  const startedMs = performance.now();
  const line = (text: string): void => {
    if (output === 'text') print('stdout', `${text}\n`);
  };
  return {
    heading: line,
    progress: (text) => line(`  ${text}`),
    loss: (text) => print('stderr', `kabuki: ${text}\n`),
    up(cluster) {
      if (output === 'json') {
        const { server, kubeconfig, data, page, startedInMs, processes } = cluster;
        const shown = { server, kubeconfig, data, page, startedInMs, processes };
        print('stdout', `${JSON.stringify(shown)}\n`);
        return;
      }
      line(`ready in ${seconds(cluster.startedInMs)}\n`);
      line(`  export KUBECONFIG=${cluster.kubeconfig}`);
      line('  kubectl get nodes');
      line('  kubectl apply -f examples/hello.yaml');
      line('  kubectl get pods -n hello -w\n');
      if (cluster.page !== undefined) line(`see it happen: ${cluster.page}\n`);
      const end = process.connected ? '`kabuki down`' : 'Ctrl-C';
      line(`${end} ends the cluster; its objects stay in ${cluster.data}`);
    },
    nodesReady(nodes, hollowNodes) {
      const hollow = hollowNodes > 0 ? ` and ${hollowNodes} hollow` : '';
      line(`  ${nodes}${hollow} nodes up after ${seconds(performance.now() - startedMs)}`);
    },
    release() {
      if (process.connected)
        process.send?.({ up: true } satisfies ReportMessage, () => process.disconnect());
    },
  };
}
