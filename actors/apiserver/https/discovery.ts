/**
 * Serves discovery: `/api`, `/apis`, group and group-version documents, in the aggregated form
 * where asked.
 *
 * Sends what machines/api/discovery.ts makes of the facts table; knows no resource itself.
 */
import {
  aggregatedDocument,
  aggregatedMediaType,
  aggregatedVersion,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from '../../../machines/api/discovery.ts';
import { type DocumentCache, type KeptDocument, keptDocument, sendKept } from './documents.ts';
import type { Exchange } from './exchange.ts';
import type { Front } from './front.ts';

const cache: DocumentCache = new Map();
const json = 'application/json';

/** Answers a discovery path; false where the path is none. */
export async function serveDiscovery(front: Front, exchange: Exchange): Promise<boolean> {
  const parts = exchange.info.path.split('/').filter((part) => part !== '');
  const accept = String(exchange.request.headers.accept ?? '');
  const document = documentOf(front, parts, accept);
  if (document === undefined) return false;
  await sendKept(exchange, document, { 'cache-control': 'public' });
  return true;
}

function documentOf(
  front: Front,
  parts: readonly string[],
  accept: string,
): KeptDocument | undefined {
  const [root, group = '', version = ''] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  if (parts.length === 1) return rootDocument(front, `/${root}`, accept);
  const path = parts.join('/');
  if (root === 'api') {
    if (parts.length > 2) return undefined;
    return keptDocument(cache, path, json, () => resourceList('', group));
  }
  if (parts.length === 2) return keptDocument(cache, path, json, () => groupDocument(group));
  if (parts.length === 3) {
    return keptDocument(cache, path, json, () => resourceList(group, version));
  }
  return undefined;
}

function rootDocument(
  front: Front,
  root: '/api' | '/apis',
  accept: string,
): KeptDocument | undefined {
  const version = aggregatedVersion(accept);
  if (version !== undefined) {
    const type = aggregatedMediaType(version);
    return keptDocument(cache, `${root} ${version}`, type, () => aggregatedDocument(root, version));
  }
  const address = front.url().replace('https://', '');
  return keptDocument(cache, `${root} ${address}`, json, () =>
    root === '/api' ? coreVersions(address) : groupList(),
  );
}
