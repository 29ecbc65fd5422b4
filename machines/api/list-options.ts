/**
 * The options of get, list and watch: selectors, revisions, pages, bookmarks. Parsing and their
 * validation.
 *
 * What is wrong comes back as a reply in Kubernetes' words. Pure; never throws on what a client
 * sent.
 */
import { decodeContinue } from './continue-token.ts';
import { demanded, type FieldTerm, parseFieldSelector } from './field-selector.ts';
import { parseSelector, type Requirement } from './labels.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { Served } from './resources.ts';
import { badRequest, forbiddenField, invalid, notSupported } from './status.ts';
import type { Cause } from './strategy.ts';

/** Which objects are asked for. */
export interface Selection {
  readonly namespace: string;
  readonly labels: readonly Requirement[];
  readonly fields: readonly FieldTerm[];
  /** The one name that the selector or the URL demands, '' where none. */
  readonly name: string;
}

/** How fresh an answer has to be. */
export type Freshness =
  /** As of now: after learning the store's last revision. */
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'any' }
  | { readonly kind: 'notOlderThan'; readonly revision: number }
  | { readonly kind: 'exact'; readonly revision: number }
  /** The next page of an earlier list, at its revision; -1 for an inconsistent continuation. */
  | { readonly kind: 'continued'; readonly revision: number; readonly startKey: string };

export interface ListOptions {
  readonly selection: Selection;
  readonly freshness: Freshness;
  /** 0 for no limit. */
  readonly limit: number;
}

export interface WatchOptions {
  readonly selection: Selection;
  /** Undefined: start with the current objects (get state and start at most recent). */
  readonly from: number | undefined;
  readonly initialEvents: boolean;
  /** The client asked for them itself, and gets a bookmark that says where they end. */
  readonly sendsInitialEnd: boolean;
  readonly bookmarks: boolean;
  /** Undefined where the client sets none. */
  readonly timeoutSeconds: number | undefined;
}

/** True for an answer that refuses. */
export function isRefusal(value: object): value is ApiReply {
  return 'code' in value && 'object' in value;
}

/** Options of a list. */
export function listOptions(request: ApiRequest, served: Served): ListOptions | ApiReply {
  const selection = selectionOf(request, served);
  if (isRefusal(selection)) return selection;
  const { query } = request;
  const limit = integer(query.limit, 'limit');
  if (typeof limit === 'object') return limit;
  const causes = listErrors(query);
  if (causes.length > 0) return invalid('meta.k8s.io', 'ListOptions', '', causes);
  const token = query.continue ?? '';
  const asked = query.resourceVersion ?? '';
  if (token !== '') {
    if (asked !== '' && asked !== '0') {
      return badRequest('specifying resource version is not allowed when using continue');
    }
    const decoded = decodeContinue(token);
    if ('error' in decoded) return badRequest(decoded.error);
    return { selection, limit: limit ?? 0, freshness: { kind: 'continued', ...decoded } };
  }
  const freshness = freshnessOf(asked, query.resourceVersionMatch ?? '', limit ?? 0);
  if (isRefusal(freshness)) return freshness;
  // A list from the cache at any revision is answered whole, as kube-apiserver's cache does.
  const paged = freshness.kind === 'any' ? 0 : (limit ?? 0);
  return { selection, limit: Math.max(0, paged), freshness };
}

/** How fresh a get has to be. */
export function getFreshness(request: ApiRequest): Freshness | ApiReply {
  return freshnessOf(request.query.resourceVersion ?? '', '', 0);
}

function freshnessOf(asked: string, match: string, limit: number): Freshness | ApiReply {
  if (asked === '') return { kind: 'linearizable' };
  const revision = parseRevision(asked);
  if (typeof revision === 'object') return revision;
  if (revision === 0) return { kind: 'any' };
  if (match === 'Exact') return { kind: 'exact', revision };
  if (match === '' && limit > 0) return { kind: 'exact', revision };
  return { kind: 'notOlderThan', revision };
}

function parseRevision(text: string): number | ApiReply {
  if (!/^\d{1,20}$/.test(text)) {
    const detail = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
    const value = `resourceVersion: Invalid value: ${JSON.stringify(text)}: ${detail}`;
    return badRequest(`invalid resource version: ${value}`);
  }
  return Number(text);
}

function listErrors(query: ApiRequest['query']): readonly Cause[] {
  const causes: Cause[] = [];
  const match = query.resourceVersionMatch ?? '';
  const field = 'resourceVersionMatch';
  if (match !== '') {
    if (!query.resourceVersion) {
      const detail = 'resourceVersionMatch is forbidden unless resourceVersion is provided';
      causes.push(forbiddenField(field, detail));
    }
    if (query.continue) {
      const detail = 'resourceVersionMatch is forbidden when continue is provided';
      causes.push(forbiddenField(field, detail));
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && query.resourceVersion === '0') {
      const detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
      causes.push(forbiddenField(field, detail));
    }
  }
  if (query.sendInitialEvents !== undefined) {
    const detail = 'sendInitialEvents is forbidden for list';
    causes.push(forbiddenField('sendInitialEvents', detail));
  }
  return causes;
}

/** Options of a watch. */
export function watchOptions(request: ApiRequest, served: Served): WatchOptions | ApiReply {
  const selection = selectionOf(request, served);
  if (isRefusal(selection)) return selection;
  const { query } = request;
  const timeoutSeconds = integer(query.timeoutSeconds, 'timeoutSeconds');
  if (typeof timeoutSeconds === 'object') return timeoutSeconds;
  const causes = watchErrors(query);
  if (causes.length > 0) return invalid('meta.k8s.io', 'ListOptions', '', causes);
  const asked = query.resourceVersion ?? '';
  const revision = asked === '' ? 0 : parseRevision(asked);
  if (typeof revision === 'object') return revision;
  const initial = query.sendInitialEvents;
  const initialEvents = initial === undefined ? revision === 0 : truthy(initial);
  return {
    selection,
    from: revision === 0 ? undefined : revision,
    initialEvents,
    sendsInitialEnd: initial !== undefined && initialEvents,
    bookmarks: truthy(query.allowWatchBookmarks),
    timeoutSeconds: timeoutSeconds === 0 ? undefined : timeoutSeconds,
  };
}

function watchErrors(query: ApiRequest['query']): readonly Cause[] {
  const causes: Cause[] = [];
  const field = 'resourceVersionMatch';
  const match = query[field] ?? '';
  const hasInitial = query.sendInitialEvents !== undefined;
  if (hasInitial && match !== 'NotOlderThan') {
    const detail = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
    causes.push(forbiddenField(field, detail));
  }
  if (match === '') return causes;
  if (!hasInitial) {
    const detail =
      'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    causes.push(forbiddenField(field, detail));
  }
  if (match !== 'NotOlderThan') causes.push(notSupported(field, match, ['NotOlderThan']));
  if (query.continue) {
    const detail = 'resourceVersionMatch is forbidden when continue is provided';
    causes.push(forbiddenField(field, detail));
  }
  return causes;
}

/** Which objects a list, a watch or a deletecollection is about. */
export function selectionOf(request: ApiRequest, served: Served): Selection | ApiReply {
  const labels = parseSelector(request.query.labelSelector ?? '');
  if (!labels.ok) return badRequest(labels.error);
  const fields = parseFieldSelector(request.query.fieldSelector ?? '', served);
  if (!fields.ok) return badRequest(fields.error);
  const byField = demanded(fields.terms, 'metadata.name');
  if (request.name !== '' && byField !== undefined && byField !== request.name) {
    return badRequest(
      'both a name and a field selector on metadata.name were given, and they differ',
    );
  }
  const namespaceField = demanded(fields.terms, 'metadata.namespace');
  const namespace =
    request.namespace === '' && served.namespaced ? (namespaceField ?? '') : request.namespace;
  return {
    namespace: served.namespaced ? namespace : '',
    labels: labels.requirements,
    fields: fields.terms,
    name: request.name || (byField ?? ''),
  };
}

function integer(text: string | undefined, _name: string): number | undefined | ApiReply {
  if (text === undefined || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    return badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** Query booleans as apimachinery's conversion reads them: present and not false. */
function truthy(text: string | undefined): boolean {
  return text !== undefined && !['false', '0'].includes(text.toLowerCase());
}
