/** A chaos controller over processes that only note what is done to them, on a clock that advances when told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChaosController, createChaosController } from '../../actors/chaos/controller.ts';
import type { Hittable } from '../../actors/chaos/hittable.ts';
import type { ChaosAnswer, Inject, RulesMessage } from '../../actors/chaos/protocol.ts';
import { createVirtualClock, type VirtualClock } from '../../actors/clock.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';

/** A process that notes what is done to it. */
export class NotedProcess implements Hittable {
  readonly name: string;
  readonly role: string;
  readonly nodes: number;
  /** `hold`, `release`, `partition both`, in order. */
  readonly notes: string[] = [];
  told: RulesMessage | undefined;
  pid = 0;
  restarts = 0;

  constructor(name: string, role: string) {
    this.name = name;
    this.role = role;
    this.nodes = role === 'node' ? 1 : 0;
  }

  hold(): void {
    this.notes.push('hold');
  }

  release(): void {
    this.notes.push('release');
  }

  partition(direction: string | undefined): void {
    if (direction !== undefined) this.notes.push(`partition ${direction}`);
  }

  tell(message: RulesMessage): void {
    this.told = message;
  }
}

export interface LiveWorld {
  readonly clock: VirtualClock;
  readonly controller: ChaosController;
  readonly seen: Observation[];
  process(name: string): NotedProcess;
  inject(fault: FaultAction['fault'] | FaultAction, more?: InjectMore): Promise<ChaosAnswer>;
  close(): Promise<void>;
}

export type InjectMore = Partial<Omit<Inject, 'target' | 'fault'>> & {
  readonly target?: Partial<Target>;
};

const KILL: FaultAction = {
  fault: 'crash',
  afterEffects: undefined,
  power: false,
  staleRevisions: 0,
};
const NOTHING: Target = {
  ...{ process: undefined, role: undefined, actor: undefined },
  ...{ subject: undefined, pods: undefined, count: undefined },
};

/** A cluster of three nodes and one of everything else. */
export function createLiveWorld(blastRadius?: number): LiveWorld {
  const dataDir = mkdtempSync(join(tmpdir(), 'kabuki-controller-'));
  const clock = createVirtualClock(1_000_000);
  const seen: Observation[] = [];
  const roles = ['apiserver', 'scheduler', 'controllers', 'node', 'node', 'node', 'store'];
  const processes = roles.map((role, index) => {
    const number = role === 'node' ? index - 2 : 1;
    return new NotedProcess(role === 'store' ? 'nats-1' : `${role}-${number}`, role);
  });
  const controller = createChaosController({
    ...{ cluster: 'kabuki', dataDir, clock, processes, blastRadius },
    self: { name: 'supervisor', pid: process.pid, startTime: '' },
    draw: () => 0,
    nodesOfPods: async () => [],
    storeLeader: async () => 'nats-1',
    guard: async () => {},
    onSeen: (one) => void seen.push(one),
  });
  return {
    ...{ clock, controller, seen },
    process: (name) => processes.find((one) => one.name === name) as NotedProcess,
    inject: (fault, { target = {}, ...more } = {}) =>
      controller.handle({
        ...{ do: 'inject', name: 'test', forMs: 10_000, dryRun: false },
        limits: { nodes: undefined, processes: undefined },
        fault: typeof fault === 'string' ? (fault === 'crash' ? KILL : actionOf(fault)) : fault,
        ...more,
        target: { ...NOTHING, ...target },
      }),
    async close() {
      await controller.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const actionOf = (fault: FaultAction['fault']): FaultAction => ({ fault }) as FaultAction;
