/**
 * Claims on cluster IPs and node ports, as guarded writes: a claim expects that nobody holds the
 * key.
 *
 * A cluster IP is an IPAddress object, a node port an allocation key that no client sees. Pure;
 * candidates are drawn from the request's seed, the upper band first, as Kubernetes' allocators do.
 */
import { nowText } from '../registry.ts';
import { revisionOf, storeKey } from '../resources.ts';
import type { AnyObject, View } from '../view.ts';
import type { AdmitEnv, ObjectWrite } from './attributes.ts';
import { formatIpv4, parseCidr } from './cidr.ts';

const ipResource = 'networking.k8s.io/ipaddresses';
/** Keys of node ports; not a resource of the API. */
export const portResource = '~alloc/nodeports';
/** Random candidates before the range is searched in order. */
const drawsMax = 64;

/** Who holds an allocation. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function ipTaken({ view }: { readonly view: View }, ip: string): boolean {
  return view.getAny(ipResource, '', ip) !== undefined;
}

export function portTaken({ view }: { readonly view: View }, port: number): boolean {
  return view.getAny(portResource, '', String(port)) !== undefined;
}

/**
 * A free address of the range, or undefined where it is full. The first of the range belongs to
 * `kubernetes`.
 */
export function freeIp(env: AdmitEnv): string | undefined {
  const range = parseCidr(env.settings.serviceCidr);
  if (range === undefined || range.size < 4) return undefined;
  const lastOffset = range.size - 2;
  const band = Math.min(Math.max(16, Math.floor(range.size / 16)), 256);
  const found = freeOffset(env, band >= lastOffset ? 2 : band, 2, lastOffset, (offset) =>
    ipTaken(env, formatIpv4(range.first + offset)),
  );
  return found === undefined ? undefined : formatIpv4(range.first + found);
}

/** A free node port besides those the same request already uses. */
export function freePort(env: AdmitEnv, used: ReadonlySet<number>): number | undefined {
  const { nodePortFirst, nodePortLast } = env.settings;
  const size = nodePortLast - nodePortFirst + 1;
  const band = size < 32 ? 0 : Math.min(Math.max(16, Math.floor(size / 32)), 128);
  return freeOffset(
    env,
    nodePortFirst + band,
    nodePortFirst,
    nodePortLast,
    (port) => used.has(port) || portTaken(env, port),
  );
}

/** A free number of [upper, last], or else of [lower, upper). */
function freeOffset(
  env: AdmitEnv,
  upper: number,
  lower: number,
  last: number,
  taken: (candidate: number) => boolean,
): number | undefined {
  const size = last - upper + 1;
  for (let draw = 0; draw < drawsMax && size > 0; draw += 1) {
    const candidate = upper + env.draw.below(size);
    if (!taken(candidate)) return candidate;
  }
  for (let candidate = upper; candidate <= last; candidate += 1) {
    if (!taken(candidate)) return candidate;
  }
  for (let candidate = lower; candidate < upper; candidate += 1) {
    if (!taken(candidate)) return candidate;
  }
  return undefined;
}

/** The write that claims an address. */
export function claimIp(env: { readonly nowMs: number }, ip: string, owner: Owner): ObjectWrite {
  const object: AnyObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: ip,
      uid: siblingUid(owner.uid),
      creationTimestamp: nowText(env),
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: {
      parentRef: {
        group: '',
        resource: 'services',
        namespace: owner.namespace,
        name: owner.name,
      },
    },
  };
  return { key: storeKey(ipResource, '', ip), operation: 'put', object, expected: 0 };
}

/** The write that claims a node port. */
export function claimPort(port: number, owner: Owner): ObjectWrite {
  const object: AnyObject = {
    metadata: { name: String(port) },
    service: { namespace: owner.namespace, name: owner.name, uid: owner.uid },
  };
  const key = storeKey(portResource, '', String(port));
  return { key, operation: 'put', object, expected: 0 };
}

export function releaseIp(env: { readonly view: View }, ip: string): readonly ObjectWrite[] {
  return release(env.view, ipResource, ip);
}

export function releasePort(env: { readonly view: View }, port: number): readonly ObjectWrite[] {
  return release(env.view, portResource, String(port));
}

function release(view: View, resource: string, name: string): readonly ObjectWrite[] {
  const object = view.getAny(resource, '', name);
  if (object === undefined) return [];
  const { resourceVersion: _, ...metadata } = object.metadata;
  const key = storeKey(resource, '', name);
  const expected = revisionOf(object);
  return [{ key, operation: 'delete', object: { ...object, metadata }, expected }];
}

/** A uid that follows from another one, for an object that is created along with it. */
function siblingUid(uid: string): string {
  const first = (Number.parseInt(uid.slice(0, 8), 16) ^ 0xffffffff) >>> 0;
  return Number.isNaN(first) ? uid : `${first.toString(16).padStart(8, '0')}${uid.slice(8)}`;
}
