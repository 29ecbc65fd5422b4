/**
 * What the end of a mutating request is answered as, and what the result of a write means to its
 * machine. Pure; holds nothing.
 */
import type { WriteResult } from '../../bus/store/store.ts';
import { fromStorage } from '../../machines/api/conversion.ts';
import { type Outcome, withRevision } from '../../machines/api/registry.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import type { GiveUpReason, RequestEvent } from '../../machines/api/request-machine.ts';
import type { Served } from '../../machines/api/resources.ts';
import {
  alreadyExists,
  conflict,
  generateNameConflict,
  modifiedMessage,
  timeout,
  tooLarge,
  unavailable,
} from '../../machines/api/status.ts';
import type { Untimed } from '../../machines/effect.ts';

/** What was asked, and of which resource. */
export interface Asked {
  readonly request: ApiRequest;
  readonly served: Served;
}

/** What the executor reports to a machine; the host adds the time. */
export type Reported = Untimed<RequestEvent>;

/** What became of a write, as the request's machine hears of it. */
export function eventOf(result: WriteResult): Reported {
  if (result.ok) return { type: 'store.written', revision: result.revision };
  switch (result.reason) {
    case 'conflict':
      return { type: 'store.conflicted' };
    case 'unknown':
      return { type: 'store.doubted' };
    case 'tooLarge':
      return refused(tooLarge(result.detail));
    default:
      return refused(unavailable(result.detail));
  }
}

function refused(reply: ApiReply): Reported {
  return { type: 'store.refused', reply };
}

/**
 * The answer once everything is stored; the first write of a transaction has the lowest revision.
 */
export function replyOf(
  { served }: Asked,
  outcome: Outcome & { type: 'write' },
  last: number,
): ApiReply {
  const { answer, writes, warnings } = outcome;
  const written = served.isEvent ? {} : { revision: last };
  if (answer.kind === 'reply') return { ...answer.reply, warnings, ...written };
  const revision = Math.max(0, last - writes.length + 1);
  const object = withRevision(answer.object, revision);
  const isStored = object.apiVersion === served.storageVersion;
  return {
    code: answer.code,
    object: isStored ? fromStorage(served, object) : object,
    warnings,
    ...written,
  };
}

/** The answer where conflicts or doubts do not end, or another was there first. */
export function giveUp({ request, served }: Asked, why: GiveUpReason): ApiReply {
  if (why === 'unknown') return timeout('request did not complete within requested timeout');
  const { name = '', generateName = '' } = request.body?.metadata ?? {};
  const generated = request.verb === 'create' && request.name === '' && name === '';
  if (generated) return generateNameConflict(served.named, generateName);
  if (why === 'overtaken') return alreadyExists(served.named, request.name || name);
  return conflict(served.named, request.name || name, modifiedMessage);
}
