/**
 * The differential oracle: what a cluster ends as, in a form in which two runs of one workload can be compared field
 * by field. What a run is free to choose (names it draws, times, addresses, places) is left out, each with its
 * reason; pods that one controller keeps are a multiset, since none is like another in name alone.
 *
 * Never compares a run with anything but a run of the same scenario.
 */
import type { Job, ObjectMeta } from '../api/types.ts';
import type { AnyObject, Stored } from '../api/view.ts';
import type { Picture } from './check.ts';
import { IGNORED_CONDITIONS, IGNORED_FIELDS, IGNORED_OBJECTS } from './end-state-ignored.ts';
import { conditionOf, controllerOf, isDeleting, JOBS, splitKey } from './objects/read.ts';

/** What a run ended as: canonical text by name, or how often each text where a controller drew the names. */
export type EndState = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Resources that are compared. */
const RESOURCES = [
  'core/pods',
  'core/nodes',
  'core/services',
  'core/namespaces',
  'core/configmaps',
  'core/serviceaccounts',
  'core/persistentvolumeclaims',
  'core/replicationcontrollers',
  'core/resourcequotas',
  'apps/deployments',
  'apps/replicasets',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/jobs',
  'batch/cronjobs',
  'policy/poddisruptionbudgets',
  'discovery.k8s.io/endpointslices',
] as const;

/** A Job that has not ended is only compared with one that has not either: it may take its time. */
const UNFINISHED = 'unfinished';

function isOver(job: Stored<AnyObject>): boolean {
  const { status } = job as Stored<Job>;
  return ['Complete', 'Failed'].some((type) => conditionOf({ status }, type) === 'True');
}

/** The pods of a Job, as `canonicalOf` groups them. */
function podsOfJob(key: string): string {
  const { namespace, name } = splitKey(key);
  return `core/pods/${namespace} of Job ${name}`;
}

/** Brings the objects of a picture into their canonical form. */
export function endState(picture: Picture): EndState {
  const state = new Map<string, Map<string, number>>();
  const add = (group: string, text: string, by = 1) => {
    const members = state.get(group) ?? new Map<string, number>();
    state.set(group, members.set(text, (members.get(text) ?? 0) + by));
  };
  for (const resource of RESOURCES) {
    for (const { key, object } of picture.list(resource)) {
      if (resource === 'discovery.k8s.io/endpointslices') {
        const [service, count] = readyOf(object);
        add(service, 'ready endpoints', count);
      } else if (resource === JOBS && !isOver(object)) add(key, UNFINISHED);
      else if (!IGNORED_OBJECTS.some(({ applies }) => applies(resource, object))) {
        const [group, canonical] = canonicalOf(key, resource, object);
        add(group, canonical);
      }
    }
  }
  return state;
}

function readyOf(object: Stored<AnyObject>): readonly [service: string, count: number] {
  const { labels = {}, namespace = '' }: ObjectMeta = object.metadata;
  const service = labels['kubernetes.io/service-name'] ?? '';
  const endpoints = (object.endpoints ?? []) as readonly { conditions?: { ready?: boolean } }[];
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
  return [`endpoints of core/services/${namespace}/${service}`, ready];
}

function canonicalOf(key: string, resource: string, object: Stored<AnyObject>) {
  const { namespace, name } = splitKey(key);
  const { generateName }: ObjectMeta = object.metadata;
  const owner = controllerOf(object);
  const isDrawn = generateName !== undefined && name.startsWith(generateName) && isSuffix(object);
  const group = !isDrawn
    ? key
    : owner === undefined
      ? `${resource}/${namespace}/${generateName}*`
      : `${resource}/${namespace} of ${owner.kind} ${owner.name}`;
  const plain = strip(object, '', resource) as { metadata: Record<string, unknown> };
  if (isDrawn) delete plain.metadata.name;
  if (isDeleting(object)) plain.metadata.deletionTimestamp = 'being deleted';
  return [group, text(plain)] as const;
}

/** StatefulSets give names with an ordinal, which stay; all others draw the end of theirs. */
function isSuffix(object: Stored<AnyObject>): boolean {
  return controllerOf(object)?.kind !== 'StatefulSet';
}

const byResource = new Map<string, ReadonlySet<string>>();

function ignoredIn(resource: string): ReadonlySet<string> {
  const known = byResource.get(resource);
  if (known !== undefined) return known;
  const applies = IGNORED_FIELDS.filter((one) => (one.resource ?? resource) === resource);
  const paths = new Set(applies.map(({ path }) => path));
  byResource.set(resource, paths);
  return paths;
}

/** A copy without ignored fields, times of deletion and what is empty or zero in a status. */
function strip(value: unknown, path: string, resource: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => strip(item, `${path}[]`, resource));
    if (path !== 'status.conditions') return items;
    const told = items.filter((item) => !((item as { type: string }).type in IGNORED_CONDITIONS));
    return told.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  const paths = ignoredIn(resource);
  const result: Record<string, unknown> = {};
  for (const [field, inner] of Object.entries(value)) {
    const at = path === '' ? field : `${path}.${field}`;
    if (paths.has(at) || isBookkeeping(at)) continue;
    const kept = strip(inner, at, resource);
    if (isNothing(kept) || (path === 'status' && kept === 0)) continue;
    result[field] = kept;
  }
  return result;
}

function isBookkeeping(path: string): boolean {
  return path === 'metadata.deletionTimestamp' || path === 'metadata.deletionGracePeriodSeconds';
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** JSON with the fields in order of their names. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const record = inner as Record<string, unknown>;
    return Object.fromEntries(
      Object.keys(record)
        .sort()
        .map((key) => [key, record[key]]),
    );
  });
}

/** Differences listed at most. */
export const DIFFERENCES_MAX = 100;

/** What the end of a run with faults has that the one without has not, and the other way round. */
export function compareEndStates(without: EndState, faulty: EndState): string[] {
  const differences: string[] = [];
  const groups = [...new Set([...without.keys(), ...faulty.keys()])].sort();
  const isOpen = (group: string) =>
    [without, faulty].some((state) => state.get(group)?.has(UNFINISHED) === true);
  const open = groups.filter(isOpen);
  const skipped = new Set([...open, ...open.map(podsOfJob)]);
  for (const group of groups.filter((one) => !skipped.has(one))) {
    const [plain, other] = [without.get(group) ?? NONE, faulty.get(group) ?? NONE];
    const lost = surplus(plain, other);
    const gained = surplus(other, plain);
    const pairs = Math.min(lost.length, gained.length);
    for (let i = 0; i < pairs; i += 1) {
      differences.push(...fieldsOf(group, lost[i] as string, gained[i] as string));
    }
    if (lost.length > pairs) differences.push(`${group}: ${lost.length - pairs} fewer with faults`);
    if (gained.length > pairs)
      differences.push(`${group}: ${gained.length - pairs} more with faults`);
    if (differences.length >= DIFFERENCES_MAX) break;
  }
  return differences.slice(0, DIFFERENCES_MAX);
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Members of one multiset that another has not as often. */
function surplus(of: ReadonlyMap<string, number>, over: ReadonlyMap<string, number>): string[] {
  const more: string[] = [];
  for (const [member, count] of of) {
    for (let i = over.get(member) ?? 0; i < count; i += 1) more.push(member);
  }
  return more;
}

function fieldsOf(group: string, left: string, right: string): string[] {
  if (!left.startsWith('{') || !right.startsWith('{'))
    return [`${group}: ${left}, with faults ${right}`];
  const differences: string[] = [];
  differ(JSON.parse(left), JSON.parse(right), '', (path, a, b) => {
    differences.push(`${group}: ${path} is ${short(a)}, with faults ${short(b)}`);
  });
  return differences;
}

type OnDifference = (path: string, a: unknown, b: unknown) => void;

function differ(a: unknown, b: unknown, path: string, on: OnDifference): void {
  if (text(a) === text(b)) return;
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) {
    on(path, a, b);
    return;
  }
  const [left, right] = [a, b] as readonly Record<string, unknown>[];
  for (const key of new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])) {
    differ(left?.[key], right?.[key], path === '' ? key : `${path}.${key}`, on);
  }
}

function short(value: unknown): string {
  const words = value === undefined ? 'absent' : text(value);
  return words.length > 120 ? `${words.slice(0, 117)}...` : words;
}
