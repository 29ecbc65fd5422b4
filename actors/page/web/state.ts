/**
 * What the page shows now: what the feed has brought, where the viewer stands in time, and what is selected. Every part
 * of the page reads it here; what changes it is here too.
 */
import { computed, effect, signal } from '@preact/signals';
import type {
  Change,
  Extent,
  FeedBatch,
  FlownMessage,
  Hello,
  NodeRow,
  PodRow,
  ProcessRow,
  Scene,
} from '../protocol.ts';
import { Playback, type Shown, type Speed } from './playback.ts';
import { ask, follow } from './server.ts';

export const VIEWS = ['map', 'time', 'machines', 'objects'] as const;
export type View = (typeof VIEWS)[number];

/** What the reader looks at more closely. */
export type Selection =
  | { readonly of: 'event'; readonly key: string }
  | { readonly of: 'object'; readonly key: string }
  | { readonly of: 'place'; readonly place: string };

/** What the space-time diagram is about. */
export type Focus =
  | { readonly of: 'recent' }
  | { readonly of: 'about' | 'around'; readonly key: string };

/** A moment of the past; undefined is the present. */
export interface Moment {
  readonly revision: number;
  readonly atMs: number;
  /** What was written then. */
  readonly what: string;
  readonly write: string;
}

export const view = signal<View>('map');
export const selection = signal<Selection | undefined>(undefined);
export const focus = signal<Focus>({ of: 'recent' });
export const actor = signal('');
export const objectKey = signal('');
export const moment = signal<Moment | undefined>(undefined);
export const helpShown = signal(false);

export const cluster = signal('');
export const connected = signal(false);
export const trouble = signal('');
export const extent = signal<Extent | undefined>(undefined);
export const processes = signal<readonly ProcessRow[]>([]);
/** Pods and nodes as the map shows them; a new map whenever something of it changes. */
export const pods = signal<ReadonlyMap<string, PodRow>>(new Map());
export const nodes = signal<ReadonlyMap<string, NodeRow>>(new Map());
export const podsTotal = signal(0);

export const feedText = signal('');
export const feedWithout = signal<readonly string[]>([]);

/** A cluster as it is, or a file. */
export const shown = signal<Hello['of']>('cluster');
export const paused = signal(false);
export const speed = signal<Speed>(1);
/** The newest message on the map, in words. */
export const lastMessage = signal<FlownMessage | undefined>(undefined);
/** Of the last second: messages there were, messages sent, steps, bytes. */
export const rate = signal({ messages: 0, shown: 0, steps: 0, bytes: 0 });
export const flows = signal<ReadonlyMap<string, number>>(new Map());
export const lost = signal(0);

export const playback = new Playback();
/** Called with messages that are to be seen on their way. */
export const flights = new Set<(messages: readonly FlownMessage[]) => void>();

/** What questions about the past are asked with. */
export const until = computed(() => moment.value?.atMs);
export const revision = computed(() => moment.value?.revision);

const RATE_MS = 1_000;
let counted = { sinceMs: 0, messages: 0, shown: 0, steps: 0, bytes: 0 };
let counting = new Map<string, number>();
let live: Scene | undefined;
/** The time where the page looks. */
let presentMs = 0;

function showScene(scene: Scene): void {
  pods.value = new Map(scene.pods.map((row) => [row[0], row]));
  nodes.value = new Map(scene.nodes.map((row) => [row[0], row]));
  podsTotal.value = scene.podsTotal;
}

function onHello(hello: Hello): void {
  cluster.value = hello.cluster;
  extent.value = hello.extent;
  processes.value = hello.processes;
  connected.value = true;
  trouble.value = '';
  live = hello.scene;
  shown.value = hello.of;
  presentMs = hello.atMs;
  playback.reset(presentMs);
  if (moment.value === undefined) showScene(hello.scene);
}

function onBatch(batch: FeedBatch, bytes: number): void {
  presentMs = batch.atMs;
  extent.value = batch.extent;
  trouble.value = batch.trouble;
  if (batch.processes !== undefined) processes.value = batch.processes;
  if (batch.lost > 0) lost.value += batch.lost;
  if (moment.value === undefined) playback.add(batch);
  count(batch, bytes);
}

function count(batch: FeedBatch, bytes: number): void {
  counted.messages += batch.messagesTotal;
  counted.shown += batch.messages.length;
  counted.steps += batch.steps;
  counted.bytes += bytes;
  for (const flow of batch.flows) {
    const key = `${flow.from} ${flow.to}`;
    counting.set(key, (counting.get(key) ?? 0) + flow.count);
  }
  const nowMs = performance.now();
  const lasted = nowMs - counted.sinceMs;
  if (lasted < RATE_MS) return;
  const each = (value: number): number => Math.round((value * 1_000) / lasted);
  const { messages, shown, steps } = counted;
  rate.value = {
    ...{ messages: each(messages), shown: each(shown), steps: each(steps) },
    bytes: each(counted.bytes),
  };
  flows.value = counting;
  counting = new Map();
  counted = { sinceMs: nowMs, messages: 0, shown: 0, steps: 0, bytes: 0 };
}

/** Puts what is to be seen now on the map. */
export function show({ messages, changes }: Shown): void {
  if (changes.length > 0) apply(changes);
  const last = messages.at(-1);
  if (last === undefined) return;
  lastMessage.value = last;
  for (const fly of flights) fly(messages);
}

function apply(changes: readonly Change[]): void {
  const nextPods = new Map(pods.value);
  let nextNodes: Map<string, NodeRow> | undefined;
  for (const change of changes) {
    if ('pod' in change) nextPods.set(change.pod[0], change.pod);
    else if ('node' in change) {
      nextNodes ??= new Map(nodes.value);
      nextNodes.set(change.node[0], change.node);
    } else if (change.gone.pod !== undefined) nextPods.delete(change.gone.pod);
    else {
      nextNodes ??= new Map(nodes.value);
      nextNodes.delete(change.gone.node ?? '');
    }
  }
  podsTotal.value += nextPods.size - pods.value.size;
  pods.value = nextPods;
  if (nextNodes !== undefined) nodes.value = nextNodes;
}

/** Lets the viewer's time pass. */
export function pass(ms: number): void {
  if (moment.value === undefined) show(playback.pass(ms));
}

/** How often time passes where no map is drawn, milliseconds. */
const UNSEEN_MS = 250;

/** Follows the cluster, with whatever is chosen to be left out. */
export function start(): void {
  let beforeMs = performance.now();
  setInterval(() => {
    const nowMs = performance.now();
    if (flights.size === 0 || document.hidden) pass(nowMs - beforeMs);
    beforeMs = nowMs;
  }, UNSEEN_MS);
  effect(() => {
    const choice = { text: feedText.value, without: feedWithout.value };
    return follow(choice, {
      hello: onHello,
      batch: onBatch,
      trouble: (why) => {
        trouble.value = why;
        connected.value = false;
      },
    });
  });
}

export function pause(now = !paused.value): void {
  paused.value = now;
  playback.paused = now;
  // In real time it goes on with the present; slowed down, where it was.
  if (!now && speed.value === 1) show(playback.catchUp());
}

export function step(): void {
  pause(true);
  show(playback.step());
}

export function setSpeed(next: Speed): void {
  speed.value = next;
  playback.speed = next;
  pause(false);
}

/** To the present: of time travel, of a pause, of slow motion. */
export async function goLive(): Promise<void> {
  const wasPast = moment.value !== undefined;
  moment.value = undefined;
  setSpeed(1);
  if (!wasPast) return;
  playback.reset(presentMs);
  const scene = await ask<Scene>('scene').catch(() => live);
  if (scene !== undefined && moment.value === undefined) showScene(scene);
}

let travelling: AbortController | undefined;

/** To a revision of the past. */
export async function travel(to: number): Promise<void> {
  travelling?.abort();
  travelling = new AbortController();
  try {
    const scene = await ask<Scene>('scene', { revision: to }, travelling.signal);
    if (scene === undefined) return;
    const { atMs, what, write } = scene;
    moment.value = { revision: to, atMs, what, write };
    playback.reset(scene.atMs);
    showScene(scene);
  } catch (error) {
    if ((error as Error).name !== 'AbortError') trouble.value = (error as Error).message;
  }
}

/** Opens the space-time diagram about something. */
export function tell(about: Focus): void {
  focus.value = about;
  if (about.of !== 'recent') {
    selection.value =
      about.of === 'around' ? { of: 'event', key: about.key } : { of: 'object', key: about.key };
  }
  view.value = 'time';
}

export function openActor(name: string): void {
  actor.value = name;
  view.value = 'machines';
}

export function openObject(key: string): void {
  objectKey.value = key;
  view.value = 'objects';
}
