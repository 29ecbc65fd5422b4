/** `kabuki trace state`: one live actor, and what it did last. */
import type { ActorState } from '../../machines/trace/actor-state.ts';
import { noKind } from '../../machines/trace/filter-check.ts';
import type { StepTraced } from '../../machines/trace/record.ts';
import { recordLine } from '../../machines/trace/record-line.ts';
import { renderActorState } from '../../machines/trace/render-actor.ts';
import { plain } from '../../machines/trace/text.ts';
import { CommandError } from '../cluster/command-error.ts';
import { ask, askMachines } from './debug-client.ts';
import type { LiveTrace } from './live-trace.ts';

/** An actor, and its last steps that are on record. */
export interface ActorReport {
  readonly state: ActorState;
  readonly steps: readonly StepTraced[];
}

/** Steps that are told. */
const STEPS_SHOWN = 10;

/** The actor in every process that has it, or in one. Throws CommandError where none has. */
export async function actorStates(
  trace: LiveTrace,
  actor: string,
  process?: string,
): Promise<readonly ActorState[]> {
  const answers = await ask(trace, { do: 'state', actor }, process);
  const states = answers.flatMap(({ state }) => (state === undefined ? [] : [state]));
  if (states.length > 0) return states;
  const [kind = ''] = actor.split('/', 1);
  const kinds = Object.keys(await askMachines(trace)).sort();
  if (!kinds.includes(kind)) throw new CommandError(noKind(kind, kinds));
  const like = [...new Set(answers.flatMap((answer) => answer.like ?? []))];
  const where = process === undefined ? '' : ` in ${process}`;
  throw new CommandError(
    `there is no actor ${actor}${where}`,
    1,
    like.length === 0 ? '' : `There are: ${like.join(', ')}`,
  );
}

/** The same with what it did last. */
export async function actorReports(
  trace: LiveTrace,
  actor: string,
  process?: string,
): Promise<readonly ActorReport[]> {
  const states = await actorStates(trace, actor, process);
  const steps = (await trace.all()).filter(
    (record): record is StepTraced => record.type === 'step' && record.actor === actor,
  );
  return states.map((state) => {
    const own = steps.filter((step) => step.process === state.process);
    return { state, steps: own.slice(-STEPS_SHOWN) };
  });
}

/** As people read it. */
export function renderActorReports(reports: readonly ActorReport[]): string {
  return reports.map(renderReport).join('\n\n');
}

function renderReport({ state, steps }: ActorReport): string {
  const lines = steps.map((step) => `  ${recordLine(step, plain)}`);
  const last = lines.length === 0 ? ['last steps: none on record'] : ['last steps:', ...lines];
  return [renderActorState(state), ...last].join('\n');
}
