/**
 * What the server sets when particular kinds are created or deleted: first phases, quality of
 * service, spec finalizers of namespaces, the grace of pods.
 *
 * Follows the strategies in Kubernetes' pkg/registry. Pure; drafts are changed in place.
 */
import { usedOf } from './admission/quota-usage.ts';
import { isRecord } from './json.ts';
import { qosClassOf } from './pod-qos.ts';
import type { StrategyTable } from './strategy-parts.ts';
import type { PodSpec, ResourceQuota } from './types.ts';
import type { AnyObject, View } from './view.ts';

export { qosClassOf };

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
  'chaos.kabuki.dev/chaosexperiments': {
    prepareForCreate: (object) => setStatus(object, { phase: 'Pending' }),
  },
  'core/services': {
    prepareForCreate: (object) => setStatus(object, { loadBalancer: {} }),
  },
  'networking.k8s.io/ingresses': {
    prepareForCreate: (object) => setStatus(object, { loadBalancer: {} }),
  },
  'core/resourcequotas': {
    prepareForCreate: (object, env) => countUsage(object, env.view),
    prepareForUpdate: (object, _, env) => countUsage(object, env.view),
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

/** A quota shows from the start what is used already. */
function countUsage(object: AnyObject, view: View): void {
  const quota = object as unknown as ResourceQuota;
  const used = usedOf(quota, object.metadata?.namespace ?? '', view);
  setStatus(object, { hard: { ...quota.spec?.hard }, used });
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
