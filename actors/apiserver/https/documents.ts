/**
 * Documents that change only with the served resources: made once, kept as bytes, with a strong
 * ETag, so that a client that has one already gets a 304.
 *
 * Bounded by the number of paths that have a document. Never makes a document twice.
 */
import { createHash } from 'node:crypto';
import { type Exchange, type Headers, sendBytes, writeHead } from './exchange.ts';

/** A document ready to be sent. */
export interface KeptDocument {
  readonly bytes: Uint8Array;
  /** In quotes, as the header has it. */
  readonly etag: string;
  readonly contentType: string;
}

/** Documents by a name of the caller's. */
export type DocumentCache = Map<string, KeptDocument | undefined>;

/** The document of this name, made at its first use; undefined where there is none. */
export function keptDocument(
  cache: DocumentCache,
  name: string,
  contentType: string,
  make: () => object | Uint8Array | undefined,
): KeptDocument | undefined {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = make();
  if (made === undefined) return undefined;
  const bytes = made instanceof Uint8Array ? made : Buffer.from(`${JSON.stringify(made)}\n`);
  const hash = createHash('sha512').update(bytes).digest('hex').toUpperCase();
  const document = { bytes, etag: `"${hash}"`, contentType };
  cache.set(name, document);
  return document;
}

/** Sends a kept document, or 304 where the client has it. */
export async function sendKept(
  exchange: Exchange,
  document: KeptDocument,
  more: Headers = {},
): Promise<void> {
  const headers = { etag: document.etag, vary: 'Accept', ...more };
  const asked = exchange.request.headers['if-none-match'];
  const given = typeof asked === 'string' ? asked.split(',').map((tag) => tag.trim()) : [];
  if (given.some((tag) => tag === '*' || tag.replace(/^W\//, '') === document.etag)) {
    writeHead(exchange, 304, headers);
    exchange.response.end();
    return;
  }
  const all = { 'content-type': document.contentType, ...headers };
  await sendBytes(exchange, 200, all, document.bytes);
}
