/**
 * What a stored message looks like: a write as header lines and a body, and a message read back as a record.
 *
 * Follows the conventions of NATS' key-value buckets (ADR-8, ADR-48), so that any client can read a bucket. The
 * guard stays in the stored message and tells later readers which revision a write replaced.
 */
import type { Msg } from '@nats-io/transport-node';
import type { Envelope } from '../envelope.ts';
import { envelopeLines, envelopeOf, headerLine, headerText, headerValue } from '../nats-headers.ts';
import { tokensToKey } from '../subjects.ts';
import type { StoreEvent, Write } from './store.ts';

const GUARD = 'Nats-Expected-Last-Subject-Sequence';
const OPERATION = 'KV-Operation';
const WRITE_ID = 'Kabuki-Write';
const TRANSACTION = 'Kabuki-Transaction';

/** Keys below it order reads among replicas; nobody is told of them. */
export const BARRIER_PREFIX = '~barrier';

/** One stored message. */
export interface LogRecord {
  readonly event: StoreEvent;
  /** Writes of the same transaction that follow this one. */
  readonly remaining: number;
  /** Whether it belongs to a transaction of several writes. */
  readonly grouped: boolean;
  /** The revision that the writer expected of the key, where it had an expectation. */
  readonly guard: number | undefined;
  /** The revision of the key before, as the republished message tells. */
  readonly previous: number | undefined;
  readonly writeId: string | undefined;
  readonly barrier: boolean;
}

/** What a write needs besides its own fields. */
export interface WriteDetails {
  readonly writeId: string;
  /** The guard as the stream counts: a deleted key has its tombstone's revision. */
  readonly guard: number | undefined;
  readonly tombstoneSeconds: number;
  /** Whether the bucket tells by itself of what it deletes, and must not do so for our deletions. */
  readonly expiring: boolean;
  readonly batch?: { readonly id: string; readonly index: number; readonly count: number };
}

/** The header lines of a write. */
export function writeLines(write: Write, envelope: Envelope, details: WriteDetails): string {
  const { guard, batch } = details;
  let lines = headerLine(WRITE_ID, details.writeId) + envelopeLines(envelope);
  if (guard !== undefined) lines += headerLine(GUARD, guard);
  if (write.operation === 'delete') {
    // Without the rollup, the value before the tombstone would come back to life when the tombstone expires.
    lines += headerLine(OPERATION, details.expiring ? 'PURGE' : 'DEL');
    lines += `Nats-Rollup: sub\r\n${headerLine('Nats-TTL', details.tombstoneSeconds)}`;
  } else if (write.ttlSeconds !== undefined) {
    lines += headerLine('Nats-TTL', Math.max(1, Math.ceil(write.ttlSeconds)));
  }
  if (batch === undefined) return lines;
  lines +=
    headerLine('Nats-Batch-Id', batch.id) + headerLine('Nats-Batch-Sequence', batch.index + 1);
  lines += headerLine(TRANSACTION, `${batch.index + 1}/${batch.count}`);
  return batch.index + 1 === batch.count ? `${lines}Nats-Batch-Commit: 1\r\n` : lines;
}

/** The header lines of a barrier, which vanishes by itself. */
export function barrierLines(seconds: number): string {
  return headerLine(OPERATION, 'PURGE') + headerLine('Nats-TTL', seconds);
}

/** A message of the stream, republished or read directly; undefined where it is not of this bucket. */
export function recordOf(message: Msg, subjectPrefix: string): LogRecord | undefined {
  const text = headerText(message);
  const subject = headerValue(text, 'Nats-Subject');
  const revision = Number(headerValue(text, 'Nats-Sequence'));
  if (subject === undefined || !subject.startsWith(subjectPrefix) || !(revision > 0)) return;
  const key = tokensToKey(subject.slice(subjectPrefix.length));
  // A copy: the message is a view of a read buffer that would otherwise live as long as the value.
  return recordFrom(text, key, revision, new Uint8Array(message.data));
}

/** A stored message from its parts. */
export function recordFrom(
  text: string,
  key: string,
  revision: number,
  value: Uint8Array,
): LogRecord {
  const deleted =
    headerValue(text, OPERATION) !== undefined ||
    headerValue(text, 'Nats-Marker-Reason') !== undefined;
  const operation = deleted ? 'delete' : 'put';
  const [index, count] = (headerValue(text, TRANSACTION) ?? '1/1').split('/').map(Number);
  return {
    event: { key, revision, operation, value, envelope: envelopeOf(text) },
    remaining: (count ?? 1) - (index ?? 1),
    grouped: (count ?? 1) > 1,
    guard: numberOf(headerValue(text, GUARD)),
    previous: numberOf(headerValue(text, 'Nats-Last-Sequence')),
    writeId: headerValue(text, WRITE_ID),
    barrier: key.startsWith(`${BARRIER_PREFIX}/`),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
