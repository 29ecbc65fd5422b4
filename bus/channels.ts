/**
 * Channels over any wire: two-way streams with credit, an explicit end and liveness.
 *
 *     opener                                 acceptor
 *     open -> <subject>                      accept or refuse -> <opener's inbox>.c.<channel>
 *     frames -> <subject>.<instance>.<channel>      frames -> <opener's inbox>.c.<channel>
 *
 * The opener's address is the reply subject of its opening, so an acceptor that may only answer can stream.
 * Instances ping each other, not channels: one small frame for each silent peer every few seconds, and none when
 * there is no channel. The answer tells what a ping would, so that one side pings and the other answers. What is lost is
 * noticed by frame numbers, at the latest with the next ping.
 */
import type { Channel, Opening, OpenResult, Subscription } from './bus.ts';
import type { Clock } from './clock.ts';
import type { Envelope } from './envelope.ts';
import type { Ids } from './ids.ts';
import { Line } from './line.ts';
import { Pending } from './pending.ts';
import { type Arrived, guarded, type Wire } from './wire.ts';

/** Messages a sender may have on the way before the receiver has taken them. */
export const CHANNEL_WINDOW = 256;
/** A peer not heard for this long is asked whether it is there. */
export const PEER_PING_MS = 2000;
/** A peer not heard for this long is lost, and its channels with it. */
export const PEER_LOST_MS = 6000;
/** Openings remembered, so that one that arrives twice is served once. */
const OPENINGS_SEEN_MAX = 1000;
/** Channels checked by one ping. */
const CHECKS_MAX = 1000;

/** What travels in a channel frame's body: a type, a number and a payload. */
export type ChannelFrame = readonly [type: number, n: number, payload: unknown];
/** Types of channel frames; numbers, because every message pays for them. */
export const FRAME = { data: 0, credit: 1, end: 2, lost: 3, ping: 4, pong: 5 } as const;

interface Check {
  readonly channel: string;
  readonly sent: number;
  /** Where the sender waits for credit: what it knows of. */
  readonly starvedAt?: number;
}

interface Peer {
  heardMs: number;
  /** When an answer last told it what a ping would. */
  checkedMs: number;
  readonly lines: Set<Line>;
}

/** All channels of one bus. */
export class Channels {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #instance: string;
  readonly #lines = new Map<string, Line>();
  readonly #peers = new Map<string, Peer>();
  readonly #served = new Map<string, { users: number; stop: () => void }>();
  readonly #openings: Pending<OpenResult>;
  readonly #openingTokens = new Map<string, { readonly token: string; readonly subject: string }>();
  #stopInbox: (() => void) | undefined;
  #ticking = false;

  constructor(wire: Wire, clock: Clock, ids: Ids) {
    this.#wire = wire;
    this.#clock = clock;
    this.#ids = ids;
    this.#instance = ids.token();
    this.#openings = new Pending(clock);
    wire.onState((state) => {
      if (state === 'connected') return;
      this.#openings.settleAll({ ok: false, error: 'disconnected' });
      for (const line of [...this.#lines.values()]) line.lose(state);
    });
  }

  /** Ends all channels as lost, and lets the peers know. */
  close(): void {
    for (const line of [...this.#lines.values()]) line.lose('closed');
  }

  open(subject: string, body: unknown, envelope: Envelope, timeoutMs: number): Promise<OpenResult> {
    if (this.#wire.state !== 'connected') {
      return Promise.resolve({ ok: false, error: 'disconnected' });
    }
    this.#stopInbox ??= this.#wire.subscribe(`${this.#wire.inbox}.c.*`, undefined, (frame) =>
      this.#arrived(frame, 'o'),
    );
    const id = this.#ids.token();
    return new Promise((resolve) => {
      const settle = (result: OpenResult) => {
        this.#openingTokens.delete(id);
        resolve(result);
      };
      const token = this.#openings.add(timeoutMs, { ok: false, error: 'timeout' }, settle);
      this.#openingTokens.set(id, { token, subject });
      const details = `${id} ${this.#instance} ${CHANNEL_WINDOW}`;
      const reply = `${this.#wire.inbox}.c.${id}`;
      this.#wire.publish(subject, { kind: 'open', envelope, details, body }, reply);
    });
  }

  serve(
    subject: string,
    handler: (opening: Opening) => void,
    options?: { readonly queue?: string },
  ): Subscription {
    const pattern = `${subject}.${this.#instance}.*`;
    const stopFrames = this.#receiveFrames(pattern);
    const run = guarded(handler);
    const seen = new Set<string>();
    const stop = this.#wire.subscribe(subject, options?.queue, (frame) => {
      const { kind, envelope, reply } = frame;
      if (kind !== 'open' || envelope === undefined || reply === undefined) return;
      if (isNew(seen, frame.details)) run(this.#opening(frame, envelope, reply, pattern));
    });
    return {
      close: () => {
        stop();
        stopFrames();
      },
    };
  }

  /** Frames of accepted channels; shared where a subject is served twice, and kept while channels live. */
  #receiveFrames(address: string): () => void {
    const existing = this.#served.get(address);
    const served = existing ?? {
      users: 0,
      stop: this.#wire.subscribe(address, undefined, (frame) => this.#arrived(frame, 'a')),
    };
    this.#served.set(address, served);
    served.users += 1;
    let closed = false;
    return () => {
      if (closed) return;
      closed = true;
      served.users -= 1;
      if (served.users > 0) return;
      served.stop();
      this.#served.delete(address);
    };
  }

  #opening(frame: Arrived, envelope: Envelope, reply: string, pattern: string): Opening {
    const [id = '', peer = '', window = '0'] = frame.details.split(' ');
    let settled = false;
    const settle = (kind: 'accept' | 'refuse', details: string, body: unknown) => {
      if (settled) throw new Error('an opening is accepted or refused once');
      settled = true;
      this.#wire.publish(reply, { kind, envelope: undefined, details, body });
    };
    return {
      subject: frame.subject,
      envelope,
      body: frame.body,
      refuse: (body) => settle('refuse', '', body),
      accept: () => {
        const address = `${frame.subject}.${this.#instance}.${id}`;
        settle('accept', `${this.#instance} ${address} ${CHANNEL_WINDOW}`, undefined);
        const release = this.#receiveFrames(pattern);
        return this.#line(`a:${id}`, peer, reply, Number(window), release);
      },
    };
  }

  #arrived(frame: Arrived, side: 'o' | 'a'): void {
    const id = frame.subject.slice(frame.subject.lastIndexOf('.') + 1);
    const opening = this.#openingTokens.get(id);
    if (side === 'o' && opening !== undefined && frame.kind !== 'channel') {
      this.#openings.settle(opening.token, this.#opened(frame, opening.subject, id));
      return;
    }
    if (frame.kind !== 'channel' || !Array.isArray(frame.body)) return;
    const [type, n, payload] = frame.body as unknown as ChannelFrame;
    const line = this.#lines.get(`${side}:${id}`);
    if (type === FRAME.ping && isPeerReport(payload)) this.#pinged(payload, frame.reply);
    else if (type === FRAME.pong && isPeerReport(payload)) this.#ponged(payload, frame.reply);
    else if (line !== undefined) {
      this.#heard(line.peer);
      line.receive(type, n, payload);
    }
  }

  #opened(frame: Arrived, subject: string, id: string): OpenResult {
    if (frame.kind === 'refuse') return { ok: false, error: 'refused', body: frame.body };
    if (frame.kind !== 'accept') return { ok: false, error: 'no responders' };
    const [peer = '', address = '', window = '0'] = frame.details.split(' ');
    // Frames go to who serves that subject, wherever an acceptor would like them to go.
    if (address !== `${subject}.${peer}.${id}`) return { ok: false, error: 'no responders' };
    return { ok: true, channel: this.#line(`o:${id}`, peer, address, Number(window)) };
  }

  #line(
    id: string,
    peerId: string,
    address: string,
    window: number,
    release?: () => void,
  ): Channel {
    const send = (frame: ChannelFrame) => this.#send(address, frame);
    const over = () => {
      this.#over(line);
      release?.();
    };
    const line: Line = new Line(id, peerId, address, window, send, over);
    const peer = this.#peers.get(peerId) ?? { heardMs: 0, checkedMs: 0, lines: new Set() };
    this.#peers.set(peerId, peer);
    peer.heardMs = this.#clock.nowMs();
    peer.lines.add(line);
    this.#lines.set(id, line);
    this.#tickLater();
    return line;
  }

  #over(line: Line): void {
    this.#lines.delete(line.id);
    const peer = this.#peers.get(line.peer);
    peer?.lines.delete(line);
    if (peer?.lines.size === 0) this.#peers.delete(line.peer);
  }

  #send(address: string, body: ChannelFrame, reply?: string): void {
    this.#wire.publish(address, { kind: 'channel', envelope: undefined, details: '', body }, reply);
  }

  #heard(peerId: string): void {
    const peer = this.#peers.get(peerId);
    if (peer !== undefined) peer.heardMs = this.#clock.nowMs();
  }

  #tickLater(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#clock.setTimer(PEER_PING_MS, () => {
      this.#ticking = false;
      for (const peer of [...this.#peers.values()]) this.#checkPeer(peer);
      if (this.#lines.size > 0) this.#tickLater();
    });
  }

  #checkPeer(peer: Peer): void {
    if (this.#clock.nowMs() - peer.heardMs >= PEER_LOST_MS) {
      for (const line of [...peer.lines]) line.lose('the peer is silent');
      return;
    }
    if (this.#clock.nowMs() - peer.checkedMs < PEER_PING_MS) return;
    const idle = [...peer.lines].filter((line) => line.takeIdle());
    for (let i = 0; i < idle.length; i += CHECKS_MAX) {
      const lines = idle.slice(i, i + CHECKS_MAX);
      const report = [this.#instance, lines.map(checkOf)];
      this.#send(lines[0]!.address, [FRAME.ping, 0, report], this.#pongs());
    }
  }

  /** Where pongs go; nobody may have opened a channel from here yet, so that nobody listens to the inbox yet. */
  #pongs(): string {
    this.#stopInbox ??= this.#wire.subscribe(`${this.#wire.inbox}.c.*`, undefined, (frame) =>
      this.#arrived(frame, 'o'),
    );
    return `${this.#wire.inbox}.c.pong`;
  }

  #pinged([peer, checks]: PeerReport, reply: string | undefined): void {
    this.#heard(peer);
    const unknown = this.#check(checks as Check[]);
    if (reply === undefined) return;
    const report = [this.#instance, unknown, this.#checksFor(peer)];
    this.#send(reply, [FRAME.pong, 0, report], this.#pongs());
  }

  #ponged([peer, unknown, checks = []]: PeerReport, reply: string | undefined): void {
    this.#heard(peer);
    for (const channel of unknown as string[])
      this.#lines.get(channel)?.lose('the peer does not know it');
    const gone = this.#check(checks as Check[]);
    if (gone.length > 0 && reply !== undefined) {
      this.#send(reply, [FRAME.pong, 0, [this.#instance, gone]]);
    }
  }

  /** Looks at the channels a peer tells of; those that are not here are given back. */
  #check(checks: readonly Check[]): string[] {
    const unknown: string[] = [];
    for (const { channel, sent, starvedAt } of checks) {
      const here = this.#lines.get(otherSide(String(channel)));
      if (here === undefined) unknown.push(channel);
      else here.check(sent, starvedAt);
    }
    return unknown;
  }

  /** What a ping would tell a peer now; nothing where that is too much for one answer. */
  #checksFor(peerId: string): readonly Check[] {
    const peer = this.#peers.get(peerId);
    if (peer === undefined || peer.lines.size > CHECKS_MAX) return [];
    peer.checkedMs = this.#clock.nowMs();
    return [...peer.lines].filter((line) => line.takeIdle()).map(checkOf);
  }
}

function checkOf({ id, sent, starvedAt }: Line): Check {
  return { channel: id, sent, ...(starvedAt === undefined ? {} : { starvedAt }) };
}

/**
 * What a ping or a pong says: the speaker's instance, and checks of its channels. A pong begins with the channels of
 * the ping that are not there.
 */
type PeerReport = readonly [
  instance: string,
  items: readonly unknown[],
  checks?: readonly unknown[],
];

function isPeerReport(payload: unknown): payload is PeerReport {
  if (!Array.isArray(payload) || typeof payload[0] !== 'string') return false;
  return Array.isArray(payload[1]) && (payload[2] === undefined || Array.isArray(payload[2]));
}

/** Notes an opening; false where it was there before. */
function isNew(seen: Set<string>, opening: string): boolean {
  if (seen.has(opening)) return false;
  seen.add(opening);
  const [oldest] = seen;
  if (seen.size > OPENINGS_SEEN_MAX) seen.delete(oldest as string);
  return true;
}

/** The peer's name of a channel: what was opened here was accepted there. */
function otherSide(channel: string): string {
  return `${channel.startsWith('o') ? 'a' : 'o'}${channel.slice(1)}`;
}
