/**
 * Which backend a connection goes to: in turn, or where the client went before while its affinity lasts.
 *
 * The state is plain data owned by the listener; time is an argument. Pure but for that state, which it updates.
 */
import type { Backend, ProxyRule } from './rules.ts';

/** What one listener remembers. */
export interface BalanceState {
  turn: number;
  /** Client address to its backend, oldest first; bounded by `AFFINITY_CLIENTS_MAX`. */
  readonly clients: Map<string, { readonly backend: Backend; readonly untilMs: number }>;
}

/** Clients remembered by one listener; the one that was idle longest is forgotten first. */
export const AFFINITY_CLIENTS_MAX = 10_000;

/** The state of a new listener. */
export function newBalance(): BalanceState {
  return { turn: 0, clients: new Map() };
}

/** Backends in the order in which to try them for a client; empty where there are none. */
export function choose(
  rule: Pick<ProxyRule, 'backends' | 'affinityMs'>,
  state: BalanceState,
  client: string,
  nowMs: number,
): readonly Backend[] {
  const { backends } = rule;
  if (backends.length === 0) return [];
  const before = rule.affinityMs > 0 ? state.clients.get(client) : undefined;
  const stays =
    before !== undefined && before.untilMs > nowMs
      ? backends.findIndex((one) => sameBackend(one, before.backend))
      : -1;
  const first = stays >= 0 ? stays : state.turn % backends.length;
  if (stays < 0) state.turn = (first + 1) % backends.length;
  return [...backends.slice(first), ...backends.slice(0, first)];
}

/** Remembers where a client was connected to. */
export function connected(
  rule: Pick<ProxyRule, 'affinityMs'>,
  state: BalanceState,
  client: string,
  backend: Backend,
  nowMs: number,
): void {
  if (rule.affinityMs === 0) return;
  state.clients.delete(client);
  state.clients.set(client, { backend, untilMs: nowMs + rule.affinityMs });
  if (state.clients.size <= AFFINITY_CLIENTS_MAX) return;
  const oldest = state.clients.keys().next().value;
  if (oldest !== undefined) state.clients.delete(oldest);
}

/** True for the same address and port. */
export function sameBackend(a: Backend, b: Backend): boolean {
  return a.address === b.address && a.port === b.port;
}
