import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOwnGroup } from '../../machines/api/own-kinds.ts';
import {
  decodeProtobuf,
  encodeItem,
  encodeList,
  encodeProtobuf,
  encodeWatchEvent,
  hasProtobuf,
  ProtobufError,
  readEnvelope,
} from '../../machines/api/protobuf.ts';
import { readMessage, writeMessage } from '../../machines/api/protobuf-codec.ts';
import { cursorOf, makeSink, sinkBytes } from '../../machines/api/protobuf-wire.ts';
import { resources, typeOf, types } from '../../machines/api/schema.ts';
import { objectOf } from './arbitrary.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const onWire = types().filter((type) => type.ownFields.some((field) => field.number > 0));

describe('every type', () => {
  it.each(onWire.map((type) => [type.name, type] as const))(
    '%s survives a round trip',
    (_, type) => {
      if (/JSONSchemaPropsOr/.test(type.name)) return;
      fc.assert(
        fc.property(objectOf(type), (object) => {
          const sink = makeSink(16);
          writeMessage(sink, type, object);
          expect(readMessage(cursorOf(sinkBytes(sink)), type, {})).toEqual(object);
        }),
        { numRuns: 15 },
      );
    },
  );

  it('is covered', () => expect(onWire.length).toBeGreaterThan(550));
});

const known = resources().filter(({ group }) => !isOwnGroup(group));

describe('every resource', () => {
  it('that clients know has a protobuf form, and no other', () => {
    for (const { group, version, kind } of resources()) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      expect(hasProtobuf(apiVersion, kind), kind).toBe(!isOwnGroup(group));
    }
  });

  it.each(known.map((resource) => [resource.storage, resource] as const))(
    '%s survives its envelope, alone and in a list',
    (_, resource) => {
      const apiVersion = `${resource.group === '' ? '' : `${resource.group}/`}${resource.version}`;
      const head = { apiVersion, kind: resource.kind };
      fc.assert(
        fc.property(objectOf(resource.type), (body) => {
          const object = { ...head, ...body };
          expect(decodeProtobuf(encodeProtobuf(object))).toEqual(object);
          if (!resource.verbs.includes('list')) return;
          const kind = `${resource.kind}List`;
          const item = encodeItem(resource.type, object);
          const list = decodeProtobuf(
            encodeList(apiVersion, kind, { resourceVersion: '7' }, [item, item]),
          );
          const expected = {
            apiVersion,
            kind,
            metadata: { resourceVersion: '7' },
            items: [body, body],
          };
          expect(list).toEqual(expected);
          expect(encodeProtobuf(expected)).toEqual(encodeProtobuf(list));
        }),
        { numRuns: 3 },
      );
    },
  );
});

describe('the envelope', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } };

  it('has the bytes that Kubernetes writes', () => {
    expect(hexOf(encodeProtobuf(namespace))).toBe(
      '6b387300' +
        '0a0f0a027631' +
        '12094e616d657370616365' +
        '1207' +
        '0a050a03776562' +
        '1a002200',
    );
  });

  it('takes its kind from the request where it names none', () => {
    const bare = bytesOf('6b387300 1207 0a050a03776562');
    expect(decodeProtobuf(bare, { apiVersion: 'v1', kind: 'Namespace' })).toEqual(namespace);
  });

  it('may hold JSON', () => {
    const json = Buffer.from('{"a":1}').toString('hex');
    const type = Buffer.from('application/json').toString('hex');
    expect(decodeProtobuf(bytesOf(`6b387300 1207 ${json} 2210 ${type}`))).toEqual({ a: 1 });
  });

  it('carries the kinds of meta/v1 in every group', () => {
    const options = { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    expect(decodeProtobuf(encodeProtobuf(options))).toEqual(options);
    const status = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', code: 404 };
    expect(decodeProtobuf(encodeProtobuf(status))).toMatchObject({ status: 'Failure', code: 404 });
  });

  it('refuses kinds without a protobuf form', () => {
    for (const [version, kind] of [
      ['example.com/v1', 'Widget'],
      ['meta.k8s.io/v1', 'Table'],
    ] as const) {
      expect(hasProtobuf(version, kind)).toBe(false);
      const encode = () => encodeProtobuf({ apiVersion: version, kind });
      expect(encode).toThrow(`no kind "${kind}" is registered for version "${version}"`);
    }
  });
});

describe('watch events', () => {
  it('are framed by a big-endian length and hold an enveloped object', () => {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } };
    const frame = encodeWatchEvent('ADDED', object);
    expect(new DataView(frame.buffer).getUint32(0)).toBe(frame.length - 4);
    const event = readMessage(cursorOf(frame.subarray(4, 11)), typeOf('meta.v1.WatchEvent')!, {});
    expect(event).toEqual({ type: 'ADDED' });
    const inner = frame.subarray(frame.indexOf(0x6b));
    expect(decodeProtobuf(inner)).toEqual(object);
    expect(encodeWatchEvent('ADDED', encodeProtobuf(object))).toEqual(frame);
  });
});

describe('text', () => {
  it.each([1, 30])('keeps the mark that it begins with (%i letters)', (letters) => {
    const object = { name: `\u{feff}${'a'.repeat(letters)}` };
    const type = typeOf('core.v1.EnvVar')!;
    const sink = makeSink(16);
    writeMessage(sink, type, object);
    expect(readMessage(cursorOf(sinkBytes(sink)), type, {})).toEqual(object);
  });
});

describe('zero values', () => {
  const service = (hex: string) =>
    readMessage(cursorOf(bytesOf(hex)), typeOf('core.v1.ServicePort')!, {});

  it('are dropped as omitempty drops them', () => {
    expect(service('0a00 18 50 2800')).toEqual({ port: 80 });
  });

  it('stay in an IntOrString, as they do in Go', () => {
    expect(service('22060800 1000 1a00')).toEqual({ targetPort: 0 });
  });

  it('make an unset time null, or nothing where omitempty is set', () => {
    const condition = readMessage(cursorOf(bytesOf('2200')), typeOf('meta.v1.Condition')!, {});
    expect(condition).toEqual({ lastTransitionTime: null });
    expect(readMessage(cursorOf(bytesOf('4200')), typeOf('meta.v1.ObjectMeta')!, {})).toEqual({});
  });
});

describe('times', () => {
  const encode = (text: string) => {
    const sink = makeSink();
    writeMessage(sink, typeOf('meta.v1.ObjectMeta')!, { creationTimestamp: text });
    return readMessage(cursorOf(sinkBytes(sink)), typeOf('meta.v1.ObjectMeta')!, {})
      .creationTimestamp;
  };

  it.each([
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59Z'],
    ['2024-01-01T00:30:00+02:00', '2023-12-31T22:30:00Z'],
    ['2024-01-01T00:00:00.75Z', '2024-01-01T00:00:00Z'],
    ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59Z'],
    ['yesterday', undefined],
    ['2023-02-29T00:00:00Z', undefined],
  ])('%s becomes %s', (input, expected) => expect(encode(input)).toBe(expected));
});

describe('malformed input', () => {
  const pod = typeOf('core.v1.Pod')!;
  const attempt = (bytes: Uint8Array) => {
    try {
      decodeProtobuf(bytes, { apiVersion: 'v1', kind: 'Pod' });
    } catch (error) {
      expect(error).toBeInstanceOf(ProtobufError);
    }
  };

  it('is refused with a typed error, or decoded, but never hangs', () => {
    const prefix = [...readEnvelopeMagic()];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        attempt(bytes);
        attempt(Uint8Array.from([...prefix, ...bytes]));
        attempt(Uint8Array.from([...prefix, 0x12, bytes.length & 0x7f, ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is cut short or bent is refused or decoded', () => {
    fc.assert(
      fc.property(objectOf(pod), fc.nat(), fc.nat(255), (object, at, value) => {
        const bytes = encodeProtobuf({ apiVersion: 'v1', kind: 'Pod', ...object });
        attempt(bytes.subarray(0, at % bytes.length));
        bytes[at % bytes.length] = value;
        attempt(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['no prefix', '00000000', 'expected prefix'],
    ['length beyond the end', '6b387300 12ff01 00', 'unexpected EOF'],
    ['negative length', '6b387300 12ffffffffffffffffff01', 'negative length'],
    ['varint too long', '6b387300 08ffffffffffffffffffff01', 'integer overflow'],
    ['wire type', '6b387300 1202 0801', 'wrong wireType'],
    ['end of group', '6b387300 1202 fc06', 'unexpected end of group'],
  ])('%s', (_, hex, message) => {
    const decode = () => decodeProtobuf(bytesOf(hex), { apiVersion: 'v1', kind: 'Pod' });
    expect(decode).toThrow(message);
    expect(decode).toThrow(ProtobufError);
  });

  it('cannot nest without end', () => {
    let bytes: number[] = [];
    for (let depth = 0; depth < 400; depth++) {
      bytes = [0xe2, 0x01, ...varint(bytes.length), ...bytes];
    }
    const type = typeOf('apiextensions.v1.JSONSchemaProps')!;
    expect(() => readMessage(cursorOf(Uint8Array.from(bytes)), type, {})).toThrow(
      'nested too deeply',
    );
  });

  it('skips unknown fields and groups', () => {
    const bytes = bytesOf('0a03776562 fa06 0101 fb06 0801 0c fc06 f806 05'.replace('0c', ''));
    expect(readMessage(cursorOf(bytes), typeOf('core.v1.LocalObjectReference')!, {})).toEqual({
      name: 'web',
    });
  });
});

function readEnvelopeMagic(): Uint8Array {
  const bytes = encodeProtobuf({ apiVersion: 'v1', kind: 'Pod' });
  expect(readEnvelope(bytes).kind).toBe('Pod');
  return bytes.subarray(0, 4);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
