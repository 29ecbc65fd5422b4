/**
 * The writes that the store itself still has, as records: up to eight versions of each key, whatever became of the
 * processes that wrote them. Secrets are redacted on the way.
 */
import type { NatsLink } from '../../bus/nats-link.ts';
import { tokensToKey } from '../../bus/subjects.ts';
import { readTrail, type TrailMessage } from '../../bus/trail.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { WriteTraced } from '../../machines/trace/record.ts';
import { redactObject } from '../../machines/trace/redact.ts';
import { decodeObject } from '../apiserver/object-codec.ts';

/** What stands for the value of a Secret that was read from the store. */
const hidden = (): string => 'redacted';

/** All of them, in the order of their revisions. Throws `StoreUnavailable`. */
export async function storedWrites(link: NatsLink, bucket: string): Promise<WriteTraced[]> {
  const writes: WriteTraced[] = [];
  const prefix = `$KV.${bucket}.`;
  await readTrail(link, `KV_${bucket}`, 1, (message) => {
    const write = writeOf(message, prefix);
    if (write !== undefined) writes.push(write);
  });
  return writes;
}

function writeOf(message: TrailMessage, prefix: string): WriteTraced | undefined {
  const { subject, sequence: revision, atMs, envelope, data } = message;
  const key = tokensToKey(subject.slice(prefix.length));
  // Barriers order reads among servers, and are nobody's objects.
  if (key.startsWith('~')) return undefined;
  const deleted =
    message.header('KV-Operation') !== undefined ||
    message.header('Nats-Marker-Reason') !== undefined;
  const expected = message.header('Nats-Expected-Last-Subject-Sequence');
  return {
    ...{ type: 'write', process: '', atMs, revision, key },
    operation: deleted ? 'delete' : 'put',
    previous: expected === undefined ? undefined : Number(expected),
    object: data.length === 0 ? undefined : objectOf(key, data, revision),
    messageId: envelope?.id ?? '',
    from: envelope?.from ?? '',
    causes: envelope?.causes ?? [],
    traceparent: envelope?.traceparent ?? '',
  };
}

function objectOf(key: string, data: Uint8Array, revision: number): AnyObject {
  const object = decodeObject(new Uint8Array(data), revision);
  return redactObject(key, object, hidden);
}
