/**
 * Rules about the life of any object: its identity, its finalizers, its generations.
 *
 * Never looks at what kind of object it is but where Kubernetes does.
 */
import type { ObjectMeta } from '../../api/types.ts';
import type { AnyObject, Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { beforeOf, type CommittedAt, isDeleting, isKeyOf, NAMESPACES, same } from './read.ts';

/** Finalizers that a deletion itself sets and removes, by its propagation policy. */
const BY_PROPAGATION = new Set(['orphan', 'foregroundDeletion']);

type Object_ = Stored<AnyObject>;

/** Uid and creation time belong to an object for good, and to no other. */
export const immutableUid: Rule = {
  name: 'immutable-uid',
  says:
    'uid and creationTimestamp under one key change only with a delete between, and no two live ' +
    'objects share a uid (API conventions: uid is unique in time and space).',
  reads: ['committed'],
  create: () => new Identity(),
};

class Identity implements Checker {
  readonly #keys = new Map<string, string>();

  observe(observation: Observation, _: Picture, report: Report, change: Change): void {
    if (observation.type !== 'committed') return;
    const { key, operation, object } = observation;
    const previous = change.previous?.object.metadata;
    if (operation === 'delete' || object === undefined) {
      if (previous !== undefined && this.#keys.get(previous.uid) === key) {
        this.#keys.delete(previous.uid);
      }
      return;
    }
    const { uid, creationTimestamp } = object.metadata;
    if (previous !== undefined && previous.uid !== uid) {
      report(`${key} had uid ${previous.uid} and has ${uid}, without a delete between`, [key]);
    } else if (previous !== undefined && previous.creationTimestamp !== creationTimestamp) {
      const from = previous.creationTimestamp;
      report(`${key} was created ${from} and is now said to be of ${creationTimestamp}`, [key]);
    }
    const other = this.#keys.get(uid);
    if (other === key || uid === undefined || uid === '') return;
    if (other !== undefined) report(`${other} and ${key} both have uid ${uid}`, [other, key]);
    this.#keys.set(uid, key);
  }
}

/** What holds an object keeps it. */
export const finalizersHonoured: Rule = {
  name: 'finalizers-honoured',
  says:
    'an object with finalizers is marked before it goes, none is added while it is being deleted, ' +
    'and deletionTimestamp is never taken back (Kubernetes: finalizers).',
  reads: ['committed'],
  create: () => ({
    observe(observation, _picture, report, change) {
      if (observation.type === 'committed') judgeFinalizers(observation, report, change);
    },
  }),
};

function judgeFinalizers(committed: CommittedAt, report: Report, change: Change): void {
  const { key, operation, object } = committed;
  const previous = change.previous?.object;
  if (operation === 'delete') {
    const held = heldAtDelete(key, object ?? previous, previous);
    if (held.length > 0) report(`${key} was deleted with finalizers ${held.join(', ')}`, [key]);
    return;
  }
  const before = object && beforeOf<AnyObject>(change, object);
  if (object === undefined || before === undefined || !isDeleting(before)) return;
  if (!isDeleting(object)) report(`${key} was being deleted and no longer is`, [key]);
  const known = before.metadata.finalizers ?? [];
  const added = (object.metadata.finalizers ?? []).filter(
    (one) => !known.includes(one) && !BY_PROPAGATION.has(one),
  );
  if (added.length > 0) report(`${key} got ${added.join(', ')} while being deleted`, [key]);
}

/**
 * Finalizers of an object that goes though nobody had begun to delete it. The write that removes the last finalizer
 * of one that is being deleted is the delete itself, and tells of the state before: that one is no offence.
 */
function heldAtDelete(key: string, last: Object_ | undefined, before: Object_ | undefined) {
  const state = before ?? last;
  if (state === undefined || isDeleting(state)) return [];
  return finalizersOf(key, state).filter((one) => !BY_PROPAGATION.has(one));
}

function finalizersOf(key: string, object: Object_ | undefined): readonly string[] {
  const own = object?.metadata.finalizers ?? [];
  if (!isKeyOf(key, NAMESPACES)) return own;
  const spec = object?.spec as { readonly finalizers?: readonly string[] } | undefined;
  return [...own, ...(spec?.finalizers ?? [])];
}

/** Resources whose every change of the spec is a generation. */
const COUNTED = ['apps/', 'batch/', 'policy/', 'core/replicationcontrollers/'] as const;

/** Generations count changes of the spec, and are observed in order. */
export const generationObserved: Rule = {
  name: 'generation-observed',
  says:
    'metadata.generation grows with what is asked for and never otherwise; ' +
    'status.observedGeneration never exceeds it and never falls (API conventions).',
  reads: ['committed'],
  create: () => ({
    observe(observation, _picture, report, change) {
      if (observation.type === 'committed') judgeGeneration(observation, report, change);
    },
  }),
};

function judgeGeneration({ key, operation, object }: CommittedAt, report: Report, change: Change) {
  if (operation !== 'put' || object === undefined) return;
  const generation = object.metadata.generation;
  if (generation === undefined) return;
  const observed = observedOf(object);
  if (observed > generation) {
    report(`${key} is of generation ${generation} and its status of ${observed}`, [key]);
  }
  const before = beforeOf<AnyObject>(change, object);
  const earlier = before?.metadata.generation;
  if (before === undefined || earlier === undefined) return;
  if (observed < observedOf(before)) {
    const text = `fell from ${observedOf(before)} to ${observed}`;
    report(`observedGeneration of ${key} ${text}`, [key]);
  }
  if (generation < earlier)
    report(`${key} went from generation ${earlier} to ${generation}`, [key]);
  else if (generation > earlier) {
    if (sameWish(before, object)) {
      report(`${key} is of generation ${generation} though nothing else was asked for`, [key]);
    }
  } else if (COUNTED.some((prefix) => key.startsWith(prefix)) && !same(before.spec, object.spec)) {
    report(`the spec of ${key} changed and its generation ${generation} did not`, [key]);
  }
}

function observedOf(object: Object_): number {
  const status = object.status as { readonly observedGeneration?: number } | undefined;
  return status?.observedGeneration ?? 0;
}

/** True where all but status and bookkeeping is the same. */
function sameWish(a: Object_, b: Object_): boolean {
  const wish = ({ status: _, metadata, ...rest }: Object_) => {
    const { labels, annotations, deletionTimestamp }: ObjectMeta = metadata;
    return { ...rest, labels, annotations, deletionTimestamp };
  };
  return same(wish(a), wish(b));
}
