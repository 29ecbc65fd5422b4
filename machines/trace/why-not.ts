/**
 * What an object waits for now, and on whom: from its condition down to whoever must act next. Made from the objects as
 * they are and the last steps of the actors involved. Pure; tells reasons and messages as Kubernetes worded them.
 */
import type {
  DaemonSet,
  Deployment,
  Job,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  StatefulSet,
} from '../api/types.ts';
import type { AnyObject, Stored } from '../api/view.ts';
import { deploymentWaits, replicaSetWaits } from './why-not/deployments.ts';
import { jobWaits } from './why-not/jobs.ts';
import { namespaceWaits } from './why-not/namespaces.ts';
import { nodeWaits } from './why-not/nodes.ts';
import { podWaits } from './why-not/pods.ts';
import { budgetWaits, serviceWaits } from './why-not/services.ts';
import { daemonSetWaits, statefulSetWaits } from './why-not/sets.ts';
import {
  type ConditionLike,
  conditionsOf,
  deletionWait,
  type Situation,
  saidBy,
  type Waiting,
} from './why-not/situation.ts';
import { claimWaits } from './why-not/volumes.ts';

/** What is explained: one condition, or, where undefined, whether the object is all that it is to be. */
export type Explanation =
  | {
      readonly ok: true;
      readonly condition: string | undefined;
      /** As the object has it; undefined where it has none of that name. */
      readonly status: ConditionLike | undefined;
      /** It waits for nothing. */
      readonly holds: boolean;
      readonly waits: readonly Waiting[];
    }
  | { readonly ok: false; readonly conditions: readonly string[] };

/** How one kind is explained. */
interface Row {
  /** Conditions that it may have. */
  readonly conditions: readonly string[];
  readonly waits: (
    object: never,
    s: Situation,
    condition: string | undefined,
  ) => readonly Waiting[];
}

const POD_CONDITIONS = [
  ...['PodScheduled', 'PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'],
];

const ROWS: Readonly<{ [storage: string]: Row }> = {
  'core/pods': {
    conditions: POD_CONDITIONS,
    waits: (pod: Stored<Pod>, s, condition) => podWaits(pod, s, condition),
  },
  'apps/deployments': {
    conditions: ['Available', 'Progressing', 'ReplicaFailure'],
    waits: (deployment: Stored<Deployment>, s) => deploymentWaits(deployment, s),
  },
  'apps/replicasets': {
    conditions: ['ReplicaFailure'],
    waits: (set: Stored<ReplicaSet>, s) => replicaSetWaits(set, s),
  },
  'core/replicationcontrollers': {
    conditions: ['ReplicaFailure'],
    // In its fields that are read here it is as a ReplicaSet.
    waits: (set: Stored<ReplicaSet>, s) =>
      replicaSetWaits(set, s, 'replicationcontroller-controller'),
  },
  'apps/statefulsets': {
    conditions: [],
    waits: (set: Stored<StatefulSet>, s) => statefulSetWaits(set, s),
  },
  'apps/daemonsets': {
    conditions: [],
    waits: (set: Stored<DaemonSet>, s) => daemonSetWaits(set, s),
  },
  'batch/jobs': {
    conditions: ['Complete', 'SuccessCriteriaMet', 'Failed', 'FailureTarget', 'Suspended'],
    waits: (job: Stored<Job>, s) => jobWaits(job, s),
  },
  'core/services': {
    conditions: [],
    waits: (service: Stored<Service>, s) => serviceWaits(service, s),
  },
  'core/persistentvolumeclaims': {
    conditions: [],
    waits: (claim: Stored<PersistentVolumeClaim>) => claimWaits(claim),
  },
  'policy/poddisruptionbudgets': {
    conditions: ['DisruptionAllowed'],
    waits: (budget: Stored<PodDisruptionBudget>, s) => budgetWaits(budget, s),
  },
  'core/namespaces': {
    conditions: [],
    waits: (namespace: Stored<Namespace>, s) => namespaceWaits(namespace, s),
  },
  'core/nodes': {
    conditions: ['Ready'],
    waits: (node: Stored<Node>, s) => nodeWaits(node, s),
  },
};

/** Conditions that say that something is wrong: not to be True is how they should be. */
const TROUBLES = new RegExp(
  `^(${[
    ...['ReplicaFailure', 'Failed', 'FailureTarget', 'Suspended', 'DisruptionTarget'],
    ...['\\w+Pressure', 'NetworkUnavailable', 'Namespace\\w+'],
  ].join('|')})$`,
);

/** Explains an object. */
export function explain(
  storage: string,
  object: Stored<AnyObject>,
  condition: string | undefined,
  s: Situation,
): Explanation {
  const row = ROWS[storage];
  const present = conditionsOf(object);
  const known = new Set([...(row?.conditions ?? []), ...present.map(({ type }) => type)]);
  const named = [...known].find((type) => type.toLowerCase() === condition?.toLowerCase());
  if (condition !== undefined && named === undefined) return { ok: false, conditions: [...known] };
  const status = present.find(({ type }) => type === named);
  const held = storage === 'core/pods' ? undefined : deletionWait(object, s);
  if (named !== undefined && (status?.status === 'True' || TROUBLES.test(named))) {
    return { ok: true, condition: named, status, holds: true, waits: [] };
  }
  const waits = held === undefined ? waitsOf(row, object, named, present, s) : [held];
  return {
    ok: true,
    condition: named,
    status,
    holds: waits.length === 0 && named === undefined,
    waits,
  };
}

function waitsOf(
  row: Row | undefined,
  object: Stored<AnyObject>,
  named: string | undefined,
  present: readonly ConditionLike[],
  s: Situation,
): readonly Waiting[] {
  const waits = row?.waits(object as never, s, named) ?? [];
  if (waits.length > 0) return waits;
  // Nothing is known of its parts: what its conditions say is all there is.
  const bad = present.filter(({ type, status }) =>
    named === undefined
      ? row === undefined && status === 'False' && !TROUBLES.test(type)
      : type === named,
  );
  return bad.map((one) => ({
    says: `${one.type} is ${one.status}: ${saidBy(one)}`,
    on: 'whoever writes that condition',
  }));
}
