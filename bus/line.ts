/**
 * One side of one channel: numbering, credit, order and the end. Owned by `channels.ts`.
 *
 * A message is handed on once and in order, or the channel is lost. Nothing is handed on after the end.
 */
import type { Channel, ChannelEnd } from './bus.ts';
import { CHANNEL_WINDOW, type ChannelFrame, FRAME } from './channels.ts';
import { guarded } from './wire.ts';

/** Messages a sender may queue beyond its window before the channel is lost. */
export const CHANNEL_QUEUE_MAX = 4096;

type Inbound = { readonly body: unknown } | { readonly end: ChannelEnd };

/** See the file comment. */
export class Line implements Channel {
  readonly id: string;
  readonly peer: string;
  readonly address: string;
  readonly #transmit: (frame: ChannelFrame) => void;
  readonly #forget: () => void;
  #state: 'open' | 'ending' | 'over' = 'open';
  #outbound: unknown[] = [];
  #sent = 0;
  #allowed: number;
  #blocked = false;
  #endBody: unknown;
  #inbound: Inbound[] = [];
  #received = 0;
  #receivedAtCheck = 0;
  #taken = 0;
  #granted = CHANNEL_WINDOW;
  #paused = false;
  #idle = false;
  #onMessage: ((body: unknown) => void) | undefined;
  #onEnd: ((end: ChannelEnd) => void) | undefined;
  onDrain: (() => void) | undefined;

  constructor(
    id: string,
    peer: string,
    address: string,
    window: number,
    transmit: (frame: ChannelFrame) => void,
    forget: () => void,
  ) {
    this.id = id;
    this.peer = peer;
    this.address = address;
    this.#allowed = window;
    this.#transmit = transmit;
    this.#forget = forget;
  }

  get sent(): number {
    return this.#sent;
  }

  /** The credit this side knows of, where it is used up. */
  get starvedAt(): number | undefined {
    return this.#sent >= this.#allowed ? this.#allowed : undefined;
  }

  get onMessage(): ((body: unknown) => void) | undefined {
    return this.#onMessage;
  }

  set onMessage(handler: ((body: unknown) => void) | undefined) {
    this.#onMessage = handler && guarded(handler);
    this.#handOnSoon();
  }

  get onEnd(): ((end: ChannelEnd) => void) | undefined {
    return this.#onEnd;
  }

  set onEnd(handler: ((end: ChannelEnd) => void) | undefined) {
    this.#onEnd = handler && guarded(handler);
    this.#handOnSoon();
  }

  send(body: unknown): boolean {
    if (this.#state !== 'open') return false;
    if (this.#outbound.length === 0 && this.#sent < this.#allowed) this.#sendNow(body);
    else this.#outbound.push(body);
    if (this.#outbound.length > CHANNEL_QUEUE_MAX) this.lose('the window is overrun');
    this.#blocked = this.#sent >= this.#allowed;
    return !this.#blocked;
  }

  #sendNow(body: unknown): void {
    this.#transmit([FRAME.data, this.#sent + 1, body]);
    this.#sent += 1;
  }

  end(body?: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = 'ending';
    this.#endBody = body;
    this.#inbound = [];
    this.#endIfSent();
  }

  #endIfSent(): void {
    if (this.#state !== 'ending' || this.#outbound.length > 0) return;
    this.#transmit([FRAME.end, this.#sent, this.#endBody]);
    this.#close();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#handOnSoon();
  }

  /** True where nothing was received since the last call. */
  takeIdle(): boolean {
    const idle = this.#idle;
    this.#idle = true;
    return idle;
  }

  receive(type: number, n: number, payload: unknown): void {
    this.#idle = false;
    if (this.#state === 'over') return;
    if (type === FRAME.credit) this.#credited(n);
    else if (type === FRAME.lost) this.#lost(String(payload));
    else if (this.#state === 'ending') return;
    else if (type === FRAME.data && n === this.#received + 1) {
      this.#received = n;
      this.#inbound.push({ body: payload });
      this.#handOn();
    } else if (type === FRAME.end && n === this.#received) {
      this.#close();
      const end: ChannelEnd = {
        kind: 'ended',
        ...(payload === undefined ? {} : { body: payload }),
      };
      this.#inbound.push({ end });
      this.#handOn();
    } else this.lose('messages were lost on the way');
  }

  #credited(allowed: number): void {
    this.#allowed = Math.max(this.#allowed, allowed);
    let next = 0;
    while (next < this.#outbound.length && this.#sent < this.#allowed) {
      this.#sendNow(this.#outbound[next]);
      next += 1;
    }
    this.#outbound.splice(0, next);
    this.#endIfSent();
    if (this.#state !== 'open' || !this.#blocked || this.#sent >= this.#allowed) return;
    this.#blocked = false;
    if (this.onDrain !== undefined) guarded(this.onDrain)();
  }

  /**
   * The peer says how many messages it has sent; two looks without progress tell that some were lost. A peer that
   * waits for credit says how much it knows of: what was granted beyond that was lost, and is told again.
   */
  check(sent: number, starvedAt: number | undefined): void {
    if (starvedAt !== undefined && starvedAt < this.#granted && this.#state === 'open') {
      this.#transmit([FRAME.credit, this.#granted, undefined]);
    }
    if (sent > this.#received && this.#received === this.#receivedAtCheck) {
      this.lose('messages were lost on the way');
    }
    this.#receivedAtCheck = this.#received;
  }

  /** Ends this side as lost and tells the peer, if it can still hear. */
  lose(reason: string): void {
    if (this.#state === 'over') return;
    this.#transmit([FRAME.lost, 0, reason]);
    this.#lost(reason);
  }

  #lost(reason: string): void {
    const told = this.#state === 'ending';
    this.#close();
    // The end must not wait for a reader that has paused; one that has only just got the channel takes what came
    // before the loss, or a long way to catch up would begin anew each time.
    const kept = this.#paused ? [] : this.#inbound;
    this.#inbound = told ? [] : [...kept, { end: { kind: 'lost', reason } }];
    this.#paused = false;
    this.#handOnSoon();
  }

  #close(): void {
    this.#state = 'over';
    this.#outbound = [];
    this.#forget();
  }

  #handOnSoon(): void {
    if (this.#inbound.length > 0) queueMicrotask(() => this.#handOn());
  }

  #handOn(): void {
    while (this.#inbound.length > 0 && !this.#paused) {
      const first = this.#inbound[0]!;
      if ('end' in first) {
        if (this.#onEnd === undefined) return;
        this.#inbound = [];
        this.#onEnd(first.end);
        return;
      }
      if (this.#onMessage === undefined) {
        if (this.#onEnd === undefined || !this.#isLost()) return;
        // Nobody reads this channel: its end is all there is to tell.
        this.#inbound = this.#inbound.slice(-1);
        continue;
      }
      this.#inbound.shift();
      this.#taken += 1;
      this.#grant();
      this.#onMessage(first.body);
    }
  }

  #isLost(): boolean {
    const last = this.#inbound.at(-1);
    return last !== undefined && 'end' in last && last.end.kind === 'lost';
  }

  #grant(): void {
    const granted = this.#taken + CHANNEL_WINDOW;
    if (this.#state !== 'open' || granted - this.#granted < CHANNEL_WINDOW / 2) return;
    this.#granted = granted;
    this.#transmit([FRAME.credit, granted, undefined]);
  }
}
