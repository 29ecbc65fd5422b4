/** Which actors of a trace are meant: by process, and by kind, name or the beginning of a name. Pure. */
import { componentOf } from './components.ts';
import type { TraceRecord } from './record.ts';

/** What is not said is not looked at. */
export interface Selection {
  /** `pod`, `kubelet`, `pod/default/web`, or as much of it as ends before a `/`: `reconciler/job-controller`. */
  readonly actor: string | undefined;
  readonly process: string | undefined;
}

/** True of a record of an actor that is meant. */
export function selects(
  { actor, process }: Selection,
  record: TraceRecord,
): record is Extract<TraceRecord, { readonly actor: string }> {
  if (record.type !== 'step' && record.type !== 'state') return false;
  if (process !== undefined && record.process !== process) return false;
  if (actor === undefined || isWithin(record.actor, actor)) return true;
  return actor === componentOf(record.actor);
}

/** True where a name is another one or begins with all of its parts. */
export function isWithin(name: string, outer: string): boolean {
  const whole = outer.replace(/\/+$/, '');
  return name === whole || name.startsWith(`${whole}/`);
}
