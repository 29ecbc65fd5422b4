/**
 * The bus on NATS core: envelopes as headers, bodies as MessagePack, everything else in `wire-bus.ts`.
 *
 * What is sent while the connection is down is dropped: messages are hints. A message without an envelope is a
 * frame of a channel, or not ours.
 */
import type { Msg } from '@nats-io/transport-node';
import type { Bus } from './bus.ts';
import { decode, encode } from './codec.ts';
import {
  envelopeLines,
  envelopeOf,
  headerLine,
  headerText,
  headerValue,
  KIND_HEADER,
} from './nats-headers.ts';
import { connectNats, type NatsLink, type NatsOptions } from './nats-link.ts';
import {
  type Arrived,
  BodyTooLarge,
  type ConnectionState,
  type Frame,
  type FrameKind,
  isInbox,
  type Wire,
  type WireError,
} from './wire.ts';
import { WireBus } from './wire-bus.ts';

/** A bus on NATS, and the connection below it, which a store may share. */
export interface NatsBus extends Bus {
  readonly link: NatsLink;
}

/** Connects to NATS and returns the bus; throws where the first attempt fails. */
export async function connectNatsBus(options: NatsOptions): Promise<NatsBus> {
  return createNatsBus(await connectNats(options));
}

/** A bus on a connection, which the bus closes when it is closed itself. */
export function createNatsBus(link: NatsLink): NatsBus {
  return Object.assign(new WireBus(new NatsWire(link), link.clock, link.ids), { link });
}

class NatsWire implements Wire {
  readonly #link: NatsLink;

  constructor(link: NatsLink) {
    this.#link = link;
  }

  get state(): ConnectionState {
    return this.#link.state;
  }

  get inbox(): string {
    return this.#link.inbox;
  }

  publish(subject: string, frame: Frame, reply?: string): void {
    const lines = linesOf(frame);
    this.#link.publish(subject, lines, this.#bodyOf(subject, lines, frame), reply);
  }

  async request(
    subject: string,
    frame: Frame,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Arrived | WireError> {
    const lines = linesOf(frame);
    const body = this.#bodyOf(subject, lines, frame);
    const answer = await this.#link.request(subject, lines, body, timeoutMs, silentMs);
    return typeof answer === 'string' ? answer : (arrived(answer) ?? 'no responders');
  }

  #bodyOf(subject: string, lines: string, frame: Frame): Uint8Array {
    if (frame.kind === 'assure' || frame.kind === 'await') return NOTHING;
    const body = encode(frame.body);
    const max = this.#link.payloadMax;
    // The first line, the blank line and characters of two bytes are allowed for.
    if (
      body.length + lines.length * 2 + 16 > max &&
      body.length + Buffer.byteLength(lines) + 16 > max
    ) {
      throw new BodyTooLarge(subject, body.length, max);
    }
    return body;
  }

  subscribe(
    subject: string,
    queue: string | undefined,
    receive: (frame: Arrived) => void,
  ): () => void {
    return this.#link.subscribe(subject, queue, (message) => {
      const frame = arrived(message);
      if (frame !== undefined) receive(frame);
    });
  }

  onState(handler: (state: ConnectionState) => void): () => void {
    return this.#link.onState(handler);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

function linesOf({ kind, envelope, details }: Frame): string {
  const lines = envelope === undefined ? '' : envelopeLines(envelope);
  if (kind === 'message' || kind === 'channel') return lines;
  return lines + headerLine(KIND_HEADER, `${kind} ${details}`);
}

/** A received frame; undefined where the body is not ours to read. */
function arrived(message: Msg): Arrived | undefined {
  const text = headerText(message);
  const opening = text === '' ? undefined : headerValue(text, KIND_HEADER);
  const word = opening?.split(' ', 1)[0];
  const envelope = text === '' ? undefined : envelopeOf(text);
  const kind = text === '' ? 'channel' : ((word ?? 'message') as FrameKind);
  const body = decodeBody(message.data);
  if (body === UNREADABLE) return undefined;
  const { subject, reply } = message;
  const details = opening?.slice((word ?? '').length + 1) ?? '';
  const inbox = reply !== undefined && isInbox(reply) ? reply : undefined;
  return { kind, envelope, details, body, subject, reply: inbox };
}

const NOTHING = new Uint8Array(0);
const UNREADABLE = Symbol('unreadable');

function decodeBody(data: Uint8Array): unknown {
  if (data.length === 0) return undefined;
  try {
    return decode(data);
  } catch {
    // Anyone may publish anything: what is not MessagePack is nobody's message.
    return UNREADABLE;
  }
}
