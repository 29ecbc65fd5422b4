/**
 * A simulated node: a machine with power and containers on it, and a kubelet process that may die alone.
 *
 * The containers are hollow. They outlive the kubelet, and die with the machine.
 */
import type { Service } from '../../machines/api/types.ts';
import type { Pressure } from '../../machines/kubelet/eviction.ts';
import type { NodeConfig } from '../../machines/kubelet/node-object.ts';
import type { HollowScript } from '../../machines/kubelet/script.ts';
import type { Clock } from '../clock.ts';
import { kubeletApi } from '../cluster/kubelet-api.ts';
import { KUBERNETES_VERSION } from '../cluster/node-config.ts';
import { nodeUser } from '../cluster/users.ts';
import { createEventRecorder } from '../event-recorder.ts';
import type { KubeletApi } from '../kubelet/api.ts';
import {
  type ContainerChange,
  createFaultyRuntime,
  type FaultyRuntime,
  type RuntimeFault,
} from '../kubelet/faulty-runtime.ts';
import { createHollowRuntime } from '../kubelet/hollow/runtime.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import { cacheObjects } from '../object-cache.ts';
import { clientOf } from './roles.ts';
import type { Role } from './sim-process.ts';

const POD_SUBNET_FIRST = 128;

/** The configuration of the node with this number (from 1): the same on every machine. */
export function simNodeConfig(name: string, number: number): NodeConfig {
  const prefix = `127.${POD_SUBNET_FIRST + (number >> 8)}.${number & 255}`;
  const resources = { cpu: '8', memory: '16Gi', pods: '110', 'ephemeral-storage': '100Gi' };
  return {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kabuki.dev/runtime': 'hollow',
    },
    annotations: {},
    taints: [],
    unschedulable: false,
    podCidr: `${prefix}.0/24`,
    hostIp: `${prefix}.1`,
    capacity: resources,
    allocatable: resources,
    info: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: 'simulated',
      osImage: 'simulated',
      containerRuntimeVersion: 'hollow://simulated',
      kubeletVersion: `${KUBERNETES_VERSION}+kabuki`,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    beatMs: 1_000,
    // As hollow nodes have it: the heartbeats say that the node lives.
    leaseMs: 60_000,
    statusMs: 300_000,
    // Kubernetes waits 5 minutes: too long for a scenario to see the end of it.
    pressureTransitionMs: 10_000,
    // The same: after many crashes a pod would not be ready within any budget to recover.
    crashBackoffMaxMs: 40_000,
  };
}

/** How simulated containers fare: those of a `job` image are done after a while, all take their time. */
const SCRIPT: HollowScript = {
  seed: 0,
  rules: [
    { match: { image: 'job*' }, runMs: 4_000 },
    { startMs: 150, stopMs: 200 },
  ],
};

export interface SimNodeOptions {
  readonly name: string;
  readonly number: number;
  /** The machine's clock, on which its containers run. */
  readonly clock: Clock;
  readonly draw: () => number;
  readonly observe: (change: ContainerChange) => void;
}

/** The machine under a kubelet. */
export class SimNode {
  readonly name: string;
  config: NodeConfig;
  runtime: FaultyRuntime;
  kubelet: Kubelet | undefined;
  #boots = 1;
  readonly #pressures = new Set<Pressure>();
  /** Neither heartbeats nor Leases get out. */
  mute = false;
  readonly #options: SimNodeOptions;
  readonly #faults = new Map<string, RuntimeFault>();

  constructor(options: SimNodeOptions) {
    this.name = options.name;
    this.#options = options;
    this.config = simNodeConfig(options.name, options.number);
    this.runtime = this.#boot(false);
  }

  #boot(rebooted: boolean): FaultyRuntime {
    const { podCidr, hostIp } = this.config;
    const { clock, draw, observe } = this.#options;
    const hollow = createHollowRuntime({
      ...{
        clock,
        node: this.name,
        podCidr,
        hostIp,
        version: 'simulated',
        script: SCRIPT,
        rebooted,
      },
    });
    const runtime = createFaultyRuntime(hollow, { clock, draw, observe });
    for (const [name, fault] of this.#faults) runtime.set(name, fault);
    return runtime;
  }

  /** The machine goes down: nothing of what ran on it is left. */
  powerOff(): void {
    this.#boots += 1;
    const info = { ...this.config.info, bootID: `${this.name}-${this.#boots}` };
    this.config = { ...this.config, info };
    void this.runtime.close();
    this.runtime = this.#boot(true);
  }

  setFault(name: string, fault: RuntimeFault): void {
    this.#faults.set(name, fault);
    this.runtime.set(name, fault);
  }

  setPressure(resource: Pressure, under: boolean): void {
    if (under) this.#pressures.add(resource);
    else this.#pressures.delete(resource);
    this.kubelet?.pressure(resource, under);
  }

  /** A kubelet has started, which knows nothing of the machine yet. */
  started(kubelet: Kubelet): void {
    this.kubelet = kubelet;
    for (const resource of this.#pressures) kubelet.pressure(resource, true);
  }

  removeFault(name: string): void {
    this.#faults.delete(name);
    this.runtime.remove(name);
  }
}

/** The kubelet of a node. */
export function nodeRole(node: SimNode): Role {
  return (running) => {
    const { host, bus, cluster, clock } = running;
    const client = clientOf(running, nodeUser(node.name));
    const services = cacheObjects<Service>(client, 'core/services');
    const recorder = createEventRecorder(client, clock, {
      component: 'kubelet',
      instance: node.name,
      host: node.name,
    });
    const kubelet = createKubelet({
      ...{ host, bus, cluster, runtime: node.runtime, node: node.config },
      dataDir: `/simulated/${node.name}`,
      api: muted(
        node,
        kubeletApi(client, services, recorder, () => host.envelope('kubelet')),
      ),
    });
    kubelet.start();
    node.started(kubelet);
  };
}

/** The API of a node whose Lease can be kept from getting out. */
function muted(node: SimNode, api: KubeletApi): KubeletApi {
  return {
    ...api,
    change(change, cause) {
      const about =
        change.type === 'create' ? change.resource : 'key' in change ? change.key.resource : '';
      if (!node.mute || about !== 'coordination.k8s.io/leases') return api.change(change, cause);
      const message = 'the Lease does not get out';
      return Promise.resolve({ ok: false, code: 503, reason: 'ServiceUnavailable', message });
    },
  };
}
