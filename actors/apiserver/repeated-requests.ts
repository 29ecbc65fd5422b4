/**
 * A request that the network delivers twice is carried out once: what comes again with the same message id is given the
 * answer of the first. Where that was "not carried out" (503, 429), the client sends the same message again on purpose.
 *
 * Bounded: the oldest are forgotten. Knows what reached this apiserver alone; a copy that reaches another one is a
 * request to it.
 */
import type { ApiReply } from '../../machines/api/request.ts';

/** Requests remembered: some seconds of a busy control plane. */
export const REQUESTS_REMEMBERED_MAX = 2_000;

/** Gives the answer of a request, which is carried out where its id (who asks, and the message's) is new. */
export type Once = (id: string, carryOut: () => Promise<ApiReply>) => Promise<ApiReply>;

/** Makes the memory of one apiserver. */
export function rememberRequests(max: number = REQUESTS_REMEMBERED_MAX): Once {
  const replies = new Map<string, Promise<ApiReply>>();
  return (id, carryOut) => {
    const known = replies.get(id);
    if (known !== undefined) return known;
    const reply = carryOut();
    replies.set(id, reply);
    const [oldest] = replies.keys();
    if (replies.size > max && oldest !== undefined) replies.delete(oldest);
    void reply.then(({ code }) => {
      if (code === 503 || code === 429) replies.delete(id);
    });
    return reply;
  };
}
