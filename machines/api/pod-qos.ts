/** Quality of service: what a pod's requests and limits promise it. Pure. */
import { isRecord } from './json.ts';
import type { Container, PodSpec } from './types.ts';

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
