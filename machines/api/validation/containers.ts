/**
 * Containers of pods: regular ones, init containers and ephemeral ones.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '../types.ts';
import { checkEnvironment, checkEnvironmentFrom } from './environment.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  notFound,
  oneOf,
  required,
  unsupported,
} from './field-errors.ts';
import { checkLifecycle, checkProbe, type ProbeKind } from './handlers.ts';
import { checkMounts } from './mounts.ts';
import { dnsLabelErrors, portErrors, portNameErrors } from './names.ts';
import { checkRequirements } from './resource-amounts.ts';
import { checkSecurityContext } from './security-context.ts';
import type { Volumes } from './volumes.ts';

const protocols: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const pullPolicies: readonly string[] = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies: readonly string[] = ['File', 'FallbackToLogsOnError'];
const restartPolicies: readonly string[] = ['Always', 'Never', 'OnFailure'];
const probes: readonly ProbeKind[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** What containers of one pod share. */
export interface PodScope {
  readonly spec: Loose<PodSpec>;
  readonly volumes: Volumes;
  readonly claimNames: readonly string[];
}

/** Adds what is wrong with the regular containers of a pod. */
export function checkContainers(causes: Causes, field: string, scope: PodScope): void {
  const containers = scope.spec.containers ?? [];
  if (containers.length === 0) {
    required(causes, field);
    return;
  }
  const names = new Set<string>();
  const hostPorts = new Set<string>();
  for (let index = 0; index < containers.length; index += 1) {
    const container = containers[index]!;
    const path = `${field}[${index}]`;
    checkCommon(causes, path, container, scope);
    checkUnique(causes, path, container.name ?? '', names);
    checkHooks(causes, path, container, scope);
    checkRestart(causes, path, container);
  }
  for (let index = 0; index < containers.length; index += 1) {
    const { ports } = containers[index]!;
    if (ports !== undefined) checkHostPorts(causes, `${field}[${index}].ports`, ports, hostPorts);
  }
}

function checkUnique(causes: Causes, field: string, name: string, names: Set<string>): void {
  if (names.has(name)) duplicate(causes, `${field}.name`, name);
  else if (name !== '') names.add(name);
}

function checkHooks(
  causes: Causes,
  field: string,
  container: Loose<Container>,
  { spec }: PodScope,
): void {
  if (container.lifecycle !== undefined) {
    const grace = spec.terminationGracePeriodSeconds;
    checkLifecycle(causes, `${field}.lifecycle`, container.lifecycle, grace);
  }
  for (const kind of probes) {
    const probe = container[kind];
    if (probe !== undefined) checkProbe(causes, `${field}.${kind}`, probe, kind);
  }
}

function checkRestart(causes: Causes, field: string, container: Loose<Container>): void {
  const { restartPolicy, restartPolicyRules } = container;
  if (restartPolicy === undefined) {
    if ((restartPolicyRules ?? []).length === 0) return;
    const detail = 'must specify restartPolicy when restart rules are used';
    required(causes, `${field}.restartPolicy`, detail);
  } else if (!restartPolicies.includes(restartPolicy)) {
    unsupported(causes, `${field}.restartPolicy`, restartPolicy, restartPolicies);
  }
}

/** Adds what is wrong with the init containers of a pod. */
export function checkInitContainers(causes: Causes, field: string, scope: PodScope): void {
  const { initContainers, containers = [] } = scope.spec;
  if (initContainers === undefined) return;
  const names = new Set(containers.map(({ name = '' }) => name));
  names.delete('');
  for (let index = 0; index < initContainers.length; index += 1) {
    const container = initContainers[index]!;
    const path = `${field}[${index}]`;
    checkCommon(causes, path, container, scope);
    checkRestart(causes, path, container);
    checkUnique(causes, path, container.name ?? '', names);
    if (container.ports !== undefined) {
      checkHostPorts(causes, `${field}[0].ports`, container.ports, new Set());
    }
    if (container.restartPolicy === 'Always') checkHooks(causes, path, container, scope);
    else forbidHooks(causes, path, container);
  }
}

function forbidHooks(causes: Causes, field: string, container: Loose<Container>): void {
  for (const kind of ['lifecycle', ...probes] as const) {
    if (container[kind] === undefined) continue;
    const detail = 'may not be set for init containers without restartPolicy=Always';
    forbidden(causes, `${field}.${kind}`, detail);
  }
}

const ephemeralForbidden = [
  'ports',
  'resources',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'restartPolicy',
  'resizePolicy',
] as const;

/** Adds what is wrong with the ephemeral containers of a pod. */
export function checkEphemeralContainers(causes: Causes, field: string, scope: PodScope): void {
  const { ephemeralContainers, containers = [], initContainers = [] } = scope.spec;
  if (ephemeralContainers === undefined) return;
  const others = new Set([...containers, ...initContainers].map(({ name = '' }) => name));
  const names = new Set(others);
  ephemeralContainers.forEach((container, index) => {
    const path = `${field}[${index}]`;
    checkCommon(causes, path, container as Loose<Container>, scope);
    checkImageSpace(causes, path, container.image ?? '');
    checkUnique(causes, path, container.name ?? '', names);
    const target = container.targetContainerName;
    if (target && !others.has(target)) notFound(causes, `${path}.targetContainerName`, target);
    forbidOfEphemeral(causes, path, container);
  });
}

function forbidOfEphemeral(
  causes: Causes,
  field: string,
  container: Loose<EphemeralContainer>,
): void {
  const detail = 'cannot be set for an Ephemeral Container';
  for (const name of ephemeralForbidden) {
    const value = container[name];
    if (value === undefined) continue;
    if (typeof value === 'object' && Object.keys(value).length === 0) continue;
    forbidden(causes, `${field}.${name}`, detail);
  }
  container.volumeMounts?.forEach(({ subPath, subPathExpr }, index) => {
    const path = `${field}.volumeMounts[${index}]`;
    if (subPath) forbidden(causes, `${path}.subPath`, detail);
    if (subPathExpr) forbidden(causes, `${path}.subPathExpr`, detail);
  });
}

/** Adds an error for spaces around an image's name, which templates may have and pods not. */
export function checkImageSpace(causes: Causes, field: string, image: string): void {
  if (image === image.trim()) return;
  invalid(causes, `${field}.image`, image, 'must not have leading or trailing whitespace');
}

function checkCommon(
  causes: Causes,
  field: string,
  container: Loose<Container>,
  scope: PodScope,
): void {
  const name = container.name ?? '';
  if (name === '') required(causes, `${field}.name`);
  else invalidFor(causes, `${field}.name`, name, dnsLabelErrors(name));
  if (!container.image) required(causes, `${field}.image`);
  const policy = container.terminationMessagePolicy;
  oneOf(causes, `${field}.terminationMessagePolicy`, policy, messagePolicies);
  if (container.ports !== undefined) checkPorts(causes, `${field}.ports`, container.ports);
  if (container.env !== undefined) checkEnvironment(causes, `${field}.env`, container.env);
  if (container.envFrom !== undefined) {
    checkEnvironmentFrom(causes, `${field}.envFrom`, container.envFrom);
  }
  checkMounts(causes, field, container, scope.volumes);
  oneOf(causes, `${field}.imagePullPolicy`, container.imagePullPolicy, pullPolicies);
  checkRequirements(causes, `${field}.resources`, container.resources, scope.claimNames);
  checkResizePolicy(causes, `${field}.resizePolicy`, container, scope.spec.restartPolicy);
  if (container.securityContext !== undefined) {
    const hostUsers = scope.spec.hostUsers !== false;
    checkSecurityContext(causes, `${field}.securityContext`, container.securityContext, hostUsers);
  }
}

function checkPorts(causes: Causes, field: string, ports: readonly Loose<ContainerPort>[]): void {
  let names: Set<string> | undefined;
  for (let index = 0; index < ports.length; index += 1) {
    const { name = '', containerPort = 0, hostPort = 0, protocol } = ports[index]!;
    const path = `${field}[${index}]`;
    if (name !== '') {
      const errors = portNameErrors(name);
      invalidFor(causes, `${path}.name`, name, errors);
      names ??= new Set();
      if (errors.length === 0 && names.has(name)) duplicate(causes, `${path}.name`, name);
      names.add(name);
    }
    if (containerPort === 0) required(causes, `${path}.containerPort`);
    else invalidFor(causes, `${path}.containerPort`, containerPort, portErrors(containerPort));
    if (hostPort !== 0) invalidFor(causes, `${path}.hostPort`, hostPort, portErrors(hostPort));
    oneOf(causes, `${path}.protocol`, protocol, protocols);
  }
}

function checkHostPorts(
  causes: Causes,
  field: string,
  ports: readonly Loose<ContainerPort>[],
  taken: Set<string>,
): void {
  for (let index = 0; index < ports.length; index += 1) {
    const { hostPort = 0, hostIP = '', protocol = '' } = ports[index]!;
    if (hostPort === 0) continue;
    const key = `${protocol}/${hostIP}/${hostPort}`;
    if (taken.has(key)) duplicate(causes, `${field}[${index}].hostPort`, key);
    taken.add(key);
  }
}

function checkResizePolicy(
  causes: Causes,
  field: string,
  { resizePolicy }: Loose<Container>,
  podRestartPolicy: string | undefined,
): void {
  if (resizePolicy === undefined) return;
  const seen = new Set<string>();
  resizePolicy.forEach(({ resourceName = '', restartPolicy = '' }, index) => {
    if (seen.has(resourceName)) duplicate(causes, `${field}[${index}]`, resourceName);
    seen.add(resourceName);
    oneOf(causes, field, resourceName, ['cpu', 'memory']);
    oneOf(causes, field, restartPolicy, ['NotRequired', 'RestartContainer']);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      invalid(causes, field, restartPolicy, detail);
    }
  });
}
