/**
 * The rule that endpoints hold no pod that has been known dead for longer than the grace.
 *
 * Measures from when the log knew (the pod was deleted, had ended, was marked not ready), and only while nothing
 * disturbs the control plane. Never judges slices that the cluster's own controller does not manage.
 */
import type { EndpointSlice, Pod, Service } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import type { Observation } from '../../chaos/observation.ts';
import type { Change, Checker, Picture, Report, Rule } from '../check.ts';
import { QUIET_READS, Quiet } from './quiet.ts';
import {
  as,
  type CommittedAt,
  isDeleting,
  isOf,
  isReady,
  isTerminal,
  keyOf,
  nowOf,
  PODS,
  SERVICES,
  SLICES,
} from './read.ts';

const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
/** Suspects are looked at so often, not at every observation. */
const LOOK_EVERY_MS = 1_000;

/** Endpoints follow their pods. */
export const endpointsFresh: Rule = {
  name: 'endpoints-fresh',
  says:
    'no endpoint is ready or serving whose pod the log has known as gone, ended or not ready for ' +
    'longer than the grace (EndpointSlice conditions; node lifecycle marks pods of silent nodes).',
  reads: ['committed', ...QUIET_READS],
  create: ({ deadGraceMs }) => new EndpointsFresh(deadGraceMs),
};

/** What slices say of one pod: which of them, and whether some call it ready or serving. */
type Claims = Map<string, { readonly ready: boolean; readonly serving: boolean }>;

class EndpointsFresh implements Checker {
  readonly #graceMs: number;
  readonly #quiet = new Quiet();
  /** By pod uid; pods that no slice holds are not in it. */
  readonly #claims = new Map<string, Claims>();
  readonly #uidsOf = new Map<string, readonly string[]>();
  readonly #pods = new Map<string, string>();
  /** Pods that slices hold as better than they are, since when. */
  readonly #suspects = new Map<string, number>();
  readonly #reported = new Set<string>();
  #lookedMs = 0;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  observe(observation: Observation, picture: Picture, report: Report, change: Change): void {
    this.#quiet.take(observation);
    if (isOf(observation, SLICES)) this.#slice(observation, picture, change);
    else if (isOf(observation, PODS)) this.#pod(observation, picture, change);
    if (observation.atMs - this.#lookedMs >= LOOK_EVERY_MS) this.#look(picture, report);
  }

  finish(picture: Picture, report: Report): void {
    this.#look(picture, report);
  }

  #pod(committed: CommittedAt, picture: Picture, change: Change): void {
    const pod = nowOf<Pod>(committed);
    const before = change.previous?.object.metadata.uid;
    if (before !== undefined && before !== pod?.metadata.uid) {
      this.#pods.delete(before);
      this.#suspect(before, picture);
    }
    if (pod === undefined) return;
    this.#pods.set(pod.metadata.uid, committed.key);
    this.#suspect(pod.metadata.uid, picture);
  }

  #slice(committed: CommittedAt, picture: Picture, change: Change): void {
    const slice = nowOf<EndpointSlice>(committed) ?? as<EndpointSlice>(change.previous);
    if (slice?.metadata.labels?.[MANAGED_BY] !== MANAGER) return;
    const { key } = committed;
    const old = this.#uidsOf.get(key) ?? [];
    const uids: string[] = [];
    for (const uid of old) this.#claims.get(uid)?.delete(key);
    for (const { targetRef, conditions } of nowOf<EndpointSlice>(committed)?.endpoints ?? []) {
      const uid = targetRef?.uid;
      if (targetRef?.kind !== 'Pod' || uid === undefined) continue;
      uids.push(uid);
      const claims: Claims = this.#claims.get(uid) ?? new Map();
      const ready = conditions?.ready !== false;
      claims.set(key, { ready, serving: conditions?.serving ?? ready });
      this.#claims.set(uid, claims);
    }
    if (uids.length > 0) this.#uidsOf.set(key, uids);
    else this.#uidsOf.delete(key);
    for (const uid of [...old, ...uids]) {
      if (this.#claims.get(uid)?.size === 0) this.#claims.delete(uid);
      this.#suspect(uid, picture);
    }
  }

  #suspect(uid: string, picture: Picture): void {
    if (this.#wrongIn(uid, picture) === undefined) {
      this.#suspects.delete(uid);
      this.#reported.delete(uid);
    } else if (!this.#suspects.has(uid)) this.#suspects.set(uid, picture.nowMs);
  }

  /** The slice that holds a pod as better than it is. */
  #wrongIn(uid: string, picture: Picture): string | undefined {
    const claims = this.#claims.get(uid);
    if (claims === undefined) return undefined;
    const found = as<Pod>(picture.get(this.#pods.get(uid) ?? ''));
    const pod = found !== undefined && !isTerminal(found) ? found : undefined;
    for (const [key, { ready, serving }] of claims) {
      if (!ready && !serving) continue;
      if (pod === undefined || (serving && !isReady(pod))) return key;
      if (ready && (isDeleting(pod) || !isReady(pod)) && !publishesAll(key, picture)) return key;
    }
    return undefined;
  }

  #look(picture: Picture, report: Report): void {
    const { nowMs } = picture;
    this.#lookedMs = nowMs;
    for (const [uid, sinceMs] of this.#suspects) {
      if (this.#reported.has(uid) || this.#quiet.since(sinceMs, nowMs) <= this.#graceMs) continue;
      const slice = this.#wrongIn(uid, picture);
      if (slice === undefined) continue;
      this.#reported.add(uid);
      const pod = this.#pods.get(uid);
      const what = pod === undefined ? 'is gone' : 'does not serve';
      const text = `offers pod ${pod ?? uid}, which ${what} for ${nowMs - sinceMs} ms`;
      report(`${slice} ${text}`, pod === undefined ? [slice] : [slice, pod]);
    }
  }
}

/** True where the service asks for its pods whether ready or not. */
function publishesAll(sliceKey: string, picture: Picture): boolean {
  const slice = as<EndpointSlice>(picture.get(sliceKey)) as Stored<EndpointSlice>;
  const name = slice.metadata.labels?.[SERVICE_NAME] ?? '';
  const service = as<Service>(picture.get(keyOf(SERVICES, slice.metadata.namespace, name)));
  return service?.spec?.publishNotReadyAddresses === true;
}
