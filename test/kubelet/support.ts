/**
 * What kubelet tests share: an API in memory, a kubelet over it with a real host and a virtual bus,
 * and waiting for conditions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Clock, createClock } from '../../actors/clock.ts';
import { createHost, type Host } from '../../actors/host.ts';
import type { GetResult, KubeletApi, PodHandlers } from '../../actors/kubelet/api.ts';
import { createKubelet, type Kubelet } from '../../actors/kubelet/kubelet.ts';
import { createProcessRuntime } from '../../actors/kubelet/process/runtime.ts';
import type { Runtime } from '../../actors/kubelet/runtime.ts';
import type { Bus, ChannelEnd } from '../../bus/bus.ts';
import { createIds, systemRandom } from '../../bus/ids.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { Change, ChangeResult, ObjectKey } from '../../machines/api/change.ts';
import { mergePatch } from '../../machines/api/patch.ts';
import type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  Service,
} from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { NodeConfig } from '../../machines/kubelet/node.ts';
import { renderStep } from '../../machines/step-record.ts';

/** Waits until a value is there; fails with what was seen last. */
export async function until<T>(
  read: () => T | undefined | false,
  what: string | (() => string),
  withinMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value as T;
    if (Date.now() > deadline) {
      const told = typeof what === 'string' ? what : what();
      throw new Error(`not within ${withinMs} ms: ${told}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * The kubelet's API in memory: objects by key, one watcher of pods a node, and a record of all
 * writes.
 */
export class MemoryApi implements KubeletApi {
  readonly objects = new Map<string, AnyObject>();
  readonly writes: Change[] = [];
  readonly events: string[] = [];
  services_: Service[] = [];
  tokens = 0;
  private revision = 100;
  private readonly watchers = new Map<string, PodHandlers>();
  private readonly objectWatchers = new Map<string, Set<() => void>>();

  private name({ resource, namespace, name }: ObjectKey): string {
    return `${resource}/${namespace}/${name}`;
  }

  put(key: ObjectKey, object: AnyObject): AnyObject {
    const revision = ++this.revision;
    const stored = {
      ...object,
      metadata: {
        uid: `uid-${key.name}`,
        ...object.metadata,
        name: key.name,
        ...(key.namespace === '' ? {} : { namespace: key.namespace }),
        resourceVersion: String(revision),
      },
    } as AnyObject;
    this.objects.set(this.name(key), stored);
    if (key.resource === 'core/pods') this.tellPod(stored as Pod, false);
    for (const changed of this.objectWatchers.get(this.name(key)) ?? []) changed();
    return stored;
  }

  private tellPod(pod: Pod, deleted: boolean): void {
    const node = pod.spec?.nodeName ?? '';
    setImmediate(() => this.watchers.get(node)?.onPod(pod, deleted));
  }

  pod(name: string, namespace = 'default'): Pod | undefined {
    return this.objects.get(`core/pods/${namespace}/${name}`) as Pod | undefined;
  }

  /** Creates a pod bound to a node. */
  createPod(name: string, spec: Partial<NonNullable<Pod['spec']>>, meta: object = {}): Pod {
    const key = { resource: 'core/pods', namespace: 'default', name };
    return this.put(key, {
      metadata: { generation: 1, creationTimestamp: new Date().toISOString(), ...meta },
      spec: { nodeName: 'n1', restartPolicy: 'Always', containers: [], ...spec },
      status: { phase: 'Pending' },
    }) as Pod;
  }

  /** Deletes as a user does: gracefully, the kubelet has the last word. */
  deletePod(name: string, graceSeconds = 30): void {
    const pod = this.pod(name) as Pod;
    const metadata = {
      ...pod.metadata,
      deletionTimestamp: new Date().toISOString(),
      deletionGracePeriodSeconds: graceSeconds,
    };
    const key = { resource: 'core/pods', namespace: 'default', name };
    this.put(key, { ...pod, metadata } as AnyObject);
  }

  async change(change: Change): Promise<ChangeResult> {
    if (change.type === 'record') {
      const { type, reason, note, regarding } = change.record;
      this.events.push(`${regarding.name} ${type} ${reason} ${note}`);
      return { ok: true, object: undefined, revision: 0 };
    }
    this.writes.push(change);
    if (change.type === 'create') return this.create(change);
    const key = change.key;
    const found = this.objects.get(this.name(key));
    if (found === undefined) return { ok: false, code: 404, reason: 'NotFound', message: '' };
    if (change.type === 'delete') {
      this.objects.delete(this.name(key));
      if (key.resource === 'core/pods') this.tellPod(found as Pod, true);
      return { ok: true, object: found, revision: ++this.revision };
    }
    const patch = change.type === 'patch' ? change.patch : change.object;
    const object = this.put(key, merge(found, patch));
    return { ok: true, object, revision: Number(object.metadata?.resourceVersion) };
  }

  private create({
    resource,
    namespace,
    object,
  }: Extract<Change, { type: 'create' }>): ChangeResult {
    const key = { resource, namespace, name: object.metadata?.name ?? '' };
    if (this.objects.has(this.name(key))) {
      return { ok: false, code: 409, reason: 'AlreadyExists', message: '' };
    }
    return { ok: true, object: this.put(key, object), revision: this.revision };
  }

  async get(key: ObjectKey): Promise<GetResult> {
    const object = this.objects.get(this.name(key));
    if (object !== undefined) return { ok: true, object };
    return { ok: false, code: 404, reason: 'NotFound', message: `${key.name} not found` };
  }

  watchPods(node: string, handlers: PodHandlers) {
    this.watchers.set(node, handlers);
    setImmediate(() => this.sync(node));
    return { close: () => void this.watchers.delete(node) };
  }

  /** Tells a node's watcher all pods anew, as after a lost watch. */
  sync(node: string): void {
    const pods = [...this.objects]
      .filter(
        ([key, object]) => key.startsWith('core/pods/') && (object as Pod).spec?.nodeName === node,
      )
      .map(([, object]) => object as Pod);
    this.watchers.get(node)?.onSync(pods);
  }

  async services(): Promise<readonly Service[]> {
    return this.services_;
  }

  async token() {
    const token = `token-${++this.tokens}`;
    return { ok: true, token, expiresAtMs: Date.now() + 3_600_000 } as const;
  }

  watchObject(key: ObjectKey, onChange: () => void) {
    const name = this.name(key);
    const watchers = this.objectWatchers.get(name) ?? new Set();
    this.objectWatchers.set(name, watchers.add(onChange));
    return { close: () => void watchers.delete(onChange) };
  }
}

/** A merge patch, but conditions and addresses merge by their keys, as a strategic merge has it. */
function merge(object: AnyObject, patch: AnyObject): AnyObject {
  const merged = mergePatch(object, patch) as AnyObject & {
    status?: { conditions?: PodCondition[] };
  };
  const before = (object as Pod).status?.conditions ?? [];
  const changed = (patch as Pod).status?.conditions;
  if (changed === undefined || merged.status === undefined) return merged;
  const kept = before.filter(({ type }) => !changed.some((one) => one.type === type));
  merged.status.conditions = [
    ...kept,
    ...changed.map((one) => {
      const old = before.find(({ type }) => type === one.type) ?? {};
      return mergePatch(old, one) as PodCondition;
    }),
  ];
  return merged;
}

/** A node's configuration for tests. */
export function nodeConfig(name: string, podCidr = '127.200.1.0/24'): NodeConfig {
  return {
    name,
    podCidr,
    labels: {},
    annotations: {},
    taints: [],
    unschedulable: false,
    hostIp: '127.0.0.1',
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    info: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '6.0',
      osImage: 'test',
      containerRuntimeVersion: 'process://1',
      kubeletVersion: 'v1.36.0',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    beatMs: 1_000,
    leaseMs: 10_000,
    statusMs: 300_000,
  };
}

/** A node under test. */
export interface TestNode {
  readonly api: MemoryApi;
  readonly bus: Bus;
  readonly host: Host;
  readonly kubelet: Kubelet;
  readonly dataDir: string;
  readonly steps: string[];
  readonly crashes: unknown[];
}

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Something to be done after the test. */
export function onEnd(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** A fresh directory that goes after the test. */
export function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'kabuki-kubelet-'));
  onEnd(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

export interface TestNodeOptions {
  readonly api?: MemoryApi;
  readonly dataDir?: string;
  readonly runtime?: Runtime;
  readonly isolation?: 'overlay' | 'tmpfs' | 'plain';
  readonly clock?: Clock;
  readonly config?: NodeConfig;
}

/** Starts a node; unless it was stopped, all it ran is killed after the test. */
export function startNode(options: TestNodeOptions = {}): TestNode {
  const api = options.api ?? new MemoryApi();
  const dataDir = options.dataDir ?? freshDir();
  const bus = createVirtualBus();
  const steps: string[] = [];
  const crashes: unknown[] = [];
  const clock = options.clock ?? createClock();
  const host = createHost({
    clock,
    bus,
    ids: createIds(systemRandom()),
    onStep: (record) => void steps.push(renderStep(record)),
    onCrash: (actor, error) => void crashes.push(`${actor}: ${(error as Error).stack}`),
  });
  const config = options.config ?? nodeConfig('n1');
  const runtime =
    options.runtime ??
    createProcessRuntime({
      dataDir,
      podCidr: config.podCidr,
      hostIp: config.hostIp,
      nodeName: config.name,
      version: '1',
      ...(options.isolation === undefined ? {} : { isolation: options.isolation }),
    });
  const kubelet = createKubelet({
    host,
    bus,
    api,
    runtime,
    node: config,
    dataDir,
    cluster: 'test',
  });
  kubelet.start();
  onEnd(async () => {
    for (const uid of runtime.podUids()) await runtime.discardPod(uid);
    await kubelet.stop('leave');
    host.close();
    await bus.close();
  });
  return { api, bus, host, kubelet, dataDir, steps, crashes };
}

/** A container that runs a shell script. */
export function sh(name: string, script: string, more: Partial<Container> = {}): Container {
  return { name, image: 'busybox', command: ['sh', '-c', script], ...more };
}

/** The status of a container of a pod. */
export function statusOf(pod: Pod | undefined, container?: string): ContainerStatus | undefined {
  const all = [
    ...(pod?.status?.initContainerStatuses ?? []),
    ...(pod?.status?.containerStatuses ?? []),
  ];
  return container === undefined ? all[0] : all.find(({ name }) => name === container);
}

/** True where a pod's Ready condition is True. */
export function isReady(pod: Pod | undefined): boolean {
  return pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** What came over a channel. */
export interface Transcript {
  out: string;
  err: string;
  end: ChannelEnd | undefined;
  refused: unknown;
}

/** Opens a stream of a node and collects what comes; `use` may send input. */
export async function openStream(
  node: TestNode,
  what: 'logs' | 'exec' | 'attach',
  body: object,
  use?: (send: (input: unknown) => void, transcript: Transcript) => void,
): Promise<Transcript> {
  const transcript: Transcript = { out: '', err: '', end: undefined, refused: undefined };
  const envelope = node.host.envelope('test');
  const opened = await node.bus.open(`test.node.n1.${what}`, body, envelope, 5_000);
  if (!opened.ok) {
    transcript.refused = opened.error === 'refused' ? opened.body : opened.error;
    return transcript;
  }
  const { channel } = opened;
  channel.onMessage = (message) => {
    if (message instanceof Uint8Array) transcript.out += Buffer.from(message).toString();
    else {
      const { stream, data } = message as { stream: 'stdout' | 'stderr'; data: Uint8Array };
      transcript[stream === 'stdout' ? 'out' : 'err'] += Buffer.from(data).toString();
    }
  };
  channel.onEnd = (end) => {
    transcript.end = end;
  };
  use?.((input) => void channel.send(input), transcript);
  return transcript;
}

/** A finished stream. */
export async function readStream(
  node: TestNode,
  what: 'logs' | 'exec' | 'attach',
  body: object,
  use?: (send: (input: unknown) => void, transcript: Transcript) => void,
): Promise<Transcript> {
  const transcript = await openStream(node, what, body, use);
  if (transcript.refused === undefined) await until(() => transcript.end, `the end of ${what}`);
  return transcript;
}
