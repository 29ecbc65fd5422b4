/** The processes that a cluster started for chaos consists of, as command lines of `kabuki` itself. */
import { join } from 'node:path';
import { LARGE_PROCESS, SMALL_PROCESS } from './children.ts';
import type { Layout } from './layout.ts';
import type { ChildSpec } from './supervised.ts';
import type { UpOptions } from './up.ts';
import { OTLP_EXPORTER } from './users.ts';

/** One process to run; its arguments lack the script and the address of NATS. */
export interface SplitSpec extends ChildSpec {
  /** How many nodes it is. */
  readonly nodes: number;
  /** Where a node keeps its pods. */
  readonly nodeDir: string | undefined;
}

/** All processes, apiservers first. */
export function childSpecs(
  up: UpOptions,
  layout: Layout,
  apiserverPorts: readonly number[],
  identity: string,
): readonly SplitSpec[] {
  const { chaos } = up;
  const common = [
    ...['--cluster', up.cluster, '--data', layout.data, '--log-level', up.logLevel],
    ...['--own-nats', '--chaos'],
  ];
  const several = (role: string, count: number, args: (index: number) => readonly string[]) =>
    Array.from({ length: count }, (_, index): SplitSpec => {
      const name = `${role}-${index + 1}`;
      const words = [role, '--process-name', name, ...args(index), ...common];
      return { role, name, flags: [], args: words, nodes: 0, nodeDir: undefined };
    });
  const leases = (role: string) => (index: number) => [
    '--identity',
    `${identity}_${role}-${index + 1}`,
  ];
  return [
    ...several('apiserver', apiserverPorts.length, (index) => [
      ...['--port', String(apiserverPorts[index]), '--store-replicas', String(up.storeReplicas)],
      ...['--default-toleration-seconds', String(up.defaultTolerationSeconds)],
      ...['--trace-size', `${up.trace.bytesMax / 1024}Ki`, '--trace-age', `${up.trace.ageMsMax}ms`],
    ]),
    ...several('scheduler', chaos?.schedulers ?? 1, leases('scheduler')),
    ...several('controllers', chaos?.controllers ?? 1, (index) => [
      ...leases('controllers')(index),
      ...['--node-monitor-grace', `${up.nodeMonitorGraceMs}ms`],
    ]),
    ...Array.from({ length: up.nodes }, (_, index): SplitSpec => {
      const name = `node-${index + 1}`;
      return {
        ...{ role: 'node', name, flags: SMALL_PROCESS, nodes: 1 },
        args: ['node', '--name', name, '--index', String(index + 1), ...common],
        nodeDir: join(layout.nodes, name),
      };
    }),
    ...(up.otlp === undefined ? [] : [exporter(up.otlp, common)]),
    ...(up.hollowNodes === 0 ? [] : [hollow(up.hollowNodes, common)]),
  ];
}

const exporter = (otlp: string, common: readonly string[]): SplitSpec => ({
  ...{ role: OTLP_EXPORTER, name: OTLP_EXPORTER, flags: [], nodes: 0 },
  args: [OTLP_EXPORTER, '--otlp', otlp, ...common],
  nodeDir: undefined,
});

const hollow = (count: number, common: readonly string[]): SplitSpec => ({
  ...{ role: 'hollow-nodes', name: 'hollow', flags: LARGE_PROCESS, nodes: count },
  args: ['node', '--hollow', String(count), ...common],
  nodeDir: undefined,
});
