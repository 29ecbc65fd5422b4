/**
 * A span as OpenTelemetry has it, and how its ids come from W3C trace contexts and from messages: the same record gives
 * the same ids, whoever exports it and however often. Pure; draws nothing.
 */
import { digest } from './digest.ts';

/** Values an attribute of ours has. */
export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<{ [name: string]: AttributeValue }>;

/** Which span: ids in lower-case hexadecimal, 32 and 16 digits. */
export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  /** W3C trace flags. */
  readonly flags: number;
}

/** Something that happened within a span; milliseconds since the epoch. */
export interface SpanEvent {
  readonly atMs: number;
  readonly name: string;
  readonly attributes: Attributes;
}

export type SpanKind = 'internal' | 'server' | 'producer' | 'consumer';

/** One span. Times are milliseconds since the epoch, with fractions. */
export interface Span extends SpanContext {
  /** '' of a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** `kabuki-apiserver`, `kabuki-kubelet`, ... */
  readonly service: string;
  /** The process that recorded it. */
  readonly process: string;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** What led to it besides its parent. */
  readonly links: readonly SpanContext[];
  /** Why it failed; undefined: it did not. */
  readonly error: string | undefined;
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The span a W3C trace context names; undefined where it is none. */
export function contextOf(traceparent: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The id of the span in which an actor handled a message. */
export function handlingSpanId(messageId: string, actor: string): string {
  const id = digest(`${messageId} ${actor}`);
  // No id is all zeros.
  return /^0+$/.test(id) ? `${id.slice(1)}1` : id;
}
