/** One record as one line, for who watches them come. Pure. */
import { printable } from '../chaos/report/format.ts';
import { renderState, renderStep } from '../step-record.ts';
import { renderKey } from './about.ts';
import type { StepTraced, TraceRecord } from './record.ts';
import { clockTime, type Paint, shortDuration } from './text.ts';

/** Waiting and working for less than this is not worth telling, milliseconds. */
const WORTH_TELLING_MS = 5;

/** `13:40:01.234  node-1  pod/default/web  preparing -> running  <- pod.prepared  ! container.run web  waited 12 ms`. */
export function recordLine(record: TraceRecord, paint: Paint, processWidth = 0): string {
  const process = record.process === '' ? 'store' : record.process;
  const head = `${clockTime(record.atMs)}  ${printable(process).padEnd(processWidth)}`;
  const text = printable(textOf(record));
  return `${paint('dim', head)}  ${styled(record, text, paint)}${slowness(record, paint)}`;
}

function textOf(record: TraceRecord): string {
  switch (record.type) {
    case 'step':
      return renderStep(record);
    case 'write':
      return `${record.operation} ${renderKey(record.key)}  revision ${record.revision}  <- ${record.from}`;
    case 'request': {
      const { method, path, code, user, tookMs } = record;
      return `${method} ${path}  ${code}  ${user}  ${shortDuration(tookMs)}`;
    }
    case 'dead':
      return `${record.to}  never got ${record.event}  <- ${record.from}`;
    case 'lost':
      return `${record.count} records were lost`;
    case 'state':
      return `${record.actor}  ${renderState(record.value)}`;
  }
}

function styled(record: TraceRecord, text: string, paint: Paint): string {
  if (record.type === 'dead' || record.type === 'lost') return paint('red', text);
  if (record.type === 'request' && record.code >= 400) return paint('red', text);
  return record.type === 'step' && !record.handled ? paint('dim', text) : text;
}

function slowness(record: TraceRecord, paint: Paint): string {
  if (record.type !== 'step') return '';
  const told = slow(record);
  return told.length === 0 ? '' : `  ${paint('yellow', told.join(', '))}`;
}

function slow({ waitMs, tookMs }: StepTraced): string[] {
  return [
    ...(waitMs >= WORTH_TELLING_MS ? [`waited ${shortDuration(waitMs)}`] : []),
    ...(tookMs >= WORTH_TELLING_MS ? [`took ${shortDuration(tookMs)}`] : []),
  ];
}
