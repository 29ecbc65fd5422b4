/**
 * The spec of a pod, in pods and in templates.
 *
 * Follows pkg/apis/core/validation/validation.go, in its order. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import { labelKeyErrors } from '../label-syntax.ts';
import type { ObjectMeta, PodDNSConfig, PodSpec, PodTemplateSpec } from '../types.ts';
import { checkIp } from './addresses.ts';
import { checkAffinity, checkSpread, checkTolerations } from './affinity.ts';
import {
  checkContainers,
  checkEphemeralContainers,
  checkInitContainers,
  type PodScope,
} from './containers.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  required,
  unsupported,
} from './field-errors.ts';
import {
  checkLabelKey,
  checkLabels,
  dnsLabelErrors,
  dnsSubdomainErrors,
  dnsUnderscoreErrors,
} from './names.ts';
import { checkAmounts, checkContainerResource, checkRequirements } from './resource-amounts.ts';
import { checkPodSecurityContext } from './security-context.ts';
import { checkVolumes } from './volumes.ts';

const int32Max = 2147483647;
const restartPolicies: readonly string[] = ['Always', 'OnFailure', 'Never'];
const dnsPolicies: readonly string[] = [
  'ClusterFirstWithHostNet',
  'ClusterFirst',
  'Default',
  'None',
];
const preemptionPolicies: readonly string[] = ['PreemptLowerPriority', 'Never'];
const nameserversMax = 3;
const searchesMax = 32;
const searchLengthMax = 2048;
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Adds what is wrong with a pod's spec; `pod` is its metadata, absent in templates. */
export function checkPodSpec(
  causes: Causes,
  field: string,
  spec: Loose<PodSpec>,
  pod: Loose<ObjectMeta> | undefined,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) {
    required(causes, `${field}.terminationGracePeriodSeconds`);
  }
  const volumes = checkVolumes(causes, `${field}.volumes`, spec.volumes, pod?.name ?? '');
  const scope: PodScope = { spec, volumes, claimNames: claimNamesOf(spec) };
  if (spec.resourceClaims !== undefined) checkResourceClaims(causes, field, spec);
  checkContainers(causes, `${field}.containers`, scope);
  checkInitContainers(causes, `${field}.initContainers`, scope);
  checkEphemeralContainers(causes, `${field}.ephemeralContainers`, scope);
  if (spec.resources !== undefined) checkPodResources(causes, `${field}.resources`, scope);
  if (spec.hostNetwork === true) checkHostNetwork(causes, field, spec, pod !== undefined);
  oneOf(causes, `${field}.restartPolicy`, spec.restartPolicy, restartPolicies);
  oneOf(causes, `${field}.dnsPolicy`, spec.dnsPolicy, dnsPolicies);
  checkLabels(causes, `${field}.nodeSelector`, spec.nodeSelector);
  checkPodSecurityContext(causes, `${field}.securityContext`, spec);
  if (spec.affinity !== undefined) checkAffinity(causes, `${field}.affinity`, spec.affinity);
  checkDns(causes, `${field}.dnsConfig`, spec);
  checkGates(causes, field, spec);
  if (spec.topologySpreadConstraints !== undefined) {
    checkSpread(causes, `${field}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  }
  if (spec.hostUsers === false) checkHostUsers(causes, field, spec);
  checkNames(causes, field, spec);
  if (spec.tolerations !== undefined) {
    checkTolerations(causes, `${field}.tolerations`, spec.tolerations);
  }
  checkRest(causes, field, spec);
}

const noNames: readonly string[] = [];

function claimNamesOf({ resourceClaims }: Loose<PodSpec>): readonly string[] {
  if (resourceClaims === undefined) return noNames;
  return resourceClaims.flatMap(({ name }) => (name ? [name] : []));
}

function checkResourceClaims(
  causes: Causes,
  field: string,
  { resourceClaims = [] }: Loose<PodSpec>,
): void {
  const seen = new Set<string>();
  resourceClaims.forEach((claim, index) => {
    const path = `${field}.resourceClaims[${index}]`;
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    if (name === '') required(causes, `${path}.name`);
    else if (seen.has(name)) duplicate(causes, `${path}.name`, name);
    else invalidFor(causes, `${path}.name`, name, dnsLabelErrors(name));
    seen.add(name);
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail =
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      invalid(causes, path, claim, detail);
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      invalid(causes, path, claim, detail);
    }
  });
}

function checkPodResources(causes: Causes, field: string, { spec, claimNames }: PodScope): void {
  if ((spec.resources?.claims ?? []).length > 0) {
    const detail = 'claims cannot be set for Resources at pod-level';
    forbidden(causes, `${field}.claims`, detail);
  }
  checkRequirements(causes, field, spec.resources, claimNames, true);
}

function checkHostNetwork(
  causes: Causes,
  field: string,
  spec: Loose<PodSpec>,
  isPod: boolean,
): void {
  spec.containers?.forEach(({ ports }, index) => {
    ports?.forEach(({ hostPort = 0, containerPort = 0 }, position) => {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) return;
      const path = `${field}.containers[${index}].ports[${position}].hostPort`;
      const detail = 'must match `containerPort` when `hostNetwork` is true';
      invalid(causes, path, hostPort, detail);
    });
  });
}

function checkDns(causes: Causes, field: string, { dnsConfig, dnsPolicy }: Loose<PodSpec>): void {
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) {
      required(causes, field, 'must provide `dnsConfig` when `dnsPolicy` is None');
      return;
    }
    if ((dnsConfig.nameservers ?? []).length === 0) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      required(causes, `${field}.nameservers`, detail);
      return;
    }
  }
  if (dnsConfig !== undefined) checkDnsConfig(causes, field, dnsConfig);
}

function checkDnsConfig(causes: Causes, field: string, config: Loose<PodDNSConfig>): void {
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > nameserversMax) {
    const detail = `must not have more than ${nameserversMax} nameservers`;
    invalid(causes, `${field}.nameservers`, nameservers, detail);
  }
  nameservers.forEach((address, index) => {
    checkIp(causes, `${field}.nameservers[${index}]`, address);
  });
  if (searches.length > searchesMax) {
    const detail = `must not have more than ${searchesMax} search paths`;
    invalid(causes, `${field}.searches`, searches, detail);
  }
  if (searches.join(' ').length > searchLengthMax) {
    const detail =
      `must not have more than ${searchLengthMax} characters (including spaces) in the ` +
      'search list';
    invalid(causes, `${field}.searches`, searches, detail);
  }
  searches.forEach((search, index) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    invalidFor(causes, `${field}.searches[${index}]`, name, dnsUnderscoreErrors(name));
  });
  options.forEach(({ name }, index) => {
    if (!name) required(causes, `${field}.options[${index}]`, 'must not be empty');
  });
}

function checkGates(causes: Causes, field: string, spec: Loose<PodSpec>): void {
  spec.readinessGates?.forEach(({ conditionType }, index) => {
    checkLabelKey(causes, `${field}.readinessGates[${index}].conditionType`, conditionType);
  });
  if (spec.schedulingGates === undefined) return;
  const seen = new Set<string>();
  spec.schedulingGates.forEach(({ name = '' }, index) => {
    const path = `${field}.schedulingGates[${index}]`;
    checkLabelKey(causes, path, name);
    if (seen.has(name)) duplicate(causes, path, name);
    seen.add(name);
  });
}

function checkHostUsers(causes: Causes, field: string, spec: Loose<PodSpec>): void {
  const detail = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork === true) forbidden(causes, `${field}.hostNetwork`, detail);
  if (spec.hostPID === true) forbidden(causes, `${field}.HostPID`, detail);
  if (spec.hostIPC === true) forbidden(causes, `${field}.HostIPC`, detail);
}

function checkNames(causes: Causes, field: string, spec: Loose<PodSpec>): void {
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain } = spec;
  if (serviceAccountName) {
    const errors = dnsSubdomainErrors(serviceAccountName);
    invalidFor(causes, `${field}.serviceAccountName`, serviceAccountName, errors);
  }
  if (nodeName) invalidFor(causes, `${field}.nodeName`, nodeName, dnsSubdomainErrors(nodeName));
  if (activeDeadlineSeconds !== undefined) {
    if (activeDeadlineSeconds < 1 || activeDeadlineSeconds > int32Max) {
      const detail = `must be between 1 and ${int32Max}, inclusive`;
      invalid(causes, `${field}.activeDeadlineSeconds`, activeDeadlineSeconds, detail);
    }
  }
  if (hostname) invalidFor(causes, `${field}.hostname`, hostname, dnsLabelErrors(hostname));
  if (subdomain) invalidFor(causes, `${field}.subdomain`, subdomain, dnsLabelErrors(subdomain));
}

function checkRest(causes: Causes, field: string, spec: Loose<PodSpec>): void {
  spec.hostAliases?.forEach(({ ip, hostnames = [] }, index) => {
    checkIp(causes, `${field}.hostAliases[${index}].ip`, ip);
    hostnames.forEach((name, position) => {
      const path = `${field}.hostAliases[${index}].hostnames[${position}]`;
      invalidFor(causes, path, name, dnsSubdomainErrors(name));
    });
  });
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead, os } = spec;
  if (priorityClassName) {
    const errors = dnsSubdomainErrors(priorityClassName);
    invalidFor(causes, `${field}.priorityClassName`, priorityClassName, errors);
  }
  if (runtimeClassName !== undefined) {
    const errors = dnsSubdomainErrors(runtimeClassName);
    invalidFor(causes, `${field}.runtimeClassName`, runtimeClassName, errors);
  }
  if (preemptionPolicy !== undefined) {
    oneOf(causes, `${field}.preemptionPolicy`, preemptionPolicy, preemptionPolicies);
  }
  checkAmounts(causes, `${field}.overhead.limits`, overhead, checkContainerResource);
  if (os !== undefined) {
    if (!os.name) required(causes, `${field}.os.name`, 'cannot be empty');
    else if (os.name !== 'linux' && os.name !== 'windows') {
      unsupported(causes, `${field}.os`, os.name, ['linux', 'windows']);
    }
  }
}

/** Adds what is wrong with annotations that pods give a meaning. */
export function checkPodAnnotations(
  causes: Causes,
  field: string,
  annotations: { [key: string]: string | undefined } | undefined,
  spec: Loose<PodSpec>,
): void {
  const mirror = annotations?.[mirrorAnnotation];
  if (mirror === undefined || spec.nodeName) return;
  const detail = 'must set spec.nodeName if mirror pod annotation is set';
  invalid(causes, `${field}[${mirrorAnnotation}]`, mirror, detail);
}

/** Adds what is wrong with labels and annotations of a pod template. */
export function checkTemplateMetadata(
  causes: Causes,
  field: string,
  template: Loose<PodTemplateSpec>,
): void {
  const { labels, annotations } = template.metadata ?? {};
  checkLabels(causes, `${field}.labels`, labels);
  for (const key in annotations) {
    const errors = labelKeyErrors(key.toLowerCase());
    if (errors.length > 0) invalidFor(causes, `${field}.annotations`, key, errors);
  }
  checkPodAnnotations(causes, `${field}.annotations`, annotations, template.spec ?? {});
}

/** Adds what is wrong with a pod template. */
export function checkTemplate(
  causes: Causes,
  field: string,
  template: Loose<PodTemplateSpec>,
): void {
  checkTemplateMetadata(causes, field, template);
  const spec = template.spec ?? {};
  checkPodSpec(causes, `${field}.spec`, spec, undefined);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    const detail = 'ephemeral containers not allowed in pod template';
    forbidden(causes, `${field}.spec.ephemeralContainers`, detail);
  }
}
