/**
 * Opens the streams that kubelets serve: logs, exec, attach. What they carry is defined by the
 * kubelet (actors/kubelet/streams.ts).
 *
 * Never looks into what is carried; turns failures to open into the `Status` to answer.
 */
import type { Channel } from '../../../bus/bus.ts';
import { subject } from '../../../bus/subjects.ts';
import type { ApiReply } from '../../../machines/api/request.ts';
import { failure, internalError } from '../../../machines/api/status.ts';
import type { StreamStatus } from '../../kubelet/streams.ts';
import type { Front } from './front.ts';

/** How long a node may take to accept a stream. */
const openWaitMs = 10_000;

/** Opens a stream on a node, or says what to answer. */
export async function openNodeStream(
  front: Front,
  node: string,
  what: 'logs' | 'exec' | 'attach' | 'portforward',
  opening: object,
): Promise<Channel | ApiReply> {
  const to = subject(front.cluster, 'node', node, what);
  const opened = await front.bus.open(to, opening, front.envelope(), openWaitMs);
  if (opened.ok) return opened.channel;
  if (opened.error === 'refused') return refusal(opened.body);
  return internalError(`error dialing node ${JSON.stringify(node)}: ${opened.error}`);
}

/** A node's refusal, as it was worded there. */
function refusal(body: unknown): ApiReply {
  const { code, reason, message } = (body ?? {}) as Partial<StreamStatus>;
  const text = typeof message === 'string' ? message : 'the node refused the stream';
  if (typeof code !== 'number' || code < 400 || code > 599) return internalError(text);
  return failure(code, typeof reason === 'string' ? reason : '', text);
}
