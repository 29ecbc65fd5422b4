/** The store contract over a faulty store, without faults and with those that only take time. */
import { systemClock } from '../../bus/clock.ts';
import { createFaultyStore, type StoreFault } from '../../bus/faults/faulty-store.ts';
import { createLogHistory } from '../../bus/faults/log-history.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { storeContract } from './contract.ts';

function contractWith(name: string, faults: readonly StoreFault[], behind?: number): void {
  storeContract(name, async () => {
    const inner = createMemoryStore({ clock: systemClock });
    const history = createLogHistory(inner);
    const stores = [0, 1].map(() => {
      const options = { clock: systemClock, draw: Math.random, history, shared: true };
      const store = createFaultyStore(inner, options);
      for (const [i, fault] of faults.entries()) store.set(`fault-${i}`, fault);
      if (behind !== undefined) store.startBehind(behind, 20);
      return store;
    });
    return {
      store: stores[0]!,
      other: stores[1]!,
      expiring: stores[0]!,
      dropTombstones: async () => {},
      stop: async () => {
        for (const store of [...stores, inner]) await store.close();
      },
    };
  });
}

contractWith('faulty store without faults', []);
contractWith('faulty store, slow, with a log that lags', [
  { kind: 'slow', minMs: 0, maxMs: 2 },
  { kind: 'lag', ms: 10 },
]);
contractWith('faulty store, its first follower starting behind', [], 0);
