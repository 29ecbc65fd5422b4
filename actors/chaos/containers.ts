/** What dies with a node's machine: its containers. Reads the runtime's records alone, since the kubelet is dead. */
import { isAlive, readPid, StateDir } from '../kubelet/process/state-dir.ts';

/** Kills every container that a node's process runtime has left in its directory; how many there were. */
export function killContainers(nodeDir: string): number {
  const state = new StateDir(nodeDir);
  let killed = 0;
  for (const uid of state.podUids()) {
    for (const { container, attempt } of state.runs(uid)) {
      const dir = state.run(uid, container, attempt);
      if (!isAlive(dir)) continue;
      process.kill(-readPid(dir, 'shim'), 'SIGKILL');
      killed += 1;
    }
  }
  return killed;
}
