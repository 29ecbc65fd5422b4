/**
 * What the server sets when particular kinds are created or deleted: first phases, quality of
 * service, spec finalizers of namespaces, the grace of pods.
 *
 * Follows the strategies in Kubernetes' pkg/registry. Pure; drafts are changed in place.
 */
import { isRecord } from './json.ts';
import type { StrategyTable } from './strategy-parts.ts';
import type { Container, PodSpec } from './types.ts';
import type { AnyObject } from './view.ts';

type Fields = Record<string, unknown>;

const finalizerKubernetes = 'kubernetes';

/** Preparation by resource. */
export const preparation: StrategyTable = {
  'core/pods': {
    prepareForCreate(object) {
      const spec = (isRecord(object.spec) ? object.spec : {}) as unknown as PodSpec;
      (object as Fields).status = { phase: 'Pending', qosClass: qosClassOf(spec) };
    },
    graceSeconds: podGraceSeconds,
  },
  'core/namespaces': {
    prepareForCreate(object) {
      const fields = object as Fields;
      const spec = isRecord(fields.spec) ? fields.spec : {};
      const given = Array.isArray(spec.finalizers) ? (spec.finalizers as string[]) : [];
      const has = given.includes(finalizerKubernetes);
      fields.spec = { ...spec, finalizers: has ? given : [...given, finalizerKubernetes] };
      fields.status = { phase: 'Active' };
    },
    prepareForUpdate(object, old) {
      const spec = isRecord(old.spec) ? old.spec : {};
      (object as Fields).spec = spec;
    },
  },
  'core/nodes': {
    prepareForUpdate: (object, old) => keepStatus(object, old),
  },
  'core/services': {
    prepareForCreate: (object) => setStatus(object, { loadBalancer: {} }),
  },
  'networking.k8s.io/ingresses': {
    prepareForCreate: (object) => setStatus(object, { loadBalancer: {} }),
  },
  'core/persistentvolumes': {
    prepareForCreate: (object) => setStatus(object, { phase: 'Pending' }),
  },
  'core/persistentvolumeclaims': {
    prepareForCreate: (object) => setStatus(object, { phase: 'Pending' }),
  },
};

function setStatus(object: AnyObject, status: Fields): void {
  (object as Fields).status = status;
}

function keepStatus(object: AnyObject, old: AnyObject): void {
  if (old.status !== undefined) setStatus(object, old.status as Fields);
}

/** Grace of a pod's deletion in seconds: none where no kubelet has it or it has ended. */
export function podGraceSeconds(object: AnyObject, requested: number | undefined): number {
  const spec = (isRecord(object.spec) ? object.spec : {}) as unknown as PodSpec;
  const phase = isRecord(object.status) ? object.status.phase : undefined;
  if (!spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
  const grace = requested ?? spec.terminationGracePeriodSeconds ?? 0;
  return grace < 0 ? 1 : grace;
}

/** A pod's quality of service class, from the requests and limits of cpu and memory. */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...listOf(spec.containers), ...listOf(spec.initContainers)];
  let any = false;
  let guaranteed = containers.length > 0;
  for (const container of containers) {
    const { requests, limits } = container.resources ?? {};
    for (const name of ['cpu', 'memory']) {
      const request = requests?.[name];
      const limit = limits?.[name];
      if (isSet(request) || isSet(limit)) any = true;
      if (!isSet(limit) || (isSet(request) && String(request) !== String(limit)))
        guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function listOf(containers: readonly Container[] | undefined): readonly Container[] {
  return Array.isArray(containers) ? (containers.filter(isRecord) as unknown as Container[]) : [];
}

function isSet(quantity: unknown): boolean {
  return quantity !== undefined && String(quantity) !== '0';
}
