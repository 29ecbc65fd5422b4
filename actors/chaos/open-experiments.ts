/**
 * Puts ChaosExperiments to work in the supervisor of a cluster: its own view of them from the log, its own way to the
 * API, and the live runner. Decides nothing.
 */
import { createReplica } from '../../bus/store/replica.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { EXPERIMENTS } from '../../machines/chaos/experiment-status.ts';
import { decodeObject } from '../apiserver/object-codec.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import { askStatus } from '../cluster/status.ts';
import { CHAOS } from '../cluster/users.ts';
import type { Pki } from '../pki/pki.ts';
import { createAdminClient } from './admin-client.ts';
import type { Done } from './client.ts';
import type { RunScenario } from './experiment-runs.ts';
import { type Experiments, startExperiments } from './experiments.ts';
import { runLive } from './live-runner.ts';
import type { LogReader } from './log-reader.ts';
import type { ChaosCommand } from './protocol.ts';
import type { RunTurn } from './run-turn.ts';
import type { Supervisor } from './supervisor.ts';

export interface OpenOptions {
  readonly process: KabukiProcess;
  readonly supervisor: Supervisor;
  readonly turn: RunTurn;
  /** The log as the user that runs scenarios reads it. */
  readonly reader: LogReader;
  readonly pki: Pki;
  readonly server: () => string;
  /** Names of the processes that tell how many steps they took. */
  readonly processes: () => readonly string[];
  readonly version: string;
}

const STATUS_MS = 2_000;
/** What an experiment may hit is in its scenario, or as the cluster was started. */
const NO_LIMITS = { nodes: undefined, processes: undefined };

/** Opens them. */
export async function openExperiments(options: OpenOptions): Promise<Experiments> {
  const { process, supervisor, pki, server, version } = options;
  const { controller, listen } = supervisor;
  const { cluster, clock, host, log } = process;
  const { bus, store } = options.reader;
  const replica = createReplica<AnyObject>(store, {
    decode: decodeObject,
    prefixes: [EXPERIMENTS],
  });
  await replica.ready;
  const envelope = () => host.envelope('experiments');
  const client = createAdminClient({ pki, server, clock, envelope, userAgent: CHAOS });
  const ask = async (command: ChaosCommand): Promise<Done> => {
    const answer = await controller.handle(command);
    if (answer.ok) return answer;
    throw new CommandError(answer.message, EXIT.chaosRefused, answer.advice);
  };
  const stepsTaken = async (): Promise<number> => {
    const expected = options.processes();
    const asked = { bus, clock, cluster, envelope: envelope(), expected, timeoutMs: STATUS_MS };
    const answers = await askStatus(asked);
    return answers.reduce((sum, { counters }) => sum + (counters.steps ?? 0), 0);
  };
  const run: RunScenario = (scenario, { seed, signal, progress }) =>
    runLive(scenario, {
      ...{ cluster, bus, listen, store, clock, envelope, ask, client, stepsTaken, seed, version },
      ...{ limits: NO_LIMITS, keep: false, ended: signal },
      onPhase: progress.onPhase,
      onObservation: (seen) => {
        if (seen.type !== 'fault' || seen.state !== 'begun') return;
        progress.onFault(`${seen.name}: ${seen.what} of ${seen.targets.join(', ')}`);
      },
    });
  const experiments = startExperiments({
    ...{ host, replica, client, run, draw: process.random, instance: process.name },
    turn: options.turn,
    heal: async () => void (await ask({ do: 'stop' })),
    onBug: (error) => log.error({ err: error }, 'the faults of an experiment cannot be undone'),
  });
  return {
    stop: experiments.stop.bind(experiments),
    async close() {
      await experiments.close();
      replica.close();
    },
  };
}
