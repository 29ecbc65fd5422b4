/**
 * The supervisor's ear: takes chaos commands from the bus and hands them to the controller, and tells what happens.
 * Knows how to ask the cluster for what the controller needs to know: where pods run, and which server leads.
 */

import { namesMatcher } from '../../bus/faults/message-rules.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import type { Pod } from '../../machines/api/types.ts';
import type { ObjectSelector } from '../../machines/chaos/scenario.ts';
import { createBusApiClient } from '../bus-api-client.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import { bucketOf, CHAOS } from '../cluster/users.ts';
import { type ChaosController, createChaosController } from './controller.ts';
import type { Hittable } from './hittable.ts';
import { type ChaosCommand, commandSubject, type Seen, seenSubject } from './protocol.ts';

export interface SupervisorOptions {
  readonly process: KabukiProcess;
  readonly bus: NatsBus;
  readonly dataDir: string;
  readonly processes: readonly Hittable[];
  readonly blastRadius: number | undefined;
  /** Names of the store's processes by the names the servers have among each other. */
  readonly storeNames: ReadonlyMap<string, string>;
}

/** A controller that listens, and how to tell what happened outside of it. */
export interface Supervisor {
  readonly controller: ChaosController;
  see(seen: Seen): void;
  close(): Promise<void>;
}

const INFO_MS = 3_000;

/** Starts listening. */
export function startSupervisor(options: SupervisorOptions): Supervisor {
  const { process, bus } = options;
  const { cluster, clock, host, random } = process;
  const envelope = () => host.envelope('chaos');
  const client = createBusApiClient({
    ...{ bus, cluster, clock, user: CHAOS, userAgent: CHAOS },
    envelope,
  });
  const see = (seen: Seen): void => bus.tell(seenSubject(cluster), seen, envelope());
  const controller = createChaosController({
    ...{ cluster, clock, processes: options.processes, dataDir: options.dataDir },
    blastRadius: options.blastRadius,
    draw: () => random() / 2 ** 32,
    onSeen: see,
    async nodesOfPods(selector) {
      const listed = await client.list('core/pods', selectOf(selector));
      if (!listed.ok) throw new Error(`the pods cannot be listed: ${listed.message}`);
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
      if (typeof answer === 'string')
        throw new Error(`the store does not say who leads: ${answer}`);
      const { cluster: peers } = answer.json<{ cluster?: { leader?: string } }>();
      return (
        options.storeNames.get(peers?.leader ?? '') ?? [...options.storeNames.values()][0] ?? ''
      );
    },
  });
  const listening = bus.subscribe(commandSubject(cluster), ({ body, envelope: asked }, respond) => {
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
    see,
    async close() {
      listening.close();
      await controller.close();
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
