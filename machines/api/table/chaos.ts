/**
 * Tables of chaos experiments. Pure.
 */
import type { ChaosExperiment } from '../types.ts';
import { ageColumn, ageOf, nameColumn, nameOf, type Printers, printer, text } from './columns.ts';
import { humanDuration } from './duration.ts';

/** Kabuki's own kinds. */
export const chaosPrinters: Printers = {
  'chaos.kabuki.dev/ChaosExperiment': printer<ChaosExperiment>({
    columns: [
      nameColumn,
      text('Phase', 'How far the experiment has come.'),
      text('Faults', 'How many faults were done.'),
      text('Violations', 'How often something did not hold.'),
      text('Recovery', 'How long the cluster took to recover.'),
      ageColumn,
    ],
    cells: (object, nowMs) => {
      const { phase = '', faultsInjected, violations, recoverySeconds } = object.status ?? {};
      const began = faultsInjected !== undefined;
      return [
        nameOf(object),
        phase,
        began ? `${faultsInjected}` : '',
        began ? `${violations?.length ?? 0}` : '',
        recoverySeconds === undefined ? '' : humanDuration(recoverySeconds * 1000),
        ageOf(object, nowMs),
      ];
    },
  }),
};
