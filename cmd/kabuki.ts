#!/usr/bin/env node
/**
 * The `kabuki` command: flags and wiring. What a command does is in `actors/cluster/`, loaded when it is run.
 */
import { Command } from 'commander';
import { EXIT } from '../actors/cluster/command-error.ts';
import { registerChaos } from './chaos.ts';
import { registerCheck } from './check.ts';
import { registerComponents } from './components.ts';
import { registerDown } from './down.ts';
import { fail } from './fail.ts';
import { registerSim } from './sim.ts';
import { registerStatus } from './status.ts';
import { registerTrace } from './trace.ts';
import { registerUp } from './up.ts';
import { version } from './version.ts';

const program = new Command('kabuki')
  .description('Kubernetes, performed by actors on NATS.')
  .version(version, '-v, --version')
  .enablePositionalOptions()
  .showHelpAfterError('(add --help for usage and examples)')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT.usage))
  .addHelpText(
    'after',
    `
Examples:
  kabuki up                          start a cluster of three nodes; Ctrl-C ends it
  kabuki up --detach --nodes 5       the same in the background, with five nodes
  kabuki status                      what runs, in which states, how far the store is
  kabuki down                        end the cluster; its objects stay for the next start`,
  );
registerUp(program);
registerDown(program);
registerStatus(program);
registerChaos(program);
registerComponents(program);
registerSim(program);
registerCheck(program);
registerTrace(program);
program.parseAsync().catch(fail);
