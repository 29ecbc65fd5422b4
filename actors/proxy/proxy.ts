/**
 * The proxy actor of one node: follows Services and EndpointSlices, hands changes to the proxy machine, and
 * carries out its effects and those of the listeners. Decides nothing about rules.
 */

import type { Envelope } from '../../bus/envelope.ts';
import type { EndpointSlice, Service } from '../../machines/api/types.ts';
import type { ListenerEffect } from '../../machines/proxy/listener.ts';
import { listenerMachine } from '../../machines/proxy/listener.ts';
import { type ProxyEffect, proxyMachine } from '../../machines/proxy/proxy.ts';
import { rules } from '../../machines/proxy/rules.ts';
import type { Host, Self } from '../host.ts';
import type { ObjectCache } from '../object-cache.ts';
import { type OpenSocket, openSocket } from './sockets.ts';

export interface ProxyOptions {
  readonly host: Host;
  readonly services: ObjectCache<Service>;
  readonly slices: ObjectCache<EndpointSlice>;
  readonly node: { readonly name: string; readonly address: string };
  /** Told once of every address that cannot be listened on. */
  readonly onReport: (servicePort: string, message: string) => void;
}

/** Starts the proxy of one node. */
export function startProxy(options: ProxyOptions): { stop(): void } {
  const { host, services, slices, node } = options;
  const sockets = new Map<string, OpenSocket>();

  function changed(cause?: Envelope): void {
    if (services.synced() && slices.synced()) {
      host.tell('proxy', node.name, { type: 'cluster.changed' }, cause);
    }
  }

  function perform(effect: ProxyEffect, self: Self): void {
    if (effect.type !== 'rules.compute') return;
    const computed = rules(services.objects.values(), slices.objects.values(), node);
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
  services.onChange = changed;
  slices.onChange = changed;
  changed();
  return {
    stop() {
      services.onChange = undefined;
      slices.onChange = undefined;
      for (const socket of sockets.values()) socket.close();
      sockets.clear();
    },
  };
}
