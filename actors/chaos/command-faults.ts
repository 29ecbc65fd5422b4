/** The faults that the commands of `kabuki chaos` mean, from their flags. Decides on flags alone. */
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { ChaosCommand } from './protocol.ts';
import { parseTarget } from './target.ts';

/** Commands that begin a fault. */
export const FAULT_COMMANDS = [
  ...(['kill', 'pause', 'partition', 'delay', 'drop', 'duplicate', 'reorder'] as const),
  'skew-beats',
] as const;

export type FaultCommand = (typeof FAULT_COMMANDS)[number];

/** Their flags; durations in milliseconds. */
export interface FaultFlags {
  readonly for: number;
  readonly probability: number;
  readonly min?: number;
  readonly max?: number;
  readonly from?: string;
  readonly subject?: string;
  readonly direction: 'to' | 'from' | 'both';
  readonly count?: number;
  readonly maxNodes?: number;
  readonly maxProcesses?: number;
  readonly power?: true;
  readonly dryRun?: true;
}

const DELAY_MS = { min: 100, max: 500 } as const;

/** The command to the supervisor that begins the fault. Throws CommandError for a target that is none. */
export function injectOf(command: FaultCommand, target: string, flags: FaultFlags): ChaosCommand {
  return {
    do: 'inject',
    name: command,
    fault: faultOf(command, flags),
    target: {
      ...targetOf(target),
      ...(flags.count === undefined ? {} : { count: flags.count }),
      ...subjectOf(command, target, flags),
    },
    forMs: flags.for,
    limits: { nodes: flags.maxNodes, processes: flags.maxProcesses },
    dryRun: flags.dryRun === true,
  };
}

/** The command that ends faults before their time: `resume` what is paused, `heal` partitions. */
export function endOf(
  command: 'resume' | 'heal',
  target: string | undefined,
  dryRun: boolean,
): ChaosCommand {
  return {
    ...{ do: 'end', dryRun, injection: undefined },
    faults: command === 'resume' ? ['pause'] : ['partition'],
    target: target === undefined ? undefined : targetOf(target),
  };
}

/** A target as written on the command line. */
export function targetOf(text: string): Target {
  const parsed = parseTarget(text);
  if (parsed.ok) return parsed.value;
  throw new CommandError(parsed.message, EXIT.usage, parsed.advice);
}

function faultOf(command: FaultCommand, flags: FaultFlags): FaultAction {
  const { probability } = flags;
  const [minMs, maxMs] = rangeOf(flags);
  switch (command) {
    case 'kill':
      return {
        ...{ fault: 'crash', power: flags.power === true },
        ...{ afterEffects: undefined, staleRevisions: 0 },
      };
    case 'pause':
      return { fault: 'pause' };
    case 'partition': {
      const from = flags.from === undefined ? undefined : targetOf(flags.from);
      return { fault: 'partition', direction: flags.direction, from };
    }
    case 'delay':
      return { fault: 'delay', minMs, maxMs, probability };
    case 'drop':
    case 'duplicate':
      return { fault: command, probability };
    case 'reorder':
      return { fault: 'reorder', windowMs: maxMs, probability };
    case 'skew-beats':
      if (flags.min === undefined && flags.max === undefined) return { fault: 'lose-heartbeats' };
      return { fault: 'delay', minMs, maxMs, probability };
  }
}

function rangeOf({ min, max }: FaultFlags): readonly [number, number] {
  const least = min ?? Math.min(DELAY_MS.min, max ?? DELAY_MS.min);
  const most = max ?? Math.max(DELAY_MS.max, least);
  if (most >= least) return [least, most];
  throw new CommandError(`--max ${most}ms is less than --min ${least}ms`, EXIT.usage);
}

function subjectOf(command: FaultCommand, target: string, flags: FaultFlags): Partial<Target> {
  const late = flags.min !== undefined || flags.max !== undefined;
  if (command === 'skew-beats') return late ? { subject: 'beat.*', role: 'node' } : {};
  if (flags.subject === undefined) return {};
  if (!target.startsWith('subject/')) return { subject: flags.subject };
  throw new CommandError('the subject is given twice', EXIT.usage, `Leave out --subject.`);
}
