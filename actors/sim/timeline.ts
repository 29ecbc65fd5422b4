/**
 * What a person is told of a run: the timeline, the injections and samples of nodes and pods, gathered from the
 * observations. Bounded; never asks the cluster anything.
 */
import type { Node, Pod } from '../../machines/api/types.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { Injection, Sample, TimelineEntry } from '../../machines/chaos/run-result.ts';
import type { Picture } from '../../machines/checks/check.ts';
import { conditionOf, isKeyOf, NODES, PODS } from '../../machines/checks/objects/read.ts';

/** Entries and samples kept; what is more is left out, and the last entry says so. */
export const TIMELINE_MAX = 5_000;
const SAMPLES_MAX = 10_000;

/** See the file comment. Times are since `startMs`. */
export class Timeline {
  readonly entries: TimelineEntry[] = [];
  readonly samples: Sample[] = [];
  startMs: number;
  readonly #injections = new Map<number, Injection>();
  readonly #ready = new Map<string, boolean>();
  /** As of the last sample; undefined where a node or a pod has changed since. */
  #counts: Omit<Sample, 'atMs'> | undefined;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  get injections(): readonly Injection[] {
    return [...this.#injections.values()];
  }

  note(atMs: number, kind: TimelineEntry['kind'], subject: string, text: string): void {
    if (this.entries.length > TIMELINE_MAX) return;
    const full = this.entries.length === TIMELINE_MAX;
    const at = { atMs: atMs - this.startMs, kind, subject };
    this.entries.push({ ...at, text: full ? 'more happened, which is left out here' : text });
  }

  observe(seen: Observation): void {
    switch (seen.type) {
      case 'phase':
        this.note(seen.atMs, 'phase', seen.phase, `phase ${seen.phase}`);
        return;
      case 'process':
        this.note(seen.atMs, 'process', seen.process, seen.power ? 'lost power' : seen.state);
        return;
      case 'bug':
        this.note(seen.atMs, 'process', seen.process, `bug: ${seen.what.split('\n', 1)[0]}`);
        return;
      case 'fault':
        this.#fault(seen);
        return;
      case 'committed': {
        const isNode = isKeyOf(seen.key, NODES);
        if (isNode) this.#node(seen.atMs, seen.object as Node | undefined);
        if (isNode || isKeyOf(seen.key, PODS)) this.#counts = undefined;
        return;
      }
    }
  }

  #fault(seen: Extract<Observation, { type: 'fault' }>): void {
    const { atMs, name, injection, what, targets, state } = seen;
    const at = atMs - this.startMs;
    const known = this.#injections.get(injection);
    if (known === undefined) {
      const one = { fault: name, what, targets, beganMs: at, endedMs: undefined };
      this.#injections.set(injection, one);
    } else this.#injections.set(injection, { ...known, endedMs: at });
    this.note(atMs, 'fault', name, `${what} ${state}: ${targets.join(', ')}`);
  }

  #node(atMs: number, node: Node | undefined): void {
    const name = node?.metadata?.name;
    if (node === undefined || name === undefined) return;
    const ready = isReady(node);
    if (this.#ready.get(name) === ready) return;
    this.#ready.set(name, ready);
    this.note(atMs, 'node', name, ready ? 'Ready' : 'NotReady');
  }

  /** Notes how nodes and pods are now. */
  sample(atMs: number, picture: Picture): void {
    if (this.samples.length >= SAMPLES_MAX) return;
    this.#counts ??= countsOf(picture);
    this.samples.push({ atMs: atMs - this.startMs, ...this.#counts });
  }
}

/** How many nodes and pods there are, and how they are. */
function countsOf(picture: Picture): Omit<Sample, 'atMs'> {
  let nodes = 0;
  let nodesReady = 0;
  for (const { object } of picture.list(NODES)) {
    nodes += 1;
    if (isReady(object as Node)) nodesReady += 1;
  }
  const pods: { [phase: string]: number } = {};
  let podsReady = 0;
  for (const { object } of picture.list(PODS)) {
    const pod = object as Pod;
    const phase = pod.status?.phase ?? 'Pending';
    pods[phase] = (pods[phase] ?? 0) + 1;
    if (isReady(pod)) podsReady += 1;
  }
  return { nodes, nodesReady, pods, podsReady };
}

const isReady = (one: Node | Pod): boolean => conditionOf(one, 'Ready') === 'True';
