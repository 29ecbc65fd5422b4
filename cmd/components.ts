/** `kabuki apiserver`, `scheduler`, `controllers`, `node` and `otlp-exporter`: one component alone, against any NATS. */
import { type Command, Option } from 'commander';
import type { ComponentOptions } from '../actors/cluster/open-process.ts';
import { fail } from './fail.ts';
import {
  addCommon,
  addTraceLimits,
  type CommonFlags,
  count,
  dataDirOf,
  duration,
  type TraceLimitFlags,
  traceLimitsOf,
} from './flags.ts';
import { version } from './version.ts';

interface ComponentFlags extends CommonFlags {
  readonly nats: string;
  readonly natsCredentials?: string;
  readonly ownNats?: true;
  readonly chaos?: true;
  readonly processName?: string;
  readonly identity?: string;
}

interface ApiserverFlags extends ComponentFlags, TraceLimitFlags {
  readonly port: number;
  readonly defaultTolerationSeconds: number;
  readonly storeReplicas: '1' | '3';
}

interface ControllersFlags extends ComponentFlags {
  readonly nodeMonitorGrace: number;
}

interface ExporterFlags extends ComponentFlags {
  readonly otlp: string;
}

interface NodeFlags extends ComponentFlags {
  readonly name?: string;
  readonly index?: number;
  readonly hollow?: number;
}

/** Adds the commands. */
export function registerComponents(program: Command): void {
  addTraceLimits(
    component(program, 'apiserver', 'Run one apiserver: HTTPS, and the same API on NATS.'),
  )
    .option(
      '--port <port>',
      'port of the API on 127.0.0.1; 0 takes a free one',
      count(0, 65_535),
      6443,
    )
    .option('--default-toleration-seconds <s>', 'as for `kabuki up`', count(0, 86_400), 300)
    .addOption(
      new Option('--store-replicas <n>', 'servers that keep each write')
        .choices(['1', '3'])
        .default('1'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  kabuki apiserver --nats nats://127.0.0.1:4222 --port 6443',
    )
    .action((flags: ApiserverFlags) =>
      run(flags, async (options) => {
        const { runApiserver } = await import('../actors/cluster/component.ts');
        await runApiserver({
          ...options,
          port: flags.port,
          defaultTolerationSeconds: flags.defaultTolerationSeconds,
          trace: traceLimitsOf(flags),
          storeReplicas: flags.storeReplicas === '3' ? 3 : 1,
          onServing: (server) => process.stderr.write(`apiserver ${server}\n`),
        });
      }),
    );
  component(program, 'scheduler', 'Run one scheduler; of several, one leads.')
    .addHelpText('after', '\nExamples:\n  kabuki scheduler --nats nats://127.0.0.1:4222')
    .action((flags: ComponentFlags) =>
      run(flags, async (options) => {
        const { runScheduler } = await import('../actors/cluster/component.ts');
        await runScheduler(options);
      }),
    );
  component(program, 'controllers', 'Run the controllers; of several processes, one leads.')
    .option('--node-monitor-grace <duration>', 'as for `kabuki up`', duration, 40_000)
    .addHelpText('after', '\nExamples:\n  kabuki controllers --nats nats://127.0.0.1:4222')
    .action((flags: ControllersFlags) =>
      run(flags, async (options) => {
        const { runControllers } = await import('../actors/cluster/component.ts');
        await runControllers({ ...options, nodeMonitorGraceMs: flags.nodeMonitorGrace });
      }),
    );
  component(program, 'node', 'Run one node: its kubelet and its proxy.')
    .option('--name <name>', 'name of the node (default: the host name)')
    .option('--index <n>', 'number of the node, which gives it its addresses', count(1, 32_767))
    .option('--hollow <n>', 'run this many hollow nodes in place of a real one', count(1, 10_000))
    .addHelpText(
      'after',
      '\nExamples:\n  kabuki node --name edge-1 --nats nats://nats.local:4222\n' +
        '  kabuki node --hollow 100 --nats nats://127.0.0.1:4222',
    )
    .action((flags: NodeFlags) =>
      run(flags, async (options) => {
        const { runNode } = await import('../actors/cluster/node.ts');
        await runNode({ ...options, name: flags.name, index: flags.index, hollow: flags.hollow });
      }),
    );
  component(program, 'otlp-exporter', 'Send what the cluster records as spans to an OTLP receiver.')
    .requiredOption('--otlp <url>', 'its address over HTTP, as http://127.0.0.1:4318')
    .addHelpText(
      'after',
      '\nExamples:\n  kabuki otlp-exporter --nats nats://127.0.0.1:4222 --otlp http://127.0.0.1:4318',
    )
    .action((flags: ExporterFlags) =>
      run(flags, async (options) => {
        const { runOtlpExporter } = await import('../actors/cluster/otlp-exporter.ts');
        await runOtlpExporter({ ...options, otlp: flags.otlp });
      }),
    );
}

function component(program: Command, name: string, description: string): Command {
  return addCommon(program.command(name).description(description))
    .requiredOption('--nats <url>', 'the NATS of the cluster')
    .option('--nats-credentials <file>', 'credentials or an NKey seed')
    .option('--own-nats', 'use the keys that `kabuki up` made in the data directory')
    .addOption(new Option('--chaos', 'take faults from the supervisor').hideHelp())
    .addOption(new Option('--process-name <name>', 'name among its kind').hideHelp())
    .addOption(new Option('--identity <name>', 'who it is for leases').hideHelp());
}

/** How long a process whose supervisor died has to end in order: what it would wait for may be gone as well. */
const ORPHAN_MS = 5_000;

/** Runs a component until it is told to end. */
function run(
  flags: ComponentFlags,
  start: (options: ComponentOptions) => Promise<void>,
): Promise<void> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.on('SIGINT', end).on('SIGTERM', end).on('disconnect', end);
  if (flags.chaos) process.on('disconnect', () => setTimeout(() => process.exit(1), ORPHAN_MS));
  return start({
    cluster: flags.cluster,
    natsUrl: flags.nats,
    natsCredentials: flags.natsCredentials,
    ownNats: flags.ownNats === true,
    chaos: flags.chaos === true,
    processName: flags.processName,
    identity: flags.identity,
    dataDir: dataDirOf(flags),
    logLevel: flags.logLevel,
    version,
    logToFile: process.send !== undefined,
    ended: ended.signal,
    onReady: () => process.send?.({ up: true }),
  }).then(() => process.exit(0), fail);
}
