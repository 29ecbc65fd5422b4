/**
 * What pods ask for and nodes have, as numbers: CPU in thousandths of a core, everything else in
 * whole units (bytes, pods, devices), rounded up as Kubernetes does. Never reads anything but the
 * objects handed in.
 */
import { milliValue, parseQuantity, value } from '../api/quantity.ts';
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

const wholes = new Map<string, number>();
const millis = new Map<string, number>();
/** The value of a quantity in whole units (or in thousandths), rounded up; 0 where it is none. */
export function amountOf(text: string | undefined, unit: 'whole' | 'milli' = 'whole'): number {
  if (text === undefined) return 0;
  const parsed = unit === 'whole' ? wholes : millis;
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  const amount =
    quantity === undefined ? 0 : unit === 'whole' ? value(quantity) : milliValue(quantity);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(text, amount);
  return amount;
}

type Quantities = Readonly<{ [resource: string]: string }> | undefined;

/** Quantities as amounts; pods are counted apart. */
export function amountsOf(quantities: Quantities): Amounts {
  const amounts: Amounts = { cpu: 0, memory: 0, ephemeral: 0, scalars: undefined };
  for (const [name, quantity] of Object.entries(quantities ?? {})) {
    if (name === 'cpu') amounts.cpu = amountOf(quantity, 'milli');
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
 * What a pod asks for: the sum of its containers and sidecars, or the most an init container needs
 * beside the sidecars started before it, whichever is more, and its overhead. Requests of the pod
 * as a whole come first.
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
  if (whole?.cpu !== undefined) total.cpu = amountOf(whole.cpu, 'milli');
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
