/**
 * Warnings about pods and pod templates: what is valid and yet not what somebody meant.
 *
 * Follows pkg/api/pod/warnings.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import { parseQuantity } from '../quantity.ts';
import type {
  Container,
  ContainerPort,
  NodeSelectorTerm,
  PodSpec,
  PodTemplateSpec,
} from '../types.ts';

const oldNodeLabels: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  [
    'failure-domain.beta.kubernetes.io/region',
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  ],
  [
    'failure-domain.beta.kubernetes.io/zone',
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  ],
  [
    'beta.kubernetes.io/instance-type',
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  ],
]);

const oldAnnotations: ReadonlyMap<string, string> = new Map([
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  [
    'security.alpha.kubernetes.io/sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
]);

const oldVolumes = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const;

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const useSeccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const matchesNone = 'a null labelSelector results in matching no pod';
const nanosPerUnit = 1_000_000_000n;
const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Warnings about a pod (`field` '') or the pod template at this path. */
export function podWarnings(field: string, template: Loose<PodTemplateSpec>): string[] {
  const texts: string[] = [];
  const path = field === '' ? '' : `${field}.`;
  const spec = template.spec ?? {};
  const annotations = template.metadata?.annotations;
  nodeLabelWarnings(texts, `${path}spec`, spec);
  for (const key in annotations) {
    const text = oldAnnotations.get(key);
    if (text !== undefined) texts.push(`${path}metadata.annotations[${key}]: ${text}`);
  }
  volumeWarnings(texts, `${path}spec.volumes`, spec);
  duplicateWarnings(texts, `${path}spec`, spec);
  if (annotations !== undefined) seccompWarnings(texts, path, template);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    spec[list]?.forEach((container, index) => {
      containerWarnings(texts, `${path}spec.${list}[${index}]`, container as Loose<Container>);
    });
  }
  portWarnings(texts, `${path}spec`, spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    const detail = 'must be >= 0; negative values are invalid and will be treated as 1';
    texts.push(`${path}spec.terminationGracePeriodSeconds: ${detail}`);
  }
  affinityWarnings(texts, `${path}spec.affinity`, spec);
  return texts;
}

function nodeLabelWarnings(texts: string[], field: string, spec: Loose<PodSpec>): void {
  for (const key in spec.nodeSelector) {
    const text = oldNodeLabels.get(key);
    if (text !== undefined) texts.push(`${field}.nodeSelector[${key}]: ${text}`);
  }
  const affinity = spec.affinity?.nodeAffinity;
  affinity?.[required]?.nodeSelectorTerms?.forEach((term, index) => {
    const path = `${field}.affinity.nodeAffinity.${required}.nodeSelectorTerms[${index}]`;
    termWarnings(texts, path, term);
  });
  affinity?.[preferred]?.forEach(({ preference = {} }, index) => {
    const path = `${field}.affinity.nodeAffinity.${preferred}[${index}].preference`;
    termWarnings(texts, path, preference);
  });
  spec.topologySpreadConstraints?.forEach(({ topologyKey = '', labelSelector }, index) => {
    const path = `${field}.topologySpreadConstraints[${index}]`;
    const text = oldNodeLabels.get(topologyKey);
    if (text !== undefined) texts.push(`${path}.topologyKey: ${topologyKey} is ${text}`);
    if (labelSelector === undefined) texts.push(`${path}.labelSelector: ${matchesNone}`);
  });
}

function termWarnings(texts: string[], field: string, term: Loose<NodeSelectorTerm>): void {
  term.matchExpressions?.forEach(({ key = '' }, index) => {
    const text = oldNodeLabels.get(key);
    if (text !== undefined) {
      texts.push(`${field}.matchExpressions[${index}].key: ${key} is ${text}`);
    }
  });
}

function volumeWarnings(texts: string[], field: string, { volumes }: Loose<PodSpec>): void {
  volumes?.forEach((volume, index) => {
    for (const [source, text] of oldVolumes) {
      if (volume[source] === undefined) continue;
      const name = source === 'storageos' ? 'storageOS' : source;
      texts.push(`${field}[${index}].${name}: ${text}`);
    }
  });
}

function duplicateWarnings(texts: string[], field: string, spec: Loose<PodSpec>): void {
  const addresses = new Set<string>();
  spec.hostAliases?.forEach(({ ip = '' }, index) => {
    const path = `${field}.hostAliases[${index}].ip`;
    if (addresses.has(ip)) texts.push(`${path}: duplicate ip ${JSON.stringify(ip)}`);
    addresses.add(ip);
  });
  const names = new Set<string>();
  spec.imagePullSecrets?.forEach(({ name = '' }, index) => {
    const path = `${field}.imagePullSecrets[${index}].name`;
    if (names.has(name)) texts.push(`${path}: duplicate name ${JSON.stringify(name)}`);
    if (name === '') texts.push(`${path}: invalid empty name ""`);
    names.add(name);
  });
  fractionWarnings(texts, `${field}.overhead`, spec.overhead);
}

function seccompWarnings(texts: string[], path: string, template: Loose<PodTemplateSpec>): void {
  const annotations = template.metadata?.annotations ?? {};
  const spec = template.spec ?? {};
  if (spec.securityContext?.seccompProfile === undefined && annotations[seccompPod] !== undefined) {
    texts.push(`${path}metadata.annotations[${seccompPod}]: ${useSeccomp}`);
  }
  for (const { name, securityContext } of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
  ]) {
    const key = `${seccompContainer}${name}`;
    if (annotations[key] === undefined || securityContext?.seccompProfile !== undefined) continue;
    texts.push(`${path}metadata.annotations[${key}]: ${useSeccomp}`);
  }
}

/** Warnings about parts of bytes at this path. */
export function fractionWarnings(
  texts: string[],
  field: string,
  amounts: { readonly [name: string]: unknown } | undefined,
  names: readonly string[] = ['memory', 'ephemeral-storage'],
): void {
  for (const name of names) {
    const value = amounts?.[name];
    if (value === undefined || !/[mnu]$|\./.test(String(value))) continue;
    const quantity = parseQuantity(value);
    if (quantity === undefined || quantity.nanos % nanosPerUnit === 0n) continue;
    const shown = JSON.stringify(value);
    texts.push(`${field}[${name}]: fractional byte value ${shown} is invalid, must be an integer`);
  }
}

function containerWarnings(texts: string[], field: string, container: Loose<Container>): void {
  fractionWarnings(texts, `${field}.resources.limits`, container.resources?.limits);
  fractionWarnings(texts, `${field}.resources.requests`, container.resources?.requests);
  const { env = [] } = container;
  if (env.length < 2) return;
  const names = new Set<string>();
  env.forEach(({ name = '', value = '', valueFrom }, index) => {
    if (!names.has(name)) {
      names.add(name);
      return;
    }
    const reference = `$(${name})`;
    const extends_ = value.includes(reference) && value !== reference && valueFrom === undefined;
    if (extends_) return;
    const hides = `hides previous definition of ${JSON.stringify(name)}`;
    texts.push(`${field}.env[${index}]: ${hides}, which may be dropped when using apply`);
  });
}

interface SeenPort {
  readonly path: string;
  readonly port: Loose<ContainerPort>;
}

function portWarnings(texts: string[], field: string, spec: Loose<PodSpec>): void {
  const seen = new Map<string, SeenPort[]>();
  for (const list of ['initContainers', 'containers'] as const) {
    spec[list]?.forEach(({ ports = [] }, index) => {
      ports.forEach((port, position) => {
        const path = `${field}.${list}[${index}].ports[${position}]`;
        const key = `${port.containerPort}/${port.protocol}`;
        const others = seen.get(key) ?? [];
        for (const other of others) overlapWarning(texts, path, port, other);
        seen.set(key, [...others, { path, port }]);
      });
    });
  }
}

function overlapWarning(
  texts: string[],
  path: string,
  port: Loose<ContainerPort>,
  other: SeenPort,
): void {
  const { hostIP = '', hostPort = 0 } = port;
  const { hostIP: otherIp = '', hostPort: otherPort = 0 } = other.port;
  if (hostIP === otherIp && hostPort === otherPort) {
    texts.push(`${path}: duplicate port definition with ${other.path}`);
  } else if (hostPort === 0 || otherPort === 0) {
    texts.push(`${path}: overlapping port definition with ${other.path}`);
  } else if (hostPort === otherPort && (hostIP === '' || otherIp === '')) {
    texts.push(`${path}: dangerously ambiguous port definition with ${other.path}`);
  }
}

function affinityWarnings(texts: string[], field: string, { affinity }: Loose<PodSpec>): void {
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const terms = affinity?.[kind];
    terms?.[required]?.forEach(({ labelSelector }, index) => {
      if (labelSelector !== undefined) return;
      texts.push(`${field}.${kind}.${required}[${index}].labelSelector: ${matchesNone}`);
    });
    terms?.[preferred]?.forEach(({ podAffinityTerm }, index) => {
      if (podAffinityTerm?.labelSelector !== undefined) return;
      const path = `${field}.${kind}.${preferred}[${index}].podAffinityTerm.labelSelector`;
      texts.push(`${path}: ${matchesNone}`);
    });
  }
}
