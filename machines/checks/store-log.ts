/**
 * Rules of the log itself: its revisions, the chain of compare-and-set of each key, transactions as
 * one.
 *
 * They know of guards only what the writers said when they began, and of the store only what it
 * committed.
 */
import type { Observation } from '../chaos/observation.ts';
import type { Checker, Report, Rule } from './check.ts';
import { type Begun, BegunWrites, renderRevision } from './store-memory.ts';

/** Revisions strictly grow. */
export const revisionsGrow: Rule = {
  name: 'revisions-grow',
  says: 'Revisions only grow, from one change of the log to the next (etcd: monotonic revisions).',
  reads: ['committed'],
  create() {
    let last = 0;
    return {
      observe(observation, _picture, report) {
        if (observation.type !== 'committed') return;
        const { revision, key } = observation;
        if (revision <= last) {
          report(`${key} was committed at revision ${revision} after revision ${last}`, [key]);
        }
        last = Math.max(last, revision);
      },
    };
  },
};

/** Per key an unbroken chain of compare-and-set. */
export const casChain: Rule = {
  name: 'cas-chain',
  says: 'A guarded write replaces exactly the revision its guard names (etcd: ModRevision).',
  reads: ['committed', 'write.begun'],
  create: () => new CasChain(),
};

class CasChain implements Checker {
  readonly #begun = new BegunWrites();
  /** Revisions of the keys that exist, objects or not. */
  readonly #current = new Map<string, number>();

  observe(observation: Observation, _picture: unknown, report: Report): void {
    this.#begun.take(observation);
    if (observation.type !== 'committed') return;
    const { key, revision, operation, messageId } = observation;
    const found = this.#current.get(key) ?? 0;
    if (operation === 'put') this.#current.set(key, revision);
    else this.#current.delete(key);
    const begun = this.#begun.of(observation);
    if (begun === undefined) return;
    const asked = begun.writes.find((write) => write.key === key);
    const isRight =
      asked?.operation === operation &&
      (asked.expected === undefined || asked.expected === found) &&
      (operation === 'put' || found !== 0);
    if (isRight) return;
    const what = `${operation} of ${key} at revision ${revision} (message ${messageId})`;
    if (asked === undefined || asked.operation !== operation) {
      const wanted = begun.writes.map((write) => `${write.operation} ${write.key}`).join(', ');
      report(`${what}: the message asked for ${wanted}`, [key]);
    } else if (asked.expected !== undefined && asked.expected !== found) {
      const guard = renderRevision(asked.expected);
      report(`${what} replaced ${renderRevision(found)}; its guard was ${guard}`, [key]);
    } else {
      report(`${what} deleted a key that did not exist`, [key]);
    }
  }
}

/** Transactions are stored whole. */
export const atomic: Rule = {
  name: 'atomic',
  says: 'A transaction is stored all, at revisions in a row, or not at all (etcd: atomic).',
  reads: ['committed', 'write.begun', 'write.ended'],
  create: () => new Atomic(),
};

/** A transaction of which a part is stored. */
interface Part {
  readonly begun: Begun;
  readonly stored: string[];
  last: number;
}

class Atomic implements Checker {
  readonly #begun = new BegunWrites();
  #open: Part | undefined;

  observe(observation: Observation, _picture: unknown, report: Report): void {
    this.#begun.take(observation);
    if (observation.type === 'write.ended') this.#ended(observation.op, report);
    if (observation.type !== 'committed') return;
    const { key, revision, messageId } = observation;
    const open = this.#open;
    if (open !== undefined) {
      if (messageId !== open.begun.messageId)
        this.#broken(`then ${key} at revision ${revision}`, report);
      else if (revision !== open.last + 1) {
        this.#broken(`then, not next to it, ${key} at revision ${revision}`, report);
      }
    }
    const begun = this.#begun.of(observation);
    if (begun === undefined || begun.writes.length < 2) return;
    this.#open ??= { begun, stored: [], last: revision };
    this.#open.stored.push(key);
    this.#open.last = revision;
    if (this.#open.stored.length < begun.writes.length) return;
    this.#begun.forget(begun);
    this.#open = undefined;
  }

  #ended(op: string, report: Report): void {
    const begun = this.#begun.ended(op);
    if (begun === undefined || begun.messageId !== this.#open?.begun.messageId) return;
    this.#broken('then it was answered', report);
  }

  #broken(how: string, report: Report): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return;
    this.#begun.forget(open.begun);
    const keys = open.begun.writes.map((write) => write.key);
    const missing = keys.filter((key) => !open.stored.includes(key));
    report(
      `transaction ${open.begun.messageId} was stored in part: ${open.stored.join(', ')} up to ` +
        `revision ${open.last}, ${how}; ${missing.join(', ') || 'nothing'} is missing`,
      keys,
    );
  }

  finish(_picture: unknown, report: Report): void {
    this.#broken('then the log ended', report);
  }
}
