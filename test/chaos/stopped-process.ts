/** A process that is stopped, for tests of who continues it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { markOf, type ProcessMark } from '../../actors/chaos/journal.ts';

export interface StoppedProcess {
  readonly mark: ProcessMark;
  /** True while the kernel says that it is stopped. */
  isStopped(): boolean;
  end(): void;
}

/** Starts a process and stops it. */
export async function stoppedProcess(name: string): Promise<StoppedProcess> {
  const child: ChildProcess = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const pid = child.pid ?? -1;
  const mark = await markOf(name, pid);
  if (mark === undefined) throw new Error('the process did not start');
  process.kill(pid, 'SIGSTOP');
  return {
    mark,
    isStopped: () => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')),
    end: () => void child.kill('SIGKILL'),
  };
}
