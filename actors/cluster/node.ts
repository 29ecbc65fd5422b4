/**
 * A node in a process: its kubelet and its proxy; or many hollow nodes, which run nothing and need no proxy.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { EndpointSlice, Service } from '../../machines/api/types.ts';
import type { ApiClient } from '../api-client.ts';
import { createBusApiClient } from '../bus-api-client.ts';
import { type Changer, createEventRecorder, type EventRecorder } from '../event-recorder.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import type { Runtime } from '../kubelet/runtime.ts';
import { cacheObjects } from '../object-cache.ts';
import { startProxy } from '../proxy/proxy.ts';
import { kubeletApi } from './kubelet-api.ts';
import { layoutOf } from './layout.ts';
import { nodeConfig } from './node-config.ts';
import { type ComponentOptions, openProcess, untilEnded } from './open-process.ts';
import type { KabukiProcess } from './process.ts';
import { HOLLOW, nodeUser } from './users.ts';

export interface NodeOptions extends ComponentOptions {
  /** Name of the node; the host's name where undefined. */
  readonly name: string | undefined;
  /** Which addresses it has; found by its name where undefined. */
  readonly index: number | undefined;
  /** Number of hollow nodes to run in place of a real one. */
  readonly hollow: number | undefined;
}

/** Runs a node, or hollow nodes, until told to end. */
export function runNode(options: NodeOptions): Promise<void> {
  return options.hollow === undefined ? runReal(options) : runHollow(options, options.hollow);
}

async function runReal(options: NodeOptions): Promise<void> {
  const name = options.name ?? hostname().toLowerCase();
  const { process, bus } = await openProcess(options, 'node', name, nodeUser(name));
  const { host, cluster } = process;
  const { createProcessRuntime } = await import('../kubelet/process/runtime.ts');
  const config = nodeConfig({
    name,
    index: options.index,
    version: options.version,
    runtime: 'process',
    chaos: options.chaos,
  });
  const broken = await nodeFaultsOf(process);
  const client = broken.client(clientOf(process, nodeUser(name)));
  const services = cacheObjects<Service>(client, 'core/services');
  const slices = cacheObjects<EndpointSlice>(client, 'discovery.k8s.io/endpointslices');
  const dataDir = join(layoutOf(options.dataDir).nodes, name);
  const kubelet = createKubelet({
    ...{ host, bus, cluster, dataDir, node: config },
    api: kubeletApi(client, services, recorderOf(process, client, name), () =>
      host.envelope('kubelet'),
    ),
    runtime: broken.runtime(
      name,
      createProcessRuntime({
        ...{ dataDir, podCidr: config.podCidr, hostIp: config.hostIp },
        ...{ nodeName: name, version: options.version },
      }),
    ),
  });
  const proxy = startProxy({
    ...{ host, services, slices },
    node: { name, address: config.hostIp },
    onReport: (servicePort, message) => process.log.warn({ servicePort }, message),
  });
  kubelet.start();
  broken.resources(kubelet);
  options.onReady();
  await untilEnded(options);
  proxy.stop();
  await kubelet.stop('terminate');
  services.close();
  slices.close();
  await process.close();
}

async function runHollow(options: NodeOptions, count: number): Promise<void> {
  const { process, bus } = await openProcess(options, 'hollow-nodes', 'hollow', HOLLOW);
  const { host, clock, cluster } = process;
  const { createHollowRuntime } = await import('../kubelet/hollow/runtime.ts');
  const broken = await nodeFaultsOf(process);
  const kubelets: Kubelet[] = [];
  const reader = clientOf(process, HOLLOW);
  const services = cacheObjects<Service>(reader, 'core/services');
  for (let number = 1; number <= count; number++) {
    const name = `${options.name ?? 'hollow'}-${number}`;
    const index = (options.index ?? HOLLOW_INDEX) + number;
    const { version, chaos } = options;
    const config = nodeConfig({ name, index, version, chaos, runtime: 'hollow' });
    const client = broken.client(clientOf(process, nodeUser(name)));
    const kubelet = createKubelet({
      ...{ host, bus, cluster, node: config },
      dataDir: join(layoutOf(options.dataDir).nodes, name),
      api: kubeletApi(client, services, recorderOf(process, client, name), () =>
        host.envelope('kubelet'),
      ),
      runtime: broken.runtime(
        name,
        createHollowRuntime({
          ...{ clock, node: name, podCidr: config.podCidr, hostIp: config.hostIp },
          version: options.version,
        }),
      ),
    });
    kubelets.push(kubelet);
    kubelet.start();
    broken.resources(kubelet);
  }
  process.addDetail('nodes', () => kubelets.length);
  options.onReady();
  await untilEnded(options);
  await Promise.all(kubelets.map((kubelet) => kubelet.stop('leave')));
  services.close();
  await process.close();
}

/** What stands between kubelets and what they use, where the process was started for chaos; nothing otherwise. */
interface NodeFaults {
  client(client: ApiClient): ApiClient;
  runtime(node: string, runtime: Runtime): Runtime;
  resources(kubelet: Kubelet): void;
}

async function nodeFaultsOf({ faults, clock }: KabukiProcess): Promise<NodeFaults> {
  if (faults === undefined) {
    return { client: (client) => client, runtime: (_, runtime) => runtime, resources() {} };
  }
  const wrap = await import('../chaos/node-faults.ts');
  return {
    client: (client) => wrap.silentClient(client, faults),
    runtime: (node, runtime) => wrap.faultyRuntime(runtime, node, faults, clock),
    resources: (kubelet) => wrap.faultyResources(kubelet, faults),
  };
}

function recorderOf({ clock }: KabukiProcess, client: Changer, node: string): EventRecorder {
  return createEventRecorder(client, clock, { component: 'kubelet', instance: node, host: node });
}

/** Hollow nodes take addresses above those of real ones. */
const HOLLOW_INDEX = 1_000;

function clientOf({ bus, cluster, clock, host }: KabukiProcess, user: string) {
  return createBusApiClient({
    ...{ bus, cluster, user, clock },
    userAgent: 'kubelet',
    envelope: () => host.envelope(user),
  });
}
