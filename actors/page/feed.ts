/**
 * The feed of one browser: gathers what came since the last batch, lets a filter choose, and leaves out messages where
 * there are more than can be sent, saying how many. What a batch weighs is bounded, whatever the cluster does.
 */
import { nodeOfKey, nodePicture, podOfKey, podPicture } from '../../machines/trace/picture.ts';
import type { TraceRecord, WriteTraced } from '../../machines/trace/record.ts';
import { messageOf, type PlaceOf } from './flow.ts';
import type { Change, FeedBatch, Flow, FlownMessage, NodeRow, PodRow } from './protocol.ts';

/** How often a batch is sent, milliseconds. */
export const BATCH_EVERY_MS = 200;
/** Messages in a batch, and changes of pods and nodes; what is beyond goes with the next. 250 KB a second at most. */
export const MESSAGES_MAX = 40;
const CHANGES_MAX = 300;
/** What the changes of a batch weigh at most, bytes, and what one weighs besides its names. */
const CHANGES_BYTES_MAX = 32 * 1024;
const CHANGE_BYTES = 80;
/** Letters of what a message says. */
const WORDS_MAX = 160;
/** Messages that wait to be chosen from; beyond, only their number is known. */
const WAITING_MAX = 4_000;

/** What a browser wants to see; '' is everything. */
export interface FeedFilter {
  /** Part of a message's words, of its sender or of its receiver. */
  readonly text: string;
  /** Kinds that are left out. */
  readonly without: ReadonlySet<string>;
}

type Gathered = Pick<
  FeedBatch,
  'messages' | 'messagesTotal' | 'flows' | 'steps' | 'lost' | 'changes'
>;

/** See the file comment. */
export class Feed {
  readonly #filter: FeedFilter;
  readonly #placeOf: PlaceOf;
  #messages: FlownMessage[] = [];
  #total = 0;
  #steps = 0;
  #lost = 0;
  readonly #flows = new Map<string, number>();
  #changed: WriteTraced[] = [];

  constructor(filter: FeedFilter, placeOf: PlaceOf) {
    this.#filter = filter;
    this.#placeOf = placeOf;
  }

  add(records: readonly TraceRecord[]): void {
    for (const record of records) {
      if (record.type === 'step') this.#steps += 1;
      else if (record.type === 'lost') this.#lost += record.count;
      else if (record.type === 'write' && isShown(record.key)) this.#changed.push(record);
      const message = messageOf(record, this.#placeOf);
      if (message !== undefined && this.#wants(message)) this.#flew(message);
    }
    if (this.#changed.length > WAITING_MAX) this.#coalesce();
  }

  #wants({ what, from, to, kind }: FlownMessage): boolean {
    const { text, without } = this.#filter;
    if (without.has(kind)) return false;
    return text === '' || [what, from, to].some((words) => words.includes(text));
  }

  #flew(message: FlownMessage): void {
    this.#total += 1;
    const flow = `${groupOf(message.from)} ${groupOf(message.to)}`;
    this.#flows.set(flow, (this.#flows.get(flow) ?? 0) + 1);
    if (this.#messages.length >= WAITING_MAX) return;
    this.#messages.push({ ...message, what: message.what.slice(0, WORDS_MAX) });
  }

  /** What has been gathered; the next batch begins empty, but for changes that had no place in this one. */
  take(): Gathered {
    const gathered = {
      messages: chosen(this.#messages),
      messagesTotal: this.#total,
      flows: [...this.#flows].map(flowOf),
      steps: this.#steps,
      lost: this.#lost,
      changes: this.#takeChanges(),
    };
    this.#messages = [];
    this.#flows.clear();
    this.#total = 0;
    this.#steps = 0;
    this.#lost = 0;
    return gathered;
  }

  /** Every state of a pod is sent while there is room; where there is none, the last one of each. */
  #coalesce(): void {
    this.#changed = [...new Map(this.#changed.map((write) => [write.key, write])).values()];
  }

  #takeChanges(): readonly Change[] {
    if (this.#changed.length > CHANGES_MAX) this.#coalesce();
    const changes: Change[] = [];
    let bytes = 0;
    for (const write of this.#changed) {
      const change = changeOf(write);
      bytes += CHANGE_BYTES + write.key.length + ('pod' in change ? change.pod[1].length : 0);
      if (changes.length >= CHANGES_MAX || bytes > CHANGES_BYTES_MAX) break;
      changes.push(change);
    }
    this.#changed = this.#changed.slice(changes.length);
    return changes;
  }
}

function changeOf(write: WriteTraced): Change {
  const { atMs, key } = write;
  const pod = podRow(write);
  if (pod !== undefined) return { atMs, pod };
  const node = nodeRow(write);
  if (node !== undefined) return { atMs, node };
  const gone = podOfKey(key);
  return { atMs, gone: gone === undefined ? { node: nodeOfKey(key) ?? '' } : { pod: gone } };
}

const isShown = (key: string): boolean =>
  podOfKey(key) !== undefined || nodeOfKey(key) !== undefined;

/** A pod as the map has it; undefined where it is gone, or is no pod. */
export function podRow({ key, object, operation }: WriteTraced): PodRow | undefined {
  const pod = podOfKey(key);
  if (pod === undefined || operation === 'delete' || object === undefined) return undefined;
  const { node, state } = podPicture(object);
  return [pod, node, state];
}

/** A node as the map has it; undefined where it is gone, or is no node. */
export function nodeRow({ key, object, operation }: WriteTraced): NodeRow | undefined {
  const node = nodeOfKey(key);
  if (node === undefined || operation === 'delete' || object === undefined) return undefined;
  return [node, nodePicture(object)];
}

/** Every n-th where there are too many; heartbeats, which are all alike, make room first. */
function chosen(messages: readonly FlownMessage[]): readonly FlownMessage[] {
  if (messages.length <= MESSAGES_MAX) return messages;
  const telling = messages.filter(({ kind }) => kind !== 'beat');
  const from = telling.length >= MESSAGES_MAX ? telling : messages;
  const every = from.length / MESSAGES_MAX;
  return Array.from({ length: MESSAGES_MAX }, (_, index) => from[Math.floor(index * every)]).filter(
    (one) => one !== undefined,
  );
}

const groupOf = (place: string): string => (place.startsWith('node/') ? 'node' : place);

function flowOf([flow, count]: readonly [string, number]): Flow {
  const [from = '', to = ''] = flow.split(' ');
  return { from, to, count };
}
