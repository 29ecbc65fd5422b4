/** Crashes of single machines: the process lives, and the machine is rebuilt from the store. */
import { namesMatcher } from '../../bus/faults/message-rules.ts';
import type { Host } from '../host.ts';
import { InjectedCrash } from './injected-crash.ts';
import { onNewRules, type ProcessFaults } from './process-faults.ts';

/** Crashes the machines that rules name, each rule once. */
export function crashMachines(host: Host, faults: ProcessFaults): void {
  onNewRules(faults, ({ fault, target }) => {
    if (fault.fault !== 'crash') return;
    const named = namesMatcher(target.actor);
    for (const name of host.names()) {
      if (named?.(name) === false) continue;
      const slash = name.indexOf('/');
      const error = new InjectedCrash('a fault crashed it');
      host.crash(name.slice(0, slash), name.slice(slash + 1), error);
    }
  });
}
