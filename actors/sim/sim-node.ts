/**
 * A simulated node: a machine with power and containers on it, and a kubelet process that may die alone.
 *
 * The containers are hollow. They outlive the kubelet, and die with the machine.
 */
import type { Service } from '../../machines/api/types.ts';
import type { NodeConfig } from '../../machines/kubelet/node-object.ts';
import type { Clock } from '../clock.ts';
import { kubeletApi } from '../cluster/kubelet-api.ts';
import { KUBERNETES_VERSION } from '../cluster/node-config.ts';
import { nodeUser } from '../cluster/users.ts';
import { createEventRecorder } from '../event-recorder.ts';
import { createHollowRuntime } from '../kubelet/hollow/runtime.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import type { Runtime } from '../kubelet/runtime.ts';
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
    leaseMs: 10_000,
    statusMs: 300_000,
  };
}

/** The machine under a kubelet. */
export class SimNode {
  readonly name: string;
  readonly config: NodeConfig;
  runtime: Runtime;
  kubelet: Kubelet | undefined;
  readonly #clock: Clock;

  constructor(name: string, number: number, clock: Clock) {
    this.name = name;
    this.#clock = clock;
    this.config = simNodeConfig(name, number);
    this.runtime = this.#boot();
  }

  #boot(): Runtime {
    const { podCidr, hostIp } = this.config;
    return createHollowRuntime({
      ...{ clock: this.#clock, node: this.name, podCidr, hostIp },
      version: 'simulated',
    });
  }

  /** The machine goes down: nothing of what ran on it is left. */
  powerOff(): void {
    this.runtime = this.#boot();
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
      api: kubeletApi(client, services, recorder, () => host.envelope('kubelet')),
    });
    node.kubelet = kubelet;
    kubelet.start();
  };
}
