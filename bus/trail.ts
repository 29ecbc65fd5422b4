/**
 * A trail: what was said on some subjects, kept by JetStream up to a size and an age; the oldest goes first. In memory,
 * unless asked otherwise.
 *
 * Nobody waits for it to be kept, and it is lost with its server: for what helps to understand, never for what must not
 * be forgotten. It is read in order, by sequence, without a consumer.
 */
import type { Msg } from '@nats-io/transport-node';
import { decode } from './codec.ts';
import type { Envelope } from './envelope.ts';
import { envelopeOf, headerStatus, headerText, headerValue } from './nats-headers.ts';
import type { NatsLink } from './nats-link.ts';
import { API_TIMEOUT_MS, type ApiError } from './store/jetstream-reads.ts';
import { StoreUnavailable } from './store/store.ts';

/** What a trail keeps. */
export interface TrailOptions {
  /** Name of its stream. */
  readonly name: string;
  readonly subjects: readonly string[];
  readonly bytesMax: number;
  readonly ageMsMax: number;
  /** Servers that keep each message. */
  readonly replicas: number;
  /** Messages kept of each subject; all where undefined. */
  readonly perSubjectMax?: number;
  /** On disk, and therefore not lost with its server. */
  readonly durable?: boolean;
}

/** One message of a trail. */
export interface TrailMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When the server got it, milliseconds since the epoch. */
  readonly atMs: number;
  /** Its bytes as they are; valid until the next message. */
  readonly data: Uint8Array;
  /** The value of a header, undefined where there is none. */
  header(name: string): string | undefined;
  readonly envelope: Envelope | undefined;
}

/** How much there is of a trail. */
export interface TrailState {
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** When its oldest message was kept, milliseconds since the epoch; undefined where there is none. */
  readonly sinceMs: number | undefined;
}

const NOTHING = new Uint8Array(0);
const READ_BATCH = 500;
const READ_BYTES_MAX = 8 * 1024 * 1024;
const NOT_FOUND = 10_059;
const KEEP_AGAIN_MS = 1_000;

interface StreamAnswer {
  readonly error?: ApiError;
  readonly state?: {
    readonly first_seq: number;
    readonly last_seq: number;
    readonly bytes: number;
    readonly messages: number;
    readonly first_ts: string;
  };
}

/** Keeps a trail from now on, and again after its server has forgotten it; gives what ends that. */
export function keepTrail(link: NatsLink, options: TrailOptions): () => void {
  let cancel = (): void => {};
  let isOver = false;
  const keep = (): void => {
    cancel();
    openTrail(link, options).catch((error: Error) => {
      link.report(error);
      // A server that has just begun may not be able to yet.
      if (!isOver) cancel = link.clock.setTimer(KEEP_AGAIN_MS, keep);
    });
  };
  keep();
  const stop = link.onState((state) => {
    if (state === 'connected') keep();
  });
  return () => {
    isOver = true;
    cancel();
    stop();
  };
}

/** Makes the stream, or brings it up to date. Throws `StoreUnavailable`. */
export async function openTrail(link: NatsLink, options: TrailOptions): Promise<void> {
  const { name, subjects, bytesMax, ageMsMax, replicas, perSubjectMax, durable } = options;
  const config = {
    name,
    subjects,
    retention: 'limits',
    discard: 'old',
    storage: durable === true ? 'file' : 'memory',
    ...(perSubjectMax === undefined ? {} : { max_msgs_per_subject: perSubjectMax }),
    num_replicas: replicas,
    max_bytes: bytesMax,
    max_age: ageMsMax * 1e6,
    allow_direct: true,
    // JetStream would acknowledge to whatever subject a sender names, where the sender himself may not publish.
    no_ack: true,
  };
  const made = await api(link, 'CREATE', name, config);
  if (made.error === undefined) return;
  // It exists, with other limits.
  const updated = await api(link, 'UPDATE', name, config);
  if (updated.error !== undefined) throw new StoreUnavailable(updated.error.description);
}

/** How much there is; undefined where nothing is kept. Throws `StoreUnavailable`. */
export async function trailState(link: NatsLink, name: string): Promise<TrailState | undefined> {
  const { error, state } = await api(link, 'INFO', name, undefined);
  if (error?.err_code === NOT_FOUND) return undefined;
  if (state === undefined) throw new StoreUnavailable(error?.description ?? 'no state');
  const { first_seq, last_seq, bytes, messages, first_ts } = state;
  const sinceMs = messages === 0 ? undefined : Date.parse(first_ts);
  return { first: first_seq, last: last_seq, bytes, sinceMs };
}

/**
 * Reads from a sequence to the present end, in order; gives the sequence to go on with. Throws `StoreUnavailable`.
 */
export async function readTrail(
  link: NatsLink,
  name: string,
  from: number,
  receive: (message: TrailMessage) => void,
): Promise<number> {
  let next = from;
  for (;;) {
    const before = next;
    const done = await readBatch(link, name, next, (message) => {
      next = message.sequence + 1;
      receive(message);
    });
    if (done || next === before) return next;
  }
}

/** The last message of a subject; undefined where none is kept, or nothing is. Throws `StoreUnavailable`. */
export async function lastOfTrail(
  link: NatsLink,
  name: string,
  subject: string,
): Promise<TrailMessage | undefined> {
  const asked = `$JS.API.DIRECT.GET.${name}.${subject}`;
  const answer = await link.request(asked, '', NOTHING, API_TIMEOUT_MS);
  if (answer === 'no responders') return undefined;
  if (typeof answer === 'string') throw new StoreUnavailable(answer);
  const text = headerText(answer);
  const status = headerStatus(text);
  if (status === 404) return undefined;
  if (status !== 0) throw new StoreUnavailable(`direct get answers ${status}`);
  return messageOf(answer, text);
}

async function readBatch(
  link: NatsLink,
  name: string,
  seq: number,
  receive: (message: TrailMessage) => void,
): Promise<boolean> {
  const query = { seq, batch: READ_BATCH, max_bytes: READ_BYTES_MAX, next_by_subj: '>' };
  let status = 0;
  let pending = '0';
  let thrown: unknown;
  const take = (message: TrailMessage): boolean => {
    try {
      receive(message);
    } catch (error) {
      thrown = error ?? new Error('it threw nothing');
    }
    return thrown !== undefined;
  };
  const isLast = (message: Msg): boolean => {
    const text = headerText(message);
    status = headerStatus(text);
    if (status === 0) return take(messageOf(message, text));
    pending = headerValue(text, 'Nats-Num-Pending') ?? '0';
    return status !== 0;
  };
  const subject = `$JS.API.DIRECT.GET.${name}`;
  const outcome = await link.requestMany(subject, Buffer.from(JSON.stringify(query)), isLast);
  if (thrown !== undefined) throw thrown;
  if (outcome !== 'complete') throw new StoreUnavailable(outcome);
  if (status !== 204 && status !== 404) throw new StoreUnavailable(`direct get answers ${status}`);
  return pending === '0';
}

function messageOf(message: Msg, text: string): TrailMessage {
  return {
    sequence: Number(headerValue(text, 'Nats-Sequence')),
    subject: headerValue(text, 'Nats-Subject') ?? '',
    atMs: Date.parse(headerValue(text, 'Nats-Time-Stamp') ?? ''),
    data: message.data,
    header: (name) => headerValue(text, name),
    envelope: envelopeOf(text),
  };
}

/** The body of a message of ours; undefined where it is none. */
export function trailBody({ data }: TrailMessage): unknown {
  try {
    return data.length === 0 ? undefined : decode(data);
  } catch {
    // Whoever may publish here may publish anything.
    return undefined;
  }
}

async function api(
  link: NatsLink,
  verb: string,
  name: string,
  body: object | undefined,
): Promise<StreamAnswer> {
  const bytes = body === undefined ? NOTHING : Buffer.from(JSON.stringify(body));
  const answer = await link.request(`$JS.API.STREAM.${verb}.${name}`, '', bytes, API_TIMEOUT_MS);
  if (typeof answer === 'string') throw new StoreUnavailable(answer);
  return JSON.parse(answer.string()) as StreamAnswer;
}
