/**
 * The controllers' actor: turns changes of the log into work keys, hosts one reconciler machine for
 * each key that has work, and carries out what the machines ask for.
 *
 * Owns the slots of each controller and the notices that no plan has seen yet; what to do is the
 * plans' decision. Runs only while `lead` is on: losing the lease drops every instance, and the
 * next start notices everything anew.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { Replica, ReplicaEvent, ReplicaWatch } from '../../bus/store/replica.ts';
import type { AnyObject, Stored, View } from '../../machines/api/view.ts';
import type {
  Controller,
  ControllerSettings,
  Enqueue,
  Plan,
  WorkKey,
} from '../../machines/controllers/controller.ts';
import { type ReconcilerEffect, reconcilerMachine } from '../../machines/controllers/reconciler.ts';
import type { HostEffect } from '../../machines/effect.ts';
import type { Changer, EventRecorder } from '../event-recorder.ts';
import { follow } from '../follow.ts';
import type { Host, Self } from '../host.ts';
import { resourceOf } from '../view.ts';
import { applyChanges } from './apply.ts';

/** Keys of one controller that are planned or changed at the same time. */
export const SLOTS_MAX = 64;
/**
 * Notices of one key handed to its machine before a plan has seen the first; more only coalesce.
 */
const NOTICES_TOLD_MAX = 4;
/** Of those, how many are remembered as causes of the plan. */
const UNTOLD_MAX = 32;
/** How long one wait for the view takes before it is asked again, milliseconds. */
const VIEW_WAIT_MS = 30_000;
const KIND = 'reconciler';

export interface ControllersOptions {
  readonly host: Host;
  readonly replica: Replica<AnyObject>;
  readonly view: View;
  readonly client: Changer;
  readonly controllers: readonly Controller[];
  readonly settings: ControllerSettings;
  /** The recorder of a controller's events, by component name. */
  readonly recorderFor: (component: string) => EventRecorder;
  /**
   * Told when a plan or an enqueue function threw: a bug, of which one key is retried with
   * back-off.
   */
  readonly onBug: (message: string, error: unknown) => void;
}

export interface Controllers {
  /** Starts working, noticing everything there is. */
  lead(): void;
  /** Drops all work at once. */
  standDown(): void;
  /** Notices one key, for facts that are not in the log (heartbeats). */
  notice(controller: string, key: WorkKey, cause?: Envelope): void;
  /** How many keys are being worked on or waited for. */
  count(): number;
}

interface Noticed {
  count: number;
  /** Messages that its machine was not told of. */
  readonly untold: string[];
}

interface Row {
  readonly controller: Controller;
  readonly recorder: EventRecorder;
  /** Notices that no plan has seen, by key. */
  readonly noticed: Map<WorkKey, Noticed>;
  readonly live: Set<WorkKey>;
  readonly holding: Set<WorkKey>;
  readonly waiting: Map<WorkKey, Self>;
}

/** Registers the `reconciler` kind with the host; call once for each host. */
export function createControllers(options: ControllersOptions): Controllers {
  const actor = new ControllersActor(options);
  return {
    lead: () => actor.lead(),
    standDown: () => actor.standDown(),
    notice: (controller, key, cause) => actor.noticeByName(controller, key, cause),
    count: () => actor.count(),
  };
}

class ControllersActor {
  readonly #options: ControllersOptions;
  readonly #rows = new Map<string, Row>();
  readonly #byResource = new Map<string, { readonly row: Row; readonly enqueue: Enqueue }[]>();
  #watch: ReplicaWatch | undefined;

  constructor(options: ControllersOptions) {
    this.#options = options;
    for (const controller of options.controllers) this.#addRow(controller);
    options.host.register({
      name: KIND,
      machine: reconcilerMachine,
      execute: ((effect: Exclude<ReconcilerEffect, HostEffect>, self: Self) =>
        this.#execute(effect, self)) as never,
      rebuild: (id) => {
        const { row, key } = this.#locate(id);
        return row.live.has(key) ? { batchMs: this.#batchMs(row, key) } : undefined;
      },
    });
  }

  lead(): void {
    const { host, replica } = this.#options;
    this.#watch ??= follow(replica, '', host.clock, {
      onStart: () => this.#noticeAll(),
      onEvent: (event) => this.#onEvent(event),
    });
  }

  standDown(): void {
    this.#watch?.close();
    this.#watch = undefined;
    for (const row of this.#rows.values()) {
      for (const key of row.live) this.#options.host.stop(KIND, `${row.controller.name}/${key}`);
      for (const memory of [row.noticed, row.live, row.holding, row.waiting]) memory.clear();
    }
  }

  noticeByName(name: string, key: WorkKey, cause: Envelope | undefined): void {
    const row = this.#rows.get(name);
    if (row !== undefined && this.#watch !== undefined) this.#notice(row, key, cause);
  }

  count(): number {
    return [...this.#rows.values()].reduce((sum, row) => sum + row.live.size, 0);
  }

  #addRow(controller: Controller): void {
    const row: Row = {
      controller,
      recorder: this.#options.recorderFor(controller.component ?? controller.name),
      noticed: new Map(),
      live: new Set(),
      holding: new Set(),
      waiting: new Map(),
    };
    this.#rows.set(controller.name, row);
    for (const [resource, enqueue] of Object.entries(controller.watches)) {
      const list = this.#byResource.get(resource) ?? [];
      list.push({ row, enqueue });
      this.#byResource.set(resource, list);
    }
  }

  #notice(row: Row, key: WorkKey, cause: Envelope | undefined): void {
    const { host } = this.#options;
    const noticed = row.noticed.get(key) ?? { count: 0, untold: [] };
    row.noticed.set(key, noticed);
    noticed.count += 1;
    if (noticed.count > NOTICES_TOLD_MAX) {
      if (cause !== undefined && noticed.untold.length < UNTOLD_MAX) noticed.untold.push(cause.id);
      return;
    }
    const id = `${row.controller.name}/${key}`;
    if (row.live.has(key)) {
      const told = host.tell(KIND, id, { type: 'work.noticed' }, cause);
      if (told !== 'unknown') return;
      row.holding.delete(key);
    }
    row.live.add(key);
    host.start(KIND, id, { batchMs: this.#batchMs(row, key) }, cause);
  }

  #batchMs({ controller }: Row, key: WorkKey): number {
    const { batchMs = 0 } = controller;
    return typeof batchMs === 'number' ? batchMs : batchMs(key, this.#options.view);
  }

  #noticeObject(
    resource: string,
    object: Stored<AnyObject>,
    previous: Stored<AnyObject> | undefined,
    deleted: boolean,
    cause: Envelope | undefined,
  ): void {
    const { view, onBug } = this.#options;
    for (const name of [resource, '*']) {
      for (const { row, enqueue } of this.#byResource.get(name) ?? []) {
        try {
          for (const key of enqueue(object, previous, view, deleted, resource)) {
            this.#notice(row, key, cause);
          }
        } catch (error) {
          onBug(`${row.controller.name}: enqueue of ${resource} threw`, error);
        }
      }
    }
  }

  #onEvent({ operation, entry, previous }: ReplicaEvent<AnyObject>): void {
    const resource = resourceOf(entry.key);
    if (!this.#byResource.has(resource) && !this.#byResource.has('*')) return;
    const object = entry.value as Stored<AnyObject>;
    const before = previous?.value as Stored<AnyObject> | undefined;
    this.#noticeObject(resource, object, before, operation === 'delete', entry.envelope);
  }

  #noticeAll(): void {
    const { replica } = this.#options;
    const prefixes = this.#byResource.has('*') ? [''] : [...this.#byResource.keys()];
    for (const prefix of prefixes) {
      for (const entry of [...replica.entries(prefix)]) {
        const object = entry.value as Stored<AnyObject>;
        this.#noticeObject(resourceOf(entry.key), object, undefined, false, entry.envelope);
      }
    }
  }

  #locate(id: string): { readonly row: Row; readonly key: WorkKey } {
    const slash = id.indexOf('/');
    return { row: this.#rows.get(id.slice(0, slash)) as Row, key: id.slice(slash + 1) };
  }

  #execute(effect: Exclude<ReconcilerEffect, HostEffect>, self: Self): void {
    const { client } = this.#options;
    const { row, key } = this.#locate(self.id);
    switch (effect.type) {
      case 'slot.request':
        row.waiting.set(key, self);
        grantSlots(row);
        return;
      case 'slot.release':
        row.holding.delete(key);
        grantSlots(row);
        return;
      case 'plan.run': {
        const untold = row.noticed.get(key)?.untold;
        const { stages, againAtMs, retry } = this.#plan(row, key, effect, self);
        const batchMs = this.#batchMs(row, key);
        const made = { type: 'plan.made', stages, againAtMs, retry, batchMs };
        self.tell(made, untold);
        return;
      }
      case 'changes.apply':
        void applyChanges(client, row.recorder, effect.changes, self.envelope).then((applied) =>
          self.tell({ type: 'changes.applied', ...applied } as { type: string }),
        );
        return;
      case 'view.await':
        void this.#awaitView(effect.revision, self);
        return;
      case 'work.settled':
        this.#settle(row, key, self);
        return;
    }
  }

  #plan(row: Row, key: WorkKey, effect: PlanRun, self: Self): Plan {
    const { view, settings, onBug } = this.#options;
    row.noticed.delete(key);
    try {
      return row.controller.plan(key, view, {
        nowMs: self.nowMs,
        failures: effect.failures,
        lastErrors: effect.lastErrors,
        settings,
      });
    } catch (error) {
      onBug(`${row.controller.name}: plan of ${key} threw`, error);
      return { stages: [], retry: String(error) };
    }
  }

  async #awaitView(revision: number, self: Self): Promise<void> {
    const { replica } = this.#options;
    while (self.alive()) {
      if (replica.revision >= revision || (await replica.waitFor(revision, VIEW_WAIT_MS))) {
        self.tell({ type: 'view.reached' });
        return;
      }
    }
  }

  #settle(row: Row, key: WorkKey, self: Self): void {
    const noticed = row.noticed.get(key);
    if (noticed !== undefined) {
      self.tell({ type: 'work.noticed' }, noticed.untold);
      return;
    }
    row.live.delete(key);
    this.#options.host.stop(KIND, self.id);
  }
}

type PlanRun = Extract<ReconcilerEffect, { type: 'plan.run' }>;

/** Hands free slots to the keys that have waited longest. */
function grantSlots(row: Row): void {
  for (const [key, self] of row.waiting) {
    if (row.holding.size >= SLOTS_MAX) return;
    row.waiting.delete(key);
    row.holding.add(key);
    self.tell({ type: 'slot.granted' });
  }
}
