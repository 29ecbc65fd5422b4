/**
 * What each simulated process runs: the same wiring as real processes have, over the simulated bus and stores.
 * Decides nothing, and keeps nothing from one life to the next.
 */
import type { Envelope } from '../../bus/envelope.ts';
import { createReplica } from '../../bus/store/replica.ts';
import type { Store } from '../../bus/store/store.ts';
import type { ApiRequest, UserInfo } from '../../machines/api/request.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { ApiClient } from '../api-client.ts';
import {
  type Api,
  type ApiSettings,
  defaultApiSettings,
  type TokenSigner,
} from '../apiserver/api.ts';
import { createApi } from '../apiserver/create-api.ts';
import { serveOnBus } from '../apiserver/nats-endpoint.ts';
import { createBusApiClient } from '../bus-api-client.ts';
import { type RoleOptions, startControllers, startScheduler } from '../cluster/roles.ts';
import { CONTROLLERS, SCHEDULER } from '../cluster/users.ts';
import { createView } from '../view.ts';
import { streamOf, uuidOf } from './random.ts';
import { simCodec } from './sim-codec.ts';
import type { Role, Running, SimProcess, SimWorld } from './sim-process.ts';

/** What a simulated cluster is set to. */
export interface SimSettings {
  readonly nodeMonitorGraceMs: number;
  readonly defaultTolerationSeconds: number;
}

/** Kubernetes' `--terminated-pod-gc-threshold`. */
const TERMINATED_POD_MAX = 12_500;
/** A process that could not start is started again after this long. */
const RESTART_MS = 1_000;

/** Tokens that prove nothing: no simulated container checks one. */
const SIGNER: TokenSigner = {
  sign: (claims) => Promise.resolve(JSON.stringify(claims)),
  verify: (token) => Promise.resolve(JSON.parse(token)),
};

/** An apiserver on the bus. */
export function apiserverRole(world: SimWorld, settings: SimSettings): Role {
  const apiSettings: ApiSettings = {
    ...defaultApiSettings,
    defaultTolerationSeconds: settings.defaultTolerationSeconds,
    advertise: { address: '127.0.0.1', port: 6443 },
  };
  return (running, process) => {
    const stream = streamOf(world.seed, `api ${process.name} ${process.starts}`);
    void createApi({
      host: running.host,
      store: world.openStore(process, 'objects'),
      eventsStore: world.openStore(process, 'events'),
      random: { uuid: () => uuidOf(stream), uint32: stream.uint32 },
      signer: SIGNER,
      settings: apiSettings,
      codec: simCodec,
      onBug: (message, error) => running.log.error({ err: error }, message),
    }).then((api) => {
      if (!running.life.alive) return;
      const envelope = (cause: Envelope) => running.host.envelope('apiserver', cause);
      serveOnBus(asAdmin(world, api), running.bus, running.cluster, envelope, simCodec);
      api.whenReady.catch(() => endByItself(world, running, process));
    });
  };
}

/** The user of a simulated cluster is its administrator, whom NATS vouches for here as the certificate does there. */
export const ADMIN_USER = 'kubernetes-admin';
const ADMIN: UserInfo = {
  name: ADMIN_USER,
  groups: ['kubeadm:cluster-admins', 'system:masters', 'system:authenticated'],
};

/** The API as the bus asks it: requests of the user's name are the administrator's; changes are told. */
function asAdmin(world: SimWorld, api: Api): Api {
  const who = (request: ApiRequest): ApiRequest =>
    request.user.name === ADMIN_USER ? { ...request, user: ADMIN } : request;
  return {
    ...api,
    handle(request, cause, isAwaited) {
      if (cause !== undefined) world.onRequest(cause, request.user.name);
      return api.handle(who(request), cause, isAwaited);
    },
    getEntry: (request) => api.getEntry(who(request)),
    list: (request) => api.list(who(request)),
    watch: (request, sink) => api.watch(who(request), sink),
  };
}

/** A process has ended by itself: its supervisor starts it again, unless a fault keeps it down. */
export function endByItself(world: SimWorld, { life }: Running, process: SimProcess): void {
  if (!life.alive) return;
  process.crash(false);
  const again = (): void => {
    if (world.mayStart(process)) process.start();
  };
  world.queue.at(world.queue.nowMs + RESTART_MS, again);
}

/** A scheduler that stands for election. */
export function schedulerRole(world: SimWorld): Role {
  return (running, process) => {
    void withReplica(world, running, process, SCHEDULER, (role) => startScheduler(role));
  };
}

/** Controllers that stand for election. */
export function controllersRole(world: SimWorld, settings: SimSettings): Role {
  return (running, process) => {
    void withReplica(world, running, process, CONTROLLERS, (role) =>
      startControllers({
        ...role,
        settings: {
          caCertificate: 'simulated',
          nodeMonitorGraceMs: settings.nodeMonitorGraceMs,
          terminatedPodMax: TERMINATED_POD_MAX,
        },
      }),
    );
  };
}

async function withReplica(
  world: SimWorld,
  running: Running,
  process: SimProcess,
  user: string,
  start: (role: RoleOptions) => unknown,
): Promise<void> {
  const store: Store = world.openStore(process, 'objects');
  const replica = createReplica<AnyObject>(store, simCodec, running.busClock);
  await replica.ready;
  if (!running.life.alive) return;
  start({
    process: running,
    replica,
    view: createView(replica),
    client: clientOf(running, user),
    identity: `${process.name}_${running.ids.token()}`,
  });
}

/** A client of whichever apiserver answers. */
export function clientOf(running: Running, user: string): ApiClient {
  const { bus, cluster, clock, host, mutations, name } = running;
  const client = createBusApiClient({
    ...{ bus, cluster, user, clock, codec: simCodec },
    userAgent: user,
    envelope: () => host.envelope(user),
  });
  return mutations.client?.(client, user, name) ?? client;
}
