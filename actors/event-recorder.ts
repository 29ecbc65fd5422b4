/**
 * The event recorder: writes the events that machines and plans ask to record. Writes of one event
 * never overtake each other; those that wait become one.
 *
 * What to write is the correlator's decision. Never blocks and never fails its caller: a full queue
 * or a refused write loses the event and is counted.
 */

import type { Envelope } from '../bus/envelope.ts';
import type { Change, ChangeResult, Record as EventRecord } from '../machines/api/change.ts';
import type { Fence } from '../machines/api/request.ts';
import {
  correlate,
  createCorrelator,
  type EventSourceName,
  forget,
} from '../machines/controllers/event-correlator.ts';
import type { Clock } from './clock.ts';

/** Makes changes through the API: the part of the API client that writers need. */
export interface Changer {
  /** Makes a change; under a fence it is refused once the fence's lease is held by another. */
  change(change: Change, envelope: Envelope, fence?: Fence): Promise<ChangeResult>;
}

/** Events waiting to be written; more are dropped. */
export const EVENTS_QUEUED_MAX = 1_000;
/** Events being written at the same time. */
export const EVENTS_IN_FLIGHT_MAX = 8;

export interface EventRecorder {
  /** Records an event soon. */
  record(record: EventRecord, envelope: Envelope): void;
  /** How many events were lost: to the spam filter, a full queue, or a refused write. */
  lost(): number;
}

interface Waiting {
  readonly change: Change;
  readonly envelope: Envelope;
}

/** Builds a recorder for one source of events. */
export function createEventRecorder(
  client: Changer,
  clock: Clock,
  source: EventSourceName,
): EventRecorder {
  const correlator = createCorrelator(source);
  const queue = new Map<string, Waiting>();
  const writing = new Set<string>();
  let lost = 0;

  async function write(name: string, { change, envelope }: Waiting): Promise<void> {
    writing.add(name);
    try {
      const result = await client.change(change, envelope);
      if (result.ok) return;
      lost++;
      if (change.type === 'patch') forget(correlator, name);
    } catch {
      lost++;
    } finally {
      writing.delete(name);
      drain();
    }
  }

  function drain(): void {
    for (const [name, waiting] of queue) {
      if (writing.size >= EVENTS_IN_FLIGHT_MAX) return;
      if (writing.has(name)) continue;
      queue.delete(name);
      void write(name, waiting);
    }
  }

  return {
    record(record, envelope) {
      if (queue.size >= EVENTS_QUEUED_MAX) {
        lost++;
        return;
      }
      const change = correlate(correlator, record, clock.nowMs());
      if (change === undefined) return;
      const name = nameOf(change);
      const before = queue.get(name);
      queue.set(name, { change: merge(before?.change, change), envelope });
      drain();
    },
    lost: () => lost + correlator.dropped,
  };
}

function nameOf(change: Change): string {
  if (change.type === 'create') return change.object.metadata?.name ?? '';
  return change.type === 'record' ? '' : change.key.name;
}

/** A change of an event that waits behind an earlier one: both become one write. */
function merge(before: Change | undefined, change: Change): Change {
  if (before?.type !== 'create' || change.type !== 'patch') return change;
  return { ...before, object: { ...before.object, ...change.patch } };
}
