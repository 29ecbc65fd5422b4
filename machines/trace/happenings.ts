/**
 * What a record says happened, in words that are the same in every run in which it happens: a move of a machine, a deed
 * that it asked for, news that it was told, an object that came or went, an answer to a client.
 *
 * What depends on nothing but timing is left out: which of two messages was first, how many notices were taken
 * together, how often something that repeats was repeated. Pure.
 */
import { renderState } from '../step-record.ts';
import { kindOf, renderKey } from './about.ts';
import { normalActor, normalName } from './normal-name.ts';
import type { RequestTraced, StepTraced, TraceRecord, WriteTraced } from './record.ts';

/** One thing that happened. */
export interface Happening {
  /** Who it happened to: an actor, an object, a request; without what differs from run to run. */
  readonly subject: string;
  /** The one of that name: `pod/default/web-7bf-x2k4q` of `pod/default/web-*-*`. */
  readonly instance: string;
  /** What happened, to be compared. */
  readonly what: string;
  /**
   * What it makes more precise, of the same subject; only records with data have it. It tells two runs apart only where
   * both have it.
   */
  readonly detailOf: string | undefined;
}

/** Machines that only pass on what others do, when they get to it. */
const QUIET_KINDS: ReadonlySet<string> = new Set(['api-request', 'proxy', 'scheduler']);
/** What machines tell, apart from their moves. */
const NEWS =
  /^(container|image|hook|probe|bind|pressure|socket)\.|^pod\.(evicted|prepareFailed)$|^node\.refused$/;
/** Effects that say when, not what. */
const WHEN =
  /^(timer\.|change\.make|pod\.refresh|node\.(beat|read)|beat\.check|queue\.join|probe\.run|lease\.write|machine\.tell|status\.write|socket\.update)/;
/** Messages that come when they come: a move is the same whichever of them makes it. */
const WHENEVER = /^(timer\.fired|pod\.updated|change\.settled|beat\.|cluster\.changed)/;
/** Messages that come or do not: the pod's machine may be over before its binding is answered. */
const MAYBE = /^pod\.bound$/;
/** Fields of news that say how it went. */
const HOW = ['container', 'probe', 'hook', 'exitCode', 'code', 'reason', 'outcome', 'ok'] as const;
/** Objects that are written by the clock, or tell what others have told. */
const UNTOLD = /^(core\/events|events\.k8s\.io\/|coordination\.k8s\.io\/leases)/;
const CHANGES: ReadonlySet<string> = new Set([
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
]);

/** What a record says; nothing where it says only when. */
export function happeningsOf(record: TraceRecord): readonly Happening[] {
  if (record.type === 'step') return stepHappenings(record);
  if (record.type === 'write') return writeHappenings(record);
  return record.type === 'request' ? requestHappenings(record) : [];
}

function stepHappenings(step: StepTraced): readonly Happening[] {
  const kind = kindOf(step.actor);
  // What comes too late to matter is ignored; whether it comes at all is a matter of time.
  if (QUIET_KINDS.has(kind) || !step.handled) return [];
  const { actor: instance, event } = step;
  const subject = normalActor(instance);
  const of = (what: string, detailOf?: string): Happening => ({
    ...{ subject, instance, what: normalName(what), detailOf },
  });
  if (kind === 'reconciler') return failuresOf(step).map((failure) => of(failure));
  const deeds = step.effects.filter((effect) => !WHEN.test(effect)).map((deed) => of(`! ${deed}`));
  // Renewals of a Lease are a matter of time; who leads is not.
  if (kind === 'leader') return deeds.filter(({ what }) => what.includes('leadership.'));
  const found = [...moveOf(step).map((move) => of(move)), ...deeds];
  if (!NEWS.test(event)) return found;
  found.push(of(`<- ${event}`));
  const how = step.full === undefined ? '' : howOf(step.full.event);
  if (how !== '') found.push(of(`<- ${event} ${how}`, normalName(`<- ${event}`)));
  return found;
}

function moveOf({ before, after, event }: StepTraced): readonly string[] {
  const [from, to] = [before === undefined ? '(new)' : renderState(before), renderState(after)];
  if (from === to || MAYBE.test(event)) return [];
  return [WHENEVER.test(event) ? `${from} -> ${to}` : `${from} -> ${to} <- ${event}`];
}

/** The fields of an event that say how it went, and no more: `container=web exitCode=1`. */
export function howOf(event: object): string {
  const fields = event as { readonly [field: string]: unknown };
  const words = HOW.flatMap((field) => {
    const value = fields[field];
    return value === undefined || value === '' ? [] : [`${field}=${String(value)}`];
  });
  const { plugins } = fields;
  return [...words, ...(Array.isArray(plugins) ? [`plugins=${plugins.join('+')}`] : [])].join(' ');
}

/** Changes of a controller that failed, but for those that met another's. */
function failuresOf({ event, full }: StepTraced): readonly string[] {
  if (event !== 'changes.applied' || full === undefined) return [];
  const { failures } = full.event as { readonly failures?: readonly { reason?: unknown }[] };
  return (failures ?? [])
    .map(({ reason }) => String(reason))
    .filter((reason) => !/^(Conflict|AlreadyExists|NotFound)$/.test(reason))
    .map((reason) => `<- ${event} failed: ${reason}`);
}

function writeHappenings({ key, operation, previous }: WriteTraced): readonly Happening[] {
  if (UNTOLD.test(key)) return [];
  const isNew = operation === 'put' && previous === 0;
  if (!isNew && operation !== 'delete') return [];
  const instance = renderKey(key);
  const what = isNew ? 'created' : 'deleted';
  return [{ subject: normalName(instance), instance, what, detailOf: undefined }];
}

function requestHappenings({ verb, key, code, user }: RequestTraced): readonly Happening[] {
  if (key === '' || !CHANGES.has(verb)) return [];
  const instance = `request of ${user} to ${verb} ${renderKey(key)}`;
  return [
    { subject: normalName(instance), instance, what: `answered ${code}`, detailOf: undefined },
  ];
}
