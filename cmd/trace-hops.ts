/** `kabuki trace hops`: the way of one message through the nats-servers. */
import type { Command } from 'commander';
import { fail } from './fail.ts';
import { addCommon, addOutput, type CommonFlags, dataDirOf } from './flags.ts';

interface HopsFlags extends CommonFlags {
  readonly namespace: string;
  readonly deliver?: true;
  readonly output: 'text' | 'json';
}

/** Adds the command. */
export function registerHops(trace: Command): void {
  const command = trace
    .command('hops')
    .description('Send one message, and see its way through the nats-servers, hop by hop.')
    .argument('<subject>', 'a subject, an object whose writes are meant, or a message on record');
  addOutput(addCommon(command))
    .option('-n, --namespace <namespace>', 'namespace of the object', 'default')
    .option('--deliver', 'let it arrive, where it does nothing but be answered')
    .addHelpText('after', HELP)
    .action((subject: string, flags: HopsFlags) => run(subject, flags).catch(fail));
}

const HELP = `
The servers tell it themselves (Nats-Trace-Dest), and deliver the message to nobody (Nats-Trace-Only) without --deliver.
The message is sent as the apiserver, with its key in the data directory.

Examples:
  kabuki trace hops status                                what every process is asked with
  kabuki trace hops status --deliver
  kabuki trace hops api.system=3Akube-scheduler.get       a request of the scheduler, to one of the apiservers
  kabuki trace hops pod/web -n shop                       where a write of that pod is kept
  kabuki trace hops node.node-1.logs`;

async function run(what: string, flags: HopsFlags): Promise<void> {
  const { renderHopped, traceHops } = await import('../actors/trace/hops-command.ts');
  const hopped = await traceHops({
    ...{ dataDir: dataDirOf(flags), what, namespace: flags.namespace },
    deliver: flags.deliver === true,
  });
  for (const warning of hopped.warnings) process.stderr.write(`kabuki: ${warning}\n`);
  process.stdout.write(renderHopped(hopped, flags.output), () => process.exit(0));
}
