/**
 * The rules about objects: what Kubernetes guarantees of pods, workloads, services and nodes.
 *
 * Never a rule that Kubernetes itself breaks: each says whose guarantee it is and what is exempt.
 */
import type { Rule } from '../check.ts';
import { podAddressUnique, serviceAddressUnique } from './addresses.ts';
import { nodeCapacity } from './node-capacity.ts';
import { podBoundOnce, restartCounts } from './pods.ts';
import { statefulSetAtMostOne } from './stateful-set.ts';

/** Every rule about objects, in the order of reports. */
export const OBJECT_RULES: readonly Rule[] = [
  podBoundOnce,
  restartCounts,
  podAddressUnique,
  serviceAddressUnique,
  nodeCapacity,
  statefulSetAtMostOne,
];
