/**
 * A hollow node on a virtual clock: its kubelet may crash and follow itself, its machine may be
 * switched off and on. Time passes only when told.
 */
import { createVirtualClock } from '../../actors/clock.ts';
import { createHost, type Host } from '../../actors/host.ts';
import {
  type ContainerChange,
  createFaultyRuntime,
  type FaultyRuntime,
} from '../../actors/kubelet/faulty-runtime.ts';
import { createHollowRuntime } from '../../actors/kubelet/hollow/runtime.ts';
import { createKubelet, type Kubelet } from '../../actors/kubelet/kubelet.ts';
import { createIds } from '../../bus/ids.ts';
import { createVirtualBus } from '../../bus/virtual-bus.ts';
import type { NodeConfig } from '../../machines/kubelet/node.ts';
import type { HollowScript } from '../../machines/kubelet/script.ts';
import { MemoryApi, nodeConfig } from './support.ts';

export const START_MS = Date.UTC(2026, 0, 1);
/** Turns of the event loop in which everything that is due at one time has been done. */
const TURNS = 6;

export interface VirtualNodeOptions {
  readonly api?: MemoryApi;
  readonly script?: HollowScript;
  readonly config?: Partial<NodeConfig>;
  /** What chance draws, in turn; the last repeats. */
  readonly draws?: readonly number[];
}

export class VirtualNode {
  readonly clock = createVirtualClock(START_MS);
  readonly api: MemoryApi;
  readonly changes: ContainerChange[] = [];
  readonly crashes: unknown[] = [];
  readonly config: NodeConfig;
  runtime: FaultyRuntime;
  host!: Host;
  kubelet!: Kubelet;
  private readonly draws: number[];
  private readonly script: HollowScript | undefined;

  constructor(options: VirtualNodeOptions = {}) {
    this.api = options.api ?? new MemoryApi();
    this.script = options.script;
    this.draws = [...(options.draws ?? [0])];
    this.config = { ...nodeConfig('n1', '10.64.0.0/24'), ...options.config };
    this.runtime = this.newRuntime(false);
    this.startKubelet();
  }

  private newRuntime(rebooted: boolean): FaultyRuntime {
    const { clock, script } = this;
    const { name, podCidr, hostIp } = this.config;
    const inner = createHollowRuntime({
      ...{ clock, node: name, podCidr, hostIp, version: '1', rebooted },
      ...(script === undefined ? {} : { script }),
    });
    const draw = () => (this.draws.length > 1 ? this.draws.shift() : this.draws[0]) ?? 0;
    return createFaultyRuntime(inner, {
      ...{ clock, draw },
      observe: (change) => void this.changes.push(change),
    });
  }

  /** The kubelet's process ends without a word. */
  crashKubelet(): void {
    this.host.close();
  }

  startKubelet(): void {
    const { api, clock, config, runtime } = this;
    const bus = createVirtualBus();
    let ids = 0;
    this.host = createHost({
      ...{ clock, bus, ids: createIds(() => ids++) },
      onCrash: (actor, error) => void this.crashes.push(`${actor}: ${(error as Error).stack}`),
    });
    const common = { bus, api, runtime, node: config, dataDir: '', cluster: 'test' };
    this.kubelet = createKubelet({ host: this.host, ...common });
    this.kubelet.start();
  }

  async reboot(offMs = 5_000): Promise<void> {
    this.crashKubelet();
    await this.runtime.close();
    this.changes.length = 0;
    await this.pass(offMs);
    this.runtime = this.newRuntime(true);
    this.startKubelet();
  }

  /** Lets time pass, deadline by deadline. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    await this.settle();
    for (;;) {
      const nextMs = this.clock.nextMs();
      if (nextMs === undefined || nextMs > endMs) break;
      this.clock.advanceTo(nextMs);
      await this.settle();
    }
    this.clock.advanceTo(endMs);
  }

  private async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  /** `p/main started`, `p/main exited 0`, in order. */
  seen(): readonly string[] {
    return this.changes.map(({ pod, container, state, exitCode }) =>
      `${pod}/${container} ${state} ${state === 'exited' ? exitCode : ''}`.trim(),
    );
  }
}
