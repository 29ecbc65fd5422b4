/**
 * The pods and claims of a StatefulSet: each ordinal has one name, one host name and its own
 * claims, whatever pod fills it (`pkg/controller/statefulset/stateful_set_utils.go`).
 *
 * Never decides when a pod is made or deleted.
 */
import type { Change } from '../api/change.ts';
import type {
  OwnerReference,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
  StatefulSet,
  Volume,
} from '../api/types.ts';
import type { AnyObject, Stored, View } from '../api/view.ts';
import { controllerReference, type OwnerKind, ownersPatch, referenceTo } from './ownership.ts';
import { createPod, deletePod, podAvailableAtMs, podOf } from './pods.ts';
import { REVISION_LABEL, templateOf } from './revisions.ts';
import { normal, sameValue, warning } from './writes.ts';

export const STATEFUL_SET: OwnerKind<'apps/statefulsets'> = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  resource: 'apps/statefulsets',
};
const POD = { apiVersion: 'v1', kind: 'Pod', resource: 'core/pods' } as const;
const CLAIMS = 'core/persistentvolumeclaims';

type Set = Stored<StatefulSet>;
type Revision = Parameters<typeof templateOf>[0] & { readonly metadata: { readonly name: string } };

/** The ordinal in a pod's name, or -1 where the name is not one of this set. */
export function ordinalOf(set: Set, pod: Pod): number {
  const name = pod.metadata?.name ?? '';
  const prefix = `${set.metadata.name}-`;
  if (!name.startsWith(prefix)) return -1;
  const ordinal = name.slice(prefix.length);
  return /^(0|[1-9][0-9]{0,9})$/.test(ordinal) ? Number(ordinal) : -1;
}

/** The name of the revision a pod was made of. */
export function podRevision(pod: Pod): string | undefined {
  return pod.metadata?.labels?.[REVISION_LABEL];
}

/** True where the pod runs and is ready. */
export function isRunningAndReady(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && podAvailableAtMs(pod, 0) !== undefined;
}

/**
 * When a running pod is available, as `podAvailableAtMs`; undefined where it does not run or is not
 * ready.
 */
export function availableAtMs(set: Set, pod: Pod): number | undefined {
  if (pod.status?.phase !== 'Running') return undefined;
  return podAvailableAtMs(pod, set.spec?.minReadySeconds ?? 0);
}

/** The writes that fill an ordinal: its claims that are missing, and then its pod. */
export interface Creation {
  readonly claims: readonly Change[];
  readonly pod: Change;
  /** True where a claim of a former pod is still being deleted, so that the pod has to wait. */
  readonly waits: boolean;
}

/** Creates the pod of an ordinal from a revision. */
export function creationOf(set: Set, ordinal: number, revision: Revision, view: View): Creation {
  const { metadata } = set;
  const { name, namespace = '' } = metadata;
  const podName = `${name}-${ordinal}`;
  const template = templateOf(revision);
  const labels = {
    [REVISION_LABEL]: revision.metadata.name,
    'statefulset.kubernetes.io/pod-name': podName,
    'apps.kubernetes.io/pod-index': `${ordinal}`,
  };
  const spec = {
    ...(template.spec as PodSpec),
    hostname: podName,
    subdomain: set.spec?.serviceName,
    volumes: volumesOf(set, ordinal, template.spec?.volumes ?? []),
  };
  const pod = podOf(
    { ...template, spec },
    { metadata: { name: podName, generateName: `${name}-`, labels } },
    controllerReference(STATEFUL_SET, set),
  );
  const regarding = referenceTo(STATEFUL_SET, set);
  const what = `create Pod ${podName} in StatefulSet ${name}`;
  const records = {
    done: normal(regarding, 'SuccessfulCreate', `${what} successful`),
    failed: warning(regarding, 'FailedCreate', `${what} failed error: {error}`),
  };
  return {
    claims: missingClaims(set, ordinal, view),
    pod: createPod(namespace, pod, records),
    waits: claimsOf(set, ordinal, view).some((claim) => isStale(claim)),
  };
}

/** Deletes a pod of the set. */
export function deletionOf(set: Set, pod: Pod): Change {
  const regarding = referenceTo(STATEFUL_SET, set);
  const what = `delete Pod ${pod.metadata?.name} in StatefulSet ${set.metadata.name}`;
  return deletePod(pod, {
    done: normal(regarding, 'SuccessfulDelete', `${what} successful`),
    failed: warning(regarding, 'FailedDelete', `${what} failed error: {error}`),
  });
}

function volumesOf(set: Set, ordinal: number, others: readonly Volume[]): Volume[] {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  const names = templates.map((template) => template.metadata?.name ?? '');
  const own = names.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
  }));
  return [...own, ...others.filter(({ name }) => !names.includes(name))];
}

function claimName(set: Set, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${ordinal}`;
}

/** The claims of an ordinal that exist. */
function claimsOf(set: Set, ordinal: number, view: View): Stored<PersistentVolumeClaim>[] {
  const namespace = set.metadata.namespace ?? '';
  return (set.spec?.volumeClaimTemplates ?? []).flatMap((template) => {
    const name = claimName(set, template.metadata?.name ?? '', ordinal);
    return view.get(CLAIMS, namespace, name) ?? [];
  });
}

/** A claim that is going away with the pod it belonged to. */
function isStale(claim: Stored<PersistentVolumeClaim>): boolean {
  const { deletionTimestamp, ownerReferences = [] } = claim.metadata;
  return deletionTimestamp !== undefined || ownerReferences.some(({ kind }) => kind === 'Pod');
}

/** Creates those claims of an ordinal that are not there. */
export function missingClaims(set: Set, ordinal: number, view: View): readonly Change[] {
  const { name, namespace = '' } = set.metadata;
  const podName = `${name}-${ordinal}`;
  const regarding = referenceTo(STATEFUL_SET, set);
  const changes: Change[] = [];
  for (const template of set.spec?.volumeClaimTemplates ?? []) {
    const claim = claimName(set, template.metadata?.name ?? '', ordinal);
    if (view.get(CLAIMS, namespace, claim) !== undefined) continue;
    const what = `create Claim ${claim} Pod ${podName} in StatefulSet ${name}`;
    const failed = `create Claim ${claim} for Pod ${podName} in StatefulSet ${name} failed error`;
    changes.push({
      type: 'create',
      resource: CLAIMS,
      namespace,
      object: claimObject(set, template, claim),
      records: {
        done: normal(regarding, 'SuccessfulCreate', `${what} success`),
        failed: warning(regarding, 'FailedCreate', `${failed}: {error}`),
      },
    });
  }
  return changes;
}

function claimObject(set: Set, template: PersistentVolumeClaim, name: string): AnyObject {
  const owners = wantedOwner(set, undefined);
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name,
      labels: { ...labels, ...set.spec?.selector.matchLabels },
      ...(annotations && { annotations }),
      ...(owners && { ownerReferences: [owners] }),
    },
    spec: template.spec,
  };
}

/**
 * The owner a claim is to have by the retention policy: the set, where claims go when it is
 * deleted; the pod, where they go when it is scaled down and the pod is one that goes. None: the
 * claim is kept.
 */
function wantedOwner(set: Set, condemned: Stored<Pod> | undefined): OwnerReference | undefined {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  if (condemned !== undefined && whenScaled === 'Delete') {
    return controllerReference(POD, condemned);
  }
  if (whenDeleted !== 'Delete') return undefined;
  return controllerReference(STATEFUL_SET, set);
}

/** Gives the claims of a pod the owner that the retention policy asks for. */
export function claimOwners(
  set: Set,
  pod: Stored<Pod>,
  isCondemned: boolean,
  view: View,
): readonly Change[] {
  const wanted = wantedOwner(set, isCondemned ? pod : undefined);
  const managed = new Set<string | undefined>([set.metadata.uid, pod.metadata?.uid]);
  const changes: Change[] = [];
  for (const claim of claimsOf(set, ordinalOf(set, pod), view)) {
    const object = claim;
    const has = object.metadata.ownerReferences ?? [];
    const others = has.filter(({ uid }) => !managed.has(uid));
    if (others.some(({ controller }) => controller === true)) continue;
    const owners = wanted === undefined ? others : [...others, wanted];
    if (!sameValue(has, owners)) changes.push(ownersPatch(CLAIMS, object, owners));
  }
  return changes;
}
