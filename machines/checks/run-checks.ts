/**
 * Runs rules over observations: keeps the one picture of the objects that all of them share, hands
 * every observation to those rules that read its type, and collects what they say.
 *
 * Never keeps history: the picture holds live objects alone. Nothing is looked up for an
 * observation that no rule reads, since a simulation tells of 30,000 steps a second.
 */
import type { Committed, Observation } from '../chaos/observation.ts';
import {
  CHECK_DEFAULTS,
  type Change,
  type Checker,
  type CheckSettings,
  type Held,
  type Picture,
  type Report,
  type Rule,
  type Violation,
} from './check.ts';

/** Violations kept; later ones are counted only, since the first says what went wrong. */
export const VIOLATIONS_MAX = 200;

/** Rules at work over one run. */
export interface Checks {
  /** Takes one observation, in order; what is violated by it is in `violations` afterwards. */
  observe(observation: Observation): void;
  /**
   * Ends the run: rules that wait for something to happen say now that it did not. Call it once.
   */
  finish(): void;
  /** The first ones, in order of discovery, at most `VIOLATIONS_MAX`. */
  readonly violations: readonly Violation[];
  /** All violations by rule, those that are not kept too; rules that held are absent. */
  readonly counts: ReadonlyMap<string, number>;
  /** Number of rules at work. */
  readonly rulesChecked: number;
  readonly picture: Picture;
}

interface AtWork {
  readonly checker: Checker;
  readonly report: Report;
}

type ByType = { readonly [type in Observation['type']]: AtWork[] };

const NO_CHANGE: Change = { previous: undefined };

/** Puts rules to work on a run that begins; settings left out are `CHECK_DEFAULTS`. */
export function createChecks(
  rules: readonly Rule[],
  settings: Partial<CheckSettings> = {},
): Checks {
  const picture = new LivePicture();
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  const full: CheckSettings = { ...CHECK_DEFAULTS, ...settings };
  const atWork = rules.map((rule): AtWork => {
    const report: Report = (message, objects = []) => {
      counts.set(rule.name, (counts.get(rule.name) ?? 0) + 1);
      if (violations.length >= VIOLATIONS_MAX) return;
      const { nowMs, revision } = picture;
      violations.push({ rule: rule.name, atMs: nowMs, message, objects, revision });
    };
    return { checker: rule.create(full), report };
  });
  const byType = dispatchTable(rules, atWork);

  function observe(observation: Observation): void {
    const change = picture.take(observation);
    const told = byType[observation.type];
    // A recording of a later version may hold types that this one does not know.
    if (told === undefined) return;
    for (let i = 0; i < told.length; i += 1) {
      const { checker, report } = told[i] as AtWork;
      checker.observe(observation, picture, report, change);
    }
  }

  function finish(): void {
    for (const { checker, report } of atWork) checker.finish?.(picture, report);
  }

  return { observe, finish, violations, counts, rulesChecked: rules.length, picture };
}

function dispatchTable(rules: readonly Rule[], atWork: readonly AtWork[]): ByType {
  const table: ByType = {
    committed: [],
    'write.begun': [],
    'write.ended': [],
    'read.begun': [],
    'read.ended': [],
    watched: [],
    step: [],
    process: [],
    fault: [],
    container: [],
    leadership: [],
    bug: [],
    phase: [],
  };
  rules.forEach((rule, index) => {
    for (const type of new Set(rule.reads)) table[type].push(atWork[index] as AtWork);
  });
  return table;
}

const NOTHING: ReadonlyMap<string, Held> = new Map();

class LivePicture implements Picture {
  revision = 0;
  nowMs = 0;
  phase: Picture['phase'] = 'prepare';
  readonly #all = new Map<string, Held>();
  readonly #byResource = new Map<string, Map<string, Held>>();

  take(observation: Observation): Change {
    this.nowMs = observation.atMs;
    if (observation.type === 'committed') return this.#commit(observation, observation.atMs);
    if (observation.type === 'phase') this.phase = observation.phase;
    return NO_CHANGE;
  }

  #commit(committed: Committed, atMs: number): Change {
    const { key, revision, object } = committed;
    const previous = this.#all.get(key);
    // A log whose revisions jump back is a violation of its own; the picture stays at the highest.
    if (revision > this.revision) this.revision = revision;
    if (committed.operation === 'put' && object !== undefined) {
      const same = previous?.object.metadata.uid === object.metadata.uid;
      const bornMs = same && previous !== undefined ? previous.bornMs : atMs;
      const held: Held = { key, revision, object, sinceMs: atMs, bornMs };
      this.#all.set(key, held);
      const resource = resourceOf(key);
      const siblings = this.#byResource.get(resource);
      if (siblings === undefined) this.#byResource.set(resource, new Map([[key, held]]));
      else siblings.set(key, held);
    } else {
      this.#all.delete(key);
      this.#byResource.get(resourceOf(key))?.delete(key);
    }
    return { previous };
  }

  get(key: string): Held | undefined {
    return this.#all.get(key);
  }

  list(resource: string): IterableIterator<Held> {
    return (this.#byResource.get(resource) ?? NOTHING).values();
  }

  count(resource: string): number {
    return this.#byResource.get(resource)?.size ?? 0;
  }
}

/** The resource of a key: `core/pods` of `core/pods/default/web`. */
export function resourceOf(key: string): string {
  const second = key.indexOf('/', key.indexOf('/') + 1);
  return second === -1 ? key : key.slice(0, second);
}
