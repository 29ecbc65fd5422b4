/**
 * `kabuki chaos`: asks the supervisor of a running cluster, and says in clear words why it cannot. Undoes what a dead
 * supervisor left behind.
 */
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { runningCluster } from '../cluster/down.ts';
import { type ClusterState, layoutOf, readState } from '../cluster/layout.ts';
import { connectControl } from './control-client.ts';
import { orphanedJournal, undoJournal } from './journal.ts';
import type { Listen } from './live-observer.ts';
import type { ChaosAnswer, ChaosCommand, LineCommand } from './protocol.ts';

/** An answer to a command that was carried out. */
export type Done = Extract<ChaosAnswer, { ok: true }>;

/** A connection to the supervisor of one cluster. */
export interface ChaosClient {
  readonly cluster: ClusterState;
  /** Throws CommandError where the command is refused. */
  ask(command: LineCommand): Promise<Done>;
  readonly listen: Listen;
  /** Called when somebody else has undone everything: a run is to end. */
  onStopped(call: () => void): void;
  close(): void;
}

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

/** Connects to the supervisor. */
export async function connectChaos(dataDir: string): Promise<ChaosClient> {
  const cluster = chaosCluster(dataDir);
  const silent = (error: Error): never => {
    throw new CommandError(
      `the supervisor (process ${cluster.pid}) does not answer: ${error.message}`,
      EXIT.failed,
      'Where it is gone, `kabuki chaos stop` undoes what it did.',
    );
  };
  const control = await connectControl(layoutOf(dataDir).data).catch(silent);
  return {
    cluster,
    async ask(command) {
      const answer = await control.ask(command).catch(silent);
      if (answer.ok) return answer;
      throw new CommandError(answer.message, EXIT.chaosRefused, answer.advice);
    },
    listen: control.listen,
    onStopped(call) {
      control.onStopped = call;
    },
    close: control.close,
  };
}

/** Sends one command. */
export async function sendChaos(dataDir: string, command: ChaosCommand): Promise<Done> {
  const client = await connectChaos(dataDir);
  try {
    return await client.ask(command);
  } finally {
    client.close();
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
