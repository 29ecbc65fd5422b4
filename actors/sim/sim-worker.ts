/** A thread of a search: runs the tasks it is sent, one at a time, and sends back what came of each. */
import { parentPort } from 'node:worker_threads';
import { runTask, type SimTask } from './task.ts';

parentPort?.on('message', (task: SimTask) => {
  void runTask(task).then((report) => parentPort?.postMessage(report));
});
