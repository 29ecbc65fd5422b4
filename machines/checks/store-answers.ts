/**
 * Rules of the store's answers: what was acknowledged is stored, once; what was refused is not.
 *
 * `unknown` promises nothing, and neither does a write that was never answered.
 */
import type { Committed, Observation, WriteEnded } from '../chaos/observation.ts';
import type { Checker, Report, Rule } from './check.ts';
import { type Begun, BegunWrites, BoundedMap, WRITES_REMEMBERED_MAX } from './store-memory.ts';

/** Messages whose changes are remembered to see them repeated. */
export const MESSAGES_REMEMBERED_MAX = 50_000;

/** Acknowledged writes are stored, refused ones are not. */
export const ackedIsStored: Rule = {
  name: 'acked-is-stored',
  says: 'What is answered ok is stored at its revision, what is refused never (etcd: durability).',
  reads: ['committed', 'write.begun', 'write.ended'],
  create: () => new AckedIsStored(),
};

interface StoredChange {
  readonly key: string;
  readonly revision: number;
}

class AckedIsStored implements Checker {
  readonly #begun = new BegunWrites();
  /** Changes of writes under way, by message. */
  readonly #stored = new BoundedMap<string, StoredChange[]>(WRITES_REMEMBERED_MAX);
  readonly #refused = new BoundedMap<string, { readonly atMs: number; readonly outcome: string }>(
    WRITES_REMEMBERED_MAX,
  );

  observe(observation: Observation, _picture: unknown, report: Report): void {
    this.#begun.take(observation);
    if (observation.type === 'committed') this.#committed(observation, report);
    if (observation.type !== 'write.ended') return;
    const begun = this.#begun.ended(observation.op);
    if (begun !== undefined) this.#ended(observation, observation.atMs, begun, report);
  }

  #committed({ messageId, key, revision }: Committed, report: Report): void {
    if (messageId === undefined) return;
    const refused = this.#refused.get(messageId);
    if (refused !== undefined) {
      report(
        `${key} was stored at revision ${revision} by message ${messageId}, ` +
          `which had been answered ${refused.outcome} at ${refused.atMs} ms`,
        [key],
      );
    }
    const stored = this.#stored.get(messageId);
    if (stored === undefined) this.#stored.set(messageId, [{ key, revision }]);
    else stored.push({ key, revision });
  }

  #ended({ outcome, revision, op }: WriteEnded, atMs: number, begun: Begun, report: Report): void {
    if (outcome === 'unknown') return;
    const { messageId } = begun;
    const stored = this.#stored.get(messageId) ?? [];
    this.#stored.delete(messageId);
    this.#begun.forget(begun);
    const keys = begun.writes.map((write) => write.key);
    const isStored = (key: string): boolean => stored.some((change) => change.key === key);
    const isThere = keys.every(isStored) && stored.some((change) => change.revision === revision);
    if (outcome === 'ok' && isThere) return;
    const of = keys.join(', ');
    const who = `write ${op} (message ${messageId}) of ${of}, begun at ${begun.atMs} ms,`;
    if (outcome !== 'ok') {
      this.#refused.set(messageId, { atMs, outcome });
      if (stored.length === 0) return;
      report(`${who} was answered ${outcome}, but is stored: ${renderChanges(stored)}`, keys);
      return;
    }
    const missing = keys.filter((key) => !isStored(key));
    if (missing.length > 0) {
      report(
        `${who} was answered ok with revision ${revision}, but ${missing.join(', ')} is not stored`,
        missing,
      );
      return;
    }
    report(
      `${who} was answered ok with revision ${revision}, but is stored as ${renderChanges(stored)}`,
      keys,
    );
  }
}

function renderChanges(changes: readonly StoredChange[]): string {
  return changes.map(({ key, revision }) => `${key} at revision ${revision}`).join(', ');
}

/** No write is stored twice. */
export const storedOnce: Rule = {
  name: 'stored-once',
  says: 'No two changes of one key come of the same message (etcd: a request is applied once).',
  reads: ['committed'],
  create() {
    const seen = new BoundedMap<string, StoredChange[]>(MESSAGES_REMEMBERED_MAX);
    return {
      observe(observation, _picture, report) {
        if (observation.type !== 'committed' || observation.messageId === undefined) return;
        const { key, revision, messageId } = observation;
        const changes = seen.get(messageId);
        if (changes === undefined) {
          seen.set(messageId, [{ key, revision }]);
          return;
        }
        const earlier = changes.find((change) => change.key === key);
        if (earlier === undefined) changes.push({ key, revision });
        else {
          report(
            `${key} was stored at revision ${revision} by message ${messageId}, ` +
              `which had been stored at revision ${earlier.revision} already`,
            [key],
          );
        }
      },
    };
  },
};
