/**
 * Answers watches: each event is one frame, JSON or protobuf, whole objects, Tables or metadata
 * alone.
 *
 * Frames of one turn of the event loop are written together. A client that stops reading fills the
 * socket and then `bufferBytesMax`; from there on the API holds events back. The watch is cut when
 * the API's own bound is met, or after `stallMsMax`.
 */
import {
  encodeProtobuf,
  encodeWatchEvent,
  hasProtobuf,
  ProtobufError,
} from '../../../machines/api/protobuf.ts';
import type { ApiReply, ApiRequest } from '../../../machines/api/request.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { type ApiEntry, isReply, type WatchHandle, type WatchType } from '../api.ts';
import { entryJson, entryProtobuf } from './answer.ts';
import { cut, type Exchange, flushHead, isClosed, writeHead } from './exchange.ts';
import type { Front } from './front.ts';
import { contentTypes, type Representation } from './negotiation.ts';
import { partial, type TableOptions, tableOf } from './transform.ts';

/** Bytes that may wait in one watch's response before it counts as full. */
const bufferBytesMax = 1024 * 1024;
/** A watch that has been full for so long without any progress is cut. */
const stallMsMax = 10_000;

/** Serves one watch until either side ends it; a refusal comes back to be answered. */
export async function serveWatch(
  front: Front,
  exchange: Exchange,
  request: ApiRequest,
  representation: Representation,
  tableBase: TableOptions,
): Promise<ApiReply | undefined> {
  const { response } = exchange;
  const frameOf = framer(front, representation, tableBase);
  const writer = createWriter(exchange);
  const stalled = stallTimer(front, exchange);
  let handle: WatchHandle | undefined;
  let ended = false;
  const answer = await front.api.watch(request, {
    event(type, entry) {
      const frame = frameOf(type, entry);
      if (frame === undefined) cut(exchange);
      else writer.write(frame);
      if (response.writableLength + writer.waiting() < bufferBytesMax) return true;
      stalled.start();
      return false;
    },
    end() {
      ended = true;
      writer.end();
    },
  });
  if (isReply(answer)) return answer;
  handle = answer;
  if (isClosed(exchange)) {
    handle.close();
    return undefined;
  }
  front.metrics.add('watches', 1);
  response.once('close', () => {
    front.metrics.add('watches', -1);
    stalled.stop();
    if (!ended) handle?.close();
  });
  response.on('drain', () => {
    stalled.stop();
    handle?.drained();
  });
  const { encoding } = representation;
  const type =
    encoding === 'protobuf' ? `${contentTypes.protobuf};stream=watch` : contentTypes.json;
  writeHead(exchange, 200, { 'content-type': type });
  flushHead(exchange);
  handle.start();
  return undefined;
}

/** Cuts the response where it is not stopped in time; starting a running one does nothing. */
function stallTimer(front: Front, exchange: Exchange): { start(): void; stop(): void } {
  let cancel: (() => void) | undefined;
  return {
    start() {
      cancel ??= front.clock.at(front.clock.nowMs() + stallMsMax, () => cut(exchange));
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}

interface Writer {
  write(frame: Uint8Array): void;
  waiting(): number;
  end(): void;
}

/** Gathers the frames of one turn into one write. */
function createWriter(exchange: Exchange): Writer {
  let frames: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const flush = () => {
    if (length > 0 && !isClosed(exchange)) {
      exchange.response.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames, length));
    }
    frames = [];
    length = 0;
    if (ended && !isClosed(exchange)) exchange.response.end();
  };
  return {
    write(frame) {
      if (length === 0) queueMicrotask(flush);
      frames.push(frame);
      length += frame.length;
    },
    waiting: () => length,
    end() {
      ended = true;
      if (length === 0) queueMicrotask(flush);
    },
  };
}

/** The function that turns one event into its frame; undefined for what cannot be encoded. */
function framer(
  front: Front,
  representation: Representation,
  tableBase: TableOptions,
): (type: WatchType, entry: ApiEntry) => Uint8Array | undefined {
  const { encoding, as, asVersion } = representation;
  let headers = true;
  const frameOf = (type: WatchType, entry: ApiEntry): Uint8Array => {
    const { object } = entry;
    if (as === '' || type === 'ERROR') {
      if (encoding !== 'protobuf') return jsonFrame(type, entryJson(entry));
      const known = hasProtobuf(object.apiVersion ?? '', object.kind ?? '');
      return known
        ? encodeWatchEvent(type, entryProtobuf(entry))
        : jsonFrame(type, entryJson(entry));
    }
    if (as === 'Table') {
      const table = tableOf(object, { ...tableBase, nowMs: front.clock.nowMs() }, headers);
      headers = false;
      return jsonFrame(type, bytesOf(table));
    }
    const metadata = partial(object, asVersion);
    if (encoding !== 'protobuf') return jsonFrame(type, bytesOf(metadata));
    return encodeWatchEvent(type, encodeProtobuf({ ...metadata }));
  };
  return (type, entry) => {
    try {
      return frameOf(type, entry);
    } catch (error) {
      if (error instanceof ProtobufError) return undefined;
      throw error;
    }
  };
}

function bytesOf(object: AnyObject): Uint8Array {
  return Buffer.from(JSON.stringify(object));
}

const frameEnd = Buffer.from('}\n');

function jsonFrame(type: WatchType, object: Uint8Array): Uint8Array {
  const head = Buffer.from(`{"type":"${type}","object":`);
  return Buffer.concat([head, object, frameEnd]);
}
