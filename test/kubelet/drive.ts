/**
 * Drives a pod's machine by itself: a virtual clock, a world that answers effects, and the steps as
 * text. Nothing here is asynchronous.
 */

import { mergePatch } from '../../machines/api/patch.ts';
import type { Pod, PodStatus } from '../../machines/api/types.ts';
import type { PodEffect } from '../../machines/kubelet/effect.ts';
import { type PodInput, podMachine } from '../../machines/kubelet/pod.ts';
import type { PodContext } from '../../machines/kubelet/pod-context.ts';
import { parseRfc3339 } from '../../machines/kubelet/time.ts';
import { createStepper, type MachineState, type Step } from '../../machines/step.ts';
import { shortEffect } from '../../machines/step-record.ts';

/** An event on its way, without a time. */
export type Answer = { readonly type: string; readonly [field: string]: unknown };

/** What the world answers to an effect: events after so many milliseconds. Undefined: as usual. */
export type World = (
  effect: PodEffect,
  drive: Drive,
) => readonly (readonly [afterMs: number, event: Answer])[] | undefined;

/**
 * How long each run of a container lasts and how it ends; the last entry repeats, none: until
 * stopped.
 */
export interface Runs {
  readonly [container: string]: readonly { readonly ms: number; readonly code: number }[];
}

export const START_MS = parseRfc3339('2025-01-01T00:00:00Z') as number;

export class Drive {
  readonly lines: string[] = [];
  readonly notes: string[] = [];
  readonly writes: unknown[] = [];
  nowMs = START_MS;
  state: MachineState<PodContext>;
  done = false;
  readonly effects: PodEffect[] = [];
  private pod: Pod;
  private readonly timers = new Map<string, number>();
  private readonly coming: { atMs: number; order: number; event: Answer }[] = [];
  private order = 0;
  private readonly stepper = createStepper(podMachine);
  private readonly world: World;
  private readonly runs: Runs;

  constructor(pod: Pod, options: { world?: World; runs?: Runs; input?: Partial<PodInput> } = {}) {
    this.pod = pod;
    this.world = options.world ?? (() => undefined);
    this.runs = options.runs ?? {};
    const first = this.stepper.initial({
      pod,
      node: { name: 'n1', hostIp: '10.0.0.1', runtime: 'test' },
      recovered: null,
      rejection: null,
      nowMs: this.nowMs,
      ...options.input,
    });
    this.state = first.state as MachineState<PodContext>;
    this.settle(first, '(new)', '(start)');
  }

  get context(): PodContext {
    return this.state.context;
  }

  /** The status as the API has it. */
  get status(): PodStatus {
    return this.pod.status ?? {};
  }

  /** Hands over an event now. */
  tell(event: Answer): this {
    if (this.done) return this;
    const before = this.describe();
    const step = this.stepper.step(this.state, { ...event, nowMs: this.nowMs } as never);
    this.state = step.state as MachineState<PodContext>;
    const container = typeof event.container === 'string' ? ` ${event.container}` : '';
    const timer = event.type === 'timer.fired' ? ` ${event.timer}` : '';
    this.settle(step, before, `${event.type}${container}${timer}`);
    return this;
  }

  /** The API's object changes. */
  update(change: object): this {
    this.pod = mergePatch(this.pod, change) as Pod;
    this.touch();
    return this.tell({ type: 'pod.updated', pod: this.pod });
  }

  /** A user deletes the pod. */
  delete(graceSeconds = 30): this {
    const deletionTimestamp = '2025-01-01T00:00:00Z';
    const metadata = { deletionTimestamp, deletionGracePeriodSeconds: graceSeconds };
    return this.update({ metadata });
  }

  /** A write gives the object a revision; returns it. */
  private touch(): number {
    const revision = Number(this.pod.metadata?.resourceVersion ?? 0) + 1;
    const metadata = { ...this.pod.metadata, resourceVersion: String(revision) };
    this.pod = { ...this.pod, metadata };
    return revision;
  }

  private describe(): string {
    const inner = Object.entries(this.state.context.containers).map(([n, s]) => `${n}:${s.value}`);
    return `${this.state.value as string}{${inner.join(' ')}}`;
  }

  private settle(step: Step, before: string, event: string): void {
    const effects = step.effects as unknown as readonly PodEffect[];
    const after = this.describe();
    const move = before === after ? after : `${before} -> ${after}`;
    const told = effects.map(shortEffect).join(', ');
    const ignored = step.handled || effects.length > 0 ? '' : '  (ignored)';
    const at = `${((this.nowMs - START_MS) / 1000).toFixed(1)}s`.padStart(8);
    this.lines.push(`${at}  ${move}  <- ${event}${ignored}${told === '' ? '' : `  ! ${told}`}`);
    this.done ||= step.done;
    for (const effect of effects) this.perform(effect);
  }

  private perform(effect: PodEffect): void {
    this.effects.push(effect);
    if (effect.type === 'timer.set') this.timers.set(effect.timer, effect.atMs);
    if (effect.type === 'timer.cancel') this.timers.delete(effect.timer);
    if (effect.type === 'event.record') {
      const { type, reason, note } = effect.record;
      this.notes.push(`${type} ${reason} ${note}`);
    }
    const answers = this.world(effect, this) ?? this.usual(effect);
    for (const [afterMs, event] of answers) {
      this.coming.push({ atMs: this.nowMs + afterMs, order: this.order++, event });
    }
  }

  private usual(effect: PodEffect): readonly (readonly [number, Answer])[] {
    switch (effect.type) {
      case 'pod.prepare':
        return [[0, { type: 'pod.prepared', id: `box${effect.attempt}`, ips: ['10.1.0.5'] }]];
      case 'pod.teardown':
        return [[0, { type: 'pod.tornDown' }]];
      case 'container.run':
        return this.started(effect.container, effect.attempt);
      case 'container.stop':
        return [[0, exit(effect.container, effect.id, 143, this.nowMs)]];
      case 'hook.run':
        return [
          [0, { type: 'hook.done', container: effect.container, hook: effect.hook, ok: true }],
        ];
      case 'probe.run':
        return [[0, { ...effect, type: 'probe.result', outcome: 'success', output: '' }]];
      case 'change.make':
        return this.changed(effect);
      default:
        return [];
    }
  }

  private started(container: string, attempt: number): readonly (readonly [number, Answer])[] {
    const id = `${container}-${attempt}`;
    const startedAtMs = this.nowMs;
    const begun = { type: 'container.started', container, id, imageId: 'img', startedAtMs };
    const runs = this.runs[container];
    const run = runs?.[Math.min(attempt, runs.length - 1)];
    if (run === undefined || run.ms === 0) return [[0, begun]];
    return [
      [0, begun],
      [run.ms, exit(container, id, run.code, this.nowMs + run.ms)],
    ];
  }

  private changed(
    effect: Extract<PodEffect, { type: 'change.make' }>,
  ): readonly (readonly [number, Answer])[] {
    this.writes.push(effect.change);
    const { what } = effect;
    const settled = { type: 'change.settled', what, ok: true, reason: '', revision: this.touch() };
    if (effect.change.type === 'delete')
      return [
        [0, settled],
        [0, { type: 'pod.removed' }],
      ];
    if (effect.change.type === 'patch') {
      const { status } = effect.change.patch as { status: PodStatus };
      const before = this.pod.status?.conditions ?? [];
      const changed = status.conditions ?? [];
      const kept = before.filter(({ type }) => !changed.some((one) => one.type === type));
      const merged = mergePatch(this.pod.status ?? {}, status) as PodStatus;
      const conditions = [...kept, ...changed.map((one) => mergePatch({}, one))];
      this.pod = { ...this.pod, status: { ...merged, conditions: conditions as never } };
    }
    return [
      [0, settled],
      [0, { type: 'pod.updated', pod: this.pod }],
    ];
  }

  /** Lets everything happen that is due within so many seconds. */
  run(seconds: number): this {
    const endMs = this.nowMs + seconds * 1000;
    for (;;) {
      this.coming.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
      const next = this.coming[0];
      const [timer, timerMs = Number.POSITIVE_INFINITY] =
        [...this.timers].sort(([, a], [, b]) => a - b)[0] ?? [];
      if (this.done || Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, timerMs) > endMs) break;
      if (next !== undefined && next.atMs <= timerMs) {
        this.coming.shift();
        this.nowMs = Math.max(this.nowMs, next.atMs);
        this.tell(next.event);
      } else if (timer !== undefined) {
        this.timers.delete(timer);
        this.nowMs = Math.max(this.nowMs, timerMs);
        this.tell({ type: 'timer.fired', timer });
      }
    }
    this.nowMs = endMs;
    return this;
  }
}

/** The exit of a container's run. */
export function exit(
  container: string,
  id: string,
  exitCode: number,
  finishedAtMs: number,
): Answer {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const told = { exitCode, signal: 0, reason, message: '', finishedAtMs };
  return { type: 'container.exited', container, id, ...told };
}

/** A pod as the API gives it to a kubelet. */
export function podOf(spec: Partial<NonNullable<Pod['spec']>>, status: PodStatus = {}): Pod {
  return {
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      generation: 1,
      resourceVersion: '5',
    },
    spec: {
      nodeName: 'n1',
      restartPolicy: 'Always',
      containers: [{ name: 'main', image: 'app:1' }],
      ...spec,
    },
    status: { phase: 'Pending', ...status },
  };
}
