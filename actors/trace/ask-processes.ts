/** Asks every process of a running cluster something, and gathers the answers of all that are there. */
import { createIds, systemRandom } from '../../bus/ids.ts';
import { subject } from '../../bus/subjects.ts';
import { isRecord } from '../../machines/api/json.ts';
import { isAlive } from '../cluster/layout.ts';
import { sayerOf } from '../cluster/users.ts';
import type { DebugAnswer, DebugCommand } from './debug-protocol.ts';
import type { LiveTrace } from './live-trace.ts';

/** How long answers are waited for, milliseconds. */
const WAIT_MS = 2_000;
/** How long no answer must have come, once all have answered who should: others may have joined by themselves. */
const QUIET_MS = 100;

/** The processes that should answer. */
export function runningProcesses({ cluster }: LiveTrace): readonly string[] {
  return cluster.processes
    .filter(({ role, pid }) => role !== 'nats-server' && isAlive(pid))
    .map(({ name }) => name);
}

/**
 * The answers, by name of the process; those that did not answer in time are not among them. One that is meant is waited
 * for as those are that should answer, whoever started it.
 */
export async function askProcesses(
  trace: LiveTrace,
  command: DebugCommand,
  meant?: string,
): Promise<readonly DebugAnswer[]> {
  const { bus, cluster } = trace;
  const ids = createIds(systemRandom());
  const id = ids.messageId();
  const expected = new Set(runningProcesses(trace));
  if (meant !== undefined) expected.add(meant);
  const answers = new Map<string, DebugAnswer>();
  const { link } = bus;
  await new Promise<void>((resolve) => {
    const cancel = link.clock.setTimer(WAIT_MS, () => finish());
    let cancelQuiet = (): void => {};
    const said = `${subject(cluster.cluster, 'debugged')}.>`;
    const subscription = bus.subscribe(said, ({ subject: from, body }) => {
      if (!isRecord(body) || body.answers !== id) return;
      if (body.process !== sayerOf(from).process) return;
      const answer = body as unknown as DebugAnswer;
      answers.set(answer.process, answer);
      expected.delete(answer.process);
      if (expected.size > 0) return;
      cancelQuiet();
      cancelQuiet = link.clock.setTimer(QUIET_MS, () => finish());
    });
    const finish = (): void => {
      cancel();
      cancelQuiet();
      subscription.close();
      resolve();
    };
    const envelope = { id, from: 'kabuki trace', causes: [], traceparent: ids.traceparent() };
    // The subscription is to be with the server before the answers are.
    void link.flush().then(() => bus.tell(subject(cluster.cluster, 'debug'), command, envelope));
  });
  return [...answers.values()].sort((one, other) => (one.process < other.process ? -1 : 1));
}
