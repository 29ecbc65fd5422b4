/** `kabuki trace at`, `history`, `why` and `why-not`: the past of objects, and what led to it. */
import { type Command, Option } from 'commander';
import type { PastOutput, Printed } from '../actors/trace/at-command.ts';
import { fail } from './fail.ts';
import { addOutput } from './flags.ts';
import { addSource, sourceOf, type TraceFlags } from './trace-flags.ts';

interface ObjectFlags extends TraceFlags {
  readonly namespace: string;
  readonly output: 'text' | 'json';
}

interface AtFlags extends TraceFlags {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly selector: string;
  readonly output: PastOutput;
}

/** Adds the commands. */
export function registerWhy(trace: Command): void {
  registerAt(trace);
  addObject(
    trace
      .command('history')
      .description('Show the revisions of an object: what differed, who wrote it, and for whom.')
      .argument('<object>', 'such as pod/web-7c9'),
  )
    .addHelpText('after', '\nExamples:\n  kabuki trace history deployment/web')
    .action((object: string, flags: ObjectFlags) => history(object, flags).catch(fail));
  addObject(
    trace
      .command('why')
      .description('Show which step gave a field its value, and its causes back to the user.')
      .argument('<object>', 'such as pod/web-7c9')
      .argument('[field]', 'path of the field; where absent, the last write is explained'),
  )
    .addHelpText(
      'after',
      `
Examples:
  kabuki trace why pod/web-7c9 .spec.nodeName
  kabuki trace why deploy/web '.status.conditions[?(@.type=="Available")].status'
  kabuki trace why node/node-1 ".metadata.labels['kubernetes.io/hostname']" -o json`,
    )
    .action((object: string, field: string | undefined, flags: ObjectFlags) =>
      why(object, field, flags).catch(fail),
    );
  addObject(
    trace
      .command('why-not')
      .description('Show what an object waits for now, and on whom.')
      .argument('<object>', 'such as deployment/web')
      .argument('[condition]', 'such as Available; where absent, all that it waits for is told'),
  )
    .addHelpText(
      'after',
      `
Examples:
  kabuki trace why-not deployment/web Available
  kabuki trace why-not pod/web-7c9
  kabuki trace why-not namespace/test -o json`,
    )
    .action((object: string, condition: string | undefined, flags: ObjectFlags) =>
      whyNot(object, condition, flags).catch(fail),
    );
}

function addObject(command: Command): Command {
  return addOutput(addSource(command)).option(
    '-n, --namespace <namespace>',
    "the object's namespace",
    'default',
  );
}

async function history(object: string, flags: ObjectFlags): Promise<void> {
  const { readObjectHistory } = await import('../actors/trace/why-command.ts');
  show(await readObjectHistory(commandOf(object, flags)));
}

async function why(object: string, field: string | undefined, flags: ObjectFlags): Promise<void> {
  const { readWhy } = await import('../actors/trace/why-command.ts');
  show(await readWhy(commandOf(object, flags), field));
}

async function whyNot(
  object: string,
  condition: string | undefined,
  flags: ObjectFlags,
): Promise<void> {
  const { readWhyNot } = await import('../actors/trace/why-not-command.ts');
  show(await readWhyNot(commandOf(object, flags), condition));
}

const commandOf = (object: string, flags: ObjectFlags) => ({
  ...sourceOf(flags),
  object,
  namespace: flags.namespace,
  output: flags.output,
});

function registerAt(trace: Command): void {
  addSource(
    trace
      .command('at')
      .description('Show objects, or an actor, as they were at a revision or a time.')
      .argument('<when>', 'a revision, a time, or how long ago')
      .argument('<get...>', '`get` and kinds or objects, as for kubectl; or `state` and an actor'),
  )
    // A moment such as -30s looks like an option; whatever else does is refused below.
    .allowUnknownOption()
    .option('-n, --namespace <namespace>', 'the namespace', 'default')
    .option('-A, --all-namespaces', 'all namespaces')
    .option('-l, --selector <selector>', 'labels that the objects had', '')
    .addOption(
      new Option('-o, --output <format>', 'what is printed')
        .choices(['table', 'wide', 'yaml', 'json', 'name'])
        .default('table'),
    )
    .addHelpText(
      'after',
      `
Examples:
  kabuki trace at 1234 get pods
  kabuki trace at -30s get deploy,rs,po -o wide
  kabuki trace at 12:03:41 get pod/web-7c9 -o yaml
  kabuki trace at 2m ago get nodes
  kabuki trace at -30s state pod/default/web-7c9
  kabuki trace at 2026-01-31T12:03:41Z get pods -A -l app=web`,
    )
    .action((when: string, words: string[], flags: AtFlags) => at(when, words, flags).catch(fail));
}

async function at(when: string, words: readonly string[], flags: AtFlags): Promise<void> {
  const { readAt } = await import('../actors/trace/at-command.ts');
  const { CommandError, EXIT } = await import('../actors/cluster/command-error.ts');
  const isAgo = words[0] === 'ago';
  const [verb, ...rest] = isAgo ? words.slice(1) : words;
  const option = rest.find((word) => word.startsWith('-'));
  if (option !== undefined) throw new CommandError(`unknown option "${option}"`, EXIT.usage);
  const moment = isAgo ? `${when} ago` : when;
  if (verb === 'state' && rest.length === 1) {
    const { readActorAt } = await import('../actors/trace/at-state-command.ts');
    const isJson = flags.output === 'json';
    return show(
      await readActorAt({ ...sourceOf(flags), when: moment, actor: rest[0] ?? '', isJson }),
    );
  }
  if (verb !== 'get') {
    const error = `\`get\` or \`state\` and an actor are expected after the moment, not "${verb ?? ''}"`;
    throw new CommandError(error, EXIT.usage, 'For example: kabuki trace at -30s get pods');
  }
  show(
    await readAt({
      ...sourceOf(flags),
      when: moment,
      words: rest,
      namespace: flags.allNamespaces === true ? undefined : flags.namespace,
      selector: flags.selector,
      output: flags.output,
    }),
  );
}

function show({ stdout, notes }: Printed): void {
  process.stderr.write(notes.map((note) => `${note}\n`).join(''));
  process.stdout.write(stdout, () => process.exit(0));
}
