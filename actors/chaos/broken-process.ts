/** What a process that was started for chaos needs before it connects; loaded in no other. */
import type { LinkFaultsOptions } from '../../bus/faults/link-faults.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import { subject } from '../../bus/subjects.ts';
import { createClock } from '../clock.ts';
import { EXIT } from '../cluster/command-error.ts';
import type { Logger } from '../cluster/log.ts';
import type { Host } from '../host.ts';
import { tellBugs } from './bug-log.ts';
import { InjectedCrash } from './injected-crash.ts';
import { crashMachines } from './machine-faults.ts';
import { messageRulesOf } from './message-faults.ts';
import { openProcessFaults, type ProcessFaults } from './process-faults.ts';

/** The faults of this process, and where they are to be put. */
export interface BrokenProcess {
  readonly faults: ProcessFaults;
  /** For its connection, which is to have the given name. */
  readonly link: LinkFaultsOptions;
  /** Its log, whose errors the supervisor is told of. */
  log(log: Logger): Logger;
  /** Lets its machines be crashed, and the process at their steps. */
  attach(host: Host, bus: NatsBus): void;
  /** It is about to end, since supervision gave up: tells what there is to tell, and gives the exit code. */
  giveUp(error: unknown): number;
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
    log: (log) => tellBugs(log, (what) => faults.see({ type: 'bug', process: name, what })),
    attach(host, { link }) {
      crashMachines(host, faults);
      faults.onStandStill = () => link.flushNow();
    },
    giveUp(error) {
      faults.flush();
      return error instanceof InjectedCrash ? EXIT.crashedOnPurpose : EXIT.failed;
    },
  };
}
