/**
 * What pods ask for and nodes have, as numbers: CPU in thousandths of a core, everything else in whole units
 * (bytes, pods, devices), rounded up as Kubernetes does. Never reads anything but the objects handed in.
 */
import type { Container, Node, Pod } from '../api/types.ts';

/** Amounts of the resources a scheduler counts. */
export interface Amounts {
  cpu: number;
  memory: number;
  ephemeral: number;
  /** Extended resources and huge pages, by name; absent where there are none. */
  scalars: Map<string, number> | undefined;
}

/** Stand-ins for missing requests in scores, so that pods without requests spread too. */
export const DEFAULT_CPU_REQUEST = 100;
export const DEFAULT_MEMORY_REQUEST = 200 * 1024 * 1024;
/** Parsed quantities remembered; clusters use few distinct ones. */
const PARSED_MAX = 4096;

const parsed = new Map<string, number>();
const SUFFIXES: Readonly<{ [suffix: string]: number }> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** The value of a quantity times `scale` (1000 for CPU), rounded up; 0 where it is none. */
export function amountOf(quantity: string | undefined, scale = 1): number {
  if (quantity === undefined) return 0;
  const key = scale === 1 ? quantity : `${quantity}*${scale}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const match = /^([+-]?\d*\.?\d*(?:[eE][+-]?\d+)?)([numkMGTPE]?i?)$/.exec(quantity);
  const factor = SUFFIXES[match?.[2] ?? ''] ?? Number.NaN;
  const exact = Number(match?.[1] ?? Number.NaN) * factor * scale;
  const value = Number.isFinite(exact) ? Math.ceil(Number(exact.toPrecision(15))) : 0;
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(key, value);
  return value;
}

type Quantities = Readonly<{ [resource: string]: string }> | undefined;

/** Quantities as amounts; pods are counted apart. */
export function amountsOf(quantities: Quantities): Amounts {
  const amounts: Amounts = { cpu: 0, memory: 0, ephemeral: 0, scalars: undefined };
  for (const [name, quantity] of Object.entries(quantities ?? {})) {
    if (name === 'cpu') amounts.cpu = amountOf(quantity, 1000);
    else if (name === 'memory') amounts.memory = amountOf(quantity);
    else if (name === 'ephemeral-storage') amounts.ephemeral = amountOf(quantity);
    else if (name !== 'pods') {
      amounts.scalars ??= new Map();
      amounts.scalars.set(name, amountOf(quantity));
    }
  }
  return amounts;
}

/** Adds `sign` times what is in `more`. */
export function addAmounts(to: Amounts, more: Amounts, sign: 1 | -1 = 1): void {
  to.cpu += sign * more.cpu;
  to.memory += sign * more.memory;
  to.ephemeral += sign * more.ephemeral;
  if (more.scalars === undefined) return;
  to.scalars ??= new Map();
  for (const [name, amount] of more.scalars) {
    to.scalars.set(name, (to.scalars.get(name) ?? 0) + sign * amount);
  }
}

function raiseAmounts(to: Amounts, atLeast: Amounts): void {
  to.cpu = Math.max(to.cpu, atLeast.cpu);
  to.memory = Math.max(to.memory, atLeast.memory);
  to.ephemeral = Math.max(to.ephemeral, atLeast.ephemeral);
  for (const [name, amount] of atLeast.scalars ?? []) {
    to.scalars ??= new Map();
    to.scalars.set(name, Math.max(to.scalars.get(name) ?? 0, amount));
  }
}

/**
 * What a pod asks for: the sum of its containers and sidecars, or the most an init container needs beside the
 * sidecars started before it, whichever is more, and its overhead. Requests of the pod as a whole come first.
 */
export function requestsOf(pod: Pod, fallback: (amounts: Amounts) => Amounts): Amounts {
  const ask = (container: Container) => fallback(amountsOf(container.resources?.requests));
  const total = amountsOf(undefined);
  for (const container of pod.spec?.containers ?? []) addAmounts(total, ask(container));
  const sidecars = amountsOf(undefined);
  const most = amountsOf(undefined);
  for (const container of pod.spec?.initContainers ?? []) {
    const amounts = ask(container);
    if (container.restartPolicy === 'Always') {
      addAmounts(total, amounts);
      addAmounts(sidecars, amounts);
      raiseAmounts(most, sidecars);
    } else {
      addAmounts(amounts, sidecars);
      raiseAmounts(most, amounts);
    }
  }
  raiseAmounts(total, most);
  const whole = pod.spec?.resources?.requests;
  if (whole?.cpu !== undefined) total.cpu = amountOf(whole.cpu, 1000);
  if (whole?.memory !== undefined) total.memory = amountOf(whole.memory);
  if (pod.spec?.overhead !== undefined) addAmounts(total, amountsOf(pod.spec.overhead));
  return total;
}

/** The fallback for filters: missing requests are none. */
export const asAsked = (amounts: Amounts): Amounts => amounts;

/** The fallback for scores: missing requests are assumed. */
export const atLeastSome = (amounts: Amounts): Amounts => ({
  ...amounts,
  cpu: amounts.cpu === 0 ? DEFAULT_CPU_REQUEST : amounts.cpu,
  memory: amounts.memory === 0 ? DEFAULT_MEMORY_REQUEST : amounts.memory,
});

/** What a node offers to pods, and how many pods it takes. */
export function allocatableOf(node: Node): { readonly amounts: Amounts; readonly pods: number } {
  const allocatable = node.status?.allocatable ?? node.status?.capacity;
  return { amounts: amountsOf(allocatable), pods: amountOf(allocatable?.pods) };
}
