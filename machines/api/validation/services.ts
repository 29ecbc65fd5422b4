/**
 * New Services.
 *
 * Follows pkg/apis/core/validation/validation.go. Addresses and node ports are allocated before
 * this runs. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Service, ServicePort, ServiceSpec } from '../types.ts';
import { checkCidr, checkIp, checkOrdinaryIp } from './addresses.ts';
import {
  type Causes,
  duplicate,
  forbidden,
  invalid,
  invalidFor,
  oneOf,
  oneOfOptional,
  required,
  unsupported,
} from './field-errors.ts';
import {
  checkLabelKey,
  checkLabels,
  checkPort,
  dnsLabelErrors,
  dnsSubdomainErrors,
  portErrors,
} from './names.ts';

const types: readonly string[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinities: readonly string[] = ['ClientIP', 'None'];
const protocols: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const trafficPolicies: readonly string[] = ['Cluster', 'Local'];
const families: readonly string[] = ['IPv4', 'IPv6'];
const familyPolicies: readonly string[] = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const distributions: readonly string[] = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const affinitySecondsMax = 86_400;

/** The spec of a Service from a client. */
export type Spec = Loose<ServiceSpec>;

/** True where the Service has no cluster IP on purpose. */
export function isHeadless(spec: Spec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}

function isExternal({ type, externalIPs = [] }: Spec): boolean {
  if (type === 'LoadBalancer' || type === 'NodePort') return true;
  return type === 'ClusterIP' && externalIPs.length > 0;
}

/** True where a node port for health checks belongs to the Service. */
export function needsHealthCheck(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Adds what is wrong with a Service. */
export function checkService(causes: Causes, object: Loose<Service>): void {
  const spec = object.spec ?? {};
  const { type = '', ports = [] } = spec;
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') {
    required(causes, 'spec.ports');
  }
  checkType(causes, spec);
  const names = new Set<string>();
  ports.forEach((port, index) => {
    checkServicePort(causes, `spec.ports[${index}]`, port, ports.length > 1, names);
  });
  checkLabels(causes, 'spec.selector', spec.selector);
  checkSessionAffinity(causes, spec);
  if (type !== 'ExternalName') checkClusterIps(causes, spec);
  spec.externalIPs?.forEach((ip, index) => {
    const path = `spec.externalIPs[${index}]`;
    if (checkIp(causes, path, ip)) checkOrdinaryIp(causes, path, ip);
  });
  oneOf(causes, 'spec.type', type, types);
  checkDuplicatePorts(causes, spec);
  checkBalancer(causes, spec);
  checkTraffic(causes, spec);
}

function checkType(causes: Causes, spec: Spec): void {
  const { type } = spec;
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    const detail = `may not be set to 'None' for ${type} services`;
    invalid(causes, 'spec.clusterIPs[0]', 'None', detail);
  }
  if (type !== 'ExternalName') return;
  const detail = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) forbidden(causes, 'spec.clusterIPs', detail);
  if ((spec.ipFamilies ?? []).length > 0) forbidden(causes, 'spec.ipFamilies', detail);
  if (spec.ipFamilyPolicy !== undefined) forbidden(causes, 'spec.ipFamilyPolicy', detail);
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') required(causes, 'spec.externalName');
  else invalidFor(causes, 'spec.externalName', name, dnsSubdomainErrors(name));
}

function checkServicePort(
  causes: Causes,
  field: string,
  port: Loose<ServicePort>,
  needsName: boolean,
  names: Set<string>,
): void {
  const { name = '', protocol, appProtocol } = port;
  if (needsName && name === '') required(causes, `${field}.name`);
  else if (name !== '') {
    invalidFor(causes, `${field}.name`, name, dnsLabelErrors(name));
    if (names.has(name)) duplicate(causes, `${field}.name`, name);
    names.add(name);
  }
  invalidFor(causes, `${field}.port`, port.port ?? 0, portErrors(port.port));
  oneOf(causes, `${field}.protocol`, protocol, protocols);
  checkPort(causes, `${field}.targetPort`, port.targetPort);
  if (appProtocol !== undefined) checkLabelKey(causes, `${field}.appProtocol`, appProtocol);
}

function checkSessionAffinity(causes: Causes, spec: Spec): void {
  const { sessionAffinity, sessionAffinityConfig: config } = spec;
  oneOf(causes, 'spec.sessionAffinity', sessionAffinity, affinities);
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config !== undefined) {
    forbidden(causes, path, 'must not be set when session affinity is None');
  }
  if (sessionAffinity !== 'ClientIP') return;
  const detail = 'when session affinity type is ClientIP';
  const seconds = config?.clientIP?.timeoutSeconds;
  if (config === undefined) required(causes, path, detail);
  else if (config.clientIP === undefined) required(causes, `${path}.clientIP`, detail);
  else if (seconds === undefined) required(causes, `${path}.clientIP.timeoutSeconds`, detail);
  else if (seconds <= 0 || seconds > affinitySecondsMax) {
    const range = `must be greater than 0 and less than ${affinitySecondsMax}`;
    invalid(causes, `${path}.clientIP.timeoutSeconds`, seconds, range);
  }
}

function checkClusterIps(causes: Causes, spec: Spec): void {
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = 'spec.clusterIPs';
  if (clusterIP !== '') {
    if (clusterIPs.length === 0) required(causes, path);
    else if (clusterIPs[0] !== clusterIP) {
      invalid(causes, path, clusterIPs, 'first value must match `clusterIP`');
    }
  } else if (clusterIPs.length > 0) {
    invalid(causes, path, clusterIPs, 'must be empty when `clusterIP` is not specified');
  }
  const seen = new Set<string>();
  ipFamilies.forEach((family, index) => {
    const familyPath = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) unsupported(causes, familyPath, family, families);
    if (seen.has(family)) duplicate(causes, familyPath, family);
    seen.add(family);
  });
  oneOfOptional(causes, 'spec.ipFamilyPolicy', ipFamilyPolicy, familyPolicies);
  let valid = true;
  clusterIPs.forEach((ip, index) => {
    if (index === 0 && ip === 'None') {
      if (clusterIPs.length === 1) return;
      valid = false;
      invalid(causes, path, clusterIPs, "'None' must be the first and only value");
    } else if (!checkIp(causes, `${path}[${index}]`, ip)) valid = false;
  });
  if (clusterIPs.length > 2) invalid(causes, path, clusterIPs, 'may only hold up to 2 values');
  if (valid) checkFamilies(causes, spec);
}

function checkFamilies(causes: Causes, spec: Spec): void {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const kinds = new Set(clusterIPs.map((ip) => ip.includes(':')));
  if (clusterIPs.length > 1 && kinds.size < 2) {
    const detail = 'may specify no more than one IP for each IP family';
    invalid(causes, 'spec.clusterIPs', clusterIPs, detail);
  }
  if (isHeadless(spec)) return;
  clusterIPs.slice(0, ipFamilies.length).forEach((ip, index) => {
    const family = ipFamilies[index];
    if (family !== (ip.includes(':') ? 'IPv4' : 'IPv6')) return;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
    invalid(causes, `spec.clusterIPs[${index}]`, ip, detail);
  });
}

function checkDuplicatePorts(causes: Causes, { type, ports = [] }: Spec): void {
  const nodePorts = new Set<string>();
  const seen = new Set<string>();
  ports.forEach(({ nodePort = 0 }, index) => {
    if (type !== 'ClusterIP' || nodePort === 0) return;
    const detail = "may not be used when `type` is 'ClusterIP'";
    forbidden(causes, `spec.ports[${index}].nodePort`, detail);
  });
  ports.forEach(({ nodePort = 0, protocol }, index) => {
    if (nodePort === 0) return;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) duplicate(causes, `spec.ports[${index}].nodePort`, nodePort);
    nodePorts.add(key);
  });
  ports.forEach(({ port = 0, protocol = '' }, index) => {
    const key = `${protocol}/${port}`;
    if (seen.has(key)) {
      duplicate(causes, `spec.ports[${index}]`, {
        Name: '',
        Protocol: protocol,
        AppProtocol: null,
        Port: port,
        TargetPort: 0,
        NodePort: 0,
      });
    }
    seen.add(key);
  });
}

function checkBalancer(causes: Causes, spec: Spec): void {
  const { type, loadBalancerSourceRanges = [], loadBalancerClass } = spec;
  const balanced = type === 'LoadBalancer';
  const only = "may only be used when `type` is 'LoadBalancer'";
  if (loadBalancerSourceRanges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges';
    if (!balanced) forbidden(causes, path, only);
    loadBalancerSourceRanges.forEach((range, index) => {
      checkCidr(causes, `${path}[${index}]`, range.trim());
    });
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && !balanced) {
    forbidden(causes, 'spec.allocateLoadBalancerNodePorts', only);
  }
  if (spec.allocateLoadBalancerNodePorts === undefined && balanced) {
    required(causes, 'allocateLoadBalancerNodePorts');
  }
  if (loadBalancerClass === undefined) return;
  if (!balanced) forbidden(causes, 'spec.loadBalancerClass', only);
  else checkLabelKey(causes, 'spec.loadBalancerClass', loadBalancerClass);
}

function checkTraffic(causes: Causes, spec: Spec): void {
  const { externalTrafficPolicy, healthCheckNodePort = 0, internalTrafficPolicy } = spec;
  const path = 'spec.externalTrafficPolicy';
  if (isExternal(spec)) oneOf(causes, path, externalTrafficPolicy, trafficPolicies);
  else if (externalTrafficPolicy) {
    const detail = 'may only be set for externally-accessible services';
    invalid(causes, path, externalTrafficPolicy, detail);
  }
  const checkPath = 'spec.healthCheckNodePort';
  if (!needsHealthCheck(spec)) {
    if (healthCheckNodePort !== 0) {
      const detail =
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      invalid(causes, checkPath, healthCheckNodePort, detail);
    }
  } else if (healthCheckNodePort === 0) required(causes, checkPath);
  else invalidFor(causes, checkPath, healthCheckNodePort, portErrors(healthCheckNodePort));
  const known = ['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type ?? '');
  if (internalTrafficPolicy === undefined) {
    if (known) required(causes, 'spec.internalTrafficPolicy');
  } else if (!trafficPolicies.includes(internalTrafficPolicy)) {
    const internal = 'spec.internalTrafficPolicy';
    unsupported(causes, internal, internalTrafficPolicy, trafficPolicies);
  }
  const { trafficDistribution } = spec;
  oneOfOptional(causes, 'spec.trafficDistribution', trafficDistribution, distributions);
}
