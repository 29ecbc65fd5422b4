/**
 * Asks every process of a cluster for its status and waits until the expected ones have answered, or the deadline.
 */
import type { Bus } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { subject } from '../../bus/subjects.ts';
import type { Clock } from '../clock.ts';
import type { ProcessStatus } from './process.ts';

/** Collects the answers; ends early when all of `expected` (names of processes) have come. */
export async function askStatus(options: {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly cluster: string;
  readonly envelope: Envelope;
  readonly expected: readonly string[];
  readonly timeoutMs: number;
}): Promise<readonly ProcessStatus[]> {
  const { bus, clock, cluster, expected } = options;
  const answers = new Map<string, ProcessStatus>();
  return await new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      subscription.close();
      resolve([...answers.values()].sort((a, b) => (a.name < b.name ? -1 : 1)));
    };
    const cancel = clock.at(clock.nowMs() + options.timeoutMs, finish);
    const subscription = bus.subscribe(`${subject(cluster, 'report')}.>`, ({ body }) => {
      const status = body as ProcessStatus;
      answers.set(status.name, status);
      if (expected.length > 0 && expected.every((name) => answers.has(name))) finish();
    });
    bus.tell(subject(cluster, 'status'), {}, options.envelope);
  });
}
