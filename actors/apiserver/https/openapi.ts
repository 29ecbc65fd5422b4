/**
 * Serves the OpenAPI documents: version 3 with its index, and version 2 as JSON or gnostic's
 * protobuf.
 *
 * Each is built at its first use from the facts table and kept as bytes. Descriptions come from a
 * file that the build writes; without it the documents have none. Knows no resource itself.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resourcesText } from '../../../machines/api/facts/resources.ts';
import { typesText } from '../../../machines/api/facts/types.ts';
import {
  type Descriptions,
  openApiDocument,
  openApiIndex,
  swaggerDocument,
} from '../../../machines/api/openapi.ts';
import { encodeSwagger, swaggerProtobufMediaType } from '../../../machines/api/openapi-protobuf.ts';
import {
  ownDescriptions,
  ownResourcesText,
  ownTypesText,
} from '../../../machines/api/own-kinds.ts';
import { type DocumentCache, type KeptDocument, keptDocument, sendKept } from './documents.ts';
import type { Exchange } from './exchange.ts';

const cache: DocumentCache = new Map();
const json = 'application/json';

interface Source {
  readonly descriptions: Descriptions;
  /** Names the state of the documents in the index's URLs. */
  readonly hash: string;
}

let source: Promise<Source> | undefined;

async function loadSource(): Promise<Source> {
  const file = new URL('../../../machines/api/facts/descriptions.json', import.meta.url);
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const hash = createHash('sha512');
  for (const part of [typesText, resourcesText, ownTypesText, ownResourcesText, text]) {
    hash.update(part);
  }
  const { types = {} } = JSON.parse(text) as { readonly types?: Descriptions };
  return {
    descriptions: { ...types, ...ownDescriptions },
    hash: hash.digest('hex').slice(0, 32).toUpperCase(),
  };
}

/** Answers an OpenAPI path; false where the path is none. */
export async function serveOpenApi(exchange: Exchange): Promise<boolean> {
  const { path } = exchange.info;
  if (!path.startsWith('/openapi/')) return false;
  source ??= loadSource();
  const loaded = await source;
  const document = documentOf(path, String(exchange.request.headers.accept ?? ''), loaded);
  if (document === undefined) return false;
  const fixed = exchange.query.get('hash') === loaded.hash;
  await sendKept(exchange, document, fixed ? { 'cache-control': 'public, immutable' } : {});
  return true;
}

function documentOf(path: string, accept: string, loaded: Source): KeptDocument | undefined {
  const { descriptions, hash } = loaded;
  if (path === '/openapi/v2') {
    const protobuf = /proto-openapi\.spec\.v2[.@]v1\.0\+protobuf/.test(accept);
    const make = () => swaggerDocument({ descriptions });
    if (!protobuf) return keptDocument(cache, path, json, make);
    return keptDocument(cache, `${path} protobuf`, swaggerProtobufMediaType, () =>
      encodeSwagger(make()),
    );
  }
  if (path === '/openapi/v3' || path === '/openapi/v3/') {
    return keptDocument(cache, '/openapi/v3', json, () => openApiIndex(hash, { descriptions }));
  }
  if (!path.startsWith('/openapi/v3/')) return undefined;
  const inner = path.slice('/openapi/v3/'.length);
  return keptDocument(cache, path, json, () => openApiDocument(inner, { descriptions }));
}
