/**
 * What every cluster has from the start: the system's namespaces and priority classes, the service
 * range, and the `kubernetes` Service with its endpoints. Created where absent, by ordinary
 * requests.
 *
 * Which objects these are is data here; several apiservers may do this at the same time.
 */

import { planRepairs } from '../../machines/api/admission/allocation-repair.ts';
import type { ObjectWrite } from '../../machines/api/admission/attributes.ts';
import { formatIpv4, parseCidr } from '../../machines/api/admission/cidr.ts';
import type { ApiReply, ApiRequest, UserInfo } from '../../machines/api/request.ts';
import { servedByStorage } from '../../machines/api/resources.ts';
import { messageOf, reasonOf } from '../../machines/api/status.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';
import type { ApiSettings } from './api.ts';

/** Sends one request as the apiserver itself. */
export type Send = (request: ApiRequest) => Promise<ApiReply>;

/** The apiserver's own user. */
export const apiserverUser: UserInfo = {
  name: 'system:apiserver',
  groups: ['system:masters', 'system:authenticated'],
};

interface Wanted {
  readonly storage: string;
  readonly namespace: string;
  readonly object: AnyObject;
  /** Put back to this where it differs; otherwise only created. */
  readonly keep: boolean;
}

/** Creates what is missing; throws where the cluster cannot be set up at all. */
export async function bootstrap(send: Send, settings: ApiSettings): Promise<void> {
  for (const stage of wanted(settings)) {
    await Promise.all(stage.map((one) => ensure(send, one)));
  }
}

async function ensure(send: Send, { storage, namespace, object, keep }: Wanted): Promise<void> {
  const found = await send(requestOf(storage, namespace, object, 'get'));
  if (found.code === 200 && !keep) return;
  const verb = found.code === 200 ? 'update' : 'create';
  const reply = await send(requestOf(storage, namespace, object, verb));
  // Another apiserver that starts at the same time may have been first.
  if (reply.code < 400 || reasonOf(reply) === 'AlreadyExists' || reasonOf(reply) === 'Conflict') {
    return;
  }
  throw new Error(`cannot ${verb} ${storage} ${object.metadata?.name}: ${messageOf(reply)}`);
}

function requestOf(
  storage: string,
  namespace: string,
  object: AnyObject,
  verb: 'get' | 'create' | 'update',
): ApiRequest {
  const served = servedByStorage(storage);
  if (served === undefined) throw new Error(`${storage} is not served`);
  const { group, version, apiVersion, kind, info } = served;
  return {
    verb,
    group,
    version,
    resource: info.plural,
    subresource: '',
    namespace,
    name: verb === 'create' ? '' : (object.metadata?.name ?? ''),
    query: {},
    ...(verb === 'get' ? {} : { body: { apiVersion, kind, ...object } }),
    user: apiserverUser,
    userAgent: 'kabuki-apiserver',
  };
}

function wanted(settings: ApiSettings): readonly (readonly Wanted[])[] {
  const namespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];
  const first: Wanted[] = [
    ...namespaces.map((name) => make('core/namespaces', '', { metadata: { name } })),
    ...priorityClasses,
    make('networking.k8s.io/servicecidrs', '', {
      metadata: { name: 'kubernetes' },
      spec: { cidrs: [settings.serviceCidr] },
    }),
  ];
  const { advertise } = settings;
  if (advertise === undefined) return [first];
  return [first, kubernetesService(settings.serviceCidr, advertise)];
}

function make(storage: string, namespace: string, object: AnyObject, keep = false): Wanted {
  return { storage, namespace, object, keep };
}

const priorityClasses: readonly Wanted[] = [
  make('scheduling.k8s.io/priorityclasses', '', {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  }),
  make('scheduling.k8s.io/priorityclasses', '', {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another ' +
      'node if necessary.',
  }),
];

function kubernetesService(
  cidr: string,
  advertise: { readonly address: string; readonly port: number },
): readonly Wanted[] {
  const name = 'kubernetes';
  const { address, port } = advertise;
  const firstIp = formatIpv4((parseCidr(cidr)?.first ?? 0) + 1);
  return [
    make('core/services', 'default', {
      metadata: { name, labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: firstIp,
        clusterIPs: [firstIp],
        ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
        sessionAffinity: 'None',
      },
    }),
    make(
      'core/endpoints',
      'default',
      {
        metadata: { name, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
        subsets: [
          { addresses: [{ ip: address }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
        ],
      },
      true,
    ),
    make(
      'discovery.k8s.io/endpointslices',
      'default',
      {
        metadata: { name, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports: [{ name: 'https', port, protocol: 'TCP' }],
      },
      true,
    ),
  ];
}

/**
 * Mends allocations: an address or node port that a Service holds without a claim is claimed, a
 * claim whose Service is gone or holds something else is released. Only needed where someone has
 * deleted claims by hand.
 */
export async function repairAllocations(
  view: View,
  nowMs: number,
  transact: (writes: readonly ObjectWrite[]) => Promise<unknown>,
): Promise<void> {
  const writes = planRepairs(view, nowMs);
  for (let start = 0; start < writes.length; start += repairBatch) {
    await transact(writes.slice(start, start + repairBatch));
  }
}

/** Claims written in one transaction. */
const repairBatch = 100;
