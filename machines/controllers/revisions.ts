/**
 * ControllerRevisions: the history of templates that StatefulSets and DaemonSets keep, in the form
 * that `kubectl rollout history` and `undo` read: a patch that puts the template back.
 *
 * A revision's data never changes; going back to an old template gives its revision a new number.
 */
import type { Change } from '../api/change.ts';
import { TRACEPARENT_ANNOTATION } from '../api/traceparent.ts';
import type { ControllerRevision, LabelSelector, PodTemplateSpec } from '../api/types.ts';
import type { Stored, View } from '../api/view.ts';
import { claim, controllerReference, type OwnerKind } from './ownership.ts';
import { canonicalJson, shortHash } from './template-hash.ts';
import { deletion, mergePatch, type StoredObject } from './writes.ts';

const REVISIONS = 'apps/controllerrevisions';

/** The label by which pods name the revision they are of. */
export const REVISION_LABEL = 'controller-revision-hash';

/** What an owner of revisions is. */
export interface RevisionOwner {
  readonly kind: OwnerKind;
  readonly object: StoredObject;
  readonly template: PodTemplateSpec;
  readonly selector: LabelSelector;
  readonly collisionCount: number | undefined;
  /** The label that holds a revision's hash; StatefulSets and DaemonSets differ. */
  readonly hashLabel: string;
}

/** The revisions of an owner, lowest first, and the one of its template. */
export interface History {
  readonly revisions: readonly Stored<ControllerRevision>[];
  /** Undefined until it is there and has the highest number: make `changes`, and plan again. */
  readonly update: Stored<ControllerRevision> | undefined;
  readonly changes: readonly Change[];
  /** True where the name of the revision to create is taken: count a collision, and plan again. */
  readonly collides: boolean;
}

/** Reads the history of an owner, and tells what is missing in it. */
export function historyOf(view: View, owner: RevisionOwner): History {
  const { kind, object, selector } = owner;
  const { owned, changes } = claim(view, REVISIONS, kind, object, selector, () => true);
  const revisions = [...owned].sort(byRevision);
  const nothing = { revisions, update: undefined, changes: [], collides: false };
  if (changes.length > 0) return { ...nothing, changes };
  const key = dataKey(dataOf(owner.template));
  const equal = revisions.filter((revision) => dataKey(revision.data) === key).at(-1);
  const next = (revisions.at(-1)?.revision ?? 0) + 1;
  if (equal === undefined) {
    const { name, hash } = nameOf(owner, key);
    const isTaken = view.get(REVISIONS, object.metadata.namespace ?? '', name) !== undefined;
    if (isTaken) return { ...nothing, collides: true };
    return { ...nothing, changes: [creation(owner, name, hash, next)] };
  }
  if (equal === revisions.at(-1)) return { ...nothing, update: equal };
  const patch = mergePatch(REVISIONS, equal, { revision: next });
  return { ...nothing, changes: [patch] };
}

function byRevision(a: Stored<ControllerRevision>, b: Stored<ControllerRevision>): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

const data = new WeakMap<PodTemplateSpec, object>();

/**
 * The patch that gives an owner this template; one object for each template, so that its text is
 * made once.
 */
function dataOf(template: PodTemplateSpec): object {
  let patch = data.get(template);
  if (patch === undefined) {
    patch = { spec: { template: { ...template, $patch: 'replace' } } };
    data.set(template, patch);
  }
  return patch;
}

const keys = new WeakMap<object, string>();

function dataKey(patch: unknown): string {
  if (typeof patch !== 'object' || patch === null) return '';
  let key = keys.get(patch);
  if (key === undefined) {
    key = canonicalJson(patch);
    keys.set(patch, key);
  }
  return key;
}

function nameOf(owner: RevisionOwner, key: string) {
  const hash = shortHash(key, owner.collisionCount || undefined);
  return { hash, name: `${owner.object.metadata.name.slice(0, 223)}-${hash}` };
}

function creation(owner: RevisionOwner, name: string, hash: string, revision: number): Change {
  const { object, template, kind } = owner;
  const namespace = object.metadata.namespace ?? '';
  // Which request the owner comes from is no matter of its revisions.
  const { [TRACEPARENT_ANNOTATION]: _, ...annotations } = object.metadata.annotations ?? {};
  return {
    type: 'create',
    resource: REVISIONS,
    namespace,
    object: {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: { ...template.metadata?.labels, [owner.hashLabel]: hash },
        ...(Object.keys(annotations).length > 0 && { annotations }),
        ownerReferences: [controllerReference(kind, object)],
      },
      data: dataOf(template),
      revision,
    },
  };
}

/** The template that a revision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const patch = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = patch.spec?.template ?? {};
  return template;
}

/** Deletes revisions that nothing lives of, lowest first, until `limit` of them are left. */
export function truncation(
  revisions: readonly Stored<ControllerRevision>[],
  limit: number,
  isLive: (revision: Stored<ControllerRevision>) => boolean,
): readonly Change[] {
  const dead = revisions.filter((revision) => !isLive(revision));
  return dead
    .slice(0, Math.max(0, dead.length - limit))
    .map((revision) => deletion(REVISIONS, revision));
}
