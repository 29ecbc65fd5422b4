/**
 * The control plane in one process: stores, apiserver with its HTTPS and NATS fronts, scheduler and controllers. All
 * of them read one replica; scheduler and controllers ask the API in process, as their own users.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { choosePorts } from '../../bus/server/ports.ts';
import { subject } from '../../bus/subjects.ts';
import { keepTrail } from '../../bus/trail.ts';
import { defaultApiSettings, type Random } from '../apiserver/api.ts';
import { createApi, type RunningApi } from '../apiserver/create-api.ts';
import { type HttpsServer, startHttps } from '../apiserver/https/server.ts';
import { serveOnBus } from '../apiserver/nats-endpoint.ts';
import { createLocalApiClient } from '../local-api-client.ts';
import type { Pki } from '../pki/pki.ts';
import { createTokenAuthority } from '../pki/tokens.ts';
import { keepPolicy } from '../trace/kept-policy.ts';
import { CommandError, EXIT } from './command-error.ts';
import type { KabukiProcess } from './process.ts';
import { type Role, startControllers, startScheduler } from './roles.ts';
import { openEvents, openObjects } from './stores.ts';
import { CONTROLLERS, SCHEDULER, trailOf } from './users.ts';

export interface ApiserverOptions {
  readonly process: KabukiProcess;
  readonly bus: NatsBus;
  readonly pki: Pki;
  readonly port: number;
  readonly replicas: 1 | 3;
  readonly version: string;
  readonly defaultTolerationSeconds: number;
  readonly trace: TraceLimits;
}

/** How much of what is recorded is kept. */
export interface TraceLimits {
  readonly bytesMax: number;
  readonly ageMsMax: number;
}

/** A running apiserver. */
export interface Apiserver {
  readonly api: RunningApi;
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  stop(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';

/** Starts an apiserver: resolves when requests are answered and the bootstrap objects exist. */
export async function startApiserver(options: ApiserverOptions): Promise<Apiserver> {
  const { process, bus, pki } = options;
  const { host, cluster, clock, log } = process;
  const { recorder } = process;
  const [objects, eventsStore] = await Promise.all([
    openObjects(bus, cluster, options.replicas, process.faults),
    openEvents(bus, cluster),
  ]);
  const store = recorder?.watch(objects) ?? objects;
  const stopTrail = keepTrail(bus.link, {
    name: trailOf(cluster),
    subjects: [`${subject(cluster, 'trace')}.>`],
    bytesMax: options.trace.bytesMax,
    ageMsMax: options.trace.ageMsMax,
    replicas: options.replicas,
  });
  const stopPolicy = keepPolicy(bus, cluster, options.replicas);
  const tokens = createTokenAuthority(pki.serviceAccountKey);
  const random: Random = { uuid: () => crypto.randomUUID(), uint32: process.random };
  const onBug = (message: string, error: unknown): void => log.error({ err: error }, message);
  const [port = 0] = options.port === 0 ? await choosePorts(1) : [options.port];
  const settings = {
    ...defaultApiSettings,
    defaultTolerationSeconds: options.defaultTolerationSeconds,
    advertise: { address: LOOPBACK, port },
    chaos: process.faults !== undefined,
  };
  const api = await createApi({
    host,
    store,
    eventsStore,
    random,
    signer: tokens,
    settings,
    onBug,
  });
  process.addDetail('revision', () => api.revision());
  const endpoint = serveOnBus(api, bus, cluster, (cause) => host.envelope('apiserver', cause));
  const closeAll = async (): Promise<void> => {
    endpoint.close();
    api.close();
    stopTrail();
    stopPolicy();
    await Promise.all([store.close(), eventsStore.close()]);
  };
  const https: HttpsServer = await startHttps({
    api,
    bus,
    clock,
    cluster,
    version: options.version,
    host: LOOPBACK,
    port,
    server: pki.server,
    caCertificate: pki.caCertificate,
    tokenIssuer: settings.tokenIssuer,
    keySet: () => tokens.keySet(),
    envelope: (parent) => {
      const envelope = host.envelope('apiserver');
      if (parent === undefined) return envelope;
      return { ...envelope, traceparent: process.ids.traceparent(parent) };
    },
    onRequest: (request) => process.recorder?.request(request),
  }).catch(async (error: NodeJS.ErrnoException) => {
    await closeAll();
    if (error.code !== 'EADDRINUSE') throw error;
    throw new CommandError(
      `port ${port} of ${LOOPBACK} is taken`,
      EXIT.portTaken,
      'Choose another with --port; 0 takes a free one.',
    );
  });
  await api.whenReady;
  return {
    api,
    server: https.url,
    async stop() {
      // Watches end first, so that the listener has nothing left to wait for.
      await closeAll();
      await https.close();
    },
  };
}

export interface ControlPlaneOptions extends ApiserverOptions {
  readonly nodeMonitorGraceMs: number;
  /** Name under which scheduler and controllers hold their leases. */
  readonly identity: string;
}

/** A running control plane. */
export interface ControlPlane {
  readonly server: string;
  stop(): Promise<void>;
}

/** Kubernetes' `--terminated-pod-gc-threshold`. */
export const TERMINATED_POD_MAX = 12_500;

/** Starts apiserver, scheduler and controllers. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { process, pki } = options;
  const apiserver = await startApiserver(options);
  const { api, server } = apiserver;
  const { clock, host } = process;
  const clientOf = (user: string) =>
    createLocalApiClient(api, user, {
      clock,
      userAgent: user,
      envelope: () => host.envelope(user),
    });
  const { identity } = options;
  const common = { identity, process, replica: api.state.replica, view: api.state.view };
  const roles: readonly Role[] = [
    startControllers({
      ...common,
      client: clientOf(CONTROLLERS),
      settings: {
        caCertificate: pki.caCertificate,
        nodeMonitorGraceMs: options.nodeMonitorGraceMs,
        terminatedPodMax: TERMINATED_POD_MAX,
      },
    }),
    startScheduler({ ...common, client: clientOf(SCHEDULER) }),
  ];
  return {
    server,
    async stop() {
      await Promise.all(roles.map((role) => role.stop()));
      await apiserver.stop();
    },
  };
}
