/**
 * A TCP proxy between one process and one NATS server, which cuts, holds back, delays or narrows what passes.
 *
 * Never loses a byte of a connection that lives: a partition holds back, as TCP does, and healing delivers. Never
 * tells the client of other servers, to which it would go round this proxy. Needs no root.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../clock.ts';
import { InfoFilter } from './nats-info.ts';
import { type PipeFaults, TcpPipe } from './tcp-pipe.ts';

/** Which way: what the process sends is on its way to the target. */
export type ProxyDirection = 'both' | 'toClient' | 'toTarget';

/** One fault of a connection; one of each kind at a time. */
export type ProxyFault =
  /** Connections are reset, new ones too. */
  | { readonly kind: 'cut' }
  /** A partition: connections stay open and nothing passes; nobody can connect anew, whatever the direction. */
  | { readonly kind: 'blackhole'; readonly direction: ProxyDirection }
  /** All comes so much later, plus up to `jitterMs`, in order. Both directions where none is given. */
  | {
      readonly kind: 'latency';
      readonly ms: number;
      readonly jitterMs?: number;
      readonly direction?: ProxyDirection;
    }
  /** No more than so many bytes a second in each direction. */
  | {
      readonly kind: 'bandwidth';
      readonly bytesPerSecond: number;
      readonly direction?: ProxyDirection;
    };

/** A running proxy. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** Connections of clients that are open now. */
  readonly connections: number;
  /** Adds a fault, or replaces the one of its kind; the others stay. */
  set(fault: ProxyFault): void;
  /** Removes all faults; what was held back is delivered. */
  clear(): void;
  /** Resets all connections and stops listening. */
  close(): Promise<void>;
}

/** Where a proxy stands. */
export interface TcpProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** 127.0.0.1 where absent. */
  readonly listenHost?: string;
  /** A free one where absent. */
  readonly listenPort?: number;
  readonly clock?: Clock;
  /** Numbers from 0 to below 1, for the jitter. */
  readonly draw?: () => number;
}

/** Starts a proxy; throws where it cannot listen. */
export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new Between(options);
  await proxy.listen(options.listenPort ?? 0, options.listenHost ?? '127.0.0.1');
  return proxy;
}

interface Link {
  readonly client: Socket;
  target: Socket | undefined;
  readonly pipes: TcpPipe[];
  /** One end was reset, and the way by which the other would hear of it was held. */
  broken: 'toClient' | 'toTarget' | undefined;
}

class Between implements TcpProxy {
  readonly #options: TcpProxyOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #faults = new Map<ProxyFault['kind'], ProxyFault>();
  #host = '';
  #port = 0;

  constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    // Reading begins when the target is there: nothing may be lost before.
    const accepting = { allowHalfOpen: true, pauseOnConnect: true, noDelay: true };
    this.#server = createServer(accepting, (client) => this.#accept(client));
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#host = host;
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `nats://${this.#host}:${this.#port}`;
  }

  get connections(): number {
    return this.#links.size;
  }

  set(fault: ProxyFault): void {
    this.#faults.set(fault.kind, fault);
    this.#changed();
  }

  clear(): void {
    this.#faults.clear();
    this.#changed();
  }

  #changed(): void {
    for (const link of [...this.#links]) {
      if (this.#faults.has('cut')) this.#reset(link);
      else if (link.target === undefined) this.#dial(link);
      else if (link.broken !== undefined) this.#broken(link, link.broken);
      else for (const pipe of link.pipes) pipe.changed();
    }
  }

  #accept(client: Socket): void {
    const link: Link = { client, target: undefined, pipes: [], broken: undefined };
    this.#links.add(link);
    client.on('error', () => this.#broken(link, 'toTarget'));
    client.on('close', () => this.#closed(link));
    if (this.#faults.has('cut')) this.#reset(link);
    else this.#dial(link);
  }

  /** Connects to the target, unless a partition is in the way: then when it is healed. */
  #dial(link: Link): void {
    if (this.#faults.has('blackhole')) return;
    const { host, port } = this.#options.target;
    const { client } = link;
    const target = connect({ host, port, allowHalfOpen: true, noDelay: true });
    link.target = target;
    target.on('error', () => this.#broken(link, 'toClient'));
    target.on('close', () => this.#closed(link));
    const info = new InfoFilter();
    client.once('data', (bytes: Buffer) => {
      if (bytes[0] === TLS_HANDSHAKE) info.pass();
    });
    link.pipes.push(
      new TcpPipe(
        client,
        target,
        this.#clock,
        () => this.#pipeFaults('toTarget'),
        (bytes) => bytes,
      ),
      new TcpPipe(
        target,
        client,
        this.#clock,
        () => this.#pipeFaults('toClient'),
        (bytes) => info.filter(bytes),
      ),
    );
  }

  #pipeFaults(direction: 'toClient' | 'toTarget'): PipeFaults {
    const hits = (fault: { readonly direction?: ProxyDirection }) =>
      (fault.direction ?? 'both') === 'both' || fault.direction === direction;
    let held = false;
    let latencyMs = 0;
    let bytesPerSecond = Number.POSITIVE_INFINITY;
    for (const fault of this.#faults.values()) {
      if (fault.kind === 'cut' || !hits(fault)) continue;
      if (fault.kind === 'blackhole') held = true;
      else if (fault.kind === 'bandwidth') bytesPerSecond = fault.bytesPerSecond;
      else {
        const jitterMs = fault.jitterMs ?? 0;
        const draw = this.#options.draw ?? Math.random;
        latencyMs = fault.ms + (jitterMs > 0 ? draw() * jitterMs : 0);
      }
    }
    return { held, latencyMs, bytesPerSecond };
  }

  /** One end was reset: the other hears of it, unless nothing passes that way. */
  #broken(link: Link, direction: 'toClient' | 'toTarget'): void {
    link.broken = direction;
    if (link.target === undefined || !this.#pipeFaults(direction).held) this.#reset(link);
  }

  #closed(link: Link): void {
    const open = [link.client, link.target].filter((socket) => socket && !socket.destroyed);
    if (open.length === 0 || link.target === undefined) this.#forget(link);
  }

  #reset(link: Link): void {
    this.#forget(link);
    link.client.resetAndDestroy();
    link.target?.resetAndDestroy();
  }

  #forget(link: Link): void {
    this.#links.delete(link);
    for (const pipe of link.pipes) pipe.close();
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const link of [...this.#links]) this.#reset(link);
    });
  }
}

/** The first byte a client says where the connection is to be encrypted. */
const TLS_HANDSHAKE = 0x16;
