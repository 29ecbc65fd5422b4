/**
 * Kinds of Kabuki's own, as rows of the same tables as Kubernetes' kinds (facts/), in the same
 * syntax. Kubernetes' clients do not know them, so they are served as custom resources are: JSON and
 * YAML alone, no protobuf (no field has a number), no strategic merge. Holds no code but look-ups.
 */
import type { Descriptions } from './openapi-schemas.ts';

const groups: ReadonlySet<string> = new Set(['chaos.kabuki.dev']);

/** True for groups whose kinds clients do not know. */
export function isOwnGroup(group: string): boolean {
  return groups.has(group);
}

/** Rows for the resources table; the syntax is described in facts/resources.ts. */
export const ownResourcesText = `
chaos.kabuki.dev/v1alpha1
 ChaosExperiment chaosexperiments C * chaos - status:gpu
`;

/** Rows for the types table; the syntax is described in facts-reader.ts. */
export const ownTypesText = `
#chaos.v1alpha1 chaos.kabuki.dev/v1alpha1 dev.kabuki.chaos.v1alpha1
ChaosExperiment:K metadata:0:meta.v1.ObjectMeta:?o spec:0:ChaosExperimentSpec:! status:0:ChaosExperimentStatus:?o
ChaosExperimentList:K metadata:0:meta.v1.ListMeta:?o items:0:[ChaosExperiment
%ChaosExperimentPhase s Pending|Running|Healing|Succeeded|Failed|Refused
ChaosExperimentSpec scenario:0:O:! seed:0:l:?*o suspend:0:b:?*o
ChaosExperimentStatus phase:0:%ChaosExperimentPhase:?o observedGeneration:0:l:?o startTime:0:T:?*o completionTime:0:T:?*o seed:0:l:?*o faultsInjected:0:i:?*o invariantsChecked:0:i:?*o violations:0:[ChaosViolation:?oa recoverySeconds:0:l:?*o conditions:0:[meta.v1.Condition:?ok(type)p^type^ message:0:s:?o
ChaosViolation rule:0:s:! message:0:s:! objects:0:[s:?oa time:0:T:?*o
`;

/** What `kubectl explain` says of them. */
export const ownDescriptions: Descriptions = {
  'chaos.v1alpha1.ChaosExperiment': {
    '': 'A chaos experiment: faults that are done to this cluster, and what came of them. Creating one starts it, deleting one undoes its faults. Only clusters that were started with --chaos take it.',
    apiVersion: 'Version of the schema of this object.',
    kind: 'Kind of this object.',
    metadata: "Standard object's metadata.",
    spec: 'What is to be done.',
    status: 'How far it has come, and what was found. Written by the cluster.',
  },
  'chaos.v1alpha1.ChaosExperimentList': {
    '': 'A list of chaos experiments.',
    apiVersion: 'Version of the schema of this list.',
    kind: 'Kind of this list.',
    metadata: "Standard list's metadata.",
    items: 'The experiments.',
  },
  'chaos.v1alpha1.ChaosExperimentSpec': {
    '': 'What a chaos experiment does.',
    scenario:
      'The scenario: workload, faults and what must hold, as in a scenario file. It cannot be changed once the experiment exists.',
    seed: "The seed of all that is random. The scenario's own where absent, else one is drawn and told in the status.",
    suspend:
      'While true a pending experiment is not begun, and the faults of a running one are undone.',
  },
  'chaos.v1alpha1.ChaosExperimentStatus': {
    '': 'How far a chaos experiment has come.',
    phase:
      'Pending, Running (faults are done), Healing (all are undone, the cluster has to recover), Succeeded (all that must hold held), Failed, or Refused (not begun, the message says why).',
    observedGeneration: 'The generation of the spec that this status is about.',
    startTime: 'When the experiment was begun.',
    completionTime: 'When it was over, recovery included.',
    seed: 'The seed that is used; with the scenario it tells the run.',
    faultsInjected: 'How many faults were done so far.',
    invariantsChecked: 'How many rules are checked.',
    violations: 'What did not hold.',
    recoverySeconds: 'How long the cluster took to recover after all faults were undone.',
    conditions: 'The latest observations of the experiment.',
    message: 'Why it is in this phase, for people.',
  },
  'chaos.v1alpha1.ChaosViolation': {
    '': 'Something that did not hold.',
    rule: 'The rule, by its name.',
    message: 'What was seen.',
    objects: 'The objects it is about.',
    time: 'When it was seen.',
  },
};
