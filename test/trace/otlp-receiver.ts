/**
 * An OTLP/HTTP receiver for tests, as strict as the protocol allows: a request is decoded by the message definitions of
 * opentelemetry-proto (collector/trace/v1, trace/v1, resource/v1, common/v1) in the JSON mapping that OTLP gives, and
 * refused with 400 and the reason where a field is unknown, has the wrong type, or breaks what the definitions say.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One span as it came, with what its resource says. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly { readonly name: string }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly resource: Readonly<{ [name: string]: unknown }>;
}

interface KeyValue {
  readonly key: string;
  readonly value: { readonly [type: string]: unknown };
}

/** A scripted answer in place of the real one. */
export interface Answer {
  readonly code: number;
  readonly headers?: Readonly<{ [name: string]: string }>;
  readonly body?: string;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Why requests were refused. */
  readonly refusals: string[];
  /** Answers to give next, in order; none left: what came is judged. */
  readonly script: Answer[];
  /** Headers of every request. */
  readonly requests: IncomingMessage['headers'][];
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback. */
export async function startReceiver(): Promise<OtlpReceiver> {
  const receiver = { spans: [], refusals: [], script: [], requests: [] } as unknown as OtlpReceiver;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => answer(receiver, request, response, text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  });
}

function answer(
  receiver: OtlpReceiver,
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
): void {
  receiver.requests.push(request.headers);
  const scripted = receiver.script.shift();
  if (scripted !== undefined) {
    response.writeHead(scripted.code, scripted.headers).end(scripted.body ?? '');
    return;
  }
  try {
    if (request.method !== 'POST' || request.url !== '/v1/traces') throw new Error('404');
    if (request.headers['content-type'] !== 'application/json') throw new Error('415');
    const body = JSON.parse(text) as unknown;
    checkRequest(body);
    for (const span of spansIn(body)) receiver.spans.push(span);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  } catch (error) {
    receiver.refusals.push((error as Error).message);
    response.writeHead(400).end((error as Error).message);
  }
}

type Check = (value: unknown, path: string) => void;

const fail = (path: string, what: string): never => {
  throw new Error(`${path}: ${what}`);
};

const text: Check = (value, path) => void (typeof value === 'string' || fail(path, 'string'));
const bool: Check = (value, path) => void (typeof value === 'boolean' || fail(path, 'bool'));
const double: Check = (value, path) => void (typeof value === 'number' || fail(path, 'double'));
const uint32: Check = (value, path) =>
  void (
    (Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32) ||
    fail(path, 'uint32')
  );
const whole =
  (pattern: RegExp, what: string): Check =>
  (value, path) =>
    void ((typeof value === 'string' && pattern.test(value)) || fail(path, what));
const fixed64 = whole(/^\d{1,20}$/, 'fixed64 as text');
const int64 = whole(/^-?\d{1,19}$/, 'int64 as text');
const traceId = whole(/^(?!0{32})[0-9a-f]{32}$/, '16 bytes in hexadecimal, not all zero');
const spanId = whole(/^(?!0{16})[0-9a-f]{16}$/, '8 bytes in hexadecimal, not all zero');
const oneOf =
  (...numbers: readonly number[]): Check =>
  (value, path) =>
    void (numbers.includes(value as number) || fail(path, `one of ${numbers.join(', ')}`));
const list =
  (each: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, 'repeated');
    for (const [index, one] of value.entries()) each(one, `${path}[${index}]`);
  };

/** A message: no field but these; `must` are there. */
function message(fields: { readonly [name: string]: Check }, must: readonly string[] = []): Check {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return fail(path, 'message');
    }
    for (const name of must) if (!(name in value)) fail(path, `has no ${name}`);
    for (const [name, field] of Object.entries(value)) {
      const check = fields[name] ?? fail(`${path}.${name}`, 'unknown field');
      check(field, `${path}.${name}`);
    }
  };
}

const anyValue: Check = (value, path) => {
  if (Object.keys(value as object).length !== 1) fail(path, 'one value');
  message({
    ...{
      stringValue: text,
      boolValue: bool,
      intValue: int64,
      doubleValue: double,
      bytesValue: text,
    },
    arrayValue: message({ values: list(anyValue) }),
    kvlistValue: message({ values: list(keyValue) }),
  })(value, path);
};
const keyValue: Check = (value, path) =>
  message({ key: whole(/./, 'a name'), value: anyValue }, ['key', 'value'])(value, path);
/** Keys are unique. */
const attributes: Check = (value, path) => {
  list(keyValue)(value, path);
  const keys = (value as readonly KeyValue[]).map(({ key }) => key);
  if (new Set(keys).size !== keys.length) fail(path, 'a key twice');
};
const common = { attributes, droppedAttributesCount: uint32 };
const event = message({ ...common, timeUnixNano: fixed64, name: text }, ['timeUnixNano', 'name']);
const link = message({ ...common, traceId, spanId, traceState: text, flags: uint32 }, [
  'traceId',
  'spanId',
]);
const status = message({ message: text, code: oneOf(0, 1, 2) });
const spanFields = message(
  {
    ...{ ...common, traceId, spanId, parentSpanId: spanId, traceState: text, flags: uint32 },
    ...{ name: whole(/./, 'a name'), kind: oneOf(1, 2, 3, 4, 5) },
    ...{ startTimeUnixNano: fixed64, endTimeUnixNano: fixed64 },
    ...{ events: list(event), droppedEventsCount: uint32 },
    ...{ links: list(link), droppedLinksCount: uint32, status },
  },
  ['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano'],
);
const span: Check = (value, path) => {
  spanFields(value, path);
  const { startTimeUnixNano, endTimeUnixNano, ...ids } = value as ReceivedSpan;
  if (BigInt(endTimeUnixNano) < BigInt(startTimeUnixNano)) fail(path, 'ends before it starts');
  if (ids.spanId === ids.parentSpanId) fail(path, 'is its own parent');
};
const scope = message({ ...common, name: text, version: text }, ['name']);
const resource = message({ ...common, entityRefs: list(message({})) });
const request = message(
  {
    resourceSpans: list(
      message({
        resource,
        scopeSpans: list(
          message({ scope, spans: list(span), schemaUrl: text }, ['scope', 'spans']),
        ),
        schemaUrl: text,
      }),
    ),
  },
  ['resourceSpans'],
);

/** Throws where the body is no valid ExportTraceServiceRequest. */
export function checkRequest(body: unknown): void {
  request(body, 'request');
}

/** The spans of a valid request. */
export function spansIn(body: unknown): readonly ReceivedSpan[] {
  const { resourceSpans } = body as {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly KeyValue[] };
      readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource: of, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((one) => ({ ...one, resource: plain(of.attributes) })),
    ),
  );
}

/** Attributes by name. */
export function plain(pairs: readonly KeyValue[]): { [name: string]: unknown } {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
