/**
 * What is asked of embedded servers over their system account: to read their configuration again, and
 * whether the three of a cluster have found each other. Opens a connection for one question only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { systemUser } from './server-config.ts';
import { inboxPrefix } from './users.ts';

const reloadTimeoutMs = 5_000;
const leaderTimeoutMs = 30_000;
const leaderPollMs = 20;
const leaderAnswerMs = 100;

async function withSystem<T>(
  url: string,
  seed: string,
  ask: (connection: NatsConnection) => Promise<T>,
): Promise<T> {
  const connection = await connect({
    servers: url,
    reconnect: false,
    ignoreClusterUpdates: true,
    inboxPrefix: inboxPrefix(systemUser.name),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
  });
  try {
    return await ask(connection);
  } finally {
    await connection.close();
  }
}

/** Makes a server read its configuration file again; throws with its reason when it refuses. */
export async function reloadServer(url: string, systemSeed: string): Promise<void> {
  await withSystem(url, systemSeed, async (connection) => {
    const subject = `$SYS.REQ.SERVER.${connection.info?.server_id ?? ''}.RELOAD`;
    const answer = await connection.request(subject, '', { timeout: reloadTimeoutMs });
    const { error } = answer.json<{ error?: { description?: string } }>();
    if (error !== undefined) {
      throw new Error(`nats-server refused its configuration: ${error.description ?? ''}`);
    }
  });
}

interface MetaCluster {
  readonly data?: {
    readonly meta_cluster?: {
      readonly leader?: string;
      readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
    };
  };
}

/** Waits until a cluster has a leader for its streams and all servers follow it. */
export async function waitForCluster(
  url: string,
  systemSeed: string,
  servers: number,
): Promise<void> {
  await withSystem(url, systemSeed, async (connection) => {
    const deadline = Date.now() + leaderTimeoutMs;
    while (Date.now() < deadline) {
      const answer = await connection
        .request('$SYS.REQ.SERVER.PING.JSZ', JSON.stringify({ leader_only: true }), {
          timeout: leaderAnswerMs,
        })
        .then(
          (message) => message.json<MetaCluster>(),
          () => undefined, // Only a leader answers; none does before the election.
        );
      const followers = answer?.data?.meta_cluster?.replicas ?? [];
      const ready = followers.filter(({ current, offline }) => current && offline !== true);
      if (ready.length === servers - 1) return;
      await sleep(leaderPollMs);
    }
    throw new Error(`the ${servers} servers have not elected a leader in ${leaderTimeoutMs} ms`);
  });
}
