/**
 * The way of one message through nats-servers, as they tell it themselves (ADR-41): each server that the message passes
 * says once where it came in and where it went. Pure: takes what came, orders it, and knows what is still to come.
 */
import { isRecord } from '../api/json.ts';

/** One thing that a server did with the message. */
export interface Hop {
  readonly type: 'in' | 'eg' | 'js' | 'sm' | 'se' | 'si';
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** What kind of connection it came or went by: `client`, `route`, `gateway`, `leafnode`, ... */
  readonly by: string;
  /** The connection's own number and the name its owner gave it. */
  readonly connection: number;
  readonly name: string;
  /** Egress to another server: which of its tellings belongs to it. */
  readonly hop: string;
  /** Of an egress to a client. */
  readonly subscription: string;
  readonly queue: string;
  /** Of JetStream. */
  readonly stream: string;
  /** The subject it came with, was stored under, or was mapped to. */
  readonly subject: string;
  readonly noInterest: boolean;
  readonly error: string;
}

/** What one server tells. */
export interface ServerHops {
  readonly server: string;
  readonly version: string;
  /** '' of the first server, `1`, `2.1` of others: the way there. */
  readonly hop: string;
  readonly hops: readonly Hop[];
}

/** As nats-server numbers them. */
const CONNECTIONS = ['client', 'route', 'gateway', 'system', 'leafnode', 'jetstream', 'account'];
const TYPES: ReadonlySet<unknown> = new Set(['in', 'eg', 'js', 'sm', 'se', 'si']);

/** Reads a server's telling; undefined where it is none. */
export function readHops(body: unknown): ServerHops | undefined {
  if (!isRecord(body) || !isRecord(body.server) || !Array.isArray(body.events)) return undefined;
  const { name, ver } = body.server;
  const { header } = isRecord(body.request) ? body.request : {};
  const way: unknown = isRecord(header) ? header['Nats-Trace-Hop'] : undefined;
  return {
    ...{ server: text(name), version: text(ver), hop: text(Array.isArray(way) ? way[0] : '') },
    hops: body.events.filter(isRecord).flatMap((event) => hopOf(event) ?? []),
  };
}

function hopOf(event: { readonly [name: string]: unknown }): Hop | undefined {
  const { type, ts, kind, cid, name, hop, sub, queue, stream, subj, subject, to } = event;
  if (!TYPES.has(type)) return undefined;
  return {
    type: type as Hop['type'],
    atMs: timeOf(text(ts)),
    by: CONNECTIONS[Number(kind)] ?? `connection of kind ${String(kind)}`,
    connection: Number(cid ?? 0),
    ...{ name: text(name), hop: text(hop), subscription: text(sub), queue: text(queue) },
    ...{ stream: text(stream), subject: text(subj) || text(subject) || text(to) },
    noInterest: event.nointerest === true,
    error: text(event.error),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** RFC 3339 with nanoseconds, of which a Date would keep the milliseconds alone. */
function timeOf(time: string): number {
  const [, seconds = '', fraction = '0', zone = 'Z'] =
    /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  return Date.parse(`${seconds}${zone}`) + Number(`0.${fraction}`) * 1_000;
}

/** The first server first, then each that it went on to, in their order. */
export function inOrder(tellings: readonly ServerHops[]): readonly ServerHops[] {
  const key = ({ hop }: ServerHops): readonly number[] => hop.split('.').map(Number);
  return [...tellings].sort((one, other) => {
    const [left, right] = [key(one), key(other)];
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      const difference = (left[at] ?? -1) - (right[at] ?? -1);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Servers that the message was sent on to and that have not told yet; undefined where even the first has not. */
export function missingServers(tellings: readonly ServerHops[]): readonly string[] | undefined {
  if (!tellings.some(({ hop }) => hop === '')) return undefined;
  const told = new Set(tellings.map(({ hop }) => hop));
  return tellings.flatMap(({ hops }) =>
    hops.filter((one) => one.hop !== '' && !told.has(one.hop)).map(({ name }) => name),
  );
}
