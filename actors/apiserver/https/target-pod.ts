/**
 * Which pod, container and node a stream is for, as the registry's pod streams find them.
 *
 * Reads the live state; refuses with Kubernetes' words. Never talks to a node.
 */
import type { ApiReply, ApiRequest } from '../../../machines/api/request.ts';
import { badRequest, notFound } from '../../../machines/api/status.ts';
import type { Container, Pod } from '../../../machines/api/types.ts';
import type { Api } from '../api.ts';

/** Where a stream goes. */
export interface TargetPod {
  readonly pod: Pod;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly container: string;
  /** '' while the pod is not bound. */
  readonly node: string;
}

/** The pod and container that a request's stream is for, or the refusal to answer. */
export function targetPod(api: Api, request: ApiRequest): TargetPod | ApiReply {
  const { namespace, name } = request;
  const pod = api.view().get('core/pods', namespace, name);
  if (pod === undefined) return notFound({ group: '', resource: 'pods' }, name);
  const container = containerOf(pod, name, request.query.container ?? '');
  if (typeof container !== 'string') return container;
  const node = pod.spec?.nodeName ?? '';
  return { pod, name, namespace, uid: pod.metadata.uid, container, node };
}

/** The container asked for, or the only one. */
function containerOf(pod: Pod, name: string, asked: string): string | ApiReply {
  const containers = pod.spec?.containers ?? [];
  const inits = pod.spec?.initContainers ?? [];
  const ephemeral = pod.spec?.ephemeralContainers ?? [];
  if (asked !== '') {
    const known = [...containers, ...inits, ...ephemeral].some((one) => one.name === asked);
    return known ? asked : badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (containers.length === 1) return containers[0]!.name;
  const head = `a container name must be specified for pod ${name}`;
  if (containers.length === 0) return badRequest(head);
  const choices = `${head}, choose one of: [${names(containers)}]`;
  if (inits.length === 0) return badRequest(choices);
  return badRequest(`${choices} or one of the init containers: [${names(inits)}]`);
}

function names(containers: readonly Container[]): string {
  return containers.map((container) => container.name).join(' ');
}
