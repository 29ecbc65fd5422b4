/**
 * No controller loops: when all is healed and nobody asks for anything, every object comes to rest.
 *
 * Two signs: an object is written too often, or goes back and forth between two contents; the
 * second, where it is fast, is one while there are faults too. It takes two users to go back and
 * forth: what one alone writes may be a count of what others do, as the status of a budget during a
 * rollout. Where users are not known, healing alone counts.
 *
 * Leases are not judged, since being renewed is what they are for; nor Events, which count what
 * recurs; nor of nodes the writes that only move times, which are heartbeats.
 */
import type { Committed, Observation } from '../chaos/observation.ts';
import type { Change, Checker, CheckSettings, Picture, Report, Rule } from './check.ts';
import { resourceOf } from './run-checks.ts';

/** How often an object may return to the content it had two writes ago, in a row. */
export const RETURNS_MAX = 5;
/**
 * While faults come and go objects may follow them back and forth, but not as often as this long.
 */
export const FIGHT_WITHIN_MS = 2_000;

const NOT_JUDGED: ReadonlySet<string> = new Set([
  'coordination.k8s.io/leases',
  'core/events',
  'events.k8s.io/events',
]);

/** Fields that change with every write, or with the time alone. */
const MOVING: ReadonlySet<string> = new Set([
  'resourceVersion',
  'generation',
  'observedGeneration',
  'managedFields',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastHeartbeatTime',
  'lastProbeTime',
]);

/** See the top of this file. */
export const noLoops: Rule = {
  name: 'no-loops',
  says: 'After healing no object is written without end, nor back and forth (convergence).',
  reads: ['committed', 'phase'],
  create: (settings) => new NoLoops(settings),
};

interface Written {
  writes: number;
  /** The object after the last write and after the one before. */
  last: unknown;
  before: unknown;
  /** Times in a row that a write brought back the content before the last, and since when. */
  returns: number;
  returnsSinceMs: number;
  /** As whom the last write was asked for. */
  user: string | undefined;
}

class NoLoops implements Checker {
  readonly #settings: CheckSettings;
  /** Objects written since the phase began. */
  readonly #written = new Map<string, Written>();

  constructor(settings: CheckSettings) {
    this.#settings = settings;
  }

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    if (observation.type === 'phase') this.#written.clear();
    if (observation.type !== 'committed') return;
    if (observation.operation === 'delete') this.#written.delete(observation.key);
    else if (!NOT_JUDGED.has(resourceOf(observation.key))) {
      this.#put(observation, picture, change, report);
    }
  }

  #put(
    { key, object, revision, from, user }: Committed,
    { phase, nowMs }: Picture,
    change: Change,
    report: Report,
  ): void {
    let written = this.#written.get(key);
    if (written === undefined) {
      const last = change.previous?.object;
      written = { writes: 0, last, before: undefined, returns: 0, returnsSinceMs: nowMs, user };
      this.#written.set(key, written);
    }
    if (resourceOf(key) === 'core/nodes' && sameContent(object, written.last)) return;
    written.writes += 1;
    const healing = phase === 'heal';
    const isAnother = user === undefined ? healing : user !== written.user;
    written.user = user;
    const returned =
      isAnother && sameContent(object, written.before) && !sameContent(object, written.last);
    if (!returned) written.returnsSinceMs = nowMs;
    written.returns = returned ? written.returns + 1 : 0;
    written.before = written.last;
    written.last = object;
    const by = `at revision ${revision}, by ${user ?? from ?? 'an unknown writer'}`;
    const isFast = nowMs - written.returnsSinceMs <= FIGHT_WITHIN_MS;
    if (written.returns === RETURNS_MAX && !healing && !isFast) {
      written.returns = 0;
      written.returnsSinceMs = nowMs;
    } else if (written.returns === RETURNS_MAX) {
      report(
        `${key} goes back and forth between two contents: its last ${RETURNS_MAX} writes each ` +
          `undid the one before, the last ${by}`,
        [key],
      );
    }
    if (healing && written.writes === this.#settings.writesPerObjectMax + 1) {
      report(`${key} was written ${written.writes} times since all was healed, last ${by}`, [key]);
    }
  }
}

/** True where two objects say the same, but for what moves by itself; versions of one object share most of it. */
function sameContent(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  if (one === null || other === null || Array.isArray(one) !== Array.isArray(other)) return false;
  const [mine, yours] = [one as Fields, other as Fields];
  for (const field in mine) {
    if (!MOVING.has(field) && !sameContent(mine[field], yours[field])) return false;
  }
  for (const field in yours) {
    if (mine[field] === undefined && yours[field] !== undefined && !MOVING.has(field)) return false;
  }
  return true;
}

type Fields = { readonly [field: string]: unknown };
