/**
 * `kabuki chaos`: asks the supervisor of a running cluster, and says in clear words why it cannot. Undoes what a dead
 * supervisor left behind.
 */
import { createIds, systemRandom } from '../../bus/ids.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { runningCluster } from '../cluster/down.ts';
import { type ClusterState, layoutOf, readState } from '../cluster/layout.ts';
import { connectAs, ownNatsAccess } from '../cluster/nats-access.ts';
import { ADMIN } from '../cluster/users.ts';
import { orphanedJournal, undoJournal } from './journal.ts';
import { type ChaosAnswer, type ChaosCommand, commandSubject } from './protocol.ts';

/** An answer to a command that was carried out. */
export type Done = Extract<ChaosAnswer, { ok: true }>;

/** A connection to the supervisor of one cluster. */
export interface ChaosClient {
  readonly cluster: ClusterState;
  readonly bus: NatsBus;
  /** Throws CommandError where the command is refused. */
  ask(command: ChaosCommand): Promise<Done>;
  close(): Promise<void>;
}

const ANSWER_MS = 20_000;

/** The running cluster of a data directory, which was started for chaos. */
export function chaosCluster(dataDir: string): ClusterState {
  const state = runningCluster(layoutOf(dataDir));
  if (state.chaos === true) return state;
  throw new CommandError(
    `the cluster ${state.cluster} was not started for chaos`,
    EXIT.chaosOff,
    'Start it with `kabuki up --chaos`; nothing was touched.',
  );
}

/** Connects to the supervisor as one bus user. */
export async function connectChaos(dataDir: string, user: string = ADMIN): Promise<ChaosClient> {
  const cluster = chaosCluster(dataDir);
  const bus = await connectAs(await ownNatsAccess(layoutOf(dataDir).data, user), 'kabuki chaos');
  const ids = createIds(systemRandom());
  return {
    cluster,
    bus,
    async ask(command) {
      const envelope = {
        ...{ id: ids.messageId(), from: 'chaos', causes: [] },
        traceparent: ids.traceparent(),
      };
      const subject = commandSubject(cluster.cluster);
      const reply = await bus.request(subject, command, envelope, ANSWER_MS);
      if (!reply.ok) {
        throw new CommandError(
          `the supervisor (process ${cluster.pid}) does not answer: ${reply.error}`,
          EXIT.failed,
          'Where it is gone, `kabuki chaos stop` undoes what it did.',
        );
      }
      const answer = reply.body as ChaosAnswer;
      if (answer.ok) return answer;
      throw new CommandError(answer.message, EXIT.chaosRefused, answer.advice);
    },
    close: () => bus.close(),
  };
}

/** Sends one command. */
export async function sendChaos(dataDir: string, command: ChaosCommand): Promise<Done> {
  const client = await connectChaos(dataDir);
  try {
    return await client.ask(command);
  } finally {
    await client.close();
  }
}

/** What `kabuki chaos stop` did: by the supervisor, or by the journal of a dead one. */
export type Stopped =
  | { readonly by: 'supervisor'; readonly done: Done }
  | { readonly by: 'journal'; readonly continued: readonly string[] };

/** Undoes everything, whether the supervisor lives or not. */
export async function stopChaos(dataDir: string): Promise<Stopped> {
  const layout = layoutOf(dataDir);
  const orphaned = (await orphanedJournal(layout.data)) !== undefined;
  if (orphaned || readState(layout) === undefined) {
    return { by: 'journal', continued: await undoJournal(layout.data) };
  }
  return { by: 'supervisor', done: await sendChaos(dataDir, { do: 'stop' }) };
}
