/** What dies with a node's machine: its containers. Reads the runtime's records alone, since the kubelet is dead. */
import { join } from 'node:path';
import { isAlive, readExit, readPid, StateDir, writeWhole } from '../kubelet/process/state-dir.ts';

/** Kills every container that a node's process runtime has left in its directory; how many there were. */
export function killContainers(nodeDir: string): number {
  const state = new StateDir(nodeDir);
  let killed = 0;
  for (const uid of state.podUids()) {
    for (const { container, attempt, builtin } of state.runs(uid)) {
      const dir = state.run(uid, container, attempt);
      if (isAlive(dir)) process.kill(-readPid(dir, 'shim'), 'SIGKILL');
      // What is built in died with the kubelet, which would resume it: a machine without power resumes nothing.
      else if (builtin !== '' && readExit(dir) === undefined)
        writeWhole(join(dir, 'exit'), '137\n');
      else continue;
      killed += 1;
    }
  }
  return killed;
}
