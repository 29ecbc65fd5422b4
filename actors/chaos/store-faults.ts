/**
 * The store as a process sees it, with the faults that it is told of, and told of where somebody watches. Other
 * processes see the store as it is.
 */
import { type Clock, systemClock } from '../../bus/clock.ts';
import { createFaultyStore, type StoreFault } from '../../bus/faults/faulty-store.ts';
import { historyBegun, joinPast } from '../../bus/faults/handed-past.ts';
import { createLogHistory, type LogHistory } from '../../bus/faults/log-history.ts';
import type { Store } from '../../bus/store/store.ts';
import type { FaultAction } from '../../machines/chaos/scenario.ts';
import { recordStore } from '../sim/recorder.ts';
import { onNewRules, type ProcessFaults } from './process-faults.ts';

/** Puts the faults of this process in front of its store. `bucket` tells the process's stores apart. */
export async function faultyStore(
  inner: Store,
  faults: ProcessFaults,
  bucket: string,
  clock: Clock = systemClock,
): Promise<Store> {
  const history = faults.behind > 0 ? await pastOf(inner, faults) : undefined;
  const past = history === undefined ? {} : { history };
  const store = createFaultyStore(inner, { clock, draw: Math.random, ...past });
  if (history !== undefined) store.startBehind(faults.behind);
  faults.onRules((rules) => {
    const wanted = new Map<string, StoreFault>();
    for (const { injection, fault } of rules) {
      const storeFault = storeFaultOf(fault);
      if (storeFault !== undefined) wanted.set(String(injection), storeFault);
    }
    const set = new Set(store.list().map(({ name }) => name));
    for (const name of set) if (!wanted.has(name)) store.remove(name);
    for (const [name, fault] of wanted) if (!set.has(name)) store.set(name, fault);
  });
  onNewRules(faults, ({ fault }) => {
    if (fault.fault === 'store-compact') store.compact();
  });
  return recordStore(store, faults.name, bucket, (seen) => {
    if (faults.watches('store')) faults.see(seen);
  });
}

/** The log's past as the supervisor knows it, joined with what is heard here from now on. */
async function pastOf(inner: Store, faults: ProcessFaults): Promise<LogHistory | undefined> {
  const own = createLogHistory(inner);
  await historyBegun(own);
  const handed = await faults.askPast(own.last);
  if (handed !== undefined) return joinPast(own, handed);
  own.close();
  return undefined;
}

function storeFaultOf(fault: FaultAction): StoreFault | undefined {
  switch (fault.fault) {
    case 'stale-view':
      return { kind: 'lag', ms: fault.lagMs };
    case 'skip-events':
      return { kind: 'skip' };
    case 'store-slow':
      return { kind: 'slow', minMs: fault.minMs, maxMs: fault.maxMs };
    case 'store-unavailable':
      return { kind: 'unavailable' };
    case 'store-unknown':
      return { kind: 'unknown', probability: fault.probability, applied: fault.applied };
    case 'store-conflict':
      return { kind: 'conflict', probability: fault.probability };
    default:
      return undefined;
  }
}
