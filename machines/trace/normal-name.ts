/**
 * Names without what differs from run to run: drawn suffixes, hashes of templates, uids, addresses, counts of requests.
 * Two runs of the same workload then have the same names. Pure.
 */

/** What names are drawn from, and hashes written in; it has no vowels and no look-alikes. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';
const DRAWN = `-[${SAFE}]{5}`;
const HASH = `-[${SAFE}]{6,10}`;

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '*'],
  // A pod of a ReplicaSet, a ReplicaSet or ControllerRevision, a pod of anything else.
  [new RegExp(`${HASH}${DRAWN}(?![\\w-])`, 'g'), '-*-*'],
  [new RegExp(`${HASH}(?![\\w-])`, 'g'), '-*'],
  // A Job of a CronJob is named by its minute.
  [new RegExp(`-\\d{8}(${DRAWN})?(?![\\w-])`, 'g'), '-*'],
  [new RegExp(`${DRAWN}(?![\\w-])`, 'g'), '-*'],
  [/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, '*'],
  // An Event, and what else is named by a time or a hash.
  [/\b[0-9a-f]{16,}\b/g, '*'],
];

/** The name, or a text with names, as it is in every run. */
export function normalName(text: string): string {
  let normal = text;
  for (const [pattern, by] of RULES) normal = normal.replace(pattern, by);
  return normal;
}

/** An actor's name as it is in every run; requests are counted in theirs. */
export function normalActor(actor: string): string {
  return normalName(actor.replace(/^api-request\/\d+\//, 'api-request/'));
}
