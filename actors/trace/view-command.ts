/** What `kabuki trace view` does: reads a file and says what is in it. Knows nothing of flags or terminals. */
import { printable } from '../../machines/chaos/report/format.ts';
import { renderStep } from '../../machines/step-record.ts';
import type { StepTraced } from '../../machines/trace/record.ts';
import { type Selection, selects } from '../../machines/trace/selection.ts';
import { summarize } from '../../machines/trace/summary.ts';
import { renderSummary } from '../../machines/trace/summary-text.ts';
import { clockTime } from '../../machines/trace/text.ts';
import { EXIT } from '../cluster/command-error.ts';
import { readTraceFile } from './trace-file.ts';

export interface Viewed {
  readonly text: string;
  readonly json: object;
  readonly warnings: readonly string[];
  readonly exitCode: number;
}

/** The file as a whole, or the last so many steps of what is selected. Throws CommandError. */
export function viewFile(file: string, selection: Selection, steps: number): Viewed {
  const { records, bytes, info, end, warnings, isDamaged } = readTraceFile(file);
  const exitCode = isDamaged ? EXIT.damaged : 0;
  if (steps > 0) {
    const chosen = records
      .filter(
        (record): record is StepTraced => record.type === 'step' && selects(selection, record),
      )
      .sort((one, other) => one.atMs - other.atMs)
      .slice(-steps);
    const text = chosen.map(lineOf).join('\n');
    return { text: text || 'There are no such steps.', json: chosen, warnings, exitCode };
  }
  const summary = summarize(records);
  return {
    text: renderSummary(summary, { file, bytes, info, warnings }),
    json: { file, bytes, info, end, isDamaged, warnings, ...summary },
    ...{ warnings, exitCode },
  };
}

/** A step with its time, its process, and the message by which `replay --until` finds it. */
function lineOf(step: StepTraced): string {
  const words = [clockTime(step.atMs), step.process, step.messageId, renderStep(step)];
  return words.map(printable).join('  ');
}
