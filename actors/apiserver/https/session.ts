/**
 * One exec or attach over WebSocket: channels in front of each message, as remotecommand's v4 and
 * v5 have them, on one side, and the node's stream on the other.
 *
 *     0 stdin   1 stdout   2 stderr   3 error: one Status at the end   4 resize   255 close (v5)
 *
 * Both directions slow the faster side down; what waits here is bounded. Never looks into the
 * bytes.
 */
import { type WebSocket, WebSocketServer } from 'ws';
import type { Channel } from '../../../bus/bus.ts';
import type { ExecOpen, StreamEnd, StreamInput, StreamOutput } from '../../kubelet/streams.ts';

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Largest message a client may send. */
const messageBytesMax = 1024 * 1024;
/** Output that may wait in the socket before the node is held back. */
const bufferBytesMax = 1024 * 1024;
/** How often a session is pinged, so that a client that is gone is noticed. */
const pingEveryMs = 30_000;

/** A server for handshakes alone: its sockets are not kept. */
export function sessionServer(protocols: readonly string[]): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
  });
}

/** Joins a WebSocket and a node's stream until either ends. */
export function serveSession(socket: WebSocket, channel: Channel, opening: ExecOpen): void {
  const send = (index: number, bytes: Uint8Array) => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(Buffer.concat([Uint8Array.of(index), bytes]), () => {
      if (socket.bufferedAmount < bufferBytesMax) channel.resume();
    });
    if (socket.bufferedAmount >= bufferBytesMax) channel.pause();
  };
  const empty = new Uint8Array();
  if (opening.stdout) send(channels.stdout, empty);
  else send(channels.error, empty);
  channel.onMessage = (body) => {
    const { stream, data } = body as StreamOutput;
    send(channels[stream], data);
  };
  channel.onEnd = (end) => {
    const status =
      end.kind === 'ended' ? endStatus(end.body) : failed(`the node was lost: ${end.reason}`);
    send(channels.error, Buffer.from(JSON.stringify(status)));
    socket.close(1000);
  };
  channel.onDrain = () => socket.resume();
  socket.on('message', (data: Buffer) => fromClient(socket, channel, opening, data));
  socket.on('error', () => socket.terminate());
  const pings = setInterval(() => socket.ping(), pingEveryMs);
  socket.once('close', () => {
    clearInterval(pings);
    channel.end();
  });
}

/** Ends a session that never began, with this Status. */
export function refuseSession(socket: WebSocket, status: object): void {
  socket.on('error', () => socket.terminate());
  const text = Buffer.from(JSON.stringify(status));
  socket.send(Buffer.concat([Uint8Array.of(channels.error), text]));
  socket.close(1000);
}

/** Hands one message of the client on to the node. */
function fromClient(socket: WebSocket, channel: Channel, opening: ExecOpen, data: Buffer): void {
  const bytes = data.subarray(1);
  switch (data[0]) {
    case channels.stdin:
      if (!opening.stdin || bytes.length === 0) return;
      if (!channel.send({ stdin: bytes } satisfies StreamInput)) socket.pause();
      return;
    case channels.resize: {
      const resize = readSize(bytes);
      if (resize !== undefined) channel.send({ resize } satisfies StreamInput);
      return;
    }
    case channels.close:
      if (bytes[0] === channels.stdin) channel.send({ closeStdin: true } satisfies StreamInput);
      return;
  }
}

function readSize(bytes: Buffer): { width: number; height: number } | undefined {
  try {
    const { Width: width, Height: height } = JSON.parse(bytes.toString()) as Record<
      string,
      unknown
    >;
    const valid = (side: unknown): side is number =>
      Number.isInteger(side) && (side as number) > 0 && (side as number) < 65_536;
    return valid(width) && valid(height) ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}

/** The Status of an ended process: Success, or the exit code as a cause. */
function endStatus(body: unknown): object {
  const end = (body ?? { exitCode: 0 }) as StreamEnd;
  if (!('exitCode' in end)) return failed(end.message);
  if (end.exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${end.exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(end.exitCode) }] },
  };
}

function failed(message: string): object {
  return {
    metadata: {},
    status: 'Failure',
    message: `Internal error occurred: ${message}`,
    reason: 'InternalError',
    details: { causes: [{ message }] },
    code: 500,
  };
}
