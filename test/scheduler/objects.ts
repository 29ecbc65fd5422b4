/** Short ways to write nodes and pods. */
import type { Node, NodeSpec, NodeStatus, Pod, PodSpec } from '../../machines/api/types.ts';
import type { Stored } from '../../machines/api/view.ts';

type Labels = { [key: string]: string };

/** A node that offers 4 CPUs, 8Gi and 110 pods unless told otherwise. */
export function node(
  name: string,
  labels: Labels = {},
  spec: NodeSpec = {},
  allocatable: Labels = {},
): Stored<Node> {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `node-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { 'kubernetes.io/hostname': name, ...labels },
    },
    spec,
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable } } as NodeStatus,
  };
}

/** A pod in the namespace `default` with one container. */
export function pod(
  name: string,
  requests: Labels = {},
  spec: Partial<PodSpec> = {},
  labels: Labels = {},
): Stored<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `pod-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels,
    },
    spec: {
      schedulerName: 'default-scheduler',
      containers: [{ name: 'main', image: 'pause', resources: { requests } }],
      ...spec,
    } as PodSpec,
    status: { phase: 'Pending' },
  };
}
