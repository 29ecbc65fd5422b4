/**
 * Plays what has come at the speed of the viewer: in time, slower, one message at a time, or not at all. Holds what has
 * not been shown yet, up to a bound. Pure but for its own state; knows no clock: whoever owns it says how time passes.
 */
import type { Change, FeedBatch, FlownMessage } from '../protocol.ts';

/** How far behind the cluster the page plays in time: batches come that much apart, milliseconds. */
const BEHIND_MS = 450;
/** What waits to be shown; of more, the oldest messages are left out. */
export const WAITING_MAX = 6_000;
/** Silence is cut to this, in the viewer's milliseconds. */
const SILENCE_MS = 1_200;

/** What happened, in the order in which it is shown. */
type Item = { readonly atMs: number } & (
  | { readonly message: FlownMessage }
  | { readonly change: Change }
);

/** What is to be shown now. */
export interface Shown {
  readonly messages: readonly FlownMessage[];
  readonly changes: readonly Change[];
}

/** 1: as fast as it happens; 0.1: ten times slower. */
export type Speed = 1 | 0.1 | 0.01 | 0.001;

/** See the file comment. */
export class Playback {
  #items: Item[] = [];
  #clockMs = 0;
  #newestMs = 0;
  speed: Speed = 1;
  paused = false;
  /** Messages that were left out because too many waited. */
  skipped = 0;

  /** What the cluster's time is on the map. */
  get clockMs(): number {
    return this.#clockMs;
  }

  get waiting(): number {
    return this.#items.length;
  }

  /** How far the map is behind the cluster, milliseconds. */
  get behindMs(): number {
    return Math.max(0, this.#newestMs - BEHIND_MS - this.#clockMs);
  }

  /** Begins anew, at a moment. */
  reset(atMs: number): void {
    this.#items = [];
    this.#clockMs = atMs;
    this.#newestMs = atMs;
    this.skipped = 0;
  }

  add(batch: Pick<FeedBatch, 'atMs' | 'messages' | 'changes'>): void {
    this.#newestMs = Math.max(this.#newestMs, batch.atMs);
    const came: Item[] = [
      ...batch.messages.map((message) => ({ atMs: message.atMs, message })),
      ...batch.changes.map((change) => ({ atMs: change.atMs, change })),
    ];
    this.#items = [...this.#items, ...came].sort((one, other) => one.atMs - other.atMs);
    if (this.#items.length > WAITING_MAX) this.#shorten();
  }

  /** Leaves the oldest messages out; of changes the last of each pod and node has to stay, or the map would be wrong. */
  #shorten(): void {
    let over = this.#items.length - WAITING_MAX;
    this.#items = this.#items.filter((item) => {
      if (over <= 0 || 'change' in item) return true;
      over -= 1;
      this.skipped += 1;
      return false;
    });
    if (over <= 0) return;
    const last = new Map<string, Item>();
    for (const item of this.#items) if ('change' in item) last.set(nameOf(item.change), item);
    this.#items = this.#items.filter(
      (item) => 'message' in item || last.get(nameOf(item.change)) === item,
    );
  }

  /** Lets the viewer's time pass; gives what comes up in it. */
  pass(ms: number): Shown {
    if (this.paused) return { messages: [], changes: [] };
    const next = this.#items[0]?.atMs ?? this.#newestMs - BEHIND_MS;
    const silenceMs = SILENCE_MS * this.speed;
    const goal = this.#newestMs - BEHIND_MS;
    let clockMs = this.#clockMs + ms * this.speed;
    if (this.speed === 1) {
      // In time again, gently: a tab that slept has much to catch up with.
      const lagMs = goal - clockMs;
      if (lagMs > 2_000) clockMs = goal;
      else if (lagMs > 100) clockMs += ms;
    } else if (next - clockMs > silenceMs) clockMs = next - silenceMs;
    this.#clockMs = Math.max(this.#clockMs, Math.min(clockMs, this.#newestMs));
    return this.#take(this.#clockMs);
  }

  /** Goes on to the next message, and shows it alone. */
  step(): Shown {
    const at = this.#items.findIndex((item) => 'message' in item);
    const item = this.#items[at];
    if (item === undefined) return { messages: [], changes: [] };
    this.#clockMs = Math.max(this.#clockMs, item.atMs);
    return split(this.#items.splice(0, at + 1));
  }

  /** Shows the present: what has waited is over. */
  catchUp(): Shown {
    this.#clockMs = this.#newestMs - BEHIND_MS;
    const { changes } = this.#take(this.#clockMs);
    return { messages: [], changes };
  }

  #take(untilMs: number): Shown {
    let count = 0;
    while (count < this.#items.length && (this.#items[count]?.atMs ?? 0) <= untilMs) count += 1;
    return split(this.#items.splice(0, count));
  }
}

/** What a change is of. */
function nameOf(change: Change): string {
  if ('pod' in change) return `pod ${change.pod[0]}`;
  if ('node' in change) return `node ${change.node[0]}`;
  const { pod, node } = change.gone;
  return pod === undefined ? `node ${node}` : `pod ${pod}`;
}

function split(items: readonly Item[]): Shown {
  return {
    messages: items.flatMap((item) => ('message' in item ? [item.message] : [])),
    changes: items.flatMap((item) => ('change' in item ? [item.change] : [])),
  };
}
