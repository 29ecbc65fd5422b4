/**
 * Reads a running cluster's trail for the page, and answers its questions. Reads from the first question or browser on,
 * and forgets everything when nobody has looked for a while. Runs in a thread of its own, see `observer-thread.ts`.
 */

import type { NatsBus } from '../../bus/nats-bus.ts';
import { subjectTokens } from '../../bus/subjects.ts';
import { readTrail, trailBody, trailState } from '../../bus/trail.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { isAlive, layoutOf, readState } from '../cluster/layout.ts';
import { connectAs, type NatsAccess } from '../cluster/nats-access.ts';
import { bucketOf, trailOf } from '../cluster/users.ts';
import { BatchReader } from '../trace/batch-reader.ts';
import { storedWrites } from '../trace/stored-writes.ts';
import { answer, type Question } from './answer.ts';
import { BATCH_EVERY_MS, Feed, type FeedFilter } from './feed.ts';
import { HeldTrace } from './held-trace.ts';
import type { FeedBatch, Hello, ProcessRow } from './protocol.ts';
import { sceneAt } from './queries.ts';

/** What it reads. */
export interface ObserverOptions {
  readonly access: NatsAccess;
  readonly cluster: string;
  readonly dataDir: string;
}

/** One browser. */
interface Viewer {
  readonly feed: Feed;
  readonly send: (message: Hello | FeedBatch) => void;
  /** It has taken what it was sent last. */
  ready: boolean;
}

/** Turns without a message after which it is looked whether the trail has begun anew. */
const LOOK_TURNS = 10;
/** Turns after which processes are looked at. */
const PROCESS_TURNS = 5;

/** See the file comment. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #held = new HeldTrace();
  readonly #viewers = new Map<number, Viewer>();
  /** Browsers that have not gone. */
  readonly #wanted = new Set<number>();
  readonly #placeOf = (actor: string, process: string) => this.#held.placeOf(actor, process);
  #bus: NatsBus | undefined;
  #opened: Promise<void> | undefined;
  #next = 1;
  #reader = new BatchReader();
  #idleTurns = 0;
  #turns = 0;
  #trouble = '';
  #processes = '';

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** Answers a question; undefined where there is no such thing. */
  async ask(question: Question): Promise<unknown> {
    await this.#open();
    return answer(question, this.#held, this.#placeOf);
  }

  /** Sends a browser the present, and from then on what comes. */
  async watch(id: number, filter: FeedFilter, send: Viewer['send']): Promise<void> {
    this.#wanted.add(id);
    await this.#open();
    // It may have gone meanwhile.
    if (!this.#wanted.has(id)) return;
    const feed = new Feed(filter, this.#placeOf);
    const extent = this.#held.extent();
    const { cluster } = this.#options;
    const scene = sceneAt(this.#held, extent.lastRevision);
    send({ cluster, scene, extent, processes: this.#readProcesses() });
    this.#viewers.set(id, { feed, send, ready: true });
  }

  taken(id: number): void {
    const viewer = this.#viewers.get(id);
    if (viewer !== undefined) viewer.ready = true;
  }

  unwatch(id: number): void {
    this.#wanted.delete(id);
    this.#viewers.delete(id);
  }

  #open(): Promise<void> {
    this.#opened ??= this.#begin().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #begin(): Promise<void> {
    const { access, cluster } = this.#options;
    const bus = await connectAs(access, `${cluster} page`);
    this.#bus = bus;
    await this.#read();
    this.#held.add(await storedWrites(bus.link, bucketOf(cluster)));
    void this.#follow();
  }

  /** What has come since the last time. */
  async #read(): Promise<void> {
    const { bus, name } = this.#trail();
    const records: TraceRecord[] = [];
    let expected = this.#next;
    this.#next = await readTrail(bus.link, name, this.#next, (message) => {
      // The trail is bounded: what is not read in time is gone. Of the beginning that is meant to be so.
      const gone = expected > 1 ? message.sequence - expected : 0;
      if (gone > 0) records.push({ type: 'lost', process: '', atMs: message.atMs, count: gone });
      expected = message.sequence + 1;
      for (const record of this.#reader.read(trailBody(message))) {
        // NATS holds a node to its own subject; what it writes there is taken for its own alone.
        if (record.process === subjectTokens(message.subject).at(-1)) records.push(record);
      }
    });
    this.#idleTurns = records.length === 0 ? this.#idleTurns + 1 : 0;
    const fresh = this.#held.add(records);
    for (const { feed } of this.#viewers.values()) feed.add(fresh);
    if (this.#idleTurns % LOOK_TURNS === LOOK_TURNS - 1) await this.#lookForNew();
  }

  /** A trail is lost with its server; the next one counts from one again. */
  async #lookForNew(): Promise<void> {
    const { bus, name } = this.#trail();
    const state = await trailState(bus.link, name);
    if (state !== undefined && state.last + 1 < this.#next) this.#next = 1;
  }

  #trail(): { readonly bus: NatsBus; readonly name: string } {
    if (this.#bus === undefined) throw new Error('the observer is not open');
    return { bus: this.#bus, name: trailOf(this.#options.cluster) };
  }

  async #follow(): Promise<void> {
    for (;;) {
      const startedMs = performance.now();
      try {
        await this.#read();
        this.#trouble = '';
      } catch (error) {
        this.#trouble = `the trail cannot be read: ${(error as Error).message}`;
      }
      this.#send();
      const leftMs = BATCH_EVERY_MS - (performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
    }
  }

  #send(): void {
    this.#turns += 1;
    const processes = this.#turns % PROCESS_TURNS === 0 ? this.#changedProcesses() : undefined;
    const extent = this.#held.extent();
    const common = { atMs: Date.now(), revision: extent.lastRevision, processes, extent };
    for (const viewer of this.#viewers.values()) {
      // Who is slow gets more at once, and no more than fits.
      if (!viewer.ready) continue;
      viewer.ready = false;
      viewer.send({ ...common, trouble: this.#trouble, ...viewer.feed.take() });
    }
  }

  #changedProcesses(): readonly ProcessRow[] | undefined {
    const rows = this.#readProcesses();
    const text = JSON.stringify(rows);
    if (text === this.#processes) return undefined;
    this.#processes = text;
    return rows;
  }

  #readProcesses(): readonly ProcessRow[] {
    const state = readState(layoutOf(this.#options.dataDir));
    return (state?.processes ?? []).map((one) => ({ ...one, isAlive: isAlive(one.pid) }));
  }
}
