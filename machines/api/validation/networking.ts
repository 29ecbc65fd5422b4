/**
 * Ingresses and network policies.
 *
 * Follows pkg/apis/networking/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type {
  Ingress,
  IngressBackend,
  IngressClass,
  IngressRule,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../types.ts';
import { checkCidr, holds, parseAddress } from './addresses.ts';
import {
  type Causes,
  forbidden,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
  tooLong,
  unsupported,
} from './field-errors.ts';
import {
  checkSelector,
  dnsLabelErrors,
  dnsSubdomainErrors,
  portErrors,
  portNameErrors,
  wildcardErrors,
} from './names.ts';

const protocols: readonly string[] = ['TCP', 'UDP', 'SCTP'];
const policyTypes: readonly string[] = ['Ingress', 'Egress'];
const pathTypes: readonly string[] = ['Exact', 'ImplementationSpecific', 'Prefix'];
const wrongSequences = ['//', '/./', '/../', '%2f', '%2F'];
const wrongSuffixes = ['/..', '/.'];
const classAnnotation = 'kubernetes.io/ingress.class';
const controllerLengthMax = 250;

/** Adds what is wrong with an Ingress. */
export function checkIngress(
  causes: Causes,
  object: Loose<Ingress>,
  old: Loose<Ingress> | undefined,
): void {
  const spec = object.spec ?? {};
  const { rules = [], defaultBackend, tls = [], ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    const detail = 'either `defaultBackend` or `rules` must be specified';
    invalid(causes, 'spec', null, detail);
  }
  if (defaultBackend !== undefined) checkBackend(causes, 'spec.defaultBackend', defaultBackend);
  rules.forEach((rule, index) => {
    checkRule(causes, `spec.rules[${index}]`, rule);
  });
  tls.forEach(({ hosts = [], secretName = '' }, index) => {
    hosts.forEach((host, position) => {
      const errors = host.includes('*') ? wildcardErrors(host) : dnsSubdomainErrors(host);
      invalidFor(causes, `spec.tls[${index}].hosts[${position}]`, host, errors);
    });
    if (secretName === '') return;
    const path = `spec.tls[${index}].secretName`;
    invalidFor(causes, path, secretName, dnsSubdomainErrors(secretName));
  });
  if (ingressClassName === undefined) return;
  const errors = dnsSubdomainErrors(ingressClassName);
  invalidFor(causes, 'spec.ingressClassName', ingressClassName, errors);
  const annotation = object.metadata?.annotations?.[classAnnotation];
  if (old === undefined && annotation !== undefined && annotation !== ingressClassName) {
    const detail = 'must match `ingressClassName` when both are specified';
    invalid(causes, `annotations.${classAnnotation}`, annotation, detail);
  }
}

function checkRule(causes: Causes, field: string, { host = '', http }: Loose<IngressRule>): void {
  if (host !== '') {
    if (parseAddress(host) !== undefined) {
      invalid(causes, `${field}.host`, host, 'must be a DNS name, not an IP address');
    }
    const errors = host.includes('*') ? wildcardErrors(host) : dnsSubdomainErrors(host);
    invalidFor(causes, `${field}.host`, host, errors);
  }
  if (http === undefined) return;
  const paths = http.paths ?? [];
  if (paths.length === 0) required(causes, `${field}.http.paths`);
  paths.forEach(({ path = '', pathType, backend = {} }, index) => {
    const item = `${field}.http.paths[${index}]`;
    checkPath(causes, item, path, pathType);
    checkBackend(causes, `${item}.backend`, backend);
  });
}

function checkPath(
  causes: Causes,
  field: string,
  path: string,
  pathType: string | undefined,
): void {
  if (pathType === undefined) {
    required(causes, `${field}.pathType`, 'pathType must be specified');
    return;
  }
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) invalid(causes, `${field}.path`, path, 'must be an absolute path');
    if (path === '') return;
    for (const wrong of wrongSequences) {
      if (path.includes(wrong)) {
        invalid(causes, `${field}.path`, path, `must not contain '${wrong}'`);
      }
    }
    for (const wrong of wrongSuffixes) {
      if (path.endsWith(wrong))
        invalid(causes, `${field}.path`, path, `cannot end with '${wrong}'`);
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) {
      invalid(causes, `${field}.path`, path, 'must be an absolute path');
    }
  } else unsupported(causes, `${field}.pathType`, pathType, pathTypes);
}

function checkBackend(
  causes: Causes,
  field: string,
  { service, resource }: Loose<IngressBackend>,
): void {
  if (service !== undefined && resource !== undefined) {
    invalid(causes, field, '', 'cannot set both resource and service backends');
  } else if (resource !== undefined) {
    if (!resource.kind) required(causes, `${field}.resource.kind`);
    if (!resource.name) required(causes, `${field}.resource.name`);
  } else if (service === undefined) {
    invalid(causes, field, '', 'resource or service backend is required');
  } else {
    const { name = '', port = {} } = service;
    if (name === '') required(causes, `${field}.service.name`);
    else invalidFor(causes, `${field}.service.name`, name, dnsLabelErrors(name));
    const path = `${field}.service.port`;
    if (port.name && port.number) {
      invalid(causes, field, '', 'cannot set both port name & port number');
    } else if (port.name) {
      invalidFor(causes, `${path}.name`, port.name, portNameErrors(port.name));
    } else if (port.number) {
      invalidFor(causes, `${path}.number`, port.number, portErrors(port.number));
    } else required(causes, field, 'port name or number is required');
  }
}

/** Adds what is wrong with an IngressClass. */
export function checkIngressClass(causes: Causes, object: Loose<IngressClass>): void {
  const { controller = '', parameters } = object.spec ?? {};
  const path = 'spec.controller';
  if (controller.length > controllerLengthMax) tooLong(causes, path, controllerLengthMax);
  if (controller === '') required(causes, path);
  else if (!/^[^/]+\/.+$/.test(controller)) {
    const detail = 'must be a domain-prefixed path (such as "acme.io/foo")';
    invalid(causes, path, controller, detail);
  }
  if (parameters === undefined) return;
  if (!parameters.kind) required(causes, 'spec.parameters.kind', 'kind is required');
  if (!parameters.name) required(causes, 'spec.parameters.name', 'name is required');
  const scopes = ['Cluster', 'Namespace'];
  oneOfOptional(causes, 'spec.parameters.scope', parameters.scope, scopes);
}

/** Adds what is wrong with a NetworkPolicy. */
export function checkNetworkPolicy(causes: Causes, object: Loose<NetworkPolicy>): void {
  const spec = object.spec ?? {};
  checkSelector(causes, 'spec.podSelector', spec.podSelector);
  spec.ingress?.forEach(({ ports, from }, index) => {
    const path = `spec.ingress[${index}]`;
    checkPolicyRule(causes, path, ports, `${path}.from`, from);
  });
  spec.egress?.forEach(({ ports, to }, index) => {
    const path = `spec.egress[${index}]`;
    checkPolicyRule(causes, path, ports, `${path}.to`, to);
  });
  const types = spec.policyTypes ?? [];
  if (types.length > policyTypes.length) {
    const detail = 'may not specify more than two policyTypes';
    invalid(causes, 'spec.policyTypes', types, detail);
    return;
  }
  types.forEach((type, index) => {
    if (policyTypes.includes(type)) return;
    unsupported(causes, `spec.policyTypes[${index}]`, type, policyTypes);
  });
}

function checkPolicyRule(
  causes: Causes,
  field: string,
  ports: readonly Loose<NetworkPolicyPort>[] | undefined,
  peersField: string,
  peers: readonly Loose<NetworkPolicyPeer>[] | undefined,
): void {
  ports?.forEach((port, index) => {
    checkPolicyPort(causes, `${field}.ports[${index}]`, port);
  });
  peers?.forEach((peer, index) => {
    checkPeer(causes, `${peersField}[${index}]`, peer);
  });
}

function checkPolicyPort(
  causes: Causes,
  field: string,
  { protocol, port, endPort }: Loose<NetworkPolicyPort>,
): void {
  oneOfOptional(causes, `${field}.protocol`, protocol, protocols);
  const path = `${field}.endPort`;
  if (port === undefined) {
    if (endPort === undefined) return;
    invalid(causes, path, endPort, 'may not be specified when `port` is not specified');
  } else if (typeof port === 'number') {
    invalidFor(causes, `${field}.port`, port, portErrors(port));
    if (endPort === undefined) return;
    if (endPort < port) invalid(causes, path, endPort, 'must be greater than or equal to `port`');
    invalidFor(causes, path, endPort, portErrors(endPort));
  } else {
    if (endPort !== undefined) {
      invalid(causes, path, endPort, 'may not be specified when `port` is non-numeric');
    }
    invalidFor(causes, `${field}.port`, port, portNameErrors(port));
  }
}

function checkPeer(
  causes: Causes,
  field: string,
  { podSelector, namespaceSelector, ipBlock }: Loose<NetworkPolicyPeer>,
): void {
  checkSelector(causes, `${field}.podSelector`, podSelector);
  checkSelector(causes, `${field}.namespaceSelector`, namespaceSelector);
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (ipBlock === undefined) {
    if (!selects) required(causes, field, 'must specify a peer');
    return;
  }
  const path = `${field}.ipBlock`;
  if (!ipBlock.cidr) required(causes, `${path}.cidr`);
  else {
    const network = checkCidr(causes, `${path}.cidr`, ipBlock.cidr);
    ipBlock.except?.forEach((text, index) => {
      if (network === undefined) return;
      const except = checkCidr(causes, `${path}.except[${index}]`, text);
      if (except === undefined) return;
      if (holds(network, except.address) && network.bits < except.bits) return;
      const detail = 'must be a strict subset of `cidr`';
      invalid(causes, `${path}.except[${index}]`, text, detail);
    });
  }
  if (selects) forbidden(causes, field, 'may not specify both ipBlock and another peer');
}
