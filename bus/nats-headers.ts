/**
 * NATS headers as text, written and read without the client's header objects, which cost more than the messages.
 *
 * Header values never hold a line break: one would let its author forge other headers.
 */
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { type Envelope, HEADER } from './envelope.ts';

const START = 'NATS/1.0\r\n';
const LINE_BREAK = /[\r\n]/;

/** The header that tells other frames from ordinary messages. */
export const KIND_HEADER = 'Kabuki-Channel';

/** Causes an envelope carries on the wire; of more, the newest. */
export const CAUSES_MAX = 64;

/** One header line. */
export function headerLine(name: string, value: string | number): string {
  if (typeof value === 'string' && LINE_BREAK.test(value)) {
    throw new Error(`the header ${name} must not hold a line break`);
  }
  return `${name}: ${value}\r\n`;
}

/** The header lines of an envelope. */
export function envelopeLines(envelope: Envelope): string {
  const { id, from, causes, traceparent } = envelope;
  const lines =
    headerLine(HEADER.id, id) +
    headerLine(HEADER.from, from) +
    headerLine(HEADER.traceparent, traceparent);
  if (causes.length === 0) return lines;
  return lines + headerLine(HEADER.cause, causes.slice(-CAUSES_MAX).join(','));
}

/** Header lines as the client takes them: all it needs of headers to publish is their encoding. */
export function rawHeaders(lines: string): MsgHdrs & { encode(): Uint8Array } {
  const bytes = Buffer.from(`${START}${lines}\r\n`, 'utf8');
  return { encode: () => bytes } as unknown as MsgHdrs & { encode(): Uint8Array };
}

/** The headers of a received message as text, `''` where there are none. */
export function headerText(message: Msg): string {
  // The client decodes headers into a map, at the price of the rest of its work; the bytes are right there.
  const raw = message as unknown as { _rdata?: Uint8Array; _msg?: { hdr?: number } };
  const length = raw._msg?.hdr;
  if (raw._rdata === undefined || length === undefined) return message.headers?.toString() ?? '';
  if (length <= 0) return '';
  const { buffer, byteOffset } = raw._rdata;
  return Buffer.from(buffer, byteOffset, length).toString('utf8');
}

/** The value of a header in a header text, by its exact name. */
export function headerValue(text: string, name: string): string | undefined {
  const at = text.indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const start = at + name.length + 3;
  return text.slice(start, text.indexOf('\r\n', start)).trim();
}

/** The status code in the first line of a header text, 0 where there is none. */
export function headerStatus(text: string): number {
  return text.startsWith('NATS/1.0 ') ? Number.parseInt(text.slice(9, 12), 10) : 0;
}

/** The envelope in a header text, undefined where the sender gave none. */
export function envelopeOf(text: string): Envelope | undefined {
  const id = headerValue(text, HEADER.id);
  if (id === undefined) return undefined;
  const causes = headerValue(text, HEADER.cause);
  return {
    id,
    from: headerValue(text, HEADER.from) ?? '',
    causes: causes === undefined || causes === '' ? [] : causes.split(','),
    traceparent: headerValue(text, HEADER.traceparent) ?? '',
  };
}
