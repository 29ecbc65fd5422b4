/**
 * One component alone in a process, against any NATS: what `kabuki apiserver`, `scheduler` and `controllers` run.
 */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createReplica } from '../../bus/store/replica.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import { createBusApiClient } from '../bus-api-client.ts';
import { loadPki } from '../pki/pki.ts';
import { createView } from '../view.ts';
import { startApiserver, TERMINATED_POD_MAX, type TraceLimits } from './control-plane.ts';
import { layoutOf } from './layout.ts';
import { type ComponentOptions, openProcess, untilEnded } from './open-process.ts';
import { type RoleOptions, startControllers, startScheduler } from './roles.ts';
import { openObjects } from './stores.ts';
import { APISERVER, CONTROLLERS, SCHEDULER } from './users.ts';

/** Runs an apiserver with the keys of its data directory until told to end. */
export async function runApiserver(
  options: ComponentOptions & {
    readonly port: number;
    readonly defaultTolerationSeconds: number;
    readonly trace: TraceLimits;
    readonly storeReplicas?: 1 | 3;
    readonly onServing: (server: string) => void;
  },
): Promise<void> {
  const { process, bus } = await openProcess(options, 'apiserver', 'apiserver', APISERVER);
  const apiserver = await startApiserver({
    ...{ process, bus, port: options.port, version: options.version },
    replicas: options.storeReplicas ?? 1,
    pki: loadPki({ directory: layoutOf(options.dataDir).pki, nowMs: process.clock.nowMs() }),
    defaultTolerationSeconds: options.defaultTolerationSeconds,
    trace: options.trace,
  });
  options.onServing(apiserver.server);
  options.onReady();
  await untilEnded(options);
  await apiserver.stop();
  await process.close();
}

/** Runs a scheduler until told to end. */
export function runScheduler(options: ComponentOptions): Promise<void> {
  return runRole(options, 'scheduler', SCHEDULER, async (role) => startScheduler(role));
}

/** Runs the controllers until told to end. */
export function runControllers(
  options: ComponentOptions & { readonly nodeMonitorGraceMs: number },
): Promise<void> {
  const { nodeMonitorGraceMs } = options;
  return runRole(options, 'controllers', CONTROLLERS, async (role) => {
    const ca = join(layoutOf(options.dataDir).pki, 'ca.crt');
    const caCertificate = await readFile(ca, 'utf8').catch(() => '');
    if (caCertificate === '')
      role.process.log.warn({ ca }, 'no CA certificate: kube-root-ca.crt is empty');
    const settings = { caCertificate, nodeMonitorGraceMs, terminatedPodMax: TERMINATED_POD_MAX };
    return startControllers({ ...role, settings });
  });
}

async function runRole(
  options: ComponentOptions,
  name: string,
  user: string,
  start: (role: RoleOptions) => Promise<{ stop(): Promise<void> }>,
): Promise<void> {
  const { process, bus } = await openProcess(options, name, name, user);
  const { clock, host, cluster } = process;
  const store = await openObjects(bus, cluster, undefined, process.faults);
  const replica = createReplica<AnyObject>(store, { decode: decodeObject });
  await replica.ready;
  process.addDetail('revision', () => replica.revision);
  const client = createBusApiClient({
    ...{ bus, cluster, user, clock },
    userAgent: user,
    envelope: () => host.envelope(name),
  });
  // As client-go's `<host>_<uuid>`: unique for each run.
  const identity = options.identity ?? `${hostname()}_${process.ids.token()}`;
  const role = await start({ process, replica, view: createView(replica), client, identity });
  options.onReady();
  await untilEnded(options);
  await role.stop();
  replica.close();
  await store.close();
  await process.close();
}
