/**
 * Keeps a watch going: the current objects first, then every change, across ended and lost watches,
 * as a client-go reflector does.
 *
 * A watch that ends is resumed where it was; where that is not possible, everything is read anew.
 * Never gives up until closed.
 */
import type { Envelope } from '../bus/envelope.ts';
import type { ApiReply } from '../machines/api/request.ts';
import type { AnyObject } from '../machines/api/view.ts';
import type { WatchEndReason, WatchType } from './apiserver/api.ts';
import type { Clock } from './clock.ts';

/** Something that can be ended; ending it twice does nothing. */
export interface Closeable {
  close(): void;
}

/** The message that an object's state was written with, where it is known. */
export type CauseOf = (object: object) => Envelope | undefined;

/** What a watch tells. */
export interface WatchHandlers {
  /** All selected objects as of a revision: at the start, and again after `onLost`; each with its cause. */
  onSync(objects: readonly AnyObject[], revision: number, causeOf: CauseOf): void;
  /** One change, in order; the cause is the message that the state was written with. */
  onEvent(
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    object: AnyObject,
    cause: Envelope | undefined,
  ): void;
  /** The watch is interrupted; `onSync` follows when it is back. */
  onLost(): void;
}

/** How a watch is opened with these options; one at a time. */
export interface ReflectOptions {
  readonly clock: Clock;
  readonly handlers: WatchHandlers;
  readonly open: (
    query: Readonly<Record<string, string>>,
    sink: {
      onEvent(type: WatchType, object: AnyObject, cause: Envelope | undefined): void;
      onEnd(reason: WatchEndReason | 'lost'): void;
    },
  ) => Promise<Closeable | ApiReply>;
}

const backOffMsFirst = 50;
const backOffMsMax = 5_000;
const initialEnd = 'k8s.io/initial-events-end';

/** Starts; the first `onSync` comes when an apiserver has answered. */
export function reflect({ clock, handlers, open }: ReflectOptions): Closeable {
  let closed = false;
  let current: Closeable | undefined;
  let cancelRetry: () => void = () => {};
  /** Revision to resume from; undefined: read everything. */
  let revision: string | undefined;
  let failures = 0;
  let lost = false;
  let round = 0;

  function lose(): void {
    revision = undefined;
    if (lost) return;
    lost = true;
    handlers.onLost();
  }

  function retry(): void {
    if (closed) return;
    const delay = Math.min(backOffMsMax, backOffMsFirst * 2 ** Math.min(failures, 10));
    failures += 1;
    cancelRetry = clock.at(clock.nowMs() + delay, run);
  }

  function queryOf(): Readonly<Record<string, string>> {
    if (revision !== undefined) return { resourceVersion: revision, allowWatchBookmarks: 'true' };
    return {
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
    };
  }

  async function run(): Promise<void> {
    if (closed) return;
    round += 1;
    const mine = round;
    const sink = sinkOf(() => !closed && mine === round);
    const opened = await open(queryOf(), sink);
    if ('code' in opened) {
      if (closed || mine !== round) return;
      lose();
      retry();
    } else if (closed || mine !== round || sink.ended()) opened.close();
    else current = opened;
  }

  /** Receives one watch; `live` is false once another one has taken its place. */
  function sinkOf(live: () => boolean) {
    const initial: AnyObject[] = [];
    const causes = new Map<object, Envelope>();
    let syncing = revision === undefined;
    let over = false;
    return {
      ended: () => over,
      onEvent(type: WatchType, object: AnyObject, cause: Envelope | undefined): void {
        if (!live() || over) return;
        if (type === 'ERROR') {
          lose();
          return;
        }
        if (syncing && type === 'ADDED') {
          initial.push(object);
          if (cause !== undefined) causes.set(object, cause);
          return;
        }
        const at = object.metadata?.resourceVersion;
        if (type === 'BOOKMARK') {
          const ends = object.metadata?.annotations?.[initialEnd] === 'true';
          if (syncing && ends) {
            syncing = false;
            lost = false;
            handlers.onSync(initial.splice(0), Number(at), (one) => causes.get(one));
            causes.clear();
          }
          if (!syncing) revision = at;
        } else {
          handlers.onEvent(type, object, cause);
          revision = at;
        }
        failures = 0;
      },
      onEnd(reason: WatchEndReason | 'lost'): void {
        if (!live() || over) return;
        over = true;
        current = undefined;
        if (reason === 'gone' || syncing) lose();
        retry();
      },
    };
  }

  void run();
  return {
    close() {
      closed = true;
      cancelRetry();
      current?.close();
      current = undefined;
    },
  };
}
