/**
 * Runs simulation tasks in several threads, as many at a time as asked. A thread that dies fails its task alone.
 */
import { Worker } from 'node:worker_threads';
import { runTask, type SimReport, type SimTask, scenarioOf } from './task.ts';

export interface Pool {
  /** Runs one task as soon as a thread is free. */
  run(task: SimTask): Promise<SimReport>;
  close(): Promise<void>;
}

interface Waiting {
  readonly task: SimTask;
  readonly resolve: (report: SimReport) => void;
}

/** Opens a pool; one job runs in this very thread. */
export function openPool(jobs: number): Pool {
  if (jobs <= 1) return inThisThread();
  const waiting: Waiting[] = [];
  const idle: Worker[] = [];
  const busy = new Map<Worker, Waiting>();

  function next(): void {
    while (idle.length > 0 && waiting.length > 0) {
      const worker = idle.pop() as Worker;
      const one = waiting.shift() as Waiting;
      busy.set(worker, one);
      worker.postMessage(one.task);
    }
  }

  function start(): void {
    const worker = new Worker(new URL('./sim-worker.js', import.meta.url));
    worker.on('message', (report: SimReport) => {
      busy.get(worker)?.resolve(report);
      busy.delete(worker);
      idle.push(worker);
      next();
    });
    worker.on('error', (error) => {
      const one = busy.get(worker);
      busy.delete(worker);
      if (one === undefined) throw error;
      one.resolve(crashed(one.task, error));
      start();
    });
    idle.push(worker);
  }

  for (let job = 0; job < jobs; job += 1) start();
  return {
    run: (task) =>
      new Promise((resolve) => {
        waiting.push({ task, resolve });
        next();
      }),
    async close() {
      await Promise.all([...idle, ...busy.keys()].map((worker) => worker.terminate()));
    },
  };
}

/** Tasks one after the other: two simulations at a time would mix their uncaught errors. */
function inThisThread(): Pool {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const report = last.then(() => runTask(task));
      last = report;
      return report;
    },
    async close() {},
  };
}

function crashed(task: SimTask, error: Error): SimReport {
  const scenario = scenarioOf(task);
  const nothing = { steps: 0, writes: 0, messages: 0, simulatedMs: 0, tookMs: 0, rulesChecked: 0 };
  const empty = { violations: [], injections: [], timeline: [], samples: [], traceHash: '' };
  const reasons = [`the thread of the simulation died: ${error.stack ?? error.message}`];
  const { seed, version } = task;
  const verdict = 'crashed' as const;
  const result = { scenario, world: 'simulation' as const, seed, version, verdict, reasons };
  return {
    result: { ...result, ...nothing, ...empty, recoveryMs: undefined },
    faultSteps: 0,
    scenario,
  };
}
