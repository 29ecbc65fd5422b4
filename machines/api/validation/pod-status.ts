/**
 * What a change of a pod's status may not do.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import type { ContainerStatus, Pod, PodSpec } from '../types.ts';
import { checkIp } from './addresses.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  immutable,
  invalid,
  invalidFor,
} from './field-errors.ts';
import { checkLabelKey, dnsSubdomainErrors } from './names.ts';
import { checkAnnotationUpdate } from './pods.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** Adds what a change of a pod's status may not do. */
export function checkPodStatus(causes: Causes, pod: Loose<Pod>, old: Loose<Pod>): void {
  checkAnnotationUpdate(causes, pod, old);
  const status = pod.status ?? {};
  const before = old.status ?? {};
  status.conditions?.forEach(({ type = '' }, index) => {
    if (!systemConditions.has(type)) {
      checkLabelKey(causes, `metadata.conditions[${index}].Type`, type);
    }
  });
  if (pod.spec?.nodeName !== old.spec?.nodeName) {
    forbidden(causes, 'status.nodeName', 'may not be changed directly');
  }
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    invalidFor(causes, 'status.nominatedNodeName', nominated, dnsSubdomainErrors(nominated));
  }
  if (status.qosClass !== before.qosClass) {
    invalid(causes, 'status.qosClass', status.qosClass ?? '', immutable);
  }
  checkTransitions(causes, 'containerStatuses', status, before, old.spec ?? {});
  checkTransitions(causes, 'initContainerStatuses', status, before, old.spec ?? {});
  checkTransitions(causes, 'ephemeralContainerStatuses', status, before, {
    restartPolicy: 'Never',
  });
  checkAddresses(causes, pod);
}

type StatusList = 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses';
type Statuses = { readonly [List in StatusList]?: Loose<ContainerStatus>[] | undefined };

/** Containers that ended for good stay ended. */
function checkTransitions(
  causes: Causes,
  list: StatusList,
  now: Statuses,
  before: Statuses,
  spec: Loose<PodSpec>,
): void {
  if (spec.restartPolicy === 'Always') return;
  before[list]?.forEach((old, index) => {
    const ended = old.state?.terminated;
    if (ended === undefined) return;
    if ((ended.exitCode ?? 0) !== 0 && spec.restartPolicy === 'OnFailure') return;
    if (mayRestart(spec, old.name)) return;
    const found = now[list]?.find(({ name }) => name === old.name);
    if (found === undefined || found.state?.terminated !== undefined) return;
    const detail = 'may not be transitioned to non-terminated state';
    forbidden(causes, `status.${list}[${index}].state`, detail);
  });
}

function mayRestart(spec: Loose<PodSpec>, name: string | undefined): boolean {
  const container = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].find(
    (one) => one.name === name,
  );
  if (container === undefined) return false;
  const { restartPolicy, restartPolicyRules = [] } = container;
  return (restartPolicy ?? 'Never') !== 'Never' || restartPolicyRules.length > 0;
}

function checkAddresses(causes: Causes, { status = {} }: Loose<Pod>): void {
  for (const list of ['podIPs', 'hostIPs'] as const) {
    const addresses = status[list] ?? [];
    const seen = new Set<string>();
    addresses.forEach(({ ip = '' }, index) => {
      const path = `status.${list}[${index}]`;
      checkIp(causes, path, ip);
      if (seen.has(ip)) duplicate(causes, path, { IP: ip });
      seen.add(ip);
    });
    const families = new Set(addresses.map(({ ip = '' }) => ip.includes(':')));
    if (addresses.length > families.size) {
      const detail = 'may specify no more than one IP for each IP family';
      invalid(causes, `status.${list}`, addresses, detail);
    }
  }
  const first = status.hostIPs?.[0]?.ip;
  if (first !== undefined && first !== status.hostIP) {
    invalid(causes, 'status.hostIPs[0].ip', first, 'must be equal to `hostIP`');
  }
}
