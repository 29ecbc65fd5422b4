/**
 * The supervisor's end of the control line: takes commands and answers them, and tells what is seen to those who listen.
 * Knows nothing of what commands do.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Observation } from '../../machines/chaos/observation.ts';
import { controlPath, hear, say, type ToSupervisor } from './control-line.ts';
import type { ChaosAnswer, LineCommand } from './protocol.ts';

/** One of those who speak on the line. */
export interface Peer {
  /** Tells it that its run is to end. */
  stop(): void;
  /** Called when it has gone. */
  onGone: (() => void) | undefined;
}

export interface ControlServerOptions {
  readonly dataDir: string;
  /** Carries out a command; never rejects. */
  readonly handle: (command: LineCommand, peer: Peer) => Promise<ChaosAnswer>;
}

/** A control line that listens. */
export interface ControlServer {
  tell(seen: readonly Observation[]): void;
  close(): Promise<void>;
}

/** Bytes that wait for one listener; with more it is slower than the cluster, and is let go. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024;

/** Starts listening; a socket that an earlier supervisor left is replaced. */
export async function openControl(options: ControlServerOptions): Promise<ControlServer> {
  const path = controlPath(options.dataDir);
  const sockets = new Set<Socket>();
  const listeners = new Set<Socket>();
  const server = createServer((socket) => {
    const peer: Peer = { stop: () => say(socket, { stopped: true }), onGone: undefined };
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      listeners.delete(socket);
      peer.onGone?.();
    });
    hear<ToSupervisor>(socket, (message) => {
      if ('listen' in message) listeners.add(socket);
      else void options.handle(message.command, peer).then(answer(socket, message.id));
    });
  });
  rmSync(path, { force: true });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    tell(seen) {
      for (const socket of listeners) {
        if (socket.writableLength > WAITING_BYTES_MAX) socket.destroy();
        else say(socket, { seen });
      }
    },
    close() {
      for (const socket of sockets) socket.destroySoon();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const answer = (socket: Socket, id: number) => (given: ChaosAnswer) =>
  say(socket, { id, answer: given });

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
