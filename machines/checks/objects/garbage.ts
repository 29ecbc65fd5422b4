/**
 * The rules about owners: what a gone owner leaves behind goes, and what a live one needs stays.
 *
 * Never judges an owner whose kind it does not know. Who deleted an object the log does not say; so what is judged is
 * what nobody but a mistaken collector (or a person) deletes.
 */
import type { Deployment, OwnerReference, ReplicaSet, StatefulSet } from '../../api/types.ts';
import type { AnyObject, Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { QUIET_READS, Quiet } from './quiet.ts';
import {
  as,
  type CommittedAt,
  controllerOf,
  DEPLOYMENTS,
  isDeleting,
  isOf,
  keyOf,
  NAMESPACES,
  nameOf,
  REPLICA_SETS,
  STATEFUL_SETS,
} from './read.ts';

const REVISIONS = 'apps/controllerrevisions';
const COLLECTOR = 'garbage-collector';
/** A dependent that is older has been seen by the collector. */
const KNOWN_MS = 30_000;

/** Dependents go with their owners, and only with them. */
export const garbage: Rule = {
  name: 'garbage',
  says:
    'no object outlives all of its owners for long, none is collected that has one, and an owner ' +
    'that waits for its dependents does (Kubernetes garbage collection).',
  reads: ['committed', ...QUIET_READS],
  create: ({ deadGraceMs }) => new Garbage(deadGraceMs),
};

class Garbage implements Checker {
  readonly #graceMs: number;
  readonly #quiet = new Quiet();
  /** Keys of live objects by uid, and the owners that live objects name. */
  readonly #live = new Map<string, string>();
  readonly #owners = new Map<string, readonly OwnerReference[]>();
  /** When uids went that live objects name as owners. */
  readonly #dependents = new Map<string, { count: number; goneMs: number | undefined }>();

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    this.#quiet.take(observation);
    if (observation.type !== 'committed') return;
    const { key, operation, object, atMs } = observation;
    const previous = change.previous?.object;
    if (previous !== undefined) {
      const isGone = operation === 'delete' || previous.metadata.uid !== object?.metadata.uid;
      if (isGone) this.#gone(previous.metadata.uid, atMs);
    }
    if (operation === 'put' && object !== undefined) {
      this.#live.set(object.metadata.uid, key);
      this.#name(key, object.metadata.ownerReferences ?? [], atMs);
      return;
    }
    this.#name(key, [], atMs);
    if (previous === undefined) return;
    this.#judge(observation, previous, picture, report);
    this.#awaited(observation, previous, picture, report);
  }

  finish({ nowMs }: Picture, report: Report): void {
    for (const [key, owners] of this.#owners) {
      if (owners.some(({ uid }) => this.#live.has(uid)) || !owners.every(isBuiltIn)) continue;
      const goneMs = Math.max(...owners.map(({ uid }) => this.#dependents.get(uid)?.goneMs ?? 0));
      if (this.#quiet.since(goneMs, nowMs) < this.#graceMs) continue;
      const names = owners.map(({ kind, name }) => `${kind} ${name}`).join(', ');
      report(`${key} is still there, ${nowMs - goneMs} ms after its last owner (${names})`, [key]);
    }
  }

  #gone(uid: string, atMs: number): void {
    this.#live.delete(uid);
    const named = this.#dependents.get(uid);
    if (named !== undefined) named.goneMs = atMs;
  }

  /** Remembers the owners an object names; uids that nobody names any more are forgotten. */
  #name(key: string, owners: readonly OwnerReference[], atMs: number): void {
    const before = this.#owners.get(key) ?? [];
    if (before === owners || (before.length === 0 && owners.length === 0)) return;
    for (const { uid } of owners) {
      const goneMs = this.#live.has(uid) ? undefined : atMs;
      const named = this.#dependents.get(uid) ?? { count: 0, goneMs };
      named.count += 1;
      this.#dependents.set(uid, named);
    }
    for (const { uid } of before) {
      const named = this.#dependents.get(uid);
      if (named === undefined) continue;
      named.count -= 1;
      if (named.count === 0) this.#dependents.delete(uid);
    }
    if (owners.length === 0) this.#owners.delete(key);
    else this.#owners.set(key, owners);
  }

  /** What is deleted though its owner lives and needs it. */
  #judge(committed: CommittedAt, last: Stored<AnyObject>, picture: Picture, report: Report): void {
    const owners = last.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const tell = (why: string) => report(`${committed.key} was deleted ${why}`, [committed.key]);
    const alive = owners.find(({ uid }) => this.#livesOn(uid, picture));
    if (alive === undefined) return;
    const namespace = picture.get(keyOf(NAMESPACES, '', last.metadata.namespace ?? ''));
    if (namespace !== undefined && isDeleting(namespace.object)) return;
    if (committed.from?.includes(COLLECTOR) === true) {
      tell(`by the garbage collector while its owner ${alive.kind} ${alive.name} lives`);
    } else if (isOf(committed, REPLICA_SETS)) {
      const pods = neededReplicas(last as Stored<ReplicaSet>, picture);
      if (pods > 0) tell(`with ${pods} pods asked for while its Deployment lives`);
    } else if (isOf(committed, REVISIONS)) {
      const set = neededBy(last, picture);
      if (set !== undefined) tell(`while StatefulSet ${set} is of this revision`);
    }
  }

  /** An owner deleted in the foreground, or orphaning, goes after its dependents have gone or let go. */
  #awaited(
    { key, atMs }: CommittedAt,
    { metadata }: Stored<AnyObject>,
    picture: Picture,
    report: Report,
  ): void {
    const held = metadata.finalizers ?? [];
    const isForeground = held.includes('foregroundDeletion');
    if (!isForeground && !held.includes('orphan')) return;
    for (const [dependent, owners] of this.#owners) {
      const owner = owners.find(({ uid }) => uid === metadata.uid);
      if (owner === undefined || (isForeground && owner.blockOwnerDeletion !== true)) continue;
      const bornMs = picture.get(dependent)?.bornMs ?? atMs;
      if (atMs - bornMs < KNOWN_MS) continue;
      const way = isForeground ? 'in the foreground' : 'as one that leaves orphans';
      report(`${key} was deleted ${way} and ${dependent} still names it`, [key, dependent]);
    }
  }

  #livesOn(uid: string, picture: Picture): boolean {
    const held = picture.get(this.#live.get(uid) ?? '');
    return held !== undefined && !isDeleting(held.object);
  }
}

/** Kinds of Kubernetes: others' owners may be of kinds that are not served. */
function isBuiltIn({ apiVersion }: OwnerReference): boolean {
  const group = apiVersion.split('/').at(-2) ?? '';
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function neededReplicas(set: Stored<ReplicaSet>, picture: Picture): number {
  const owner = controllerOf(set);
  if (owner?.kind !== 'Deployment' || isDeleting(set)) return 0;
  const deployment = as<Deployment>(
    picture.get(keyOf(DEPLOYMENTS, set.metadata.namespace, owner.name)),
  );
  return deployment?.metadata.uid === owner.uid ? (set.spec?.replicas ?? 1) : 0;
}

function neededBy(revision: Stored<AnyObject>, picture: Picture): string | undefined {
  const owner = controllerOf(revision);
  if (owner?.kind !== 'StatefulSet') return undefined;
  const set = as<StatefulSet>(
    picture.get(keyOf(STATEFUL_SETS, revision.metadata.namespace, owner.name)),
  );
  if (set === undefined || set.metadata.uid !== owner.uid) return undefined;
  return revision.metadata.name === set.status?.currentRevision ? nameOf(set) : undefined;
}
