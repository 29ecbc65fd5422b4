/**
 * What the server of the page and the page in a browser say to each other. Types alone: the server writes them as JSON,
 * the browser reads them.
 */
import type { StateValue } from 'xstate';
import type { ObjectChange } from '../../machines/trace/object-changes.ts';
import type { NodeState, PodState } from '../../machines/trace/picture.ts';
import type { Place } from '../../machines/trace/place.ts';

/** `request`: asked of the apiserver. `write`: into the store. `news`: told by the apiserver. `beat`: a heartbeat. */
export type MessageKind = 'request' | 'write' | 'news' | 'beat' | 'other';

/** A message that went from one place to another. */
export interface FlownMessage {
  /** Id of the message; of a heartbeat that of the timer it was sent because of. */
  readonly id: string;
  /** When it was handled, milliseconds since the epoch. */
  readonly atMs: number;
  readonly from: Place;
  readonly to: Place;
  readonly kind: MessageKind;
  /** In words: `patch pods default/web`. */
  readonly what: string;
}

/** How many messages went from one place to another; all nodes are one place, `node`. */
export interface Flow {
  readonly from: Place;
  readonly to: Place;
  readonly count: number;
}

/** A pod: `namespace/name`, its node (may be ''), its state. */
export type PodRow = readonly [name: string, node: string, state: PodState];
export type NodeRow = readonly [name: string, state: NodeState];

/** What became of a pod or of a node, and when; `gone` once it is deleted. */
export type Change =
  | { readonly atMs: number; readonly pod: PodRow }
  | { readonly atMs: number; readonly node: NodeRow }
  | { readonly atMs: number; readonly gone: { readonly pod?: string; readonly node?: string } };

/** What a map shows at one moment. */
export interface Scene {
  readonly revision: number;
  readonly atMs: number;
  /** The write of this revision, in words, and the key of its record. */
  readonly what: string;
  readonly write: string;
  readonly nodes: readonly NodeRow[];
  readonly pods: readonly PodRow[];
  /** Pods there are; more than are listed above the bound. */
  readonly podsTotal: number;
}

/** What is remembered: time travel reaches as far as this. */
export interface Extent {
  readonly firstRevision: number;
  readonly lastRevision: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Records held, and how many of them can be. */
  readonly held: number;
  readonly heldMax: number;
}

/** A process of the cluster. */
export interface ProcessRow {
  readonly role: string;
  readonly name: string;
  readonly pid: number;
  readonly isAlive: boolean;
}

/** See `Hello`. */
export type Shown = 'cluster' | 'file' | 'played';

/** The first thing that a browser is sent. */
export interface Hello {
  /** What is shown: a cluster as it is, a whole file, or a file that is played from its beginning. */
  readonly of: Shown;
  /** The time there, milliseconds since the epoch. */
  readonly atMs: number;
  readonly cluster: string;
  readonly scene: Scene;
  readonly extent: Extent;
  readonly processes: readonly ProcessRow[];
}

/** What has come since the last one. */
export interface FeedBatch {
  /** Everything up to here is in this batch or in one before. */
  readonly atMs: number;
  readonly revision: number;
  readonly messages: readonly FlownMessage[];
  /** Messages there were, that the filter lets through; of more than can be sent, every n-th was. */
  readonly messagesTotal: number;
  readonly flows: readonly Flow[];
  /** Steps recorded by all processes. */
  readonly steps: number;
  /** Records that processes had to drop, or this one because the browser was too slow. */
  readonly lost: number;
  readonly changes: readonly Change[];
  readonly processes: readonly ProcessRow[] | undefined;
  readonly extent: Extent;
  /** Why nothing comes; '' while it does. */
  readonly trouble: string;
}

/** One record as a diagram draws it. */
export interface StoryEvent {
  /** Names the record: unique as long as it is held. */
  readonly key: string;
  readonly type: 'step' | 'write' | 'request' | 'dead';
  /** The line it stands on. */
  readonly lane: string;
  readonly place: Place;
  readonly atMs: number;
  readonly tookMs: number;
  readonly waitMs: number;
  readonly messageId: string;
  readonly from: string;
  readonly what: string;
  /** Keys of the records that caused it. */
  readonly causes: readonly string[];
  /** Of a step: `running -> backingOff`. */
  readonly move: string;
}

/** Records, and what caused what. */
export interface Story {
  readonly events: readonly StoryEvent[];
  /** Events there were; more than are given above the bound. */
  readonly total: number;
  /** Keys of the events of the critical path: what had to happen before the last of them, each the last to come. */
  readonly critical: readonly string[];
}

/** One record with everything there is of it. */
export interface Detail {
  readonly event: StoryEvent;
  readonly causes: readonly StoryEvent[];
  readonly effects: readonly StoryEvent[];
  /** Effects beyond those. */
  readonly effectsMore: number;
  /** Causes that are not held any more. */
  readonly missing: readonly string[];
  /** What began it all, first, to this event. */
  readonly because: readonly StoryEvent[];
  /** The record as it is; of a write with its object. */
  readonly body: unknown;
}

/** A machine's definition, flat. */
export interface Chart {
  readonly kind: string;
  readonly states: readonly ChartState[];
  readonly transitions: readonly ChartTransition[];
}

export interface ChartState {
  /** `a.b`; the root is ''. */
  readonly id: string;
  readonly name: string;
  /** Undefined of the states at the top. */
  readonly parent: string | undefined;
  readonly isParallel: boolean;
  readonly isInitial: boolean;
  readonly isFinal: boolean;
}

export interface ChartTransition {
  readonly from: string;
  readonly to: string;
  readonly labels: readonly string[];
}

/** An actor and what it did last, up to a moment. */
export interface ActorHistory {
  readonly actor: string;
  readonly kind: string;
  readonly state: StateValue | undefined;
  /** Ids of the states it is in. */
  readonly active: readonly string[];
  readonly done: boolean;
  /** Newest last. */
  readonly steps: readonly ActorStep[];
}

export interface ActorStep extends StoryEvent {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly effects: readonly string[];
}

/** Names that match, and how many there are. */
export interface Names {
  readonly names: readonly string[];
  readonly total: number;
}

/** One write of an object. */
export interface ObjectRevision {
  readonly key: string;
  readonly revision: number;
  readonly atMs: number;
  readonly operation: 'put' | 'delete';
  /** Who asked for it: a user, a controller, a pod's machine. */
  readonly who: string;
  /** In words, the nearest cause first: `handled pod.bound`, `admin: kubectl create`. */
  readonly why: string;
  readonly changes: readonly ObjectChange[];
  readonly object: unknown;
}

/** An object through time. */
export interface ObjectHistory {
  readonly key: string;
  /** Oldest first. */
  readonly revisions: readonly ObjectRevision[];
}
