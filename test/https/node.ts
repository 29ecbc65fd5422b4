/**
 * A node for tests of streams: serves exec with real processes and logs from a list of chunks, in
 * the messages that actors/kubelet/streams.ts defines.
 */
import { spawn } from 'node:child_process';
import type {
  ExecOpen,
  LogsOpen,
  StreamEnd,
  StreamInput,
  StreamOutput,
  StreamStatus,
} from '../../actors/kubelet/streams.ts';
import type { Bus, Channel, Opening } from '../../bus/bus.ts';

export interface TestNode {
  readonly execs: ExecOpen[];
  readonly logs: LogsOpen[];
  readonly resizes: { width: number; height: number }[];
  /** The channels of open logs, for tests that go on writing. */
  readonly logChannels: Channel[];
  /** Chunks that every log starts with. */
  log: readonly string[];
  /** Refuses what is opened from now on. */
  refusal: StreamStatus | undefined;
}

/** Serves the streams of one node. */
export function serveNode(bus: Bus, name: string): TestNode {
  const node: TestNode = {
    execs: [],
    logs: [],
    resizes: [],
    logChannels: [],
    log: [],
    refusal: undefined,
  };
  const accept = (opening: Opening): Channel | undefined => {
    if (node.refusal === undefined) return opening.accept();
    opening.refuse(node.refusal);
    return undefined;
  };
  bus.serve(`kabuki.node.${name}.exec`, (opening) => {
    const open = opening.body as ExecOpen;
    node.execs.push(open);
    const channel = accept(opening);
    if (channel !== undefined) run(node, channel, open);
  });
  bus.serve(`kabuki.node.${name}.logs`, (opening) => {
    const open = opening.body as LogsOpen;
    node.logs.push(open);
    const channel = accept(opening);
    if (channel === undefined) return;
    channel.onMessage = () => undefined;
    for (const chunk of node.log) channel.send(Buffer.from(chunk));
    if (open.follow === true) node.logChannels.push(channel);
    else channel.end();
  });
  return node;
}

function run(node: TestNode, channel: Channel, open: ExecOpen): void {
  const [command = 'true', ...args] = open.command;
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const out = (stream: 'stdout' | 'stderr') => {
    child[stream].on('data', (data: Buffer) => {
      const room = channel.send({ stream, data } satisfies StreamOutput);
      if (!room) child[stream].pause();
    });
  };
  out('stdout');
  out('stderr');
  channel.onDrain = () => {
    child.stdout.resume();
    child.stderr.resume();
  };
  child.on('error', (error) => {
    channel.end({ code: 500, reason: 'InternalError', message: error.message } satisfies StreamEnd);
  });
  child.on('close', (code) => channel.end({ exitCode: code ?? 137 } satisfies StreamEnd));
  child.stdin.on('error', () => undefined);
  if (open.stdin !== true) child.stdin.end();
  channel.onMessage = (body) => {
    const input = body as StreamInput;
    if ('stdin' in input) child.stdin.write(input.stdin);
    else if ('closeStdin' in input) child.stdin.end();
    else node.resizes.push(input.resize);
  };
  channel.onEnd = () => child.kill('SIGKILL');
}
