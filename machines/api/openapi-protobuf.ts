/**
 * OpenAPI version 2 documents in gnostic's protobuf form, which is the only one that kubectl and
 * client-go accept at `/openapi/v2`. Covers the parts of the specification that openapi.ts writes;
 * vendor extensions travel as YAML text, of which JSON is a part.
 */
import type { Json } from './openapi-schemas.ts';
import {
  makeSink,
  type Sink,
  sinkBytes,
  sinkLength,
  writeInt,
  writeTag,
  writeText,
} from './protobuf-wire.ts';

/** The media type of the encoded document. */
export const swaggerProtobufMediaType =
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** How a member is written: a scalar, free-form data, a message, or `map of` named messages. */
type Kind =
  | 'text'
  | 'texts'
  | 'bool'
  | 'any'
  | 'anys'
  | { readonly message: string; readonly many?: true }
  | {
      readonly mapOf: string;
    };

interface Message {
  /** The number of the vendor extensions. */
  readonly extensions?: number;
  /** Members by JSON name: number and kind. */
  readonly members: Readonly<Record<string, readonly [number, Kind]>>;
}

const subSchema: Message['members'] = {
  required: [1, 'bool'],
  in: [2, 'text'],
  description: [3, 'text'],
  name: [4, 'text'],
};

const messages: Readonly<Record<string, Message>> = {
  Document: {
    members: {
      swagger: [1, 'text'],
      info: [2, { message: 'Info' }],
      paths: [8, { message: 'Paths' }],
      definitions: [9, { message: 'Definitions' }],
    },
  },
  Info: { members: { title: [1, 'text'], version: [2, 'text'] } },
  Paths: { members: { '*': [2, { mapOf: 'PathItem' }] } },
  Definitions: { members: { '*': [1, { mapOf: 'Schema' }] } },
  Properties: { members: { '*': [1, { mapOf: 'Schema' }] } },
  PathItem: {
    members: {
      get: [2, { message: 'Operation' }],
      put: [3, { message: 'Operation' }],
      post: [4, { message: 'Operation' }],
      delete: [5, { message: 'Operation' }],
      patch: [8, { message: 'Operation' }],
      parameters: [9, { message: 'ParametersItem', many: true }],
    },
  },
  Operation: {
    extensions: 13,
    members: {
      tags: [1, 'texts'],
      operationId: [5, 'text'],
      produces: [6, 'texts'],
      consumes: [7, 'texts'],
      parameters: [8, { message: 'ParametersItem', many: true }],
      responses: [9, { message: 'Responses' }],
      schemes: [10, 'texts'],
    },
  },
  Responses: { members: { '*': [1, { mapOf: 'ResponseValue' }] } },
  ResponseValue: { members: { '': [1, { message: 'Response' }] } },
  Response: { members: { description: [1, 'text'], schema: [2, { message: 'SchemaItem' }] } },
  SchemaItem: { members: { '': [1, { message: 'Schema' }] } },
  ParametersItem: { members: { '': [1, { message: 'Parameter' }] } },
  BodyParameter: {
    members: {
      name: [2, 'text'],
      in: [3, 'text'],
      required: [4, 'bool'],
      schema: [5, { message: 'Schema' }],
    },
  },
  QueryParameter: {
    members: { ...subSchema, type: [6, 'text'], format: [7, 'text'], uniqueItems: [20, 'bool'] },
  },
  PathParameter: {
    members: { ...subSchema, type: [5, 'text'], format: [6, 'text'], uniqueItems: [19, 'bool'] },
  },
  Schema: {
    extensions: 31,
    members: {
      $ref: [1, 'text'],
      format: [2, 'text'],
      title: [3, 'text'],
      description: [4, 'text'],
      default: [5, 'any'],
      required: [19, 'texts'],
      enum: [20, 'anys'],
      additionalProperties: [21, { message: 'AdditionalPropertiesItem' }],
      type: [22, { message: 'TypeItem' }],
      items: [23, { message: 'ItemsItem' }],
      properties: [25, { message: 'Properties' }],
    },
  },
  AdditionalPropertiesItem: { members: { '': [1, { message: 'Schema' }] } },
  ItemsItem: { members: { '': [1, { message: 'Schema' }] } },
  TypeItem: { members: { '': [1, 'text'] } },
};

/** Encodes a version 2 document. */
export function encodeSwagger(document: Json): Uint8Array {
  const sink = makeSink(1 << 20);
  writeMessage(sink, 'Document', document);
  return sinkBytes(sink);
}

function framed(sink: Sink, number: number, inner: () => void): void {
  const before = sinkLength(sink);
  inner();
  writeInt(sink, sinkLength(sink) - before);
  writeTag(sink, number, 2);
}

function text(sink: Sink, number: number, value: string): void {
  framed(sink, number, () => writeText(sink, value));
}

/** Members are written last to first, because the sink is filled from its end. */
function writeMessage(sink: Sink, name: string, value: unknown): void {
  if (name === 'Parameter') {
    writeParameter(sink, value as Json);
    return;
  }
  const { extensions, members } = messages[name]!;
  const named = Object.entries(members).sort(([, left], [, right]) => right[0] - left[0]);
  if (extensions !== undefined) writeExtensions(sink, extensions, value as Json);
  for (const [key, [number, kind]] of named) {
    const member = key === '' || key === '*' ? value : (value as Json)[key];
    if (member !== undefined) writeMember(sink, number, kind, member);
  }
}

function writeParameter(sink: Sink, value: Json): void {
  if (value.in === 'body') {
    framed(sink, 1, () => writeMessage(sink, 'BodyParameter', value));
    return;
  }
  const [number, name] = value.in === 'path' ? [4, 'PathParameter'] : [3, 'QueryParameter'];
  framed(sink, 2, () =>
    framed(sink, number as number, () => writeMessage(sink, name as string, value)),
  );
}

function writeMember(sink: Sink, number: number, kind: Kind, value: unknown): void {
  if (kind === 'text') text(sink, number, String(value));
  else if (kind === 'bool') {
    writeInt(sink, value === true ? 1 : 0);
    writeTag(sink, number, 0);
  } else if (kind === 'texts') {
    for (const item of [...(value as string[])].reverse()) text(sink, number, item);
  } else if (kind === 'any') framed(sink, number, () => text(sink, 2, yaml(value)));
  else if (kind === 'anys') {
    for (const item of [...(value as unknown[])].reverse()) {
      framed(sink, number, () => text(sink, 2, yaml(item)));
    }
  } else if ('mapOf' in kind) {
    for (const [key, item] of Object.entries(value as Json).reverse()) {
      framed(sink, number, () => {
        framed(sink, 2, () => writeMessage(sink, kind.mapOf, item));
        text(sink, 1, key);
      });
    }
  } else {
    const items = kind.many === true ? [...(value as unknown[])].reverse() : [value];
    for (const item of items) framed(sink, number, () => writeMessage(sink, kind.message, item));
  }
}

function yaml(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function writeExtensions(sink: Sink, number: number, value: Json): void {
  const names = Object.keys(value).filter((name) => name.startsWith('x-'));
  for (const name of names.reverse()) {
    framed(sink, number, () => {
      framed(sink, 2, () => text(sink, 2, yaml(value[name])));
      text(sink, 1, name);
    });
  }
}
