/**
 * Spans as OTLP has them in JSON: an `ExportTraceServiceRequest` of opentelemetry-proto, by the mapping that OTLP/HTTP
 * asks for (ids in hexadecimal, 64-bit integers as text, enums as numbers, lowerCamelCase). Pure.
 */
import type { Attributes, AttributeValue, Span, SpanContext, SpanKind } from './span.ts';

/** What is said of all spans alike. */
export interface OtlpResource {
  /** Name of the cluster; '' where it is not known. */
  readonly cluster: string;
  /** Version of this program. */
  readonly version: string;
}

const KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  producer: 4,
  consumer: 5,
};
const STATUS_ERROR = 2;

/** The request that exports some spans: grouped by component and process. */
export function otlpJson(spans: readonly Span[], resource: OtlpResource): object {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const name = `${span.service}\n${span.process}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [span]);
    else group.push(span);
  }
  return {
    resourceSpans: [...groups.values()].map((group) => ({
      resource: { attributes: attributesJson(resourceAttributes(group[0] as Span, resource)) },
      scopeSpans: [
        { scope: { name: 'kabuki', version: resource.version }, spans: group.map(spanJson) },
      ],
    })),
  };
}

function resourceAttributes({ service, process }: Span, { cluster, version }: OtlpResource) {
  return {
    'service.name': service,
    'service.version': version,
    // Writes that only the store remembers are of a process that nobody knows.
    ...(process !== '' && { 'service.instance.id': process }),
    ...(cluster !== '' && { 'service.namespace': cluster, 'k8s.cluster.name': cluster }),
  };
}

function spanJson(span: Span): object {
  const { traceId, spanId, parentSpanId, flags, name, kind, attributes, events, links } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId !== '' && { parentSpanId }),
    flags,
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanos(span.beganMs),
    endTimeUnixNano: nanos(span.endedMs),
    attributes: attributesJson(attributes),
    ...(events.length > 0 && {
      events: events.map((event) => ({
        timeUnixNano: nanos(event.atMs),
        name: event.name,
        attributes: attributesJson(event.attributes),
      })),
    }),
    ...(links.length > 0 && { links: links.map(linkJson) }),
    ...(span.error !== undefined && { status: { code: STATUS_ERROR, message: span.error } }),
  };
}

const linkJson = ({ traceId, spanId, flags }: SpanContext): object => ({ traceId, spanId, flags });

/** Nanoseconds since the epoch as text; the clock has microseconds. */
export function nanos(ms: number): string {
  return `${Math.round(ms * 1_000)}000`;
}

function attributesJson(attributes: Attributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  }
  return { arrayValue: { values: value.map((one) => ({ stringValue: one })) } };
}
