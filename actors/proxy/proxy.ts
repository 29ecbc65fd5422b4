/**
 * The proxy actor of one node: watches Services and EndpointSlices, hands changes to the proxy machine, and
 * carries out its effects and those of the listeners. Decides nothing about rules.
 */

import type { EndpointSlice, Service } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import type { ListenerEffect } from '../../machines/proxy/listener.ts';
import { listenerMachine } from '../../machines/proxy/listener.ts';
import { type ProxyEffect, proxyMachine } from '../../machines/proxy/proxy.ts';
import { rules } from '../../machines/proxy/rules.ts';
import type { Host, Self } from '../host.ts';
import { type OpenSocket, openSocket } from './sockets.ts';

/** What the proxy needs of an API client. */
export interface ProxyApi {
  watch(
    resource: string,
    options: object,
    handlers: {
      onSync(objects: readonly AnyObject[], revision: number): void;
      onEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: AnyObject): void;
      onLost(): void;
    },
  ): { close(): void };
}

export interface ProxyOptions {
  readonly host: Host;
  readonly api: ProxyApi;
  readonly node: { readonly name: string; readonly address: string };
  /** Told once of every address that cannot be listened on. */
  readonly onReport: (servicePort: string, message: string) => void;
}

const keyOf = (object: AnyObject): string =>
  `${object.metadata?.namespace}/${object.metadata?.name}`;

/** Starts the proxy of one node. */
export function startProxy(options: ProxyOptions): { stop(): void } {
  const { host, api, node } = options;
  const services = new Map<string, Service>();
  const slices = new Map<string, EndpointSlice>();
  const sockets = new Map<string, OpenSocket>();
  const synced = { services: false, slices: false };

  function changed(): void {
    if (synced.services && synced.slices)
      host.tell('proxy', node.name, { type: 'cluster.changed' });
  }

  function follow<T>(resource: string, into: Map<string, T>, which: keyof typeof synced) {
    return api.watch(
      resource,
      {},
      {
        onSync(objects) {
          into.clear();
          for (const object of objects) into.set(keyOf(object), object as T);
          synced[which] = true;
          changed();
        },
        onEvent(type, object) {
          if (type === 'DELETED') into.delete(keyOf(object));
          else into.set(keyOf(object), object as T);
          changed();
        },
        onLost() {},
      },
    );
  }

  function perform(effect: ProxyEffect, self: Self): void {
    if (effect.type !== 'rules.compute') return;
    const computed = rules(services.values(), slices.values(), node);
    self.tell({ type: 'rules.computed', rules: computed } as { type: string });
  }

  function performListener(effect: ListenerEffect, self: Self): void {
    switch (effect.type) {
      case 'socket.open': {
        const socket = openSocket(effect.rule, host.clock, {
          listening: () => self.tell({ type: 'socket.listening' }),
          failed: (code, message) => {
            sockets.delete(effect.rule.id);
            self.tell({ type: 'socket.failed', code, message } as { type: string });
          },
        });
        sockets.set(effect.rule.id, socket);
        return;
      }
      case 'socket.update':
        sockets.get(effect.rule.id)?.update(effect.rule);
        return;
      case 'socket.close':
        sockets.get(effect.id)?.close();
        sockets.delete(effect.id);
        return;
      case 'listener.report':
        options.onReport(effect.servicePort, effect.message);
        return;
      default:
        throw new Error(`the listener has no executor for ${effect.type}`);
    }
  }

  host.register({
    name: 'proxy',
    machine: proxyMachine,
    execute: perform,
    coalesce: (event) => (event.type === 'cluster.changed' ? event.type : undefined),
  });
  host.register({ name: 'listener', machine: listenerMachine, execute: performListener });
  host.start('proxy', node.name, {});
  const watches = [
    follow('core/services', services, 'services'),
    follow('discovery.k8s.io/endpointslices', slices, 'slices'),
  ];
  return {
    stop() {
      for (const watch of watches) watch.close();
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}
