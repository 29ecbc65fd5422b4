/**
 * Which object a deletion means: the one that was there when it was admitted first. Another of the same name, made while
 * it was not known what had become of the deletion, is not what was meant.
 */
import type { Outcome } from './registry.ts';
import type { ApiRequest } from './request.ts';

type Writes = Extract<Outcome, { type: 'write' }>;

/** The uid of the object that a request deletes; undefined of one that deletes none. */
export function deletedUid({ verb }: ApiRequest, { writes }: Writes): string | undefined {
  return verb === 'delete' ? writes[0]?.object.metadata?.uid : undefined;
}

/** True where an outcome deletes the object with this uid, or deletes nothing. */
export function isWhatWasMeant(request: ApiRequest, outcome: Writes, uid?: string): boolean {
  return uid === undefined || deletedUid(request, outcome) === uid;
}
