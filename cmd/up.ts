/** `kabuki up`: starts a cluster and keeps it until it is told to end. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { CommandError, EXIT } from '../actors/cluster/command-error.ts';
import { layoutOf, logFile } from '../actors/cluster/layout.ts';
import type { ChaosSettings } from '../actors/cluster/up.ts';
import { fail } from './fail.ts';
import {
  addCommon,
  addOutput,
  addTraceLimits,
  type CommonFlags,
  count,
  dataDirOf,
  duration,
  type TraceLimitFlags,
  traceLimitsOf,
} from './flags.ts';
import { type ReportMessage, reporter } from './report.ts';
import { version } from './version.ts';

interface UpFlags extends CommonFlags, TraceLimitFlags {
  readonly nodes: number;
  readonly hollowNodes: number;
  readonly storeReplicas: '1' | '3';
  readonly durability: 'always' | 'interval';
  readonly nats?: string;
  readonly natsCredentials?: string;
  readonly port: number;
  readonly ephemeral?: true;
  readonly detach?: true;
  readonly kubeconfig?: string;
  readonly output: 'text' | 'json';
  readonly defaultTolerationSeconds: number;
  readonly nodeMonitorGrace: number;
  readonly otlp?: string;
  readonly page: boolean;
  readonly pagePort: number;
  readonly chaos?: true;
  readonly apiservers: number;
  readonly schedulers: number;
  readonly controllers: number;
  readonly blastRadius?: number;
}

/** Adds the command. */
export function registerUp(program: Command): void {
  const command = program
    .command('up')
    .description('Start a cluster: NATS, the control plane, and nodes.');
  addTraceLimits(addOutput(addCommon(command)))
    .option(
      '--nodes <n>',
      'nodes that run containers as host processes, each in a process',
      count(0, 100),
      3,
    )
    .option('--hollow-nodes <n>', 'nodes that run nothing, all in one process', count(0, 10_000), 0)
    .addOption(
      new Option('--store-replicas <n>', 'nats-servers that keep the store')
        .choices(['1', '3'])
        .default('1'),
    )
    .addOption(
      new Option(
        '--durability <mode>',
        'fsync every write before it is acknowledged, or once a second',
      )
        .choices(['always', 'interval'])
        .default('always'),
    )
    .option(
      '--nats <url>',
      'use an existing NATS (2.12 or newer, JetStream on) in place of an own one',
    )
    .option('--nats-credentials <file>', 'credentials or an NKey seed for --nats')
    .option(
      '--port <port>',
      'port of the API on 127.0.0.1; 0 takes a free one',
      count(0, 65_535),
      6443,
    )
    .option(
      '--page-port <port>',
      'port of the page on 127.0.0.1 that shows what happens; 0 takes a free one',
      count(0, 65_535),
      0,
    )
    .option('--no-page', 'serve no page')
    .option('--ephemeral', 'keep nothing: the data directory is temporary')
    .option('--detach', 'return when the cluster is up and leave it running')
    .option('--kubeconfig <file>', 'also add the cluster to this kubeconfig')
    .option(
      '--default-toleration-seconds <s>',
      'how long pods stay bound to a node that is not ready (Kubernetes: 300)',
      count(0, 86_400),
      2,
    )
    .option(
      '--node-monitor-grace <duration>',
      'a node without a heartbeat for this long is not ready (Kubernetes: 40s)',
      duration,
      4_000,
    )
    .option('--otlp <url>', 'send spans of all that happens to this OTLP receiver, over HTTP')
    .option('--chaos', 'every component in a process of its own, for `kabuki chaos` to break')
    .option('--apiservers <n>', 'with --chaos: how many; the first takes --port', count(1, 9), 1)
    .option('--schedulers <n>', 'with --chaos: how many; one leads', count(1, 9), 1)
    .option('--controllers <n>', 'with --chaos: how many processes; one leads', count(1, 9), 1)
    .option(
      '--blast-radius <n>',
      'with --chaos: nodes hit at once, at most (default: 1, and a command may say more)',
      count(1, 10_000),
    )
    .addHelpText(
      'after',
      `
Examples:
  kabuki up                                  three nodes; Ctrl-C ends the cluster and keeps its objects
  kabuki up --ephemeral --port 0             a throw-away cluster on a free port
  kabuki up --nodes 0 --hollow-nodes 1000    a large cluster that runs nothing
  kabuki up --store-replicas 3               three nats-servers, each write on a majority
  kabuki up --nats nats://nats.local:4222    on an existing NATS
  kabuki up --detach -o json | jq .server    for scripts
  kabuki up --otlp http://127.0.0.1:4318     spans for a collector or Jaeger, as things happen
  kabuki up --chaos --schedulers 2           to be broken on purpose: see \`kabuki chaos --help\``,
    )
    .action((flags: UpFlags) => (flags.detach ? detached(flags) : attached(flags)).catch(fail));
}

/** Signals closer together than this are one. */
const SAME_SIGNAL_MS = 500;

async function attached(flags: UpFlags): Promise<void> {
  const report = reporter(flags.output);
  const { up } = await import('../actors/cluster/up.ts');
  report.heading(`kabuki ${version}  cluster ${flags.cluster}`);
  const starting = up({
    cluster: flags.cluster,
    version,
    nodes: flags.nodes,
    hollowNodes: flags.hollowNodes,
    storeReplicas: flags.storeReplicas === '3' ? 3 : 1,
    durability: flags.durability,
    natsUrl: flags.nats,
    natsCredentials: flags.natsCredentials,
    port: flags.port,
    dataDir: dataDirOf(flags),
    ephemeral: flags.ephemeral === true,
    kubeconfig: flags.kubeconfig,
    logLevel: flags.logLevel,
    defaultTolerationSeconds: flags.defaultTolerationSeconds,
    nodeMonitorGraceMs: flags.nodeMonitorGrace,
    trace: traceLimitsOf(flags),
    otlp: flags.otlp,
    pagePort: flags.page ? flags.pagePort : undefined,
    chaos: chaosOf(flags),
    script: process.argv[1] as string,
    env: process.env,
    onProgress: (line) => report.progress(line),
    onLoss: (line) => report.loss(line),
  });
  let stoppingSinceMs: number | undefined;
  const stop = (): void => {
    if (stoppingSinceMs !== undefined) {
      // One Ctrl-C may arrive twice: from the terminal, and forwarded by npm.
      if (performance.now() - stoppingSinceMs > SAME_SIGNAL_MS) process.exit(130);
      return;
    }
    stoppingSinceMs = performance.now();
    report.progress('stopping (again to kill)');
    starting.then((cluster) => cluster.stop()).then(() => process.exit(0), fail);
  };
  // Before anybody is told that it is up: what is started by then is to be stopped too.
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  const cluster = await starting;
  report.up(cluster);
  await cluster.nodesReady.then(
    () => report.nodesReady(flags.nodes, flags.hollowNodes),
    (error: Error) => report.loss(error.message),
  );
  report.release();
}

function chaosOf(flags: UpFlags): ChaosSettings | undefined {
  const { apiservers, schedulers, controllers, blastRadius } = flags;
  if (flags.chaos !== true) {
    if (blastRadius === undefined && Math.max(apiservers, schedulers, controllers) === 1) return;
    const advice = 'Add --chaos, or leave those flags out.';
    throw new CommandError(
      'several components, and a blast radius, need --chaos',
      EXIT.usage,
      advice,
    );
  }
  if (flags.nats === undefined) return { apiservers, schedulers, controllers, blastRadius };
  const advice = 'Leave --nats out.';
  throw new CommandError('--chaos breaks NATS servers of its own alone', EXIT.usage, advice);
}

/** Runs the same command again without a terminal, prints what it reports, and returns when it is up. */
async function detached(flags: UpFlags): Promise<void> {
  const log = openSync(logFile(layoutOf(dataDirOf(flags)), 'up'), 'a');
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach');
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const code = await new Promise<number>((resolve) => {
    child.on('message', (message: ReportMessage) => {
      if ('print' in message) process[message.to].write(message.print);
      else resolve(0);
    });
    child.once('exit', (exitCode) => resolve(exitCode ?? EXIT.failed));
  });
  process.exit(code);
}
