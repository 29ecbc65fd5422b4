/**
 * Who asked for a write: finds back from the write of an apiserver to the process and the actor whose request it
 * carries out, by the message ids in step records. Bounded: the oldest requests are forgotten.
 */
import type { StepRecord } from '../../machines/step-record.ts';

/** Who sent a request. */
export interface Asker {
  /** The process, where its ids are known. */
  readonly client: string | undefined;
  readonly user: string;
  /** The actor or user as in the envelope. */
  readonly from: string;
}

/** Requests remembered that no machine has taken up; reads and refusals never have one. */
const SENT_MAX = 10_000;

const NOBODY: Asker = { client: undefined, user: '', from: '' };

/** See the file comment. */
export class Askers {
  /** Processes by the prefix of their message ids. */
  readonly #byPrefix = new Map<string, string>();
  /** Requests that were handed to an apiserver and have no machine yet, by message id. */
  readonly #sent = new Map<string, Asker>();
  /** Requests under way, by process and machine. */
  readonly #underWay = new Map<string, Asker>();

  /** A process makes its ids with the prefix of this one. */
  knowIds(process: string, messageId: string): void {
    this.#byPrefix.set(prefixOf(messageId), process);
  }

  /** A request has arrived. */
  onRequest(messageId: string, user: string, from: string): void {
    this.#sent.set(messageId, { client: this.#byPrefix.get(prefixOf(messageId)), user, from });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > SENT_MAX && oldest !== undefined) this.#sent.delete(oldest);
  }

  onStep(process: string, { actor, event, messageId, after }: StepRecord): void {
    if (!actor.startsWith('api-request/')) return;
    const id = `${process} ${actor}`;
    if (event === '(start)') {
      const asker = this.#sent.get(messageId);
      this.#sent.delete(messageId);
      if (asker !== undefined) this.#underWay.set(id, asker);
    } else if (after === 'settled') this.#underWay.delete(id);
  }

  /** Who asked for what this machine of an apiserver writes. */
  of(process: string, actor: string): Asker {
    return this.#underWay.get(`${process} ${actor}`) ?? NOBODY;
  }

  /** A process died, and with it the requests it was carrying out. */
  forget(process: string): void {
    for (const id of this.#underWay.keys()) {
      if (id.startsWith(`${process} `)) this.#underWay.delete(id);
    }
  }
}

const prefixOf = (messageId: string): string => messageId.slice(0, messageId.lastIndexOf('-'));
