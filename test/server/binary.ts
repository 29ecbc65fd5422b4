/**
 * The nats-server that tests run on: found or fetched once, then kept in the user's cache.
 */
import { findNatsServer, type NatsServer } from '../../bus/server/find.ts';

let found: Promise<NatsServer> | undefined;

/** Finds or fetches nats-server as `kabuki up` would; fails with the same explanation. */
export function testNatsServer(): Promise<NatsServer> {
  found ??= findNatsServer({ env: process.env, onProgress: (line) => console.error(line) });
  return found;
}
