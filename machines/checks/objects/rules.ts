/**
 * The rules about objects: what Kubernetes guarantees of pods, workloads, services and nodes.
 *
 * Never a rule that Kubernetes itself breaks: each says whose guarantee it is and what is exempt.
 */
import type { Rule } from '../check.ts';
import { podAddressUnique, serviceAddressUnique } from './addresses.ts';
import { disruptionBudget } from './disruption.ts';
import { endpointsFresh } from './endpoints.ts';
import { garbage } from './garbage.ts';
import { jobCount } from './job.ts';
import { finalizersHonoured, generationObserved, immutableUid } from './life.ts';
import { nodeCapacity } from './node-capacity.ts';
import { podBoundOnce, restartCounts } from './pods.ts';
import { quotaHonoured } from './quota.ts';
import { statefulSetAtMostOne } from './stateful-set.ts';
import { surgeLimits } from './surge.ts';

/** Every rule about objects, in the order of reports. */
export const OBJECT_RULES: readonly Rule[] = [
  podBoundOnce,
  restartCounts,
  podAddressUnique,
  serviceAddressUnique,
  nodeCapacity,
  statefulSetAtMostOne,
  jobCount,
  disruptionBudget,
  surgeLimits,
  finalizersHonoured,
  immutableUid,
  generationObserved,
  garbage,
  endpointsFresh,
  quotaHonoured,
];
