/**
 * Smaller variants of one fault: fewer targets, once, always or seldom, shorter, milder. Pure; keeps the name, the kind
 * and every limit that the fault has to keep (a minimum below its maximum, a probability between 0 and 1).
 */
import type { ClusterPlan, Fault, FaultAction } from './scenario.ts';
import { processesOf } from './shrink-processes.ts';
import { isWide } from './shrink-size.ts';

/** Below these, halving tells nobody anything. */
const HALVED_MS_MIN = 100;
const PROBABILITY_MIN = 0.01;
/** What a fault lasts that lasted until the healing. */
const ENDED_MS = 2_000;

/** A smaller fault and the name of the cut that made it. */
export interface FaultCut {
  readonly cut: string;
  readonly fault: Fault;
}

/** All smaller variants, the greater cuts first; some may be no smaller, which the caller has to see to. */
export function* faultCuts(cluster: ClusterPlan, fault: Fault): Generator<FaultCut> {
  yield* targetCuts(cluster, fault);
  const { trigger, forMs } = fault;
  if (fault.times > 1) yield { cut: 'once', fault: { ...fault, times: 1 } };
  if ('nth' in trigger && trigger.nth > 1) {
    yield { cut: 'first', fault: { ...fault, trigger: { ...trigger, nth: 1 } } };
  }
  if (trigger.kind === 'rate' && trigger.perMinute >= 0.1) {
    const perMinute = trigger.perMinute / 2;
    yield { cut: 'seldom', fault: { ...fault, trigger: { ...trigger, perMinute } } };
  }
  for (const { cut, what } of actionCuts(fault.what)) yield { cut, fault: { ...fault, what } };
  const shorter = forMs === undefined ? ENDED_MS : halved(forMs);
  if (shorter !== forMs) yield { cut: 'shorter', fault: { ...fault, forMs: shorter } };
}

/** Half of it, or as it is where it is small already. */
const halved = (ms: number) => (ms >= HALVED_MS_MIN * 2 ? Math.floor(ms / 2) : ms);

function* targetCuts(cluster: ClusterPlan, fault: Fault): Generator<FaultCut> {
  const { target } = fault;
  if (!isWide(target)) return;
  const [first] = processesOf(cluster, target);
  if (first !== undefined) {
    const named = { ...target, process: first, role: undefined, count: undefined };
    yield { cut: 'first target', fault: { ...fault, target: named } };
  }
  if (target.count !== 1) {
    yield { cut: 'one target', fault: { ...fault, target: { ...target, count: 1 } } };
  }
}

function* actionCuts(what: FaultAction): Generator<{ cut: string; what: FaultAction }> {
  if ('probability' in what && what.probability < 1) {
    yield { cut: 'always', what: { ...what, probability: 1 } };
    if (what.probability >= PROBABILITY_MIN * 2) {
      yield { cut: 'seldom', what: { ...what, probability: what.probability / 2 } };
    }
  }
  switch (what.fault) {
    case 'crash': {
      const { staleRevisions: stale } = what;
      if (stale > 0) yield { cut: 'not stale', what: { ...what, staleRevisions: 0 } };
      if (stale > 1) {
        yield { cut: 'less stale', what: { ...what, staleRevisions: Math.floor(stale / 2) } };
      }
      if (what.power) yield { cut: 'process alone', what: { ...what, power: false } };
      return;
    }
    case 'delay':
    case 'store-slow': {
      const minMs = halved(what.minMs);
      const maxMs = Math.max(minMs, halved(what.maxMs));
      if (maxMs < what.maxMs) yield { cut: 'less', what: { ...what, minMs, maxMs } };
      return;
    }
    case 'reorder':
      yield { cut: 'less', what: { ...what, windowMs: halved(what.windowMs) } };
      return;
    case 'stale-view':
      yield { cut: 'less', what: { ...what, lagMs: halved(what.lagMs) } };
      return;
    case 'clock-skew': {
      const byMs = Math.sign(what.byMs) * halved(Math.abs(what.byMs));
      yield { cut: 'less', what: { ...what, byMs } };
      return;
    }
    case 'slow-start':
    case 'slow-stop':
      yield { cut: 'less', what: { ...what, byMs: halved(what.byMs) } };
      return;
    default:
  }
}
