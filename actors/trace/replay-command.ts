/**
 * What `kabuki trace replay` does: reads a file and takes its steps again; or stops before one message, to show the
 * state that the actor was in, or to let a debugger look. Knows nothing of flags or terminals.
 */
import { open, url, waitForDebugger } from 'node:inspector';
import { createStepper, type MachineState, type Stepper } from '../../machines/step.ts';
import { MACHINES } from '../../machines/trace/machines.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { replayJson } from '../../machines/trace/replay-json.ts';
import { type Moment, momentJson, renderMoment } from '../../machines/trace/replay-moment.ts';
import { type ReplayReport, replayAll } from '../../machines/trace/replay-report.ts';
import { renderReplay, renderReplayed } from '../../machines/trace/replay-text.ts';
import { type Selection, selects } from '../../machines/trace/selection.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { readTraceFile, type TraceFile } from './trace-file.ts';

export interface ReplayCommand {
  readonly file: string;
  readonly selection: Selection;
  /** Stop before the message with this id. */
  readonly until: string | undefined;
  /** Wait for a debugger, and stop in it. */
  readonly inspect: boolean;
  /** Told where a debugger finds this process. */
  readonly onInspector: (address: string) => void;
  /** Of this program. */
  readonly version: string;
  /** Told of every step, as a line. */
  readonly onStep: ((line: string) => void) | undefined;
}

/** What came of it. */
export interface ReplayOutcome {
  readonly of: TraceFile;
  readonly report: ReplayReport;
  /** With `until`: one for every actor that handled the message. */
  readonly moments: readonly Moment[];
  readonly text: string;
  readonly json: object;
  /** What a user is to know of the file, a sentence each. */
  readonly warnings: readonly string[];
  readonly exitCode: number;
}

/** Replays. Throws CommandError. */
export function replayFile(command: ReplayCommand): ReplayOutcome {
  const of = readTraceFile(command.file);
  const records = upTo(of.records, command);
  if (command.inspect) openInspector(command.onInspector);
  const moments: Moment[] = [];
  let state: MachineState | undefined;
  let isDue = command.inspect && command.until === undefined;
  const takeDue = (): boolean => {
    const was = isDue;
    isDue = false;
    return was;
  };
  const report = replayAll(records, {
    selection: command.selection,
    stepperOf: (kind) => stoppable(kind, takeDue),
    before: (record, known) => {
      state = known;
      if (command.inspect && record.messageId === command.until) isDue = true;
    },
    onStep: (replayed) => {
      const { record } = replayed;
      if (record.messageId === command.until) moments.push({ record, state, replayed });
      state = undefined;
      command.onStep?.(renderReplayed(replayed));
    },
  });
  return {
    ...{ of, report, moments, exitCode: exitCodeOf(of, report) },
    text: [...moments.map(renderMoment), renderReplay(report)].join('\n\n'),
    json: { ...replayJson(report), moments: moments.map(momentJson) },
    warnings: [...of.warnings, ...otherVersion(of, report, command.version)],
  };
}

/** A difference may be one between programs. */
function otherVersion({ info }: TraceFile, { different }: ReplayReport, own: string): string[] {
  if (different === 0 || info === undefined || info.version === own) return [];
  return [`it was recorded by version ${info.version}, and this is ${own}`];
}

/** The records that are wanted, each actor's only as far as the message; all where no message is named. */
function upTo(
  records: readonly TraceRecord[],
  { until, selection, file }: ReplayCommand,
): readonly TraceRecord[] {
  const chosen = records.filter((record) => selects(selection, record));
  if (chosen.length === 0) throw new CommandError(`${nobody(selection)} in ${file}`, EXIT.usage);
  if (until === undefined) return records;
  const ends = new Map<string, number>();
  records.forEach((record, index) => {
    const isIt = record.type === 'step' && record.messageId === until;
    if (isIt && selects(selection, record)) ends.set(`${record.process} ${record.actor}`, index);
  });
  if (ends.size === 0) {
    const where = selection.actor === undefined ? '' : ` of ${selection.actor}`;
    throw new CommandError(`no step${where} in ${file} handles the message ${until}`, EXIT.usage);
  }
  return records.filter((record, index) => {
    if (!selects(selection, record)) return record.type === 'lost';
    return index <= (ends.get(`${record.process} ${record.actor}`) ?? -1);
  });
}

function nobody({ actor, process }: Selection): string {
  const who = actor === undefined ? 'there is no step' : `there is no step of ${actor}`;
  return process === undefined ? who : `${who} in process ${process}`;
}

const steppers = new Map<string, Stepper>();

/** The stepper of a kind, which stops in the debugger before a step that is due. */
function stoppable(kind: string, takeDue: () => boolean): Stepper | undefined {
  const machine = Object.hasOwn(MACHINES, kind) ? MACHINES[kind] : undefined;
  if (machine === undefined) return undefined;
  const stepper = steppers.get(kind) ?? createStepper(machine);
  steppers.set(kind, stepper);
  return {
    initial(input) {
      // biome-ignore lint/suspicious/noDebugger: this is what --inspect is for; step into the machine from here.
      if (takeDue()) debugger;
      return stepper.initial(input);
    },
    step(state, event) {
      // biome-ignore lint/suspicious/noDebugger: see above.
      if (takeDue()) debugger;
      return stepper.step(state, event);
    },
  };
}

/** Waits until a debugger is attached; on this machine alone, since who attaches may run anything. */
function openInspector(onInspector: (address: string) => void): void {
  try {
    open(0, '127.0.0.1', false);
  } catch (error) {
    throw new CommandError(`no debugger can be let in: ${(error as Error).message}`);
  }
  onInspector(new URL(url() ?? '').host);
  waitForDebugger();
}

function exitCodeOf({ isDamaged }: TraceFile, { same, different }: ReplayReport): number {
  if (different > 0) return EXIT.differs;
  if (same === 0) return EXIT.nothingReplayed;
  return isDamaged ? EXIT.damaged : 0;
}
