/**
 * The bus inside one process, for simulation and tests: same rules as NATS, and every delivery goes through an
 * injected scheduler, which may delay it, reorder it, or drop it.
 *
 * Deterministic: queue groups take turns, ids come from the given source, and nothing is delivered synchronously.
 */
import type { Bus } from './bus.ts';
import { type Clock, systemClock } from './clock.ts';
import { decode, encode } from './codec.ts';
import { createIds, type Ids, systemRandom } from './ids.ts';
import { Pending } from './pending.ts';
import { SubjectIndex } from './subject-index.ts';
import {
  type Arrived,
  BodyTooLarge,
  bare,
  type ConnectionState,
  type Frame,
  type Wire,
  type WireError,
} from './wire.ts';
import { WireBus } from './wire-bus.ts';

/** One delivery that the scheduler decides about. `from` and `to` name connections. */
export interface Hop {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
}

/** How a virtual bus is made. */
export interface VirtualBusOptions {
  /** Runs a delivery later, or never. Through `setImmediate` where absent. */
  readonly schedule?: (deliver: () => void, hop: Hop) => void;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** The name of the first connection. */
  readonly name?: string;
  /** Bodies are encoded and decoded, so that nobody shares memory. A fast simulation may turn it off. */
  readonly isolate?: boolean;
}

/** A bus in this process, and the faults a test may inject. */
export interface VirtualBus extends Bus {
  /** Another connection to the same network, with a bus of its own; with a clock and ids of its own where given. */
  connect(name: string, own?: { readonly clock?: Clock; readonly ids?: Ids }): VirtualBus;
  /** Cuts this connection off or joins it again; both directions, at once. */
  setConnected(connected: boolean): void;
  /** Ends this connection as the death of its process does: nobody is told, here or there. */
  vanish(): void;
}

const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** A network in this process with one connection to it. */
export function createVirtualBus(options: VirtualBusOptions = {}): VirtualBus {
  const network = new Network(options);
  return network.connect(options.name ?? 'bus');
}

interface Subscriber {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly wire: VirtualWire;
  readonly receive: (frame: Arrived) => void;
  closed: boolean;
}

type Body = { readonly bytes: Uint8Array } | { readonly shared: unknown };

class Network {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly #schedule: (deliver: () => void, hop: Hop) => void;
  readonly #isolate: boolean;
  readonly #exact = new Map<string, Set<Subscriber>>();
  readonly #wild = new SubjectIndex<Subscriber>();
  readonly #turns = new Map<string, number>();
  #connections = 0;

  constructor(options: VirtualBusOptions) {
    this.clock = options.clock ?? systemClock;
    this.ids = options.ids ?? createIds(systemRandom());
    this.#schedule = options.schedule ?? ((deliver) => setImmediate(deliver));
    this.#isolate = options.isolate ?? true;
  }

  connect(name: string, own: { readonly clock?: Clock; readonly ids?: Ids } = {}): VirtualBus {
    this.#connections += 1;
    const clock = own.clock ?? this.clock;
    const wire = new VirtualWire(this, name, `_INBOX_${this.#connections}`, clock);
    return Object.assign(new WireBus(wire, clock, own.ids ?? this.ids), {
      connect: (other: string, of?: typeof own) => this.connect(other, of),
      setConnected: (connected: boolean) => {
        wire.setState(connected ? 'connected' : 'disconnected');
      },
      vanish: () => wire.vanish(),
    });
  }

  subscribe(subscriber: Subscriber): () => void {
    const { pattern } = subscriber;
    if (/(?:^|\.)(?:\*|>)(?:\.|$)/.test(pattern)) {
      const remove = this.#wild.add(pattern, subscriber);
      return () => {
        subscriber.closed = true;
        remove();
      };
    }
    const set = this.#exact.get(pattern) ?? new Set();
    set.add(subscriber);
    this.#exact.set(pattern, set);
    return () => {
      subscriber.closed = true;
      set.delete(subscriber);
      if (set.size === 0 && this.#exact.get(pattern) === set) this.#exact.delete(pattern);
    };
  }

  /** Delivers to every subscriber and to one of each queue group; returns how many there are. */
  publish(from: VirtualWire, subject: string, frame: Frame, reply: string | undefined): number {
    const packed = this.#pack(subject, frame.body);
    const { kind, envelope, details } = frame;
    const targets = this.#targets(subject);
    for (const target of targets) {
      const hop = { subject, from: from.name, to: target.wire.name };
      this.#schedule(() => {
        if (target.closed || target.wire.state !== 'connected') return;
        const body = 'bytes' in packed ? decode(packed.bytes) : packed.shared;
        target.receive({ kind, envelope, details, body, subject, reply });
      }, hop);
    }
    return targets.length;
  }

  #targets(subject: string): readonly Subscriber[] {
    const matching = this.#wild.match(subject);
    const exact = this.#exact.get(subject);
    if (exact !== undefined) matching.unshift(...exact);
    const connected = ({ wire }: Subscriber) => wire.state === 'connected';
    const all = matching.every(connected) ? matching : matching.filter(connected);
    return all.some(({ queue }) => queue !== undefined) ? this.#takeTurns(all) : all;
  }

  /** Tells the asker that nobody listens, as a server does. */
  tellNoResponders(to: VirtualWire, subject: string, run: () => void): void {
    this.#schedule(run, { subject, from: 'network', to: to.name });
  }

  #pack(subject: string, body: unknown): Body {
    if (!this.#isolate) return { shared: body };
    const bytes = encode(body);
    if (bytes.length > BODY_BYTES_MAX)
      throw new BodyTooLarge(subject, bytes.length, BODY_BYTES_MAX);
    return { bytes };
  }

  #takeTurns(matching: readonly Subscriber[]): Subscriber[] {
    const targets: Subscriber[] = [];
    const groups = new Map<string, Subscriber[]>();
    for (const subscriber of matching) {
      if (subscriber.queue === undefined) targets.push(subscriber);
      else {
        const name = `${subscriber.pattern} ${subscriber.queue}`;
        groups.set(name, [...(groups.get(name) ?? []), subscriber]);
      }
    }
    for (const [name, members] of groups) {
      const turn = this.#turns.get(name) ?? 0;
      this.#turns.set(name, turn + 1);
      targets.push(members[turn % members.length]!);
    }
    return targets;
  }
}

class VirtualWire implements Wire {
  readonly name: string;
  readonly inbox: string;
  readonly #network: Network;
  readonly #requests: Pending<Arrived | WireError>;
  readonly #handlers = new Set<(state: ConnectionState) => void>();
  readonly #stops = new Set<() => void>();
  #state: ConnectionState = 'connected';

  constructor(network: Network, name: string, inbox: string, clock: Clock) {
    this.name = name;
    this.inbox = inbox;
    this.#network = network;
    this.#requests = new Pending(clock);
    this.subscribe(`${inbox}.r.*`, undefined, (frame) => {
      const token = frame.subject.slice(inbox.length + 3);
      if (frame.kind !== 'assure') this.#requests.settle(token, frame);
      else if (this.#requests.heard(token)) this.publish(frame.reply as string, bare('await'));
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  setState(state: ConnectionState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    if (state !== 'connected') this.#requests.settleAll('disconnected');
    for (const handler of this.#handlers) handler(state);
  }

  publish(subject: string, frame: Frame, reply?: string): void {
    if (this.#state !== 'connected') return;
    const listeners = this.#network.publish(this, subject, frame, reply);
    if (listeners > 0 || reply === undefined) return;
    this.#network.tellNoResponders(this, subject, () => {
      if (this.#state !== 'connected') return;
      const nobody = { ...frame, kind: 'message', envelope: undefined, body: undefined } as const;
      this.#network.publish(this, reply, nobody, undefined);
    });
  }

  request(
    subject: string,
    frame: Frame,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Arrived | WireError> {
    if (this.#state !== 'connected') return Promise.resolve('disconnected');
    return new Promise((resolve) => {
      const token = this.#requests.add(timeoutMs, 'timeout', resolve, silentMs);
      this.publish(subject, frame, `${this.inbox}.r.${token}`);
    });
  }

  subscribe(
    pattern: string,
    queue: string | undefined,
    receive: (frame: Arrived) => void,
  ): () => void {
    const subscriber: Subscriber = { pattern, queue, wire: this, receive, closed: false };
    const stop = this.#network.subscribe(subscriber);
    this.#stops.add(stop);
    return () => {
      this.#stops.delete(stop);
      stop();
    };
  }

  onState(handler: (state: ConnectionState) => void): () => void {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  }

  async close(): Promise<void> {
    this.setState('closed');
    this.vanish();
  }

  /** No more is sent or received; questions stay open for ever. */
  vanish(): void {
    this.#state = 'closed';
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }
}
