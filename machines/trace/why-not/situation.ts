/**
 * What an explanation is made from: the objects as they are, the last steps of the actors, and the time. And what it is
 * made of: what is waited for, on whom, as a tree. Pure.
 */
import type { AnyObject, Stored, StoredMeta } from '../../api/view.ts';
import { formatDuration } from '../../chaos/report/format.ts';
import { msOf } from '../../controllers/pods.ts';
import { backoffMs } from '../../controllers/reconciler.ts';
import { renderState } from '../../step-record.ts';
import type { Objects } from '../present.ts';
import type { StepTraced } from '../record.ts';

/** See the file comment. */
export interface Situation {
  readonly objects: Objects;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Steps on record of an actor (`pod/default/web`), oldest first. */
  readonly steps: (actor: string) => readonly StepTraced[];
}

/** One thing that is waited for. */
export interface Waiting {
  readonly says: string;
  /** Who must act next, and what is known of its state; absent where `because` tells. */
  readonly on?: string;
  /** What that waits for in turn. */
  readonly because?: readonly Waiting[];
}

/** A condition as most kinds have it. */
export interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

/** The conditions of an object of any kind. */
export function conditionsOf(object: object): readonly ConditionLike[] {
  const { status } = object as { status?: { conditions?: readonly ConditionLike[] } };
  return status?.conditions ?? [];
}

/** One condition. */
export function conditionOf(object: object, type: string): ConditionLike | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** `Unschedulable: 0/3 nodes are available`, as Kubernetes words it. */
export function saidBy({ type, reason, message }: ConditionLike): string {
  return [reason || type, ...(message ? [message] : [])].join(': ');
}

/** `for 12 s`, `at an unknown time`. */
export function sinceText(text: string | undefined, { nowMs }: Situation): string {
  const atMs = msOf(text);
  return atMs === undefined ? 'since an unknown time' : `for ${agoText(nowMs - atMs)}`;
}

/** A duration; what has just happened is told as `0 s`. */
export function agoText(ms: number): string {
  return ms < 1_000 ? '0 s' : formatDuration(ms);
}

/** `in 7 s`, or `any moment now`. */
export function inText(atMs: number, { nowMs }: Situation): string {
  return atMs <= nowMs ? 'any moment now' : `in ${agoText(atMs - nowMs)}`;
}

/** `3 pods`, `1 pod`. */
export function countText(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

/** What an actor is doing, by its last step; undefined where none is on record or it has ended. */
export function doingText(s: Situation, actor: string): string | undefined {
  const last = s.steps(actor).at(-1);
  if (last === undefined || last.done) return undefined;
  const state = renderState(last.after);
  return `${actor} is ${state} for ${stayText(s, actor, state)}${retryText(s, actor, last)}`;
}

/** States in which a reconciler is at work on a plan. */
const AT_WORK: ReadonlySet<unknown> = new Set(['planning', 'changing', 'waitingForView']);

/** When a reconciler that backs off tries again, by the failures in a row that are on record. */
function retryText(s: Situation, actor: string, last: StepTraced): string {
  if (!actor.startsWith('reconciler/') || last.after !== 'backingOff') return '';
  let failures = 0;
  for (const { before, after } of s.steps(actor)) {
    if (after === 'backingOff' && before !== 'backingOff') failures += 1;
    else if (AT_WORK.has(before) && !AT_WORK.has(after)) failures = 0;
  }
  const again = inText(last.atMs + backoffMs(failures), s);
  return ` after ${countText(failures, 'failure')}, and tries again ${again}`;
}

/** When an actor came into the state that it is in, as far as is on record. */
/** How long it has been in its state; `at least` where it was in it already at its first step on record. */
function stayText(s: Situation, actor: string, state: string): string {
  const steps = s.steps(actor);
  let at = steps.length - 1;
  while (at > 0 && renderState(steps[at - 1]?.after ?? '') === state) at -= 1;
  const first = steps[at];
  const ago = agoText(s.nowMs - (first?.atMs ?? s.nowMs));
  const wasThere = first?.before !== undefined && renderState(first.before) === state;
  return wasThere ? `at least ${ago}` : ago;
}

/** A name, and in brackets what is known of its actor's state. */
export function actorText(s: Situation, name: string, actor: string): string {
  const doing = doingText(s, actor);
  return doing === undefined ? name : `${name} (${doing})`;
}

/** The Lease of those who run controllers. */
const CONTROLLERS = 'kube-controller-manager';

/** A controller, with what its reconciler of a key does, and whether anybody leads. */
export function controllerText(
  s: Situation,
  controller: string,
  object: { readonly metadata: StoredMeta & { readonly namespace?: string | undefined } },
): string {
  const { namespace = '', name } = object.metadata;
  const key = namespace === '' ? name : `${namespace}/${name}`;
  const text = actorText(s, `the ${controller}`, `reconciler/${controller}/${key}`);
  return `${text}${leaderlessText(s, CONTROLLERS)}`;
}

/** `, but nobody has led ... for 12 s` where a Lease has run out. */
export function leaderlessText(s: Situation, lease: string): string {
  const spec = s.objects.get('coordination.k8s.io/leases', 'kube-system', lease)?.spec;
  const renewedMs = msOf(spec?.renewTime);
  if (spec === undefined || renewedMs === undefined) return '';
  const endMs = renewedMs + (spec.leaseDurationSeconds ?? 0) * 1_000;
  if (endMs >= s.nowMs && spec.holderIdentity) return '';
  return `; nobody holds the Lease ${lease}, last renewed ${agoText(s.nowMs - renewedMs)} ago`;
}

/** Why an object that is being deleted is still there; undefined where it is not being deleted. */
export function deletionWait({ metadata }: Stored<object>, s: Situation): Waiting | undefined {
  const { deletionTimestamp, finalizers = [] } = metadata as Stored<AnyObject>['metadata'];
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers.length === 0) return undefined;
  const names = finalizers.join(', ');
  const since = sinceText(deletionTimestamp, s);
  const says = `it is being deleted ${since}, and held by finalizers: ${names}`;
  const collected = finalizers.every((name) => COLLECTED.has(name));
  const on = collected
    ? `the garbage-collector, and what it deletes first${leaderlessText(s, CONTROLLERS)}`
    : `whoever is to remove ${finalizers.filter((name) => !COLLECTED.has(name)).join(', ')}`;
  return { says, on };
}

const COLLECTED: ReadonlySet<string> = new Set(['foregroundDeletion', 'orphan']);
