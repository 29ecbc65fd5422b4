/**
 * Answers lists: entries' bytes are joined into the response piece by piece, so that no list
 * object is built.
 *
 * Never changes an entry, and never holds more of the response than the socket has room for (JSON).
 */
import { encodeItem, encodeList, hasProtobuf } from '../../../machines/api/protobuf.ts';
import { findApiVersionKind, typeOf } from '../../../machines/api/schema.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import type { ApiEntry, ListReply } from '../api.ts';
import { cached, encode, entryJson, warningHeaders } from './answer.ts';
import { type Exchange, sendBytes, sendPieces } from './exchange.ts';
import { contentTypes, type Representation } from './negotiation.ts';
import { partial, rowOf, shapeOf, type TableOptions } from './transform.ts';

/** What a list takes in JSON, by guess, for the choice of compression. */
const entryBytesAbout = 1_024;

/** Entries encoded to protobuf before other requests get their turn. */
const entriesPerTurn = 256;

/** Sends a list in the representation asked for. */
export async function sendList(
  exchange: Exchange,
  list: ListReply,
  representation: Representation,
  table: TableOptions,
): Promise<void> {
  const { encoding, as, pretty } = representation;
  const headers = { 'content-type': contentTypes[encoding], ...warningHeaders(list.warnings) };
  if (encoding === 'protobuf' && (as !== '' || hasProtobuf(list.apiVersion, list.kind))) {
    return sendBytes(exchange, 200, headers, await protobufOf(list, representation));
  }
  const streamed = { ...headers, 'content-type': contentTypes.json };
  const pieces = jsonPieces(list, representation, table);
  if (encoding !== 'yaml' && !pretty) {
    return sendPieces(exchange, streamed, list.entries.length * entryBytesAbout, pieces);
  }
  const whole = JSON.parse(Buffer.concat([...pieces]).toString()) as AnyObject;
  const shown = encoding === 'yaml' ? 'yaml' : 'json';
  const bytes = await encode(whole, shown, pretty);
  return sendBytes(exchange, 200, { ...headers, 'content-type': contentTypes[shown] }, bytes);
}

function listMeta(list: ListReply): Record<string, unknown> {
  return {
    resourceVersion: String(list.revision),
    ...(list.continueToken === '' ? {} : { continue: list.continueToken }),
    ...(list.remaining === undefined ? {} : { remainingItemCount: list.remaining }),
  };
}

function* jsonPieces(
  list: ListReply,
  representation: Representation,
  table: TableOptions,
): Generator<Uint8Array> {
  const head = { kind: list.kind, apiVersion: list.apiVersion, metadata: listMeta(list) };
  const { as, asVersion } = representation;
  if (as === 'Table') {
    const shape = shapeOf(list.apiVersion, list.kind.replace(/List$/, ''));
    const tableHead = {
      ...head,
      kind: 'Table',
      apiVersion: asVersion,
      columnDefinitions: shape.columns,
    };
    yield* enclosed(tableHead, 'rows', list.entries, (entry) =>
      Buffer.from(JSON.stringify(rowOf(shape, entry.object, table))),
    );
  } else if (as === '') {
    yield* enclosed(head, 'items', list.entries, entryJson);
  } else {
    const partialHead = { ...head, kind: 'PartialObjectMetadataList', apiVersion: asVersion };
    yield* enclosed(partialHead, 'items', list.entries, (entry) =>
      Buffer.from(JSON.stringify(partial(entry.object, asVersion))),
    );
  }
}

/** `{...head,"items":[a,b]}` and a line feed. */
function* enclosed(
  head: object,
  items: string,
  entries: readonly ApiEntry[],
  bytesOf: (entry: ApiEntry) => Uint8Array,
): Generator<Uint8Array> {
  const comma = Buffer.from(',');
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"${items}":[`);
  let first = true;
  for (const entry of entries) {
    if (!first) yield comma;
    first = false;
    yield bytesOf(entry);
  }
  yield Buffer.from(']}\n');
}

async function protobufOf(list: ListReply, representation: Representation): Promise<Uint8Array> {
  const { as, asVersion } = representation;
  if (as !== '') {
    const type = typeOf('meta.v1.PartialObjectMetadata')!;
    const items = await inTurns(list.entries, (entry) =>
      encodeItem(type, { ...partial(entry.object, asVersion) }),
    );
    return encodeList(asVersion, 'PartialObjectMetadataList', listMeta(list), items);
  }
  const type = findApiVersionKind(list.apiVersion, list.kind.replace(/List$/, ''))!;
  const items = await inTurns(list.entries, (entry) =>
    cached(entry, 'protobuf.item', () => encodeItem(type, { ...entry.object })),
  );
  return encodeList(list.apiVersion, list.kind, listMeta(list), items);
}

/** Encodes entries, letting other requests have their turn every few hundred. */
async function inTurns(
  entries: readonly ApiEntry[],
  encodeOne: (entry: ApiEntry) => Uint8Array,
): Promise<readonly Uint8Array[]> {
  const items: Uint8Array[] = [];
  for (const entry of entries) {
    items.push(encodeOne(entry));
    if (items.length % entriesPerTurn === 0) await new Promise((next) => setImmediate(next));
  }
  return items;
}
