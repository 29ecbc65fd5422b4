/**
 * Serves `pods/log`: reads the options, opens the log on the pod's node, and hands its bytes on as
 * text.
 *
 * A client that reads slower than the container writes slows the reading on the node; nothing is
 * dropped and no more than the socket's buffer waits here.
 */
import type { Channel } from '../../../bus/bus.ts';
import type { ApiReply, ApiRequest } from '../../../machines/api/request.ts';
import {
  badRequest,
  forbiddenField,
  invalid,
  invalidValue,
  notSupported,
} from '../../../machines/api/status.ts';
import type { Cause } from '../../../machines/api/strategy.ts';
import type { LogsOpen } from '../../kubelet/streams.ts';
import { cut, type Exchange, flushHead, isClosed, sendText, writeHead } from './exchange.ts';
import type { Front } from './front.ts';
import { openNodeStream } from './node-streams.ts';
import { isTrue } from './request-info.ts';
import { targetPod } from './target-pod.ts';

/** What of a log is asked for. */
type LogOptions = Omit<LogsOpen, 'namespace' | 'pod' | 'uid' | 'container'>;

/** Serves one log; a refusal comes back to be answered. */
export async function serveLog(
  front: Front,
  exchange: Exchange,
  request: ApiRequest,
): Promise<ApiReply | undefined> {
  const refused = front.api.authorize(request);
  if (refused !== undefined) return refused;
  const options = logOptions(exchange.query, request.name, front.clock.nowMs());
  if ('code' in options) return options;
  const target = targetPod(front.api, request);
  if ('code' in target) return target;
  const { namespace, name: pod, uid, container, node } = target;
  if (node === '') {
    await sendText(exchange, 200, '');
    return undefined;
  }
  const opening: LogsOpen = { namespace, pod, uid, container, ...options };
  const channel = await openNodeStream(front, node, 'logs', opening);
  if ('code' in channel) return channel;
  if (isClosed(exchange)) channel.end();
  else pipe(front, exchange, channel);
  return undefined;
}

function pipe(front: Front, exchange: Exchange, channel: Channel): void {
  const { response } = exchange;
  front.metrics.add('streams', 1);
  writeHead(exchange, 200, { 'content-type': 'text/plain' });
  flushHead(exchange);
  channel.onMessage = (chunk) => {
    if (!(chunk instanceof Uint8Array) || isClosed(exchange)) return;
    if (!response.write(chunk)) channel.pause();
  };
  channel.onEnd = (end) => {
    if (isClosed(exchange)) return;
    if (end.kind === 'ended') response.end();
    else cut(exchange);
  };
  response.on('drain', () => channel.resume());
  response.once('close', () => {
    front.metrics.add('streams', -1);
    channel.end();
  });
}

/** What keeps the options from being read at all, in the words of Go's parsers. */
function syntaxFault(query: URLSearchParams): string | undefined {
  for (const option of ['tailLines', 'limitBytes', 'sinceSeconds']) {
    const text = query.get(option) ?? '';
    if (text !== '' && !/^[+-]?\d+$/.test(text)) {
      return `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
    }
  }
  const time = query.get('sinceTime') ?? '';
  if (time === '' || !Number.isNaN(Date.parse(time))) return undefined;
  const shown = JSON.stringify(time);
  return `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`;
}

/** Reads PodLogOptions, or says what is wrong with them. */
export function logOptions(
  query: URLSearchParams,
  name: string,
  nowMs: number,
): LogOptions | ApiReply {
  const unreadable = syntaxFault(query);
  if (unreadable !== undefined) return badRequest(unreadable);
  const causes: Cause[] = [];
  const number = (option: string, least: number): number | undefined => {
    const text = query.get(option);
    if (text === null || text === '') return undefined;
    const value = Number(text);
    const detail =
      least === 0 ? 'must be greater than or equal to 0' : `must be greater than ${least - 1}`;
    if (!Number.isSafeInteger(value) || value < least) {
      causes.push(invalidValue(option, value, detail));
    }
    return value;
  };
  const tailLines = number('tailLines', 0);
  const limitBytes = number('limitBytes', 1);
  const sinceSeconds = number('sinceSeconds', 1);
  const sinceTime = query.get('sinceTime') || undefined;
  const sinceTimeMs = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    const detail = 'at most one of `sinceTime` or `sinceSeconds` may be specified';
    causes.push(forbiddenField('', detail));
  }
  const stream = query.get('stream') || 'All';
  if (!['All', 'Stdout', 'Stderr'].includes(stream)) {
    causes.push(notSupported('stream', stream, ['All', 'Stderr', 'Stdout']));
  } else if (stream !== 'All' && tailLines !== undefined) {
    causes.push(
      forbiddenField('', '`tailLines` and specific `stream` are mutually exclusive for now'),
    );
  }
  if (causes.length > 0) return invalid('', 'PodLogOptions', name, causes);
  const sinceMs = sinceSeconds === undefined ? sinceTimeMs : nowMs - sinceSeconds * 1000;
  return {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    timestamps: isTrue(query.get('timestamps')),
    stream: stream as 'All' | 'Stdout' | 'Stderr',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
  };
}
