/**
 * Carries out in one process what an administrator asks of all. NATS lets nobody else say it. What is malformed is
 * ignored; nothing said here can change what the cluster does, but for a breakpoint, which is for that.
 */
import type { Subscription } from '../../bus/bus.ts';
import type { Envelope } from '../../bus/envelope.ts';
import { subject } from '../../bus/subjects.ts';
import { isRecord } from '../../machines/api/json.ts';
import type { KabukiProcess } from '../cluster/process.ts';
import type { DebugAnswer, DebugCommand } from './debug-protocol.ts';
import type { Recorder } from './recorder.ts';

/** The longest that everything is recorded without being asked for again. */
const FULL_MS_MAX = 3_600_000;

/** What the endpoint needs of its process. */
export type Debugged = Pick<KabukiProcess, 'bus' | 'cluster' | 'name' | 'host' | 'clock'> & {
  readonly recorder: Recorder;
};

/** Serves until closed. */
export function serveDebug(process: Debugged): Subscription {
  const { bus, cluster, name, host, recorder } = process;
  const answer = (asked: Envelope | undefined): void => {
    const body: DebugAnswer = {
      ...{ answers: asked?.id ?? '', process: name },
      ...{ policy: recorder.policy, isFull: recorder.isFull },
    };
    bus.tell(subject(cluster, 'debugged', name), body, host.envelope(name, asked));
  };
  const subscription = bus.subscribe(subject(cluster, 'debug'), ({ body, envelope }) => {
    if (!isRecord(body)) return;
    carryOut(process, body as unknown as DebugCommand);
    answer(envelope);
  });
  // Whoever has asked all others before asks this one too.
  answer(undefined);
  return subscription;
}

function carryOut({ host, clock, recorder }: Debugged, command: DebugCommand): void {
  switch (command.do) {
    case 'policy':
      recorder.setPolicy(command.policy);
      return;
    case 'full': {
      const { untilMs, states } = command;
      recorder.recordFull(host, Math.min(untilMs, clock.nowMs() + FULL_MS_MAX), states === true);
      // Who asked reads on once it has the answer: what came before is to be there.
      recorder.flush();
      return;
    }
    default:
  }
}
