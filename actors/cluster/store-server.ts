/** A server of the store as chaos hits it: killed and kept down, or stopped; never cut off by itself. */
import type { Hittable } from '../chaos/hittable.ts';
import type { NatsServer } from './nats-access.ts';

/** See the file comment. */
export class StoreServer implements Hittable {
  readonly role = 'store';
  readonly nodes = 0;
  readonly name: string;
  readonly restarts = 0;
  held = false;
  readonly #server: NatsServer;

  constructor(server: NatsServer) {
    this.#server = server;
    this.name = server.name;
  }

  get pid(): number {
    return this.#server.running ? this.#server.pid : 0;
  }

  hold(): void {
    this.held = true;
    if (this.pid > 1) process.kill(this.pid, 'SIGKILL');
  }

  release(): void {
    this.held = false;
    // A server that cannot start is reported by whoever started the cluster; the next command tells it is down.
    this.#server.restart().catch(() => {});
  }

  partition(): void {}

  tell(): void {}
}
