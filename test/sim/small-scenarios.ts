/**
 * Small scenarios for planted bugs: three nodes, half a minute, one thing going on in each. Data alone.
 */
import { parseScenario } from '../../machines/chaos/parse-scenario.ts';
import type { Scenario } from '../../machines/chaos/scenario.ts';

function workload(kind: string, name: string, spec: string, cpu = ''): string {
  const resources = cpu === '' ? '' : `, resources: {requests: {cpu: "${cpu}"}}`;
  return `{apiVersion: apps/v1, kind: ${kind}, metadata: {name: ${name}, namespace: default},
    spec: {${spec}, selector: {matchLabels: {app: ${name}}}, template: {
      metadata: {labels: {app: ${name}}},
      spec: {containers: [{name: main, image: "app:1"${resources}}]}}}}`;
}

const SERVICES = ['one', 'two'].map(
  (name) => `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default},
    spec: {selector: {app: web}, ports: [{port: 80}]}}`,
);
const BUDGET = `{apiVersion: policy/v1, kind: PodDisruptionBudget,
  metadata: {name: web, namespace: default},
  spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}}`;
const QUOTA = `{apiVersion: v1, kind: ResourceQuota, metadata: {name: few, namespace: default},
    spec: {hard: {pods: "3"}}}`;
const JOB = `{apiVersion: batch/v1, kind: Job, metadata: {name: sums, namespace: default},
  spec: {parallelism: 2, completions: 4, template: {
    spec: {restartPolicy: Never, containers: [{name: main, image: "job:1"}]}}}}`;
const POD = `{apiVersion: v1, kind: Pod, metadata: {name: lone, namespace: default,
  labels: {app: web}}, spec: {containers: [{name: main, image: "app:1"}]}}`;

/** Scenarios by name, as YAML without their name. */
const TEXTS = {
  rollout: `
for: 20s
workload:
  manifests: [${workload('Deployment', 'web', 'replicas: 3')}, ${SERVICES.join(', ')}]
  steps:
    - {at: 2s, rollout: deployment/default/web, image: "app:2"}
    - {at: 10s, scale: deployment/default/web, replicas: 5}`,
  crashing: `
for: 20s
workload: {manifests: [${workload('Deployment', 'web', 'replicas: 3')}]}
faults:
  - {fault: crash-containers, at: 4s, target: {role: node}}`,
  full: `
for: 10s
workload: {manifests: [${workload('Deployment', 'web', 'replicas: 4', '3')}]}`,
  twoViews: `
cluster: {apiservers: 2}
for: 20s
workload:
  manifests: [${workload('Deployment', 'web', 'replicas: 3')}]
  steps:
    - {at: 3s, rollout: deployment/default/web, image: "app:2"}
    - {at: 9s, scale: deployment/default/web, replicas: 6}
faults:
  - {fault: stale-view, lag: 1s, target: apiserver-1, at: 1s, for: 15s}`,
  twoLeaders: `
cluster: {controllers: 2}
for: 30s
workload:
  manifests: [${workload('Deployment', 'web', 'replicas: 3')}]
  steps:
    - {at: 3s, rollout: deployment/default/web, image: "app:2"}
    - {at: 12s, scale: deployment/default/web, replicas: 6}
    - {at: 20s, rollout: deployment/default/web, image: "app:3"}`,
  nodeLost: `
for: 60s
workload:
  manifests: [${workload('Deployment', 'web', 'replicas: 6')}, ${SERVICES.join(', ')}]
faults:
  - {fault: crash, power: true, target: node-1, at: 2s, for: 50s}`,
  nodeCutOff: `
for: 30s
workload: {manifests: [${workload('StatefulSet', 'db', 'replicas: 3, serviceName: db')}]}
faults:
  - {fault: partition, target: node-1, at: 2s, for: 25s}`,
  job: `
for: 20s
workload: {manifests: [${workload('Deployment', 'web', 'replicas: 1')}], steps: [
  {at: 1s, apply: ${JOB}}]}`,
  jobDeleted: `
for: 10s
workload: {manifests: [${workload('Deployment', 'web', 'replicas: 1')}], steps: [
  {at: 1s, apply: ${JOB}}, {at: 3s, delete: job/default/sums}]}`,
  eviction: `
for: 30s
workload: {manifests: [${workload('Deployment', 'web', 'replicas: 3')}, ${POD}, ${BUDGET}],
  steps: [{at: 10s, delete: pod/default/lone}]}`,
  quota: `
for: 60s
workload:
  manifests: [${QUOTA}, ${workload('Deployment', 'web', 'replicas: 1')}]
  steps: [{at: 50s, scale: deployment/default/web, replicas: 2}]
faults:
  - {fault: stale-view, lag: 2s, target: apiserver-1, at: 49s, for: 8s}`,
} as const;

export type SmallScenario = keyof typeof TEXTS;

/** The scenario of this name. */
export function small(name: SmallScenario): Scenario {
  const text = `name: ${name.toLowerCase()}\n${TEXTS[name].trim()}\nhold: {recoverWithin: 60s}\n`;
  const parsed = parseScenario(text, `${name}.yaml`);
  if (parsed.ok) return parsed.scenario;
  throw new Error(parsed.errors.map(({ message }) => message).join('\n'));
}
