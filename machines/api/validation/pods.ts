/**
 * Pods: what may be created, and what an update or a status may change.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import { sameJson } from '../json.ts';
import { qosClassOf } from '../preparation.ts';
import type { Container, Pod, PodSpec, Toleration } from '../types.ts';
import { checkTolerations } from './affinity.ts';
import { checkImageSpace } from './containers.ts';
import { type Causes, forbidden, invalid, required } from './field-errors.ts';
import { checkPodAnnotations, checkPodSpec } from './pod-spec.ts';
import { compareAmounts } from './resource-amounts.ts';

const int32Max = 2147483647;
const mirrorAnnotation = 'kubernetes.io/config.mirror';
const updatable =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,' +
  '`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** Adds what is wrong with a pod. */
export function checkPod(causes: Causes, pod: Loose<Pod>, old: Loose<Pod> | undefined): void {
  const spec = pod.spec ?? {};
  checkPodAnnotations(causes, 'metadata.annotations', pod.metadata?.annotations, spec);
  checkPodSpec(causes, 'spec', spec, pod.metadata ?? {});
  if (!spec.serviceAccountName && spec.volumes !== undefined) checkTokens(causes, spec);
  spec.containers?.forEach(({ image = '' }, index) => {
    checkImageSpace(causes, `spec.containers[${index}]`, image);
  });
  spec.initContainers?.forEach(({ image = '' }, index) => {
    checkImageSpace(causes, `spec.initContainers[${index}]`, image);
  });
  if (old !== undefined) return;
  if ((spec.ephemeralContainers ?? []).length > 0) {
    forbidden(causes, 'spec.ephemeralContainers', 'cannot be set on create');
  }
  if (spec.nodeName && (spec.schedulingGates ?? []).length > 0) {
    const detail = 'cannot be set until all schedulingGates have been cleared';
    forbidden(causes, 'spec.nodeName', detail);
  }
}

function checkTokens(causes: Causes, spec: Loose<PodSpec>): void {
  spec.volumes?.forEach((volume, index) => {
    volume.projected?.sources?.forEach((source, position) => {
      if (source.serviceAccountToken === undefined) return;
      const path = `spec.volumes[${index}].projected.sources[${position}].serviceAccountToken`;
      forbidden(causes, path, 'must not be specified when serviceAccountName is not set');
    });
  });
}

/** Adds what an update of a pod may not change. */
export function checkPodUpdate(
  causes: Causes,
  pod: Loose<Pod>,
  old: Loose<Pod>,
  subresource: string,
): void {
  checkAnnotationUpdate(causes, pod, old);
  const spec = pod.spec ?? {};
  const before = old.spec ?? {};
  if (subresource === 'ephemeralcontainers') {
    checkEphemeralUpdate(causes, pod, old);
    return;
  }
  if (subresource === 'resize') {
    checkResize(causes, pod, old);
    return;
  }
  for (const list of ['containers', 'initContainers'] as const) {
    const now = spec[list] ?? [];
    if (now.length !== (before[list] ?? []).length) {
      forbidden(causes, `spec.${list}`, 'pod updates may not add or remove containers');
      return;
    }
    now.forEach(({ image }, index) => {
      if (!image) required(causes, `spec.${list}[${index}].image`);
    });
  }
  if (!checkDeadline(causes, spec, before)) return;
  checkAddedTolerations(causes, spec.tolerations ?? [], before.tolerations ?? []);
  const gates = new Set((before.schedulingGates ?? []).map(({ name }) => name));
  spec.schedulingGates?.forEach(({ name }, index) => {
    if (gates.has(name)) return;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    forbidden(causes, `spec.schedulingGates[${index}].name`, detail);
  });
  if (sameJson(spec, before)) return;
  const gated = (before.schedulingGates ?? []).length > 0;
  if (sameJson(withUpdatable(spec, before, gated), before)) return;
  forbidden(causes, 'spec', `pod updates may not change fields other than ${updatable}\n`);
}

/** Adds an error where the mark of a static pod's mirror changed. */
export function checkAnnotationUpdate(causes: Causes, pod: Loose<Pod>, old: Loose<Pod>): void {
  const now = pod.metadata?.annotations?.[mirrorAnnotation];
  const before = old.metadata?.annotations?.[mirrorAnnotation];
  if (now === before) return;
  const what = before === undefined ? 'add' : 'remove or update';
  const path = `metadata.annotations[${mirrorAnnotation}]`;
  forbidden(causes, path, `may not ${what} mirror pod annotation`);
}

function checkDeadline(causes: Causes, spec: Loose<PodSpec>, before: Loose<PodSpec>): boolean {
  const path = 'spec.activeDeadlineSeconds';
  const now = spec.activeDeadlineSeconds;
  const was = before.activeDeadlineSeconds;
  if (now === undefined) {
    const detail = 'must not update from a positive integer to nil value';
    if (was !== undefined) invalid(causes, path, null, detail);
    return true;
  }
  if (now < 0 || now > int32Max) {
    invalid(causes, path, now, `must be between 0 and ${int32Max}, inclusive`);
    return false;
  }
  if (was === undefined || now <= was) return true;
  invalid(causes, path, now, 'must be less than or equal to previous value');
  return false;
}

function checkAddedTolerations(
  causes: Causes,
  now: readonly Loose<Toleration>[],
  before: readonly Loose<Toleration>[],
): void {
  for (const old of before) {
    const kept = now.some((one) => sameJson(one, withSeconds(old, one.tolerationSeconds)));
    if (kept) continue;
    const detail = 'existing toleration can not be modified except its tolerationSeconds';
    forbidden(causes, 'spec.tolerations', detail);
    return;
  }
  checkTolerations(causes, 'spec.tolerations', now);
}

function withSeconds(
  toleration: Loose<Toleration>,
  seconds: number | undefined,
): Loose<Toleration> {
  return { ...toleration, tolerationSeconds: seconds };
}

/** The new spec with everything that may change put back. */
function withUpdatable(
  spec: Loose<PodSpec>,
  before: Loose<PodSpec>,
  gated: boolean,
): Loose<PodSpec> {
  const grace = before.terminationGracePeriodSeconds ?? 0;
  const result: Loose<PodSpec> = {
    ...spec,
    containers: withImages(spec.containers, before.containers),
    initContainers: withImages(spec.initContainers, before.initContainers),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
  };
  if (grace < 0 && spec.terminationGracePeriodSeconds === 1) {
    result.terminationGracePeriodSeconds = grace;
  }
  if (!gated) return result;
  if (onlyAdds(spec.nodeSelector ?? {}, before.nodeSelector ?? {})) {
    result.nodeSelector = before.nodeSelector;
  }
  const nodeAffinity = before.affinity?.nodeAffinity;
  const affinity = { ...spec.affinity, nodeAffinity };
  const empty = Object.values(affinity).every((one) => one === undefined);
  result.affinity = empty && before.affinity === undefined ? undefined : affinity;
  return result;
}

function withImages(
  containers: Loose<Container>[] | undefined,
  before: Loose<Container>[] | undefined,
): Loose<Container>[] | undefined {
  return containers?.map((container, index) => ({ ...container, image: before?.[index]?.image }));
}

function onlyAdds(
  now: { [key: string]: string | undefined },
  before: { [key: string]: string | undefined },
): boolean {
  return Object.entries(before).every(([key, value]) => now[key] === value);
}

function checkEphemeralUpdate(causes: Causes, pod: Loose<Pod>, old: Loose<Pod>): void {
  if (old.metadata?.annotations?.[mirrorAnnotation] !== undefined) {
    forbidden(causes, '', 'static pods do not support ephemeral containers');
    return;
  }
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((one) => [one.name, one]));
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const shown = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    const found = now.get(before.name);
    const path = 'spec.ephemeralContainers';
    if (found === undefined) forbidden(causes, path, `${shown} may not be removed\n`);
    else if (!sameJson(found, before)) forbidden(causes, path, `${shown} may not be changed\n`);
  }
}

function checkResize(causes: Causes, pod: Loose<Pod>, old: Loose<Pod>): void {
  if (old.metadata?.annotations?.[mirrorAnnotation] !== undefined) {
    forbidden(causes, '', 'static pods cannot be resized');
    return;
  }
  const before = old.status?.qosClass ?? qosClassOf((old.spec ?? {}) as PodSpec);
  if (qosClassOf((pod.spec ?? {}) as PodSpec) !== before) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    invalid(causes, 'spec', pod.status?.qosClass ?? '', detail);
  }
  for (const list of ['containers', 'initContainers'] as const) {
    const olds = old.spec?.[list] ?? [];
    pod.spec?.[list]?.forEach((container, index) => {
      const was = olds[index] ?? {};
      const sidecar = list === 'containers' || was.restartPolicy === 'Always';
      if (!sidecar) {
        if (sameJson(container, was)) return;
        forbidden(causes, 'spec', 'resources for non-sidecar init containers are immutable');
        return;
      }
      checkContainerResize(causes, `spec.${list}[${index}].resources`, container, was);
      if (!sameJson(otherResources(container), otherResources(was))) {
        const whose = list === 'containers' ? '' : ' for sidecar containers';
        forbidden(causes, 'spec', `only cpu and memory resources${whose} are mutable`);
      }
    });
  }
}

function checkContainerResize(
  causes: Causes,
  field: string,
  now: Loose<Container>,
  was: Loose<Container>,
): void {
  for (const side of ['requests', 'limits'] as const) {
    const amounts = now.resources?.[side] ?? {};
    const removed = Object.keys(was.resources?.[side] ?? {}).some(
      (name) => amounts[name] === undefined,
    );
    if (removed) forbidden(causes, `${field}.${side}`, `resource ${side} cannot be removed`);
  }
  const policy = now.resizePolicy?.find(({ resourceName }) => resourceName === 'memory');
  if (policy?.restartPolicy === 'RestartContainer') return;
  const limit = now.resources?.limits?.memory;
  const limitBefore = was.resources?.limits?.memory;
  if (limit === undefined) return;
  const path = `${field}.limits[memory]`;
  const unless = 'unless resizePolicy is RestartContainer';
  if (limitBefore === undefined) {
    forbidden(causes, path, `memory limits cannot be added ${unless}`);
  } else if (compareAmounts(limit, limitBefore) < 0) {
    forbidden(causes, path, `memory limits cannot be decreased ${unless}`);
  }
}

/** A container without what a resize may change. */
function otherResources(container: Loose<Container>): unknown {
  const resources: Record<string, unknown> = {};
  for (const side of ['requests', 'limits'] as const) {
    const { cpu: _, memory: __, ...rest } = container.resources?.[side] ?? {};
    if (Object.keys(rest).length > 0) resources[side] = rest;
  }
  return { ...container, resources, resizePolicy: undefined };
}
