/** Why a scenario cannot run on the cluster that is there: found out before anything is touched. */
import type { Fault, Scenario } from '../../machines/chaos/scenario.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { ProcessSight } from './protocol.ts';

/** Throws CommandError where it cannot. `refusalOf` asks why a fault would be refused, if it would. */
export async function refuseScenario(
  scenario: Scenario,
  processes: readonly ProcessSight[],
  refusalOf: (fault: Fault) => Promise<string | undefined>,
): Promise<void> {
  refuseSize(scenario, processes);
  for (const fault of scenario.faults) {
    // Which pods there are is known when the workload runs.
    if (fault.target.pods !== undefined) continue;
    const refused = await refusalOf(fault);
    if (refused === undefined) continue;
    throw new CommandError(`the fault ${fault.name} cannot be: ${refused}`, EXIT.chaosRefused);
  }
}

function refuseSize({ cluster, name }: Scenario, processes: readonly ProcessSight[]): void {
  const count = (role: string) => processes.filter((one) => one.role === role).length;
  const wanted = [
    ['--nodes', cluster.nodes, count('node')],
    ['--apiservers', cluster.apiservers, count('apiserver')],
    ['--schedulers', cluster.schedulers, count('scheduler')],
    ['--controllers', cluster.controllers, count('controllers')],
    ['--store-replicas', cluster.storeReplicas, count('store')],
  ] as const;
  const missing = wanted.filter(([, want, have]) => have < want);
  if (missing.length === 0 || processes.some((one) => one.name === 'hollow')) return;
  const flags = missing.map(([flag, want]) => `${flag} ${want}`).join(' ');
  throw new CommandError(
    `the cluster is smaller than the scenario ${name} needs`,
    EXIT.chaosRefused,
    `Start it with \`kabuki up --chaos ${flags}\`.`,
  );
}
