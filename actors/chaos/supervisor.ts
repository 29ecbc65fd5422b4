/**
 * The supervisor's ear: takes chaos commands from the bus and hands them to the controller, and tells what happens.
 * Knows how to ask the cluster for what the controller needs to know: where pods run, and which server leads.
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
import { type ChaosController, createChaosController } from './controller.ts';
import type { Hittable } from './hittable.ts';
import type { ProcessMark } from './journal.ts';
import { type ChaosCommand, commandSubject, seenSubject } from './protocol.ts';

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
  /** Somebody wants everything undone, and not only the faults at work. */
  readonly onStop: () => void;
}

/** A controller that listens, and how to tell what happened outside of it. */
export interface Supervisor {
  readonly controller: ChaosController;
  see(seen: readonly Observation[]): void;
  close(): Promise<void>;
}

/** What a command needs to know cannot be known now. */
const unknown = (message: string): CommandError =>
  new CommandError(message, EXIT.chaosRefused, 'Try again when the cluster answers.');

const INFO_MS = 3_000;
/** Observations kept while nobody can be told, and told at once. */
const SEEN_MAX = 100_000;
const SEEN_BATCH_MAX = 500;

/** Starts listening. */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  const { process, bus } = options;
  const { cluster, clock, host, random } = process;
  const envelope = () => host.envelope('chaos');
  const { pki, server } = options;
  const client = createAdminClient({ pki, server, clock, envelope, userAgent: CHAOS });
  const seen = tellSeen(bus, (batch) => bus.tell(seenSubject(cluster), batch, envelope()));
  const controller = createChaosController({
    ...{ cluster, clock, processes: options.processes, dataDir: options.dataDir },
    self: options.self,
    blastRadius: options.blastRadius,
    draw: () => random() / 2 ** 32,
    onSeen: (one) => seen.add([one]),
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
  const listening = bus.subscribe(commandSubject(cluster), ({ body, envelope: asked }, respond) => {
    if ((body as ChaosCommand).do === 'stop') options.onStop();
    controller.handle(body as ChaosCommand).then(
      (answer) => respond(answer, host.envelope('chaos', asked)),
      (error: Error) => {
        process.log.error({ err: error }, 'a chaos command failed');
        respond({ ok: false, message: error.message, advice: '' }, host.envelope('chaos', asked));
      },
    );
  });
  return {
    controller,
    see: seen.add,
    async close() {
      listening.close();
      seen.close();
      await controller.close();
    },
  };
}

/**
 * Tells observations in batches; keeps them while the store's servers are down, the newest, up to a bound: a fault of
 * the store is seen as well.
 */
function tellSeen(bus: NatsBus, tell: (batch: readonly Observation[]) => void) {
  let waiting: Observation[] = [];
  let connected = true;
  let scheduled = false;
  const flush = (): void => {
    scheduled = false;
    while (connected && waiting.length > 0) tell(waiting.splice(0, SEEN_BATCH_MAX));
  };
  const listening = bus.onConnection((state) => {
    connected = state === 'connected';
    flush();
  });
  return {
    close: () => listening.close(),
    add(seen: readonly Observation[]): void {
      for (const one of seen) waiting.push(one);
      if (waiting.length > SEEN_MAX) waiting = waiting.slice(-SEEN_MAX);
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    },
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
