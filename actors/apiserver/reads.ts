/**
 * Get and list: from the replica or a snapshot of it, as fresh as the client asked.
 *
 * Never copies an object and never encodes one. Waits only to learn how far the store has come.
 */
import type { ReplicaEntry, ReplicaSnapshot } from '../../bus/store/replica.ts';
import { encodeContinue } from '../../machines/api/continue-token.ts';
import { demanded } from '../../machines/api/field-selector.ts';
import {
  type Freshness,
  getFreshness,
  isRefusal,
  type ListOptions,
  listOptions,
  type Selection,
} from '../../machines/api/list-options.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { type Served, storeKey } from '../../machines/api/resources.ts';
import { scaleOf } from '../../machines/api/scale.ts';
import { selects } from '../../machines/api/selection.ts';
import {
  expired,
  notFound,
  timeout,
  tooLargeResourceVersion,
  unavailable,
} from '../../machines/api/status.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { ApiEntry, ListReply } from './api.ts';
import { type ApiState, freshWaitMsMax } from './state.ts';

const tooOldToContinue =
  'The provided continue parameter is too old to display a consistent list result. You can start ' +
  'a new list ' +
  'without the continue parameter, or use the continue token in this response to retrieve the ' +
  'remainder of the ' +
  'results. Continuing with the provided token results in an inconsistent list - objects that ' +
  'were created, ' +
  'modified, or deleted between the time the first chunk was returned and now may show up in the ' +
  'list.';
const tooOldList = 'The resourceVersion for the provided list is too old.';

/** Waits until the replica is as fresh as asked; a reply where that takes too long. */
export async function awaitFresh(
  state: ApiState,
  storage: string,
  freshness: Freshness,
): Promise<ApiReply | undefined> {
  if (freshness.kind === 'any' || freshness.kind === 'continued') return undefined;
  if (freshness.kind === 'linearizable') {
    const lag = await state.catchUp(storage);
    if (lag === undefined) return undefined;
    return lag === 'timeout'
      ? timeout('the apiserver lags behind the store', 1)
      : unavailable('the store cannot be reached');
  }
  const replica = state.replicaOf(storage);
  if (replica.revision >= freshness.revision) return undefined;
  if (await replica.waitFor(freshness.revision, freshWaitMsMax)) return undefined;
  return tooLargeResourceVersion(freshness.revision, replica.revision);
}

/** One object. */
export async function getOne(
  state: ApiState,
  served: Served,
  request: ApiRequest,
): Promise<ApiEntry | ApiReply> {
  const freshness = getFreshness(request);
  if (isRefusal(freshness)) return freshness;
  const wrong = await awaitFresh(state, served.storage, freshness);
  if (wrong !== undefined) return wrong;
  const key = storeKey(served.storage, request.namespace, request.name);
  const entry = state.replicaOf(served.storage).get(key);
  if (entry === undefined) return notFound(served.named, request.name);
  if (request.subresource !== 'scale') return state.entryOf(served, entry);
  return { object: scaleOf(entry.value), revision: entry.revision, encodings: new Map() };
}

/** A page of a list. */
export async function listPage(
  state: ApiState,
  served: Served,
  request: ApiRequest,
): Promise<ListReply | ApiReply> {
  const options = listOptions(request, served);
  if (isRefusal(options)) return options;
  const wrong = await awaitFresh(state, served.storage, options.freshness);
  if (wrong !== undefined) return wrong;
  const quick = byNode(state, served, options);
  if (quick !== undefined) return toReply(state, served, quick, [], '', undefined);
  const snapshot = snapshotFor(state, served, options);
  return isRefusal(snapshot) ? snapshot : pageOf(state, served, options, snapshot);
}

/** The pods of one node come from an index. */
function byNode(
  state: ApiState,
  served: Served,
  { selection, freshness, limit }: ListOptions,
): readonly ReplicaEntry<AnyObject>[] | undefined {
  if (served.storage !== 'core/pods' || limit !== 0) return undefined;
  if (freshness.kind === 'exact' || freshness.kind === 'continued') return undefined;
  const node = demanded(selection.fields, 'spec.nodeName');
  if (node === undefined || node === '') return undefined;
  const entries = state.replica.byIndex('view.node', node);
  return entries.filter((entry) => selects(selection, entry.value));
}

function snapshotFor(
  state: ApiState,
  served: Served,
  { freshness }: ListOptions,
): ReplicaSnapshot<AnyObject> | ApiReply {
  const replica = state.replicaOf(served.storage);
  const asked =
    freshness.kind === 'exact' || freshness.kind === 'continued' ? freshness.revision : -1;
  if (asked === -1 || asked === replica.revision) return replica.snapshot();
  const kept = replica.snapshotAt(asked);
  if (kept !== undefined) return kept;
  if (freshness.kind !== 'continued') return expired(tooOldList);
  const reply = expired(tooOldToContinue);
  const token = encodeContinue({ revision: -1, startKey: freshness.startKey });
  return { ...reply, object: { ...reply.object, metadata: { continue: token } as never } };
}

function pageOf(
  state: ApiState,
  served: Served,
  { selection, freshness, limit }: ListOptions,
  snapshot: ReplicaSnapshot<AnyObject>,
): ListReply {
  const root = `${served.storage}/`;
  const prefix = prefixOf(served, selection);
  const after =
    freshness.kind === 'continued' ? root + fullKey(served, freshness.startKey) : undefined;
  const found: ReplicaEntry<AnyObject>[] = [];
  let more = false;
  for (const entry of snapshot.entries(prefix, after)) {
    if (!selects(selection, entry.value)) continue;
    if (limit > 0 && found.length === limit) {
      more = true;
      break;
    }
    found.push(entry);
  }
  if (!more) return toReply(state, served, found, [], '', undefined, snapshot.revision);
  const replica = state.replicaOf(served.storage);
  // Only a list that goes on is kept; nothing has changed since it was taken.
  if (snapshot.revision === replica.revision) replica.snapshot(true);
  const last = (found[found.length - 1] as ReplicaEntry<AnyObject>).key;
  const startKey = shortKey(served, last.slice(root.length));
  const revision =
    freshness.kind === 'continued' && freshness.revision === -1 ? -1 : snapshot.revision;
  const everything = selection.labels.length === 0 && selection.fields.length === 0;
  const remaining = everything ? snapshot.count(prefix, last) : undefined;
  const token = encodeContinue({ revision, startKey });
  return toReply(state, served, found, [], token, remaining, snapshot.revision);
}

function prefixOf(served: Served, { namespace }: Selection): string {
  return namespace === '' ? served.storage : `${served.storage}/${namespace}`;
}

/** Continue tokens leave out the placeholder of cluster-scoped keys. */
function shortKey(served: Served, key: string): string {
  return served.namespaced ? key : key.slice('_/'.length);
}

function fullKey(served: Served, key: string): string {
  return served.namespaced ? key : `_/${key}`;
}

function toReply(
  state: ApiState,
  served: Served,
  entries: readonly ReplicaEntry<AnyObject>[],
  warnings: readonly string[],
  continueToken: string,
  remaining: number | undefined,
  revision = state.replicaOf(served.storage).revision,
): ListReply {
  return {
    apiVersion: served.apiVersion,
    kind: `${served.kind}List`,
    revision,
    continueToken,
    remaining,
    entries: entries.map((entry) => state.entryOf(served, entry)),
    warnings,
  };
}
