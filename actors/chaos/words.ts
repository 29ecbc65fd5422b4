/** Faults in words, as commands, timelines and reports print them. */
import type { FaultAction } from '../../machines/chaos/scenario.ts';

const chance = (probability: number): string =>
  probability >= 1 ? '' : ` with probability ${probability}`;

/** One fault in a few words: `delay 100 to 500 ms with probability 0.2`. */
export function renderFault(fault: FaultAction): string {
  switch (fault.fault) {
    case 'crash':
      return fault.power ? 'crash with its containers' : 'crash';
    case 'partition':
      return `partition${{ both: '', to: ', it hears nothing', from: ', nobody hears it' }[fault.direction]}`;
    case 'delay':
      return `delay ${fault.minMs} to ${fault.maxMs} ms${chance(fault.probability)}`;
    case 'reorder':
      return `reorder within ${fault.windowMs} ms${chance(fault.probability)}`;
    case 'stale-view':
      return `stale-view by ${fault.lagMs} ms`;
    case 'store-slow':
      return `store-slow by ${fault.minMs} to ${fault.maxMs} ms`;
    case 'store-server':
      return `${fault.how} ${fault.leader ? 'the leading store server' : 'a store server'}`;
    case 'pressure':
      return `${fault.resource} pressure`;
    case 'slow-start':
    case 'slow-stop':
      return `${fault.fault} by ${fault.byMs} ms`;
    case 'runtime-error':
      return `runtime-error of ${fault.operation}${chance(fault.probability)}`;
    default:
      return 'probability' in fault ? `${fault.fault}${chance(fault.probability)}` : fault.fault;
  }
}
