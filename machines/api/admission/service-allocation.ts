/**
 * Cluster IPs and node ports of Services: which a Service gets, keeps and gives back.
 *
 * Unique because every allocation is a guarded write in the Service's own transaction: an IPAddress
 * object for a cluster IP (as Kubernetes keeps them), an allocation key for a node port. Follows
 * pkg/registry/core/service. Pure: addresses are drawn from the request's seed.
 */
import { isRecord, sameJson } from '../json.ts';
import type { Draft } from '../registry.ts';
import { invalid, invalidValue } from '../status.ts';
import type { Cause } from '../strategy.ts';
import { specOf } from '../subresources.ts';
import type { ServicePort, ServiceSpec } from '../types.ts';
import type { AnyObject } from '../view.ts';
import {
  claimIp,
  claimPort,
  freeIp,
  freePort,
  ipTaken,
  portTaken,
  releaseIp,
  releasePort,
} from './allocations.ts';
import { type AdmissionStep, type Attributes, type Refusal, refuse } from './attributes.ts';
import { inCidr, isIpv4 } from './cidr.ts';

type Spec = { -readonly [F in keyof ServiceSpec]: ServiceSpec[F] };

const headless = 'None';

/**
 * Allocates on create, and on update what has been added; gives back what an update no longer
 * needs.
 */
export const allocateService: AdmissionStep = (attributes) => {
  const { object, old, request } = attributes;
  if (request.subresource !== '') return undefined;
  const spec = { ...specOf(object) } as unknown as Spec;
  (object as Draft).spec = spec;
  const before = old === undefined ? undefined : (specOf(old) as unknown as Spec);
  if (before !== undefined) {
    keepAllocated(spec, before);
    dropUnneeded(spec, before);
  }
  const causes: Cause[] = [];
  families(spec, causes);
  if (causes.length === 0) clusterIps(attributes, spec, before, causes);
  if (causes.length === 0) nodePorts(attributes, spec, before, causes);
  return causes.length === 0 ? undefined : refuseInvalid(attributes, causes);
};

/** Gives back everything that a deleted Service had. */
export const releaseService: AdmissionStep = ({ old, env, writes }) => {
  if (old === undefined) return undefined;
  const spec = specOf(old) as unknown as Spec;
  for (const ip of ipsOf(spec)) writes.push(...releaseIp(env, ip));
  for (const port of portsOf(spec)) writes.push(...releasePort(env, port));
  return undefined;
};

function refuseInvalid(attributes: Attributes, causes: readonly Cause[]): Refusal {
  const name = attributes.object.metadata?.name ?? '';
  return refuse(invalid('', 'Service', name, causes), true);
}

function needsClusterIp(spec: Spec): boolean {
  return spec.type !== 'ExternalName';
}

function needsNodePort(spec: Spec): boolean {
  if (spec.type === 'NodePort') return true;
  return spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

/** The addresses a Service holds; none where it is headless. */
export function ipsOf(spec: Pick<ServiceSpec, 'clusterIP' | 'clusterIPs'>): readonly string[] {
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return Array.isArray(ips) ? ips.filter((ip) => ip && ip !== headless) : [];
}

/** The node ports a Service holds, each once. */
export function portsOf(
  spec: Pick<ServiceSpec, 'ports' | 'healthCheckNodePort'>,
): readonly number[] {
  const ports = new Set<number>();
  for (const { nodePort } of listPorts(spec)) if (nodePort) ports.add(nodePort);
  if (spec.healthCheckNodePort) ports.add(spec.healthCheckNodePort);
  return [...ports];
}

function listPorts(spec: Pick<ServiceSpec, 'ports'>): readonly ServicePort[] {
  return Array.isArray(spec.ports) ? spec.ports.filter((port) => isRecord(port)) : [];
}

/** What a client left out of an update stays as it was. */
function keepAllocated(spec: Spec, before: Spec): void {
  if (needsClusterIp(spec) && needsClusterIp(before)) {
    if (!spec.clusterIP && !spec.clusterIPs?.[0]) {
      spec.clusterIP = before.clusterIP;
      spec.clusterIPs = before.clusterIPs;
    }
    spec.ipFamilyPolicy ??= before.ipFamilyPolicy;
    spec.ipFamilies ??= before.ipFamilies;
  }
  if (!needsNodePort(spec) || !needsNodePort(before)) return;
  const used = new Set(portsOf(spec));
  spec.ports = listPorts(spec).map((port) => {
    if (port.nodePort) return port;
    const same = listPorts(before).find(
      (one) => one.port === port.port && one.protocol === port.protocol,
    );
    if (!same?.nodePort || used.has(same.nodePort)) return port;
    return { ...port, nodePort: same.nodePort };
  });
  if (needsHealthCheck(spec) && needsHealthCheck(before)) {
    spec.healthCheckNodePort ??= before.healthCheckNodePort;
  }
}

/**
 * What the new type has no use for goes, unless the client has just set it (validation then
 * refuses).
 */
function dropUnneeded(spec: Spec, before: Spec): void {
  if (needsClusterIp(before) && !needsClusterIp(spec)) {
    if (sameJson(ipsOf(spec), ipsOf(before))) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      delete spec.ipFamilies;
      delete spec.ipFamilyPolicy;
    }
  }
  if (needsNodePort(before) && !needsNodePort(spec)) {
    const held = portsOf(before);
    if (portsOf(spec).every((port) => held.includes(port))) {
      spec.ports = listPorts(spec).map(({ nodePort: _, ...port }) => port);
    }
  }
  if (needsHealthCheck(before) && !needsHealthCheck(spec)) delete spec.healthCheckNodePort;
  for (const [field, needs] of typeFields) {
    const unchanged = sameJson(spec[field], before[field]);
    if (unchanged && needs(before) && !needs(spec)) delete spec[field];
  }
}

const isBalanced = (spec: Spec) => spec.type === 'LoadBalancer';
const isExternal = (spec: Spec) => spec.type === 'NodePort' || isBalanced(spec);

/** Fields that belong to some types alone. */
const typeFields = [
  ['externalTrafficPolicy', isExternal],
  ['allocateLoadBalancerNodePorts', isBalanced],
  ['loadBalancerClass', isBalanced],
  ['internalTrafficPolicy', needsClusterIp],
] as const;

function needsHealthCheck(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Fills in ipFamilies and ipFamilyPolicy for a cluster of IPv4 alone. */
function families(spec: Spec, causes: Cause[]): void {
  if (!needsClusterIp(spec)) return;
  const selectorless = Object.keys(spec.selector ?? {}).length === 0;
  if ((spec.clusterIP === headless || spec.clusterIPs?.[0] === headless) && selectorless) {
    spec.ipFamilyPolicy ??= 'RequireDualStack';
    spec.ipFamilies ??= spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
    return;
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services';
    causes.push(invalidValue('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail));
  }
  if (!Array.isArray(spec.ipFamilies) || spec.ipFamilies.length === 0) spec.ipFamilies = ['IPv4'];
  spec.ipFamilies.forEach((family, index) => {
    if (family === 'IPv4') return;
    const detail = 'not configured on this cluster';
    causes.push(invalidValue(`spec.ipFamilies[${index}]`, family, detail));
  });
}

function clusterIps(
  attributes: Attributes,
  spec: Spec,
  before: Spec | undefined,
  causes: Cause[],
): void {
  const { env, writes, object } = attributes;
  const held = before === undefined ? [] : ipsOf(before);
  if (!needsClusterIp(spec)) {
    for (const ip of held) writes.push(...releaseIp(env, ip));
    return;
  }
  const asked = spec.clusterIP || spec.clusterIPs?.[0] || '';
  if (held.length > 0 && before !== undefined && needsClusterIp(before) && asked !== held[0]) {
    causes.push(invalidValue('spec.clusterIPs[0]', [asked], 'may not change once set'));
    return;
  }
  if (asked === headless) {
    spec.clusterIP = headless;
    spec.clusterIPs = [headless];
    return;
  }
  if (held.includes(asked)) return;
  const ip = asked === '' ? freeIp(env) : asked;
  const wrong = asked === '' ? undefined : ipError(attributes, asked);
  if (ip === undefined || wrong !== undefined) {
    const detail = wrong ?? 'failed to allocate a serviceIP: range is full';
    causes.push(invalidValue('spec.clusterIPs', [asked], detail));
    return;
  }
  spec.clusterIP = ip;
  spec.clusterIPs = [ip];
  writes.push(claimIp(env, ip, ownerOf(object, attributes)));
}

function ownerOf(object: AnyObject, { namespace, env }: Attributes) {
  return {
    namespace,
    name: object.metadata?.name ?? '',
    uid: object.metadata?.uid ?? env.uid,
  };
}

function ipError({ env }: Attributes, ip: string): string | undefined {
  const { serviceCidr } = env.settings;
  if (!isIpv4(ip)) return 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
  if (!inCidr(ip, serviceCidr)) {
    return (
      `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. ` +
      `The range of valid IPs is ${serviceCidr}`
    );
  }
  if (ipTaken(env, ip)) return `failed to allocate IP ${ip}: provided IP is already allocated`;
  return undefined;
}

function nodePorts(
  attributes: Attributes,
  spec: Spec,
  before: Spec | undefined,
  causes: Cause[],
): void {
  const { env, writes, object } = attributes;
  const held = new Set(before === undefined ? [] : portsOf(before));
  const taken = new Set(held);
  const owner = ownerOf(object, attributes);
  const claim = (port: number) => {
    taken.add(port);
    writes.push(claimPort(port, owner));
  };
  if (needsNodePort(spec)) {
    spec.ports = listPorts(spec).map((port, index, all) => {
      if (port.nodePort) {
        const wrong = taken.has(port.nodePort) ? undefined : portError(attributes, port.nodePort);
        if (wrong !== undefined) {
          causes.push(invalidValue(`spec.ports[${index}].nodePort`, port.nodePort, wrong));
        } else if (!taken.has(port.nodePort)) claim(port.nodePort);
        return port;
      }
      const twin = twinPort(spec, port, index);
      const nodePort =
        twin ?? freePort(env, new Set([...taken, ...all.map((p) => p.nodePort ?? 0)]));
      if (nodePort === undefined) {
        const detail = 'failed to allocate a nodePort: range is full';
        causes.push(invalidValue(`spec.ports[${index}].nodePort`, 0, detail));
        return port;
      }
      if (!taken.has(nodePort)) claim(nodePort);
      const filled = { ...port, nodePort };
      (spec.ports as ServicePort[])[index] = filled;
      return filled;
    });
    if (needsHealthCheck(spec)) healthCheckPort(attributes, spec, taken, claim, causes);
  }
  const kept = new Set(portsOf(spec));
  for (const port of held) if (!kept.has(port)) writes.push(...releasePort(env, port));
}

/**
 * The node port of the same port number under another protocol (DNS over TCP and UDP), where there
 * is one.
 */
function twinPort(spec: Spec, port: ServicePort, index: number): number | undefined {
  const others = (spec.ports ?? []).filter((_, other) => other !== index);
  const twin = others.find((one) => one.port === port.port && one.protocol !== port.protocol);
  const used = others.some(
    (one) => one.nodePort === twin?.nodePort && one.protocol === port.protocol,
  );
  return used || !twin?.nodePort ? undefined : twin.nodePort;
}

function healthCheckPort(
  attributes: Attributes,
  spec: Spec,
  taken: ReadonlySet<number>,
  claim: (port: number) => void,
  causes: Cause[],
): void {
  const asked = spec.healthCheckNodePort;
  if (asked) {
    if (taken.has(asked)) return;
    const wrong = portError(attributes, asked);
    if (wrong === undefined) claim(asked);
    else causes.push(invalidValue('spec.healthCheckNodePort', asked, wrong));
    return;
  }
  const port = freePort(attributes.env, new Set([...taken, ...portsOf(spec)]));
  if (port === undefined) {
    const detail = 'failed to allocate a nodePort: range is full';
    causes.push(invalidValue('spec.healthCheckNodePort', 0, detail));
    return;
  }
  spec.healthCheckNodePort = port;
  claim(port);
}

function portError({ env }: Attributes, port: number): string | undefined {
  const { nodePortFirst, nodePortLast } = env.settings;
  if (!Number.isInteger(port) || port < nodePortFirst || port > nodePortLast) {
    return (
      'provided port is not in the valid range. ' +
      `The range of valid ports is ${nodePortFirst}-${nodePortLast}`
    );
  }
  return portTaken(env, port) ? 'provided port is already allocated' : undefined;
}
