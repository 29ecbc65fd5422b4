/**
 * Reads what a cluster records, or what a file holds, for the page, and answers its questions. Reads from the first
 * question or browser on. Runs in a thread of its own, see `observer-thread.ts`, with which all of it is forgotten.
 */

import { answer, type Question } from './answer.ts';
import { BATCH_EVERY_MS, Feed, type FeedFilter } from './feed.ts';
import { HeldTrace } from './held-trace.ts';
import type { FeedBatch, Hello, ProcessRow, Shown } from './protocol.ts';
import { sceneAt } from './queries.ts';
import { openSource, type Source, type SourceOptions } from './source.ts';

/** What it reads. */
export interface ObserverOptions {
  readonly cluster: string;
  readonly source: SourceOptions;
}

/** One browser. */
interface Viewer {
  readonly feed: Feed;
  readonly send: (message: Hello | FeedBatch) => void;
  /** It has taken what it was sent last. */
  ready: boolean;
}

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
  #source: Source | undefined;
  #opened: Promise<void> | undefined;
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
    const { shown, nowMs } = this.#present();
    send({ cluster, of: shown, atMs: nowMs, scene, extent, processes: this.#readProcesses() });
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
    const { source, cluster } = this.#options;
    this.#source = await openSource(source, cluster);
    this.#held.add(await this.#source.first());
    void this.#follow();
  }

  /** What has come since the last time. */
  async #read(): Promise<void> {
    const records = (await this.#source?.more()) ?? [];
    const fresh = this.#held.add(records);
    for (const { feed } of this.#viewers.values()) feed.add(fresh);
  }

  async #follow(): Promise<void> {
    for (;;) {
      const startedMs = performance.now();
      try {
        await this.#read();
        this.#trouble = '';
      } catch (error) {
        this.#trouble = `what was recorded cannot be read: ${(error as Error).message}`;
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
    const common = {
      atMs: this.#present().nowMs,
      revision: extent.lastRevision,
      processes,
      extent,
    };
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

  #present(): { readonly shown: Shown; readonly nowMs: number } {
    const source = this.#source;
    if (source === undefined) throw new Error('the observer is not open');
    return { shown: source.shown, nowMs: source.nowMs() };
  }

  #readProcesses(): readonly ProcessRow[] {
    return this.#source?.processes() ?? [];
  }
}
