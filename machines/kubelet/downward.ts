/**
 * The downward API: fields of a pod and resources of its containers as text. Pure.
 */
import { parseQuantity } from '../api/quantity.ts';
import type { Pod, ResourceFieldSelector } from '../api/types.ts';
import { containerSpec } from './pod-spec.ts';

/** What the downward API may tell besides the pod's object. */
export interface PodFacts {
  readonly pod: Pod;
  readonly podIps: readonly string[];
  readonly hostIp: string;
  /** Allocatable resources of the node: what a container without a limit is told. */
  readonly allocatable: { readonly [resource: string]: string };
}

const SUBSCRIPT = /^metadata\.(labels|annotations)\['(.*)'\]$/;

/** The value of a field path; undefined where the downward API has no such field. */
export function fieldValue(facts: PodFacts, path: string): string | undefined {
  const { pod, podIps, hostIp } = facts;
  const subscript = SUBSCRIPT.exec(path);
  if (subscript !== null) {
    const map = pod.metadata?.[subscript[1] as 'labels' | 'annotations'];
    return map?.[subscript[2] as string] ?? '';
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata?.name ?? '';
    case 'metadata.namespace':
      return pod.metadata?.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata?.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata?.labels ?? {});
    case 'metadata.annotations':
      return formatMap(pod.metadata?.annotations ?? {});
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIp;
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    default:
      return undefined;
  }
}

/** One `key="value"` a line, sorted by key. */
function formatMap(map: { readonly [key: string]: string }): string {
  const keys = Object.keys(map).sort();
  return keys.map((key) => `${key}=${JSON.stringify(map[key])}`).join('\n');
}

/** The value of a resource field, divided and rounded up; an error text where there is none. */
export function resourceValue(
  facts: PodFacts,
  selector: ResourceFieldSelector,
  ownContainer: string,
): { readonly value: string } | { readonly error: string } {
  const name = selector.containerName || ownContainer;
  const container = containerSpec(facts.pod, name);
  if (container === undefined) return { error: `container ${name} not found` };
  const [kind, resource = ''] = split(selector.resource);
  const given = container.resources?.[kind as 'limits' | 'requests']?.[resource];
  const fallback = kind === 'limits' ? facts.allocatable[resource] : undefined;
  if (kind !== 'limits' && kind !== 'requests') {
    return { error: `unsupported container resource : ${selector.resource}` };
  }
  const amount = parseQuantity(given ?? fallback ?? '0')?.nanos ?? 0n;
  const asked = parseQuantity(selector.divisor ?? '1')?.nanos ?? 0n;
  const divisor = asked === 0n ? 1_000_000_000n : asked;
  return { value: String((amount + divisor - 1n) / divisor) };
}

function split(resource: string): [string, string | undefined] {
  const dot = resource.indexOf('.');
  return dot < 0 ? [resource, undefined] : [resource.slice(0, dot), resource.slice(dot + 1)];
}
