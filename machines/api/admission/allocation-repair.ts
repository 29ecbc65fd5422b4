/**
 * Compares what Services hold with what is claimed, and plans the writes that make them agree.
 *
 * Pure; a guarded write that fails has been mended by someone else.
 */
import type { Service } from '../types.ts';
import type { Stored, View } from '../view.ts';
import {
  claimIp,
  claimPort,
  ipTaken,
  portResource,
  portTaken,
  releaseIp,
  releasePort,
} from './allocations.ts';
import type { ObjectWrite } from './attributes.ts';
import { ipsOf, portsOf } from './service-allocation.ts';

const managedBy = 'ipaddress.kubernetes.io/managed-by';

/** Claims that are missing, and releases of claims that nobody holds. */
export function planRepairs(view: View, nowMs: number): readonly ObjectWrite[] {
  const services = view.list('core/services');
  const ips = new Set<string>();
  const ports = new Set<number>();
  const writes: ObjectWrite[] = [];
  for (const service of services) {
    const owner = ownerOf(service);
    for (const ip of ipsOf(service.spec ?? {})) {
      if (!ips.has(ip) && !ipTaken({ view }, ip)) writes.push(claimIp({ nowMs }, ip, owner));
      ips.add(ip);
    }
    for (const port of portsOf(service.spec ?? {})) {
      if (!ports.has(port) && !portTaken({ view }, port)) writes.push(claimPort(port, owner));
      ports.add(port);
    }
  }
  for (const claim of view.list('networking.k8s.io/ipaddresses')) {
    const { name, labels } = claim.metadata;
    if (labels?.[managedBy] !== 'ipallocator.k8s.io' || ips.has(name)) continue;
    writes.push(...releaseIp({ view }, name));
  }
  for (const claim of view.listAny(portResource)) {
    const port = Number(claim.metadata.name);
    if (!ports.has(port)) writes.push(...releasePort({ view }, port));
  }
  return writes;
}

function ownerOf({ metadata }: Stored<Service>) {
  return { namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid };
}
