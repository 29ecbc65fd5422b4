/** `kabuki down`: asks the process of a running cluster to end, and waits for it. */
import { createClock } from '../clock.ts';
import { CommandError, EXIT } from './command-error.ts';
import { type ClusterState, isAlive, type Layout, layoutOf, readState } from './layout.ts';

const WAIT_MS = 20_000;
const LOOK_MS = 20;

/** The running cluster of a data directory, or a CommandError. */
export function runningCluster(layout: Layout): ClusterState {
  const state = readState(layout);
  if (state !== undefined) return state;
  throw new CommandError(
    `no cluster is running in ${layout.data}`,
    EXIT.notRunning,
    'Start one with `kabuki up`, or name its directory with --data.',
  );
}

/** Ends the cluster; resolves when its process is gone. */
export async function down(dataDir: string): Promise<ClusterState> {
  const state = runningCluster(layoutOf(dataDir));
  const clock = createClock();
  const deadlineMs = clock.nowMs() + WAIT_MS;
  process.kill(state.pid, 'SIGTERM');
  while (isAlive(state.pid)) {
    if (clock.nowMs() > deadlineMs) {
      throw new CommandError(`process ${state.pid} has not ended after ${WAIT_MS / 1_000} s`);
    }
    await new Promise<void>((resolve) => void clock.at(clock.nowMs() + LOOK_MS, resolve));
  }
  return state;
}
