/**
 * The admission chain: which steps see which request, in Kubernetes' order (lifecycle and
 * restrictions first, mutation next, allocation and quota last).
 *
 * A table; a step is pure and may refuse. The first refusal ends the chain.
 */
import type { AdmissionStep, Attributes, Refusal } from './attributes.ts';
import { bindRequester } from './certificate-requests.ts';
import { chaosEnabled, runnableScenario } from './chaos.ts';
import { applyLimits } from './limit-ranger.ts';
import { immortalNamespaces, labelNamespace, namespaceLifecycle } from './namespace-lifecycle.ts';
import { restrictNode } from './node-restriction.ts';
import { taintNewNode } from './node-taint.ts';
import { defaultTolerations } from './pod-tolerations.ts';
import { onlyOneDefaultClass, resolvePriority } from './priority.ts';
import { enforceQuota } from './resource-quota.ts';
import { serviceAccount } from './service-account.ts';
import { allocateService, releaseService } from './service-allocation.ts';
import { defaultStorageClass } from './storage-class.ts';

interface Chains {
  readonly create?: readonly AdmissionStep[];
  readonly update?: readonly AdmissionStep[];
  readonly delete?: readonly AdmissionStep[];
}

const general: Required<Chains> = {
  create: [namespaceLifecycle, restrictNode],
  update: [namespaceLifecycle, restrictNode],
  delete: [immortalNamespaces, restrictNode],
};

/** Steps of particular resources, after the general ones. */
const chains: Readonly<Record<string, Chains>> = {
  'core/pods': {
    create: [applyLimits, serviceAccount, defaultTolerations, resolvePriority, enforceQuota],
  },
  'core/namespaces': { create: [labelNamespace], update: [labelNamespace] },
  'core/nodes': { create: [taintNewNode] },
  'core/persistentvolumeclaims': { create: [defaultStorageClass, applyLimits, enforceQuota] },
  'core/services': {
    create: [allocateService, enforceQuota],
    update: [allocateService],
    delete: [releaseService],
  },
  'core/configmaps': { create: [enforceQuota] },
  'core/secrets': { create: [enforceQuota] },
  'core/replicationcontrollers': { create: [enforceQuota] },
  'core/resourcequotas': { create: [enforceQuota] },
  'apps/deployments': { create: [enforceQuota] },
  'apps/replicasets': { create: [enforceQuota] },
  'apps/statefulsets': { create: [enforceQuota] },
  'apps/daemonsets': { create: [enforceQuota] },
  'batch/jobs': { create: [enforceQuota] },
  'batch/cronjobs': { create: [enforceQuota] },
  'scheduling.k8s.io/priorityclasses': {
    create: [onlyOneDefaultClass],
    update: [onlyOneDefaultClass],
  },
  'certificates.k8s.io/certificatesigningrequests': { create: [bindRequester] },
  'chaos.kabuki.dev/chaosexperiments': { create: [chaosEnabled, runnableScenario] },
};

/** Runs the steps of a create or an update; the object is changed in place. */
export function admitObject(attributes: Attributes): Refusal | undefined {
  return run(attributes);
}

/** Runs the steps of a delete; `old` is undefined where the object does not exist. */
export function admitDelete(attributes: Attributes): Refusal | undefined {
  return run(attributes);
}

function run(attributes: Attributes): Refusal | undefined {
  const { operation, served } = attributes;
  for (const step of general[operation]) {
    const refusal = step(attributes);
    if (refusal !== undefined) return refusal;
  }
  for (const step of chains[served.storage]?.[operation] ?? []) {
    const refusal = step(attributes);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
