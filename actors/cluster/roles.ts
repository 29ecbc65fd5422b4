/**
 * The roles of a control plane besides the apiserver: the scheduler and the controllers, each standing for election
 * by its Lease. The same code runs them inside `kabuki up` (one replica, in-process client) and alone (a replica
 * and a client over NATS).
 */
import type { Replica } from '../../bus/store/replica.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';
import type { ControllerSettings } from '../../machines/controllers/controller.ts';
import { controllers as table } from '../../machines/controllers/table.ts';
import { createControllers } from '../controllers/controllers.ts';
import { createNodeHealth } from '../controllers/node-health.ts';
import { type Changer, createEventRecorder } from '../event-recorder.ts';
import { createFencedChanger } from '../fenced-changer.ts';
import { createLeader } from '../leader.ts';
import { createScheduler } from '../scheduler/scheduler.ts';
import type { KabukiProcess } from './process.ts';

/** What a role reads and writes through. */
export interface RoleOptions {
  readonly process: KabukiProcess;
  readonly replica: Replica<AnyObject>;
  readonly view: View;
  /** Makes changes as the role's own user. */
  readonly client: Changer;
  /** Unique name of this process among those that stand for the same leases. */
  readonly identity: string;
}

/** A running role. */
export interface Role {
  /** Hands the lease back and stops. */
  stop(): Promise<void>;
}

/** Runs the scheduler while this process holds the lease `kube-scheduler`. */
export function startScheduler(options: RoleOptions): Role {
  const { process, replica, client } = options;
  const { host, clock, random } = process;
  let leads = false;
  const fenced = createFencedChanger(client);
  process.addDetail('scheduler', () => (leads ? 'leading' : 'standing by'));
  const scheduler = createScheduler({
    host,
    replica,
    view: options.view,
    client: fenced,
    recorder: createEventRecorder(fenced, clock, {
      component: 'default-scheduler',
      instance: `default-scheduler-${process.name}`,
    }),
    draw: () => random() / 2 ** 32,
  });
  const leader = createLeader({
    host,
    replica,
    client,
    fenced,
    name: 'kube-scheduler',
    identity: options.identity,
    onGained: (token, cause) => {
      leads = true;
      scheduler.lead(token, cause);
    },
    onLost: () => {
      leads = false;
      scheduler.standDown();
    },
  });
  return { stop: () => leader.resign() };
}

/** Runs the controllers while this process holds the lease `kube-controller-manager`. */
export function startControllers(
  options: RoleOptions & { readonly settings: ControllerSettings },
): Role {
  const { process, replica, view, client, settings } = options;
  const { host, clock, log } = process;
  let leads = false;
  const fenced = createFencedChanger(client);
  process.addDetail('controllers', () => (leads ? 'leading' : 'standing by'));
  const health = createNodeHealth({
    host,
    replica,
    cluster: process.cluster,
    graceMs: settings.nodeMonitorGraceMs,
    onChange: (node, cause) => controllers.notice('node-lifecycle-controller', node, cause),
  });
  const controllers = createControllers({
    host,
    replica,
    view,
    client: fenced,
    controllers: table(health),
    settings,
    recorderFor: (component) =>
      createEventRecorder(fenced, clock, { component, instance: component }),
    onBug: (message, error) => log.error({ err: error }, message),
  });
  const leader = createLeader({
    host,
    replica,
    client,
    fenced,
    name: 'kube-controller-manager',
    identity: options.identity,
    onGained: () => {
      leads = true;
      health.lead();
      controllers.lead();
    },
    onLost: () => {
      leads = false;
      controllers.standDown();
      health.standDown();
    },
  });
  return { stop: () => leader.resign() };
}
