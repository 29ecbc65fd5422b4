/** The store contract over the in-memory store. */
import { systemClock } from '../../bus/clock.ts';
import { createMemoryStore } from '../../bus/store/memory-store.ts';
import { storeContract } from './contract.ts';

storeContract('memory store', async () => {
  const store = createMemoryStore({ clock: systemClock });
  return {
    store,
    other: store,
    expiring: store,
    dropTombstones: async () => {},
    stop: () => store.close(),
  };
});
