/**
 * What a node says of itself: its addresses, labels, capacity and versions. Reads the host once, at the start.
 */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, platform, release, totalmem } from 'node:os';
import type { NodeConfig } from '../../machines/kubelet/node-object.ts';

/** Kubernetes' version that the API speaks, as `kubectl get nodes` shows it. */
export const KUBERNETES_VERSION = 'v1.36.0';

const PODS_MAX = 110;
const SUBNETS = 32_768;
const HOLLOW_CPU = '32';
const HOLLOW_MEMORY = '256Gi';

/**
 * Kubernetes waits 5 minutes each, and lets a kubelet be told otherwise: too long for a scenario to see the end of a
 * pressure or of crashes. Simulated nodes have the same.
 */
const SHORT_WAITS = { pressureTransitionMs: 10_000, crashBackoffMaxMs: 40_000 } as const;

/** Builds the configuration of one node. */
export function nodeConfig(options: {
  readonly name: string;
  /** 1 to 32,767; where undefined it follows from the name. */
  readonly index: number | undefined;
  readonly version: string;
  readonly runtime: 'process' | 'hollow';
  /** Part of a cluster that was started for chaos. */
  readonly chaos?: boolean | undefined;
}): NodeConfig {
  const { name, runtime } = options;
  const index = options.index ?? hash(name) % SUBNETS;
  const prefix = `127.${128 + (index >> 8)}.${index & 255}`;
  const hollow = runtime === 'hollow';
  const architecture = arch() === 'x64' ? 'amd64' : arch();
  const memory = hollow ? HOLLOW_MEMORY : `${Math.floor(totalmem() / 1024)}Ki`;
  const resources = {
    cpu: hollow ? HOLLOW_CPU : String(availableParallelism()),
    memory,
    pods: String(PODS_MAX),
    'ephemeral-storage': '100Gi',
  };
  return {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': platform(),
      'kubernetes.io/arch': architecture,
      'kabuki.dev/runtime': runtime,
    },
    annotations: {},
    taints: [],
    unschedulable: false,
    podCidr: `${prefix}.0/24`,
    hostIp: `${prefix}.1`,
    capacity: resources,
    allocatable: resources,
    info: {
      machineID: readLine('/etc/machine-id'),
      systemUUID: readLine('/etc/machine-id'),
      bootID: readLine('/proc/sys/kernel/random/boot_id'),
      kernelVersion: release(),
      osImage: osName(),
      containerRuntimeVersion: `${runtime}://${options.version}`,
      kubeletVersion: `${KUBERNETES_VERSION}+kabuki`,
      kubeProxyVersion: '',
      operatingSystem: platform(),
      architecture,
    },
    beatMs: 1_000,
    leaseMs: hollow ? 60_000 : 10_000,
    statusMs: 300_000,
    ...(options.chaos === true ? SHORT_WAITS : {}),
  };
}

function readLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // not every system has this file
  }
}

function osName(): string {
  const [, name] = /^PRETTY_NAME="?([^"\n]*)/m.exec(readLine('/etc/os-release')) ?? [];
  return name ?? platform();
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
