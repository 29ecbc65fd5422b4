/**
 * What an update of a Service may not change, and what its status may say.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws, never changes what it is given.
 */
import type { Loose } from '../defaults/loose.ts';
import type { Service } from '../types.ts';
import { checkIp } from './addresses.ts';
import {
  type Causes,
  forbidden,
  immutable,
  invalid,
  invalidFor,
  oneOfOptional,
  required,
} from './field-errors.ts';
import { dnsSubdomainErrors } from './names.ts';
import { isHeadless, needsHealthCheck, type Spec } from './services.ts';

/** Adds what an update of a Service may not change. */
export function checkServiceUpdate(
  causes: Causes,
  object: Loose<Service>,
  old: Loose<Service>,
): void {
  const spec = object.spec ?? {};
  const before = old.spec ?? {};
  if (spec.type !== 'ExternalName' && before.type !== 'ExternalName') {
    checkKeptAddresses(causes, spec, before);
    checkKeptFamilies(causes, spec, before);
  }
  const balanced = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (balanced && spec.loadBalancerClass !== before.loadBalancerClass) {
    const path = 'spec.loadBalancerClass';
    invalid(causes, path, spec.loadBalancerClass ?? null, 'may not change once set');
  }
  if (needsHealthCheck(spec) && needsHealthCheck(before)) {
    if (spec.healthCheckNodePort !== before.healthCheckNodePort) {
      forbidden(causes, 'spec.healthCheckNodePort', immutable);
    }
  }
}

function checkKeptAddresses(causes: Causes, spec: Spec, before: Spec): void {
  if (isHeadless(spec) && isHeadless(before)) return;
  const { clusterIPs: now = [], ipFamilyPolicy } = spec;
  const { clusterIPs: was = [] } = before;
  const path = 'spec.clusterIPs';
  if (was.length === now.length) {
    was.forEach((ip, index) => {
      if (ip === now[index]) return;
      invalid(causes, `${path}[${index}]`, now, 'may not change once set');
    });
    return;
  }
  if (was.length > 0 && now.length === 0) {
    invalid(causes, `${path}[0]`, null, 'primary clusterIP can not be unset');
  }
  if (was.length > 0 && now.length > 0 && was[0] !== now[0]) {
    invalid(causes, `${path}[0]`, now, 'may not change once set');
  }
  if (was.length > now.length && now.length === 1 && ipFamilyPolicy !== 'SingleStack') {
    const detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
    invalid(causes, 'spec.ipFamilyPolicy', ipFamilyPolicy ?? null, detail);
  }
}

function checkKeptFamilies(causes: Causes, spec: Spec, before: Spec): void {
  if (isHeadless(spec) || isHeadless(before)) return;
  const { ipFamilies: now = [], ipFamilyPolicy } = spec;
  const { ipFamilies: was = [] } = before;
  const path = 'spec.ipFamilies[0]';
  if (was.length === now.length) {
    if (was.some((family, index) => family !== now[index])) {
      invalid(causes, path, now, 'may not change once set');
    }
    return;
  }
  if (was.length > 0 && now.length > 0 && was[0] !== now[0]) {
    invalid(causes, path, spec.clusterIPs ?? null, 'may not change once set');
  }
  if (was.length > now.length && now.length === 1 && ipFamilyPolicy !== 'SingleStack') {
    const detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
    invalid(causes, 'spec.ipFamilyPolicy', ipFamilyPolicy ?? null, detail);
  }
}

/** Adds what is wrong with the status of a Service. */
export function checkServiceStatus(causes: Causes, object: Loose<Service>): void {
  const ingress = object.status?.loadBalancer?.ingress ?? [];
  const path = 'status.loadBalancer.ingress';
  if (ingress.length > 0 && object.spec?.type !== 'LoadBalancer') {
    forbidden(causes, path, "may only be used when `spec.type` is 'LoadBalancer'");
    return;
  }
  ingress.forEach(({ ip, ipMode, hostname }, index) => {
    const item = `${path}[${index}]`;
    if (ip) checkIp(causes, `${item}.ip`, ip);
    if (ipMode === undefined) {
      if (ip) required(causes, `${item}.ipMode`, 'must be specified when `ip` is set');
    } else if (!ip)
      forbidden(causes, `${item}.ipMode`, 'may not be specified when `ip` is not set');
    else oneOfOptional(causes, `${item}.ipMode`, ipMode, ['Proxy', 'VIP']);
    if (hostname) invalidFor(causes, `${item}.hostname`, hostname, dnsSubdomainErrors(hostname));
  });
}
