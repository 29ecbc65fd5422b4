/** What a process that was started for chaos needs before it connects; loaded in no other. */
import type { LinkFaultsOptions } from '../../bus/faults/link-faults.ts';
import { subject } from '../../bus/subjects.ts';
import { createClock } from '../clock.ts';
import type { Host } from '../host.ts';
import { crashMachines } from './machine-faults.ts';
import { messageRulesOf } from './message-faults.ts';
import { openProcessFaults, type ProcessFaults } from './process-faults.ts';

/** The faults of this process, and where they are to be put. */
export interface BrokenProcess {
  readonly faults: ProcessFaults;
  /** For its connection, which is to have the given name. */
  readonly link: LinkFaultsOptions;
  /** Lets its machines be crashed. */
  attach(host: Host): void;
}

/** Takes the faults of this process from its supervisor. */
export async function openBrokenProcess(
  cluster: string,
  name: string,
  connection: string,
): Promise<BrokenProcess> {
  const faults = await openProcessFaults(name, createClock());
  return {
    faults,
    link: {
      rules: messageRulesOf(faults, cluster, connection),
      received: [`${subject(cluster)}.>`],
    },
    attach: (host) => crashMachines(host, faults),
  };
}
