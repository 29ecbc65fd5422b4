/** The steps that waited and worked longest, and the requests that took longest. Pure. */
import { printable } from '../chaos/report/format.ts';
import { columns } from '../columns.ts';
import { type RequestTraced, recordsOfType, type StepTraced, type TraceRecord } from './record.ts';
import { clockTime, shortDuration } from './text.ts';

/** The first of each, the longest first. */
export interface Slowest {
  readonly waited: readonly StepTraced[];
  readonly worked: readonly StepTraced[];
  /** Without watches and other streams, which take as long as their client wants. */
  readonly requests: readonly RequestTraced[];
}

/** Finds them. */
export function slowest(records: readonly TraceRecord[], limit: number): Slowest {
  const steps = recordsOfType(records, 'step');
  const requests = recordsOfType(records, 'request').filter(isAnswered);
  return {
    waited: longest(steps, ({ waitMs }) => waitMs, limit),
    worked: longest(steps, ({ tookMs }) => tookMs, limit),
    requests: longest(requests, ({ tookMs }) => tookMs, limit),
  };
}

/** Verbs and paths of answers that go on for as long as somebody listens. */
const isAnswered = ({ verb, path, code }: RequestTraced): boolean =>
  verb !== 'watch' && verb !== 'connect' && code !== 101 && !/[?&](follow|watch)=/.test(path);

function longest<T>(items: readonly T[], of: (item: T) => number, limit: number): readonly T[] {
  return items
    .filter((item) => of(item) > 0)
    .sort((one, other) => of(other) - of(one))
    .slice(0, limit);
}

/** Three tables. */
export function renderSlowest({ waited, worked, requests }: Slowest): string {
  return [
    'Steps whose message waited longest:',
    ...stepTable(waited, 'WAITED', ({ waitMs }) => waitMs),
    '',
    'Steps that took longest:',
    ...stepTable(worked, 'TOOK', ({ tookMs }) => tookMs),
    '',
    'Requests that took longest (without watches):',
    ...requestTable(requests),
  ].join('\n');
}

const NONE = ['  none on record'];

function stepTable(
  steps: readonly StepTraced[],
  head: string,
  of: (step: StepTraced) => number,
): readonly string[] {
  if (steps.length === 0) return NONE;
  return columns([
    [head, 'AT', 'PROCESS', 'ACTOR', 'EVENT', 'MESSAGE', 'CAUSES'],
    ...steps.map((step) => [
      ...[shortDuration(of(step)), clockTime(step.atMs), step.process, step.actor, step.event],
      ...[step.messageId, renderCauses(step.causes)],
    ]),
  ]);
}

function requestTable(requests: readonly RequestTraced[]): readonly string[] {
  if (requests.length === 0) return NONE;
  return columns([
    ['TOOK', 'AT', 'CODE', 'REQUEST', 'USER', 'MESSAGE'],
    ...requests.map(({ tookMs, atMs, code, method, path, user, messageId }) => [
      ...[shortDuration(tookMs), clockTime(atMs), String(code)],
      ...[`${method} ${path}`, user, messageId],
    ]),
  ]);
}

/** The first three, and how many more. */
export function renderCauses(causes: readonly string[]): string {
  const shown = causes.slice(0, 3).map(printable).join(' ');
  return causes.length > 3 ? `${shown} and ${causes.length - 3} more` : shown || '-';
}
