/**
 * The work of one step of a pod: steps its containers and probes, says which of them come next, and
 * collects the effects. A draft that lives for one step; pure seen from outside.
 */
import type { ObjectReference, Probe } from '../api/types.ts';
import type { Untimed } from '../effect.ts';
import { createStepper, type MachineState, type Step } from '../step.ts';
import type { ContainerContext, ContainerEvent } from './container.ts';
import type { ContainerEffect, Note, PodEffect, ProbeEffect, ProbeName } from './effect.ts';
import {
  type Ending,
  isLive,
  isRunning,
  isStarted,
  type PodContext,
  probeKey,
} from './pod-context.ts';
import { containerSpec, fieldPath, graceSeconds, members, restarts } from './pod-spec.ts';
import { containerStepper } from './pod-start.ts';
import { type ProbeContext, type ProbeEvent, probeMachine, type Verdict } from './probe.ts';

const probeStepper = createStepper(probeMachine);

/** A step under way. */
export interface Work {
  context: PodContext;
  readonly effects: PodEffect[];
  readonly nowMs: number;
}

/** Sends an event to one container, keeps its new state, and looks after its probes. */
export function tellContainer(work: Work, name: string, event: Untimed<ContainerEvent>): void {
  const state = work.context.containers[name];
  if (state === undefined) return;
  const step = containerStepper.step(state, { ...event, nowMs: work.nowMs } as never);
  if (!step.handled && step.effects.length === 0) return;
  const containers = { ...work.context.containers };
  containers[name] = step.state as MachineState<ContainerContext>;
  work.context = { ...work.context, containers };
  collect(work, step);
  keepProbes(work, name);
}

function collect(work: Work, step: Step): void {
  for (const effect of step.effects as readonly (ContainerEffect | ProbeEffect)[]) {
    if (effect.type === 'note') recordNote(work, effect);
    else work.effects.push(effect);
  }
}

function recordNote(work: Work, { container, kind, reason, note }: Note): void {
  record(work, kind, reason, note, fieldPath(work.context.pod, container));
}

/** Records an event that regards the pod, or a part of it. */
export function record(
  work: Work,
  type: 'Normal' | 'Warning',
  reason: string,
  note: string,
  path?: string,
): void {
  const meta = work.context.pod.metadata;
  const regarding: ObjectReference = {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: meta?.namespace,
    name: meta?.name,
    uid: meta?.uid,
    resourceVersion: meta?.resourceVersion,
    ...(path === undefined ? {} : { fieldPath: path }),
  };
  work.effects.push({ type: 'event.record', reason, record: { regarding, type, reason, note } });
}

const PROBES = ['startup', 'liveness', 'readiness'] as const;

function probeSpec(context: PodContext, container: string, probe: ProbeName): Probe | undefined {
  return containerSpec(context.pod, container)?.[`${probe}Probe`];
}

/** Starts the probes of a container that runs, and ends those of one that does not. */
export function keepProbes(work: Work, name: string): void {
  const state = work.context.containers[name];
  const run = state?.context.run ?? null;
  const runs = isRunning(state) && state?.value !== 'hooking';
  for (const probe of PROBES) {
    const key = probeKey(name, probe);
    const current = work.context.probes[key];
    const stale = current !== undefined && (!runs || current.context.id !== run?.id);
    if (stale) dropProbe(work, key);
    const spec = probeSpec(work.context, name, probe);
    if (!runs || run === null || spec === undefined || (current !== undefined && !stale)) continue;
    const open = probe === 'startup' || probeSpec(work.context, name, 'startup') === undefined;
    const input = {
      ...{ container: name, id: run.id, probe, startedAtMs: run.startedAtMs, open },
      initialDelayMs: (spec.initialDelaySeconds ?? 0) * 1000,
      periodMs: (spec.periodSeconds ?? 10) * 1000,
      successThreshold: spec.successThreshold ?? 1,
      failureThreshold: spec.failureThreshold ?? 3,
      verdict: knownVerdict(work.context, name, probe, run.id),
    };
    const step = probeStepper.initial({ ...input, nowMs: work.nowMs });
    setProbe(work, key, step.state as MachineState<ProbeContext>);
    collect(work, step);
  }
}

/** What the status says of this very run: a kubelet that was restarted does not make it unready. */
function knownVerdict(
  { reported }: PodContext,
  name: string,
  probe: ProbeName,
  id: string,
): Verdict {
  if (probe === 'liveness') return 'unknown';
  const statuses = [
    ...(reported.containerStatuses ?? []),
    ...(reported.initContainerStatuses ?? []),
  ];
  const status = statuses.find((one) => one.name === name);
  if (status?.containerID?.endsWith(`://${id}`) !== true) return 'unknown';
  const good = probe === 'readiness' ? status.ready : status.started === true;
  return good ? 'success' : 'unknown';
}

function setProbe(work: Work, key: string, state: MachineState<ProbeContext>): void {
  work.context = { ...work.context, probes: { ...work.context.probes, [key]: state } };
}

function dropProbe(work: Work, key: string): void {
  const { [key]: _, ...probes } = work.context.probes;
  work.context = { ...work.context, probes };
  work.effects.push({ type: 'timer.cancel', timer: `probe/${key}` });
}

/** Sends an event to one probe, and acts on a verdict that it has reached. */
export function tellProbe(work: Work, key: string, event: Untimed<ProbeEvent>): void {
  const state = work.context.probes[key];
  if (state === undefined) return;
  const step = probeStepper.step(state, { ...event, nowMs: work.nowMs } as never);
  if (!step.handled && step.effects.length === 0) return;
  setProbe(work, key, step.state as MachineState<ProbeContext>);
  collect(work, step);
  const { container, probe, verdict } = (step.state as MachineState<ProbeContext>).context;
  if (verdict === state.context.verdict) return;
  if (probe === 'startup' && verdict === 'success') openProbes(work, container);
  if (probe !== 'readiness' && verdict === 'failure') restartUnhealthy(work, container, probe);
}

function openProbes(work: Work, container: string): void {
  tellProbe(work, probeKey(container, 'liveness'), { type: 'probe.opened' });
  tellProbe(work, probeKey(container, 'readiness'), { type: 'probe.opened' });
}

function restartUnhealthy(work: Work, container: string, probe: ProbeName): void {
  const { pod } = work.context;
  const seconds =
    probeSpec(work.context, container, probe)?.terminationGracePeriodSeconds ?? graceSeconds(pod);
  tellContainer(work, container, {
    type: 'container.stopRequested',
    graceMs: seconds * 1000,
    note: `Container ${container} failed ${probe} probe, will be restarted`,
  });
}

/** An exit, as the runtime saw it: the container hears whether its pod wants another run. */
export function exited(
  work: Work,
  name: string,
  exit: Omit<Extract<ContainerEvent, { type: 'container.exited' }>, 'restart' | 'nowMs'>,
): void {
  const { context } = work;
  const member = members(context.pod).find(({ spec }) => spec.name === name);
  const state = context.containers[name];
  if (member === undefined || state?.context.run?.id !== exit.id) return;
  const restart = context.ending === null && restarts(context.pod, member, exit.exitCode);
  tellContainer(work, name, { ...exit, restart });
}

/**
 * Lets those containers start whose turn it is: init containers one by one, sidecars once started,
 * then all. Ephemeral containers wait for nobody.
 */
export function startDue(work: Work): void {
  const all = members(work.context.pod);
  for (const { role, spec } of all) if (role === 'ephemeral') startWaiting(work, spec.name);
  for (const { role, spec } of all) {
    startWaiting(work, spec.name);
    if (role === 'main' || role === 'ephemeral') continue;
    const passed =
      role === 'sidecar'
        ? isStarted(work.context, spec.name) || hasMainRun(work.context)
        : succeeded(work.context, spec.name);
    if (!passed) return;
  }
}

function startWaiting(work: Work, name: string): void {
  if (work.context.containers[name]?.value !== 'waiting') return;
  tellContainer(work, name, { type: 'container.due' });
}

function succeeded(context: PodContext, name: string): boolean {
  const state = context.containers[name];
  return state?.value === 'terminated' && state.context.run?.exit?.exitCode === 0;
}

function hasMainRun(context: PodContext): boolean {
  const main = context.pod.spec?.containers ?? [];
  return main.some(({ name }) => context.containers[name]?.context.run != null);
}

/**
 * True once the pod's work is over: all regular containers ended for good, or an init container
 * failed so.
 */
export function isCompleted(context: PodContext): boolean {
  let mains = true;
  for (const { role, spec } of members(context.pod)) {
    const over = context.containers[spec.name]?.value === 'terminated';
    if (role === 'init' && over && !succeeded(context, spec.name)) return true;
    if (role === 'main' && !over) mains = false;
  }
  return mains;
}

/** Ends the pod: no container starts again; those that run are stopped by `stopNext`. */
export function end(work: Work, ending: Ending): void {
  work.context = { ...work.context, ending };
  for (const { spec } of members(work.context.pod)) {
    tellContainer(work, spec.name, { type: 'container.retired' });
  }
}

/**
 * Stops what runs: init and regular containers at once, then sidecars one by one from the last. All
 * share the pod's grace; called again with a shorter grace it hurries those that are being stopped.
 */
export function stopNext(work: Work): void {
  const { ending } = work.context;
  if (ending === null) return;
  const graceMs = Math.max(0, ending.graceAtMs - work.nowMs);
  const all = members(work.context.pod);
  const first = all.filter(({ role }) => role !== 'sidecar');
  for (const { spec } of first) requestStop(work, spec.name, graceMs);
  if (first.some(({ spec }) => isLive(work.context.containers[spec.name]))) return;
  const sidecars = all.filter(({ role }) => role === 'sidecar').reverse();
  const next = sidecars.find(({ spec }) => isLive(work.context.containers[spec.name]));
  if (next !== undefined) requestStop(work, next.spec.name, graceMs);
}

function requestStop(work: Work, name: string, graceMs: number): void {
  if (!isRunning(work.context.containers[name])) return;
  tellContainer(work, name, { type: 'container.stopRequested', graceMs, note: '' });
}

/** True once no container runs or is about to. */
export function isStopped(context: PodContext): boolean {
  return !Object.values(context.containers).some(isLive);
}
