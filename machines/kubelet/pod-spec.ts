/**
 * Questions about a pod's spec that the kubelet asks again and again. Pure; never looks at the
 * status.
 */
import type { Container, Pod } from '../api/types.ts';

/** What part a container plays in its pod. */
export type Role = 'init' | 'sidecar' | 'main' | 'ephemeral';

/** A container with its part; sidecars are init containers with restartPolicy Always. */
export interface Member {
  readonly role: Role;
  readonly spec: Container;
}

/** The seconds a pod gets to end when nobody says otherwise. */
export const GRACE_SECONDS_DEFAULT = 30;

/** Init containers and sidecars in their order, then the regular containers, then the ephemeral. */
export function members(pod: Pod): readonly Member[] {
  const init = (pod.spec?.initContainers ?? []).map(
    (spec): Member => ({ role: roleOf(spec), spec }),
  );
  const main = (pod.spec?.containers ?? []).map((spec): Member => ({ role: 'main', spec }));
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(
    (spec): Member => ({ role: 'ephemeral', spec }),
  );
  return init.length + ephemeral.length === 0 ? main : [...init, ...main, ...ephemeral];
}

function roleOf(initContainer: Container): Role {
  return initContainer.restartPolicy === 'Always' ? 'sidecar' : 'init';
}

/** The spec of a container by name, of whatever part. */
export function containerSpec(pod: Pod, name: string): Container | undefined {
  const byName = (container: Container) => container.name === name;
  const { containers = [], initContainers, ephemeralContainers } = pod.spec ?? {};
  return (
    containers.find(byName) ?? initContainers?.find(byName) ?? ephemeralContainers?.find(byName)
  );
}

const LISTS: { readonly [role in Role]: string } = {
  init: 'initContainers',
  sidecar: 'initContainers',
  main: 'containers',
  ephemeral: 'ephemeralContainers',
};

/** Where a container stands in its pod, as events name it: `spec.containers{web}`. */
export function fieldPath(pod: Pod, name: string): string {
  const role = members(pod).find(({ spec }) => spec.name === name)?.role ?? 'main';
  return `spec.${LISTS[role]}{${name}}`;
}

/** `web_default(0a1b)`: how the kubelet names a pod in messages. */
export function podLabel(pod: Pod): string {
  const meta = pod.metadata;
  return `${meta?.name}_${meta?.namespace}(${meta?.uid})`;
}

/**
 * Why a container may not run: it must not run as root and would. `imageUser` is the user that it
 * runs as where nobody says otherwise, undefined where that is not known.
 */
export function breaksNonRoot(
  pod: Pod,
  { name, securityContext }: Container,
  imageUser: number | undefined,
): string | undefined {
  const { runAsNonRoot, runAsUser } = { ...pod.spec?.securityContext, ...securityContext };
  if (runAsNonRoot !== true || (runAsUser ?? imageUser) !== 0) return undefined;
  const wrong =
    runAsUser === 0
      ? "container's runAsUser breaks non-root policy"
      : 'container has runAsNonRoot and image will run as root';
  return `${wrong} (pod: "${podLabel(pod)}", container: ${name})`;
}

/**
 * Whether a container that exited is started again: its own rules first, then its own policy, then
 * the pod's (KEP-5307). An init container that succeeded is done whatever the policy, an ephemeral
 * one however it ended.
 */
export function restarts(pod: Pod, { role, spec }: Member, exitCode: number): boolean {
  if (role === 'sidecar') return true;
  if (role === 'ephemeral') return false;
  for (const rule of spec.restartPolicyRules ?? []) {
    const listed = rule.exitCodes?.values?.includes(exitCode) ?? false;
    const applies = rule.exitCodes?.operator === 'NotIn' ? !listed : listed;
    if (applies && rule.action === 'Restart') return true;
  }
  const policy = spec.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Never') return false;
  return exitCode !== 0 || (policy === 'Always' && role === 'main');
}

/** The seconds of grace a pod ends with: what its deletion granted, else what its spec says. */
export function graceSeconds(pod: Pod): number {
  return (
    pod.metadata?.deletionGracePeriodSeconds ??
    pod.spec?.terminationGracePeriodSeconds ??
    GRACE_SECONDS_DEFAULT
  );
}

const QOS_RESOURCES = ['cpu', 'memory'] as const;
const ZERO = /^0*\.?0*([A-Za-z]*|e\d+)$/;

/** Guaranteed, Burstable or BestEffort, by the requests and limits of all containers. */
export function qosClass(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  if (pod.status?.qosClass !== undefined) return pod.status.qosClass;
  let any = false;
  let guaranteed = true;
  for (const { role, spec } of members(pod)) {
    if (role === 'ephemeral') continue;
    for (const resource of QOS_RESOURCES) {
      const request = quantity(spec.resources?.requests?.[resource]);
      const limit = quantity(spec.resources?.limits?.[resource]);
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function quantity(text: string | undefined): string | undefined {
  return text === undefined || ZERO.test(text) ? undefined : text;
}
