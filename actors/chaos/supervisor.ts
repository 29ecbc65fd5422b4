/**
 * The supervisor's ear: takes chaos commands from the control line and hands them to the controller, and tells what
 * happens. Knows how to ask the cluster for what the controller needs to know: where pods run, and which server leads.
 */

import { namesMatcher } from '../../bus/faults/message-rules.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Pod } from '../../machines/api/types.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import type { ObjectSelector } from '../../machines/chaos/scenario.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import { bucketOf, CHAOS } from '../cluster/users.ts';
import type { Pki } from '../pki/pki.ts';
import { createAdminClient } from './admin-client.ts';
import { openControl } from './control-server.ts';
import { type ChaosController, createChaosController } from './controller.ts';
import type { Guard } from './guard.ts';
import type { Hittable } from './hittable.ts';
import type { ProcessMark } from './journal.ts';
import { createLineHandler } from './line-handler.ts';
import type { Listen } from './live-observer.ts';
import type { ChaosAnswer, ChaosCommand } from './protocol.ts';
import type { RunTurn } from './run-turn.ts';

export interface SupervisorOptions {
  readonly process: KabukiProcess;
  readonly bus: NatsBus;
  readonly dataDir: string;
  readonly self: ProcessMark;
  readonly pki: Pki;
  /** Where an apiserver answers. */
  readonly server: () => string;
  readonly processes: readonly Hittable[];
  readonly blastRadius: number | undefined;
  /** Names of the store's processes by the names the servers have among each other. */
  readonly storeNames: ReadonlyMap<string, string>;
  readonly guard: Guard;
  /** Whose scenario runs. */
  readonly turn: RunTurn;
}

/** A controller that listens, and how to tell what happened outside of it. */
export interface Supervisor {
  readonly controller: ChaosController;
  see(seen: readonly Observation[]): void;
  /** Hears what is seen, in this process. */
  readonly listen: Listen;
  close(): Promise<void>;
}

/** What a command needs to know cannot be known now. */
const unknown = (message: string): CommandError =>
  new CommandError(message, EXIT.chaosRefused, 'Try again when the cluster answers.');

const INFO_MS = 3_000;

/** Starts listening. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { process, bus } = options;
  const { cluster, clock, host, random } = process;
  const envelope = () => host.envelope('chaos');
  const { pki, server } = options;
  const client = createAdminClient({ pki, server, clock, envelope, userAgent: CHAOS });
  const listeners = new Set<(batch: readonly Observation[]) => void>();
  const see = gather((batch) => {
    control.tell(batch);
    for (const take of listeners) take(batch);
  });
  const controller = createChaosController({
    ...{ cluster, clock, processes: options.processes, dataDir: options.dataDir },
    self: options.self,
    blastRadius: options.blastRadius,
    guard: options.guard.start,
    draw: () => random() / 2 ** 32,
    onSeen: (one) => see([one]),
    async nodesOfPods(selector) {
      const listed = await client.list('core/pods', selectOf(selector));
      if (!listed.ok) throw unknown(`the pods cannot be listed: ${listed.message}`);
      const named = namesMatcher(selector.name);
      const pods = (listed.objects as readonly Pod[]).filter(
        ({ metadata }) => named?.(metadata?.name ?? '') ?? true,
      );
      return [...new Set(pods.flatMap(({ spec }) => spec?.nodeName ?? []))];
    },
    async storeLeader() {
      const answer = await bus.link.request(
        `$JS.API.STREAM.INFO.KV_${bucketOf(cluster)}`,
        '',
        new Uint8Array(),
        INFO_MS,
      );
      if (typeof answer === 'string') throw unknown(`the store does not say who leads: ${answer}`);
      const { cluster: peers } = answer.json<{ cluster?: { leader?: string } }>();
      return (
        options.storeNames.get(peers?.leader ?? '') ?? [...options.storeNames.values()][0] ?? ''
      );
    },
  });
  const carryOut = async (command: ChaosCommand): Promise<ChaosAnswer> => {
    try {
      return await controller.handle(command);
    } catch (error) {
      process.log.error({ err: error }, 'a chaos command failed');
      return { ok: false, message: (error as Error).message, advice: '' };
    }
  };
  const handle = createLineHandler(options.turn, carryOut);
  const control = await openControl({ dataDir: options.dataDir, handle });
  return {
    ...{ controller, see },
    listen(take) {
      listeners.add(take);
      return { close: () => void listeners.delete(take) };
    },
    async close() {
      await controller.close();
      options.guard.stop();
      await control.close();
    },
  };
}

/** Gathers what is seen for a turn of the loop, and tells it in one batch to everybody who listens. */
function gather(
  tell: (batch: readonly Observation[]) => void,
): (seen: readonly Observation[]) => void {
  let waiting: Observation[] = [];
  const flush = (): void => {
    const batch = waiting;
    waiting = [];
    tell(batch);
  };
  return (seen) => {
    if (waiting.length === 0 && seen.length > 0) setImmediate(flush);
    for (const one of seen) waiting.push(one);
  };
}

function selectOf({ namespace, labels }: ObjectSelector) {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === '' ? {} : { labelSelector }),
  };
}
