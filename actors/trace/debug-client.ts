/** What commands that debug a running cluster share: asking its processes, and filters that say what is wrong. */
import {
  type Filter,
  type FilterProblem,
  parseFilter,
  renderProblem,
} from '../../machines/trace/filter.ts';
import { checkFilter, type Machines } from '../../machines/trace/filter-check.ts';
import type { MachineWords } from '../../machines/trace/states.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { askProcesses, runningProcesses } from './ask-processes.ts';
import type { DebugAnswer, DebugCommand } from './debug-protocol.ts';
import { type LiveTrace, openLiveTrace } from './live-trace.ts';

/** Runs something on a running cluster as its administrator. */
export async function onCluster<T>(
  dataDir: string,
  run: (trace: LiveTrace) => Promise<T>,
): Promise<T> {
  const trace = await openLiveTrace(dataDir);
  try {
    return await run(trace);
  } finally {
    await trace.close();
  }
}

/** The answers of all processes, or of one. Throws CommandError where nobody answers. */
export async function ask(
  trace: LiveTrace,
  command: DebugCommand,
  process?: string,
): Promise<readonly DebugAnswer[]> {
  const answers = await askProcesses(trace, command, process);
  if (answers.length === 0) throw new CommandError('no process of the cluster answers');
  if (process === undefined) return answers;
  if (silentOf(trace, answers).includes(process))
    throw new CommandError(`${process} does not answer`);
  return [answerOf(answers, process)];
}

/** Processes that run and did not answer: they stand still, or are cut off. */
export function silentOf(trace: LiveTrace, answers: readonly DebugAnswer[]): readonly string[] {
  const answered = new Set(answers.map(({ process }) => process));
  return runningProcesses(trace).filter((name) => !answered.has(name));
}

function answerOf(answers: readonly DebugAnswer[], process: string): DebugAnswer {
  const found = answers.find(({ process: name }) => name === process);
  if (found !== undefined) return found;
  const names = answers.map(({ process: name }) => name).join(', ');
  throw new CommandError(`there is no process ${process} (there are: ${names})`, EXIT.usage);
}

/** Every machine that some process has. */
export async function askMachines(trace: LiveTrace): Promise<Machines> {
  const machines: { [kind: string]: MachineWords } = {};
  for (const answer of await ask(trace, { do: 'machines' })) {
    Object.assign(machines, answer.machines);
  }
  return machines;
}

/** Parses a filter, and holds it against the machines there are where those are known. Throws CommandError. */
export function filterOf(text: string, machines?: Machines): Filter {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw refusal(text, parsed.problem);
  const problem = machines === undefined ? undefined : checkFilter(parsed.filter, machines);
  if (problem !== undefined) throw refusal(text, problem);
  return parsed.filter;
}

/** How a filter is refused: what is wrong, and where. */
export function refusal(text: string, problem: FilterProblem): CommandError {
  return new CommandError(problem.message, EXIT.usage, renderProblem(text, problem));
}
