/**
 * The observer as the page's server has it: a thread that is started by the first question and ended when nobody has
 * asked for a while, its memory with it.
 */
import { Worker } from 'node:worker_threads';
import type { Question } from './answer.ts';
import type { ObserverOptions } from './observer.ts';

/** What the thread is told; each question and each browser has an id. */
export type ToThread =
  | { readonly id: number; readonly do: 'ask'; readonly question: Question }
  | {
      readonly id: number;
      readonly do: 'watch';
      readonly text: string;
      readonly without: readonly string[];
    }
  | { readonly id: number; readonly do: 'taken' | 'unwatch' };

/** What it says: an answer or a batch (empty: there is no such thing), or why it cannot. */
export type FromThread =
  | { readonly id: number; readonly text: string }
  | { readonly id: number; readonly failed: string };

/** A browser that watches. */
export interface Watcher {
  /** Called with each batch; the next comes after `taken`. */
  readonly receive: (text: string) => void;
  readonly failed: (why: string) => void;
}

/** What the server needs of the observer. */
export interface ObserverLink {
  /** The answer as JSON; undefined where there is no such thing. Rejects where the trail cannot be read. */
  ask(question: Question): Promise<string | undefined>;
  watch(
    filter: { readonly text: string; readonly without: readonly string[] },
    watcher: Watcher,
  ): { taken(): void; close(): void };
  close(): Promise<void>;
}

/** How long nobody has to have asked, milliseconds. */
const IDLE_MS = 60_000;

/** The link; starts nothing yet. The access is asked for when the thread starts. */
export function linkObserver(options: () => ObserverOptions): ObserverLink {
  return new ThreadLink(options);
}

class ThreadLink implements ObserverLink {
  readonly #options: () => ObserverOptions;
  readonly #waiting = new Map<number, (message: FromThread) => void>();
  #thread: Worker | undefined;
  #ids = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: () => ObserverOptions) {
    this.#options = options;
  }

  ask(question: Question): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const id = this.#expect((message) => {
        this.#forget(id);
        if ('failed' in message) reject(new Error(message.failed));
        else resolve(message.text === '' ? undefined : message.text);
      });
      this.#tell({ id, do: 'ask', question });
    });
  }

  watch(
    { text, without }: { readonly text: string; readonly without: readonly string[] },
    { receive, failed }: Watcher,
  ) {
    const id = this.#expect((message) => {
      if ('failed' in message) failed(message.failed);
      else receive(message.text);
    });
    this.#tell({ id, do: 'watch', text, without });
    return {
      taken: () => this.#thread?.postMessage({ id, do: 'taken' } satisfies ToThread),
      close: () => {
        this.#thread?.postMessage({ id, do: 'unwatch' } satisfies ToThread);
        this.#forget(id);
      },
    };
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#thread?.terminate();
  }

  #expect(receive: (message: FromThread) => void): number {
    clearTimeout(this.#idle);
    this.#ids += 1;
    this.#waiting.set(this.#ids, receive);
    return this.#ids;
  }

  #forget(id: number): void {
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.#thread?.terminate();
      this.#thread = undefined;
    }, IDLE_MS).unref();
  }

  #tell(message: ToThread): void {
    this.#thread ??= this.#start();
    this.#thread.postMessage(message);
  }

  #start(): Worker {
    const thread = new Worker(new URL('./observer-thread.js', import.meta.url), {
      workerData: this.#options(),
    });
    thread.unref();
    thread.on('message', (message: FromThread) => this.#waiting.get(message.id)?.(message));
    const ended = (why: string): void => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      for (const [id, receive] of [...this.#waiting]) {
        this.#waiting.delete(id);
        receive({ id, failed: why });
      }
    };
    thread.on('error', (error) => ended(error.message));
    thread.on('exit', () => ended('the observer ended'));
    return thread;
  }
}
