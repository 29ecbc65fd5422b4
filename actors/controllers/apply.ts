/**
 * Makes the changes of one batch through the API, all at once, and records the events that go with
 * them.
 *
 * Never decides what to change and never retries: failures go back to the machine that asked.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Change, ChangeResult, Record as EventRecord } from '../../machines/api/change.ts';
import type { ChangeFailure } from '../../machines/controllers/reconciler.ts';
import type { Changer, EventRecorder } from '../event-recorder.ts';

/** What became of a batch. */
export interface Applied {
  readonly failures: readonly ChangeFailure[];
  /** Highest revision written, 0 where nothing was. */
  readonly revision: number;
}

/** Makes changes at once; `envelope` is called once for every message sent. Never rejects. */
export async function applyChanges(
  client: Changer,
  recorder: EventRecorder,
  changes: readonly Change[],
  envelope: () => Envelope,
): Promise<Applied> {
  const results = await Promise.all(
    changes.map((change) => applyOne(client, recorder, change, envelope)),
  );
  const failures: ChangeFailure[] = [];
  let revision = 0;
  results.forEach((result, index) => {
    const change = changes[index] as Change;
    if (result.ok) revision = Math.max(revision, revisionOf(change, result.revision));
    else if (!isAlreadyGone(change, result)) {
      failures.push({ change, reason: result.reason, message: result.message });
    }
  });
  return { failures, revision };
}

async function applyOne(
  client: Changer,
  recorder: EventRecorder,
  change: Change,
  envelope: () => Envelope,
): Promise<ChangeResult> {
  if (change.type === 'record') {
    recorder.record(change.record, envelope());
    return { ok: true, object: undefined, revision: 0 };
  }
  const result = await client.change(change, envelope()).catch(
    (error: unknown): ChangeResult => ({
      ok: false,
      code: 500,
      reason: 'InternalError',
      message: String(error),
    }),
  );
  const record = result.ok ? change.records?.done : change.records?.failed;
  if (record !== undefined) recorder.record(fillIn(record, change, result), envelope());
  return result;
}

/** Events are kept apart and have revisions of their own, which say nothing of the view. */
function revisionOf(change: Change, revision: number): number {
  if (change.type === 'record') return 0;
  const resource = change.type === 'create' ? change.resource : change.key.resource;
  return resource === 'core/events' ? 0 : revision;
}

/** Deleting what is gone has succeeded. */
function isAlreadyGone(change: Change, result: ChangeResult): boolean {
  return change.type === 'delete' && !result.ok && result.reason === 'NotFound';
}

function fillIn(record: EventRecord, change: Change, result: ChangeResult): EventRecord {
  if (!record.note.includes('{')) return record;
  const name = result.ok ? result.object?.metadata?.name : undefined;
  const error = result.ok ? '' : result.message;
  const note = record.note
    .replace('{name}', () => name ?? nameOf(change))
    .replace('{error}', () => error);
  return { ...record, note };
}

function nameOf(change: Change): string {
  if (change.type === 'record') return '';
  if (change.type !== 'create') return change.key.name;
  const { name, generateName } = change.object.metadata ?? {};
  return name ?? generateName ?? '';
}
