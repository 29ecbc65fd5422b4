/**
 * Bugs planted on purpose into the code that a simulation runs: how tests see that a rule catches what it is there to
 * catch. Every part is given as the cluster would use it and gives back what it uses in its place.
 *
 * Never planted by a scenario or a command; a run without mutations goes through none of this.
 */
import type { Store } from '../../bus/store/store.ts';
import type { ApiClient } from '../api-client.ts';
import type { Host, MachineKind } from '../host.ts';

/** Wrappers around parts of a simulated cluster; what is absent stays as it is. */
export interface Mutations {
  /** A kind of machine with its executor, as a process registers it. */
  readonly machine?: (kind: MachineKind, process: string) => MachineKind;
  /** The store of objects itself: everybody deals with what this gives, the observer too. */
  readonly store?: (store: Store) => Store;
  /** The store of objects as one life of a process reaches it; the observer sees the true one. */
  readonly link?: (store: Store, process: string) => Store;
  /** The API as a user of a process has it; `kubernetes-admin` is the one who uses the cluster. */
  readonly client?: (client: ApiClient, user: string, process: string) => ApiClient;
}

/** Lets every kind of machine that a host is given go through `machine` first. */
export function mutateHost(
  host: Host,
  process: string,
  machine: NonNullable<Mutations['machine']>,
): void {
  const register = host.register.bind(host);
  host.register = (kind) => register(machine(kind, process));
}
