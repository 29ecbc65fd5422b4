/** A child as chaos hits it: the process, and its links to NATS. */
import { killContainers } from '../chaos/containers.ts';
import type { Hittable } from '../chaos/hittable.ts';
import type { Links } from '../chaos/links.ts';
import type { RulesMessage } from '../chaos/protocol.ts';
import type { Supervised } from './supervised.ts';

/** See the file comment. */
export class ChaosChild implements Hittable {
  readonly name: string;
  readonly role: string;
  readonly nodes: number;
  readonly supervised: Supervised;
  readonly #links: Links;
  readonly #nodeDir: string | undefined;

  constructor(supervised: Supervised, links: Links, nodes: number, nodeDir: string | undefined) {
    this.name = supervised.name;
    this.role = nodes > 0 ? 'node' : supervised.role;
    this.nodes = nodes;
    this.supervised = supervised;
    this.#links = links;
    this.#nodeDir = nodeDir;
  }

  get pid(): number {
    return this.supervised.pid;
  }

  get restarts(): number {
    return this.supervised.restarts;
  }

  hold(power: boolean): void {
    this.supervised.hold();
    if (power && this.#nodeDir !== undefined) killContainers(this.#nodeDir);
  }

  release(): void {
    this.supervised.release();
  }

  partition(direction: Parameters<Links['partition']>[0]): void {
    this.#links.partition(direction);
  }

  tell(message: RulesMessage): void {
    this.supervised.send(message);
  }

  close(): Promise<void> {
    return this.#links.close();
  }
}
