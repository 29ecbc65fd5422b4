/**
 * A request as the trace knows it: the trace it belongs to, and the record of it. Decides nothing about its answer.
 */
import type { Envelope } from '../../../bus/envelope.ts';
import type { UserInfo } from '../../../machines/api/request.ts';
import { findServed, storeKey } from '../../../machines/api/resources.ts';
import { preciseMs } from '../../trace/recorder.ts';
import type { Exchange } from './exchange.ts';
import type { Front } from './front.ts';

/** W3C trace context, version 00. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Who may say which trace a request belongs to, as in kube-apiserver (KEP-647). */
const TRUSTED = new Set(['system:masters', 'system:monitoring']);

/** The client's trace context, where it sent one and is trusted with it; '' otherwise. */
function parentOf({ request }: Exchange, user: UserInfo): string {
  const given = request.headers.traceparent;
  if (typeof given !== 'string' || !TRACEPARENT.test(given)) return '';
  return user.groups.some((group) => TRUSTED.has(group)) ? given : '';
}

/** The message of a request, in its client's trace. */
export function inTrace(front: Front, exchange: Exchange, user: UserInfo): Envelope {
  const parent = parentOf(exchange, user);
  if (parent === '') return exchange.message;
  return { ...front.envelope(parent), id: exchange.message.id };
}

/** Tells of a request. */
export function note(front: Front, exchange: Exchange, startedMs: number): void {
  if (front.onRequest === undefined) return;
  const { request, response, info, user, userAgent, message } = exchange;
  const served = findServed(info.group, info.version, info.resource);
  front.onRequest({
    type: 'request',
    atMs: startedMs,
    messageId: message.id,
    auditId: String(response.getHeader('audit-id') ?? ''),
    traceparent: message.traceparent,
    parent: parentOf(exchange, user),
    method: request.method,
    path: (request.url ?? '').slice(0, PATH_MAX),
    verb: info.verb,
    key: served === undefined ? '' : storeKey(served.storage, info.namespace, info.name),
    user: user.name,
    userAgent,
    code: response.statusCode,
    tookMs: preciseMs() - startedMs,
  });
}

/** Characters of a request target that are recorded: commands to execute travel in it. */
const PATH_MAX = 512;
