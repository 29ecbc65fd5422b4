/**
 * A toy world for testing plans: objects in a map, a view over them, and an executor that makes a
 * plan's changes the way the API would (names, uids, revisions, generations, graceful deletion),
 * printing each as one line.
 *
 * No admission, no validation, no defaults: give it objects as the API would have stored them.
 */
import type { Change } from '../../machines/api/change.ts';
import { matchesSelector } from '../../machines/api/labels.ts';
import type { ResourceName } from '../../machines/api/types.ts';
import type { AnyObject, Stored, View } from '../../machines/api/view.ts';
import type {
  Controller,
  ControllerSettings,
  Plan,
  PlanEnv,
} from '../../machines/controllers/controller.ts';

const PLURALS: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  PriorityClass: 'priorityclasses',
  StorageClass: 'storageclasses',
  IngressClass: 'ingressclasses',
};

/** The store's name of the resource of an object, from its apiVersion and kind. */
export function resourceOf(object: AnyObject): string {
  const { apiVersion = 'v1', kind = '' } = object;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : 'core';
  return `${group}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`;
}

const keyOf = (resource: string, namespace: string, name: string) =>
  `${resource}/${namespace === '' ? '_' : namespace}/${name}`;

const isControlled = (object: AnyObject) =>
  object.metadata?.ownerReferences?.some((owner) => owner.controller === true) === true;

interface Row {
  readonly resource: string;
  readonly object: Stored<AnyObject>;
}

/** A view of rows; unindexed, as tests are small. */
function viewOfRows(rows: ReadonlyMap<string, Row>, revision: number): View {
  const listAny = (resource: string, namespace?: string) => {
    const found: [string, Stored<AnyObject>][] = [];
    for (const [key, row] of rows) {
      if (row.resource !== resource) continue;
      if (namespace && row.object.metadata.namespace !== namespace) continue;
      found.push([key, row.object]);
    }
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  };
  const owned = (object: AnyObject, uid: string) =>
    object.metadata?.ownerReferences?.some((owner) => owner.uid === uid) === true;
  const getAny = (resource: string, namespace: string, name: string) =>
    rows.get(keyOf(resource, namespace, name))?.object;
  return {
    revision,
    getAny,
    listAny,
    get: (resource, namespace, name) => getAny(resource, namespace, name) as never,
    list: (resource, namespace) => listAny(resource, namespace) as never,
    ownedBy: (resource, uid) => listAny(resource).filter((object) => owned(object, uid)) as never,
    orphans: (resource, namespace) =>
      listAny(resource, namespace).filter((object) => !isControlled(object)) as never,
    podsOnNode: (node) =>
      listAny('core/pods').filter(
        (pod) => (pod.spec as { nodeName?: string } | undefined)?.nodeName === node,
      ) as never,
    dependentsOf: (uid) => [...rows.values()].filter(({ object }) => owned(object, uid)),
    hasUid: (uid) => [...rows.values()].some(({ object }) => object.metadata.uid === uid),
  };
}

/**
 * A view of objects that have apiVersion, kind and metadata.name; what else a stored object has is
 * filled in.
 */
export function viewOf(objects: readonly AnyObject[], revision?: number): View {
  const world = new World(objects);
  return viewOfRows(world.rows, revision ?? world.revision);
}

/** Settings for plans that need none in particular. */
export const SETTINGS = {
  caCertificate: 'CA',
  nodeMonitorGraceMs: 40_000,
  terminatedPodMax: 12_500,
} as ControllerSettings;

/** What an API request of a test's world does instead of succeeding. */
export type Fault = (
  change: Exclude<Change, { type: 'record' }>,
) => { readonly reason: string; readonly message: string } | undefined;

/** Objects that change: by plans, by tests, and by time only when a test says so. */
export class World {
  readonly rows = new Map<string, Row>();
  /** Lines of every change made and event recorded, in order. */
  readonly lines: string[] = [];
  revision = 100;
  nowMs: number;
  fault: Fault | undefined;
  #names = 0;
  #uids = 0;

  constructor(objects: readonly AnyObject[] = [], nowMs = 1_700_000_000_000) {
    this.nowMs = nowMs;
    for (const object of objects) this.put(object);
  }

  /** The world as it is now. Objects in it never change; later states are in later views. */
  view(): View {
    return viewOfRows(new Map(this.rows), this.revision);
  }

  /**
   * Stores an object as it is, filling in uid, revision and creation time where they are missing.
   */
  put(object: AnyObject, resource = resourceOf(object)): Stored<AnyObject> {
    const metadata = object.metadata ?? {};
    const stored = {
      ...object,
      metadata: {
        uid: `uid-${++this.#uids}`,
        creationTimestamp: this.time(),
        generation: 1,
        ...metadata,
        resourceVersion: String(++this.revision),
      },
    } as Stored<AnyObject>;
    const { namespace = '', name } = stored.metadata as { namespace?: string; name: string };
    this.rows.set(keyOf(resource, namespace, name), { resource, object: stored });
    return stored;
  }

  get<T extends AnyObject>(resource: ResourceName, namespace: string, name: string): Stored<T> {
    const row = this.rows.get(keyOf(resource, namespace, name));
    if (row === undefined) throw new Error(`no ${resource} ${namespace}/${name}`);
    return row.object as Stored<T>;
  }

  all<T extends AnyObject>(resource: ResourceName): Stored<T>[] {
    return this.view().listAny(resource) as Stored<T>[];
  }

  /**
   * Replaces an object by what `change` makes of it; bumps the generation where the spec differs.
   */
  edit<T extends AnyObject>(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (object: T) => object,
  ): void {
    const old = this.get<T>(resource, namespace, name);
    this.#store(resource, old, change(structuredClone(old) as T) as AnyObject);
  }

  remove(resource: string, namespace: string, name: string): void {
    this.rows.delete(keyOf(resource, namespace, name));
    this.revision++;
  }

  /** The text of this moment. */
  time(ms = this.nowMs): string {
    return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  }

  /** Makes the changes of a plan; stops after a stage with a failure, as the executor does. */
  apply(plan: Plan): PlanEnv['lastErrors'] {
    for (const stage of plan.stages) {
      const errors: { change: Change; reason: string; message: string }[] = [];
      for (const change of stage) {
        const error = this.#make(change);
        if (error === undefined) continue;
        errors.push({ change, ...error });
        if (change.type === 'create') break;
      }
      if (errors.length > 0) return errors;
    }
    return [];
  }

  #make(change: Change): { reason: string; message: string } | undefined {
    if (change.type === 'record') {
      this.#event(change.record, '', '');
      return undefined;
    }
    const error = this.fault?.(change) ?? this.#perform(change);
    if (error !== undefined && 'reason' in error) {
      if (change.type === 'delete' && error.reason === 'NotFound') return undefined;
      this.lines.push(`${describeChange(change)} ! ${error.reason}`);
      if (change.records?.failed) this.#event(change.records.failed, '', error.message);
      return error;
    }
    const name = error?.name ?? (change.type === 'create' ? '' : change.key.name);
    this.lines.push(describeChange(change, name));
    if (change.records?.done) this.#event(change.records.done, name, '');
    return undefined;
  }

  #event(
    record: { type: string; reason: string; note: string },
    name: string,
    error: string,
  ): void {
    const note = record.note.replace('{name}', name).replace('{error}', error);
    this.lines.push(`event ${record.type} ${record.reason} ${note}`);
  }

  #perform(
    change: Exclude<Change, { type: 'record' }>,
  ): { name: string } | { reason: string; message: string } | undefined {
    if (change.type === 'create') return this.#create(change);
    const { resource, namespace, name } = change.key;
    const old = this.rows.get(keyOf(resource, namespace, name))?.object;
    if (old === undefined) return { reason: 'NotFound', message: `${name} not found` };
    const asked = change.type === 'delete' ? change : guardOf(change);
    if (asked.uid !== undefined && asked.uid !== old.metadata.uid) {
      return { reason: 'Conflict', message: 'uid' };
    }
    const version = asked.resourceVersion;
    if (version !== undefined && version !== old.metadata.resourceVersion) {
      return { reason: 'Conflict', message: 'the object has been modified' };
    }
    if (change.type === 'delete') return this.#delete(resource, old, change.graceSeconds);
    const next = change.type === 'update' ? change.object : patched(old, change.patch);
    const { status: _, ...rest } = next;
    const { metadata } = next;
    if (change.subresource === 'status') {
      this.#store(resource, old, { ...old, metadata, status: next.status });
    } else this.#store(resource, old, 'status' in old ? { ...rest, status: old.status } : rest);
    return undefined;
  }

  #create(change: Extract<Change, { type: 'create' }>) {
    const { object, resource, namespace } = change;
    if (change.subresource !== undefined) return { name: change.name ?? '' };
    const name = object.metadata?.name || `${object.metadata?.generateName}${this.#suffix()}`;
    if (this.rows.has(keyOf(resource, namespace, name))) {
      return { reason: 'AlreadyExists', message: `${resource} "${name}" already exists` };
    }
    const metadata = { ...object.metadata, name, ...(namespace && { namespace }) };
    const status = resource === 'core/pods' ? { status: { phase: 'Pending' } } : {};
    this.put({ ...status, ...object, metadata } as AnyObject, resource);
    return { name };
  }

  #suffix(): string {
    return (this.#names++).toString(36).padStart(5, 'a');
  }

  #delete(resource: string, old: Stored<AnyObject>, graceSeconds: number | undefined): undefined {
    const { namespace = '', name } = old.metadata as { namespace?: string; name: string };
    const isBound = (old.spec as { nodeName?: string } | undefined)?.nodeName !== undefined;
    const isGraceful = resource === 'core/pods' && isBound && graceSeconds !== 0;
    if (!isGraceful && (old.metadata.finalizers ?? []).length === 0) {
      this.remove(resource, namespace, name);
      return undefined;
    }
    const deletionTimestamp = old.metadata.deletionTimestamp ?? this.time();
    const metadata = { ...old.metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 };
    this.put({ ...old, metadata }, resource);
    return undefined;
  }

  #store(resource: string, old: Stored<AnyObject>, next: AnyObject): void {
    const same = (object: AnyObject) => {
      const { resourceVersion: _, ...metadata } = object.metadata ?? {};
      return JSON.stringify({ ...object, metadata });
    };
    if (same(old) === same(next)) return;
    const isSpecSame = JSON.stringify(old.spec) === JSON.stringify(next.spec);
    const generation = (old.metadata.generation ?? 1) + (isSpecSame ? 0 : 1);
    const finalizers = next.metadata?.finalizers ?? [];
    const { namespace = '', name } = old.metadata as { namespace?: string; name: string };
    if (old.metadata.deletionTimestamp !== undefined && finalizers.length === 0) {
      const isBoundPod = resource === 'core/pods' && next.spec !== undefined;
      const isDone = /Succeeded|Failed/.test(String((next.status as { phase?: string })?.phase));
      if (!isBoundPod || isDone) {
        this.remove(resource, namespace, name);
        return;
      }
    }
    this.put({ ...next, metadata: { ...next.metadata, generation } }, resource);
  }
}

function guardOf(change: Extract<Change, { type: 'update' | 'patch' }>) {
  const metadata = (change.type === 'update' ? change.object : change.patch).metadata ?? {};
  const { uid, resourceVersion } = metadata;
  return { uid, resourceVersion: resourceVersion ?? undefined };
}

/** A merge patch, which may take finalizers away by their name as a strategic one can. */
function patched(old: Stored<AnyObject>, patch: AnyObject): AnyObject {
  const directive = '$deleteFromPrimitiveList/finalizers';
  const { [directive]: removed, ...metadata } = (patch.metadata ?? {}) as Record<string, unknown>;
  if (!Array.isArray(removed)) return mergeJson(old, patch) as AnyObject;
  const finalizers = (old.metadata.finalizers ?? []).filter((name) => !removed.includes(name));
  return mergeJson(old, { ...patch, metadata: { ...metadata, finalizers } }) as AnyObject;
}

/** RFC 7396. */
export function mergeJson(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isObject ? { ...(target as object) } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[key];
    else result[key] = mergeJson(result[key], value);
  }
  return result;
}

/** One line for a change: what it asks, in short. `name` is the name the API gave. */
export function describeChange(change: Change, name?: string): string {
  switch (change.type) {
    case 'record':
      return `event ${change.record.type} ${change.record.reason} ${change.record.note}`;
    case 'create': {
      const { metadata, spec } = change.object;
      const replicas = (spec as { replicas?: number } | undefined)?.replicas;
      const shown = name ?? metadata?.name ?? `${metadata?.generateName}*`;
      return `create ${change.resource} ${shown}${replicas === undefined ? '' : ` replicas=${replicas}`}`;
    }
    case 'delete':
      return `delete ${change.key.resource} ${change.key.name}`;
    case 'update':
      return `update ${change.key.resource} ${change.key.name} ${change.subresource ?? ''}`.trim();
    case 'patch': {
      const { metadata, ...rest } = change.patch;
      const { uid: _uid, resourceVersion: _version, ...meta } = metadata ?? {};
      const shown = [...Object.entries(meta), ...Object.entries(rest)].map(
        ([field, value]) => `${field}=${brief(value)}`,
      );
      return `patch ${change.key.resource} ${change.key.name} ${shown.join(' ')}`;
    }
  }
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(brief).join(' ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = value as { type?: string; status?: string; reason?: string; name?: string };
  if (fields.type !== undefined && fields.status !== undefined) {
    return `${fields.type}=${fields.status}/${fields.reason ?? ''}`;
  }
  if ('kind' in fields && fields.name !== undefined) return fields.name;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries.map(([key, item]) => `${key}:${brief(item)}`).join(' ')}}`;
}

/** The lines of a plan, stages separated by `--`. */
export function describePlan(plan: Plan): string {
  const stages = plan.stages.map((stage) =>
    stage
      .map((change) => {
        const done = change.type === 'record' ? undefined : change.records?.done;
        const event = done === undefined ? '' : ` | ${done.reason} ${done.note}`;
        return describeChange(change) + event;
      })
      .join('\n'),
  );
  return stages.join('\n--\n');
}

/** What a plan is told besides the view. */
export function envOf(world: { readonly nowMs: number }, over: Partial<PlanEnv> = {}): PlanEnv {
  return { nowMs: world.nowMs, failures: 0, lastErrors: [], settings: SETTINGS, ...over };
}

/** The most plans in a row that a key may need to settle; more means that it never will. */
const plansMax = 200;

/**
 * Plans and applies a key until there is nothing more to do now. Returns the lines of what was
 * done. Throws where the plans never come to rest. Stops at a failure, whose errors the next call
 * passes on.
 */
export function settle(world: World, controller: Controller, key: string): string[] {
  const from = world.lines.length;
  for (let round = 0; round < plansMax; round++) {
    const before = world.lines.length;
    const plan = controller.plan(key, world.view(), envOf(world));
    const errors = world.apply(plan);
    if (errors.length > 0) {
      const next = controller.plan(key, world.view(), envOf(world, { lastErrors: errors }));
      world.apply({ stages: next.stages.slice(0, 1) });
      return world.lines.slice(from);
    }
    if (world.lines.length === before) return world.lines.slice(from);
  }
  throw new Error(`${controller.name} ${key} never settles:\n${world.lines.slice(-12).join('\n')}`);
}

/** Names of objects that match labels, for short assertions. */
export function namesOf(world: World, resource: ResourceName, labels = {}): string[] {
  return world
    .all(resource)
    .filter((object) => matchesSelector({ matchLabels: labels }, object.metadata.labels))
    .map((object) => object.metadata.name);
}
