/** The other end of the control line: asks the supervisor of a data directory, and hears what it sees. */
import { connect, type Socket } from 'node:net';
import type { Subscription } from '../../bus/bus.ts';
import type { Observation } from '../../machines/chaos/observation.ts';
import { controlPath, type FromSupervisor, hear, say } from './control-line.ts';
import type { ChaosAnswer, LineCommand } from './protocol.ts';

/** A connection to a supervisor. */
export interface Control {
  /** Rejects where the supervisor goes away before it answers, or does not answer in time. */
  ask(command: LineCommand): Promise<ChaosAnswer>;
  /** Hears everything that is seen from now on, in batches. */
  listen(take: (seen: readonly Observation[]) => void): Subscription;
  /** Called when somebody else has undone everything: a run is to end. */
  onStopped: (() => void) | undefined;
  close(): void;
}

const ANSWER_MS = 20_000;

/** Connects; rejects where nobody listens. */
export async function connectControl(dataDir: string): Promise<Control> {
  const socket = await open(controlPath(dataDir));
  const waiting = new Map<number, (answer: ChaosAnswer | Error) => void>();
  const listeners = new Set<(seen: readonly Observation[]) => void>();
  let asked = 0;
  hear<FromSupervisor>(socket, (message) => {
    if ('seen' in message) for (const take of listeners) take(message.seen);
    else if ('stopped' in message) control.onStopped?.();
    else waiting.get(message.id)?.(message.answer);
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const settle of [...waiting.values()]) settle(new Error('it has gone'));
  });
  const control: Control = {
    onStopped: undefined,
    ask(command) {
      asked += 1;
      const id = asked;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(new Error('no answer in time')), ANSWER_MS);
        const settle = (answer: ChaosAnswer | Error): void => {
          clearTimeout(timer);
          waiting.delete(id);
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        };
        waiting.set(id, settle);
        if (socket.writable) say(socket, { id, command });
        else settle(new Error('it has gone'));
      });
    },
    listen(take) {
      if (listeners.size === 0) say(socket, { listen: true });
      listeners.add(take);
      return { close: () => void listeners.delete(take) };
    },
    close: () => void socket.end(),
  };
  return control;
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
