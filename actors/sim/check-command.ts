/**
 * What `kabuki check` does: reads a recording, an observation a line, and checks every rule over it. Reads alone.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { BugSeen, Observation } from '../../machines/chaos/observation.ts';
import { RULES } from '../../machines/checks/rules.ts';
import { type Checks, createChecks } from '../../machines/checks/run-checks.ts';
import { createStoreOrder } from '../../machines/checks/store-order.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';

/** A bug, and when it was seen. */
export type Bug = BugSeen & { readonly atMs: number };

/** What came of it. */
export interface CheckReport {
  readonly observations: number;
  /** Numbers of the lines that are no observation (a recording that was cut off ends in one). */
  readonly damaged: readonly number[];
  readonly checks: Checks;
  /** What the code under test did that it must not, the first ones, in order. */
  readonly bugs: readonly Bug[];
  /** Time from the first observation to the last, milliseconds. */
  readonly spanMs: number;
}

/** Damaged lines that are told one by one. */
const DAMAGED_MAX = 10;
const BUGS_MAX = 20;

/** Checks a recording. Throws CommandError where there is none. */
export async function checkRecording(file: string): Promise<CheckReport> {
  if (!existsSync(file)) throw new CommandError(`there is no file ${file}`, EXIT.usage);
  const checks = createChecks(RULES);
  const bugs: Bug[] = [];
  // What several processes saw of one moment may stand in any order.
  const order = createStoreOrder((seen) => {
    if (seen.type === 'bug' && bugs.length < BUGS_MAX) bugs.push(seen);
    checks.observe(seen);
  });
  const damaged: number[] = [];
  let observations = 0;
  let line = 0;
  let firstMs: number | undefined;
  let lastMs = 0;
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const text of lines) {
    line += 1;
    if (text === '') continue;
    const seen = parse(text);
    if (seen === undefined) {
      damaged.push(line);
      continue;
    }
    observations += 1;
    firstMs ??= seen.atMs;
    lastMs = seen.atMs;
    order.take(seen);
  }
  if (observations === 0) {
    throw new CommandError(`${file} is no recording: no line of it is an observation`, EXIT.usage);
  }
  order.flush();
  checks.finish();
  return { observations, damaged, checks, bugs, spanMs: lastMs - (firstMs ?? lastMs) };
}

function parse(text: string): Observation | undefined {
  try {
    const value = JSON.parse(text) as Partial<Observation> | null;
    const known = typeof value?.type === 'string' && typeof value.atMs === 'number';
    return known ? (value as Observation) : undefined;
  } catch {
    return undefined; // a line that was cut off
  }
}

/** The report as text. */
export function renderCheck(file: string, report: CheckReport): string {
  const { observations, damaged, checks, bugs, spanMs } = report;
  const lines = [
    `recording ${file}: ${observations} observations over ${(spanMs / 1_000).toFixed(1)} s`,
    `checked   ${checks.rulesChecked} rules`,
  ];
  if (damaged.length > 0) {
    const some = damaged.slice(0, DAMAGED_MAX).join(', ');
    lines.push(`damaged   ${damaged.length} lines are no observations and were left out: ${some}`);
  }
  for (const { process, what, atMs } of bugs) {
    const where = process === '' ? '' : `${process}: `;
    lines.push(`crashed   ${new Date(atMs).toISOString()} ${where}${what}`);
  }
  for (const [rule, count] of checks.counts) lines.push(`broken    ${rule}: ${count} times`);
  for (const { rule, message, atMs } of checks.violations) {
    lines.push(`  ${new Date(atMs).toISOString()} ${rule}: ${message}`);
  }
  lines.push(`verdict   ${VERDICTS[checkVerdict(report)]}`);
  return `${lines.join('\n')}\n`;
}

const VERDICTS = {
  held: 'every rule held',
  unsafe: 'a rule did not hold',
  crashed: 'the code under test crashed',
} as const;

/** The verdict over a recording, as over the run it is of. */
export function checkVerdict({ checks, bugs }: CheckReport): 'held' | 'unsafe' | 'crashed' {
  if (bugs.length > 0) return 'crashed';
  return checks.counts.size === 0 ? 'held' : 'unsafe';
}

/** The report for machines. */
export function checkJson(report: CheckReport): string {
  const { observations, damaged, checks, bugs, spanMs } = report;
  const { rulesChecked, violations } = checks;
  const counts = Object.fromEntries(checks.counts);
  const body = { schema: 1, observations, spanMs, damaged, rulesChecked, counts, violations, bugs };
  return `${JSON.stringify(body, undefined, 2)}\n`;
}
