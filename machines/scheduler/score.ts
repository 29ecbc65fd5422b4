/** What a score plug-in is. */
import type { Cluster, NodeInfo } from './cluster.ts';
import type { LabelMatch, PodInfo } from './pod-info.ts';

/** The best score a plug-in gives; the worst is 0. */
export const MAX_SCORE = 100;

/**
 * Scores the feasible nodes for a pod from 0 to 100, in their order; undefined where the pod does
 * not concern it. `defaultSelector` matches the pods of the same workload, where there is one.
 */
export type ScorePlugin = (
  pod: PodInfo,
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  defaultSelector: LabelMatch | undefined,
) => readonly number[] | undefined;
