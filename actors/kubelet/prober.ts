/**
 * Runs probes and lifecycle hooks: a command in the container, an HTTP request, a TCP connection, a
 * sleep. Answers with an outcome and what was seen, worded as the kubelet words it. Never counts
 * and never judges.
 */
import { connect } from 'node:net';
import type {
  Container,
  HTTPGetAction,
  ProbeHandler,
  SleepAction,
} from '../../machines/api/types.ts';
import type { Clock } from '../clock.ts';
import type { Runtime } from './runtime.ts';

export interface ProbeOutcome {
  readonly outcome: 'success' | 'failure' | 'error';
  readonly output: string;
}

/** Where a handler is carried out. */
export interface ProbeTarget {
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly id: string;
  readonly container: Container;
  readonly podIp: string;
}

/** Longest output of a probe that is kept, bytes. */
const OUTPUT_BYTES_MAX = 10 * 1024;
const OK: ProbeOutcome = { outcome: 'success', output: '' };

function failure(output: string): ProbeOutcome {
  return { outcome: 'failure', output };
}

function unable(output: string): ProbeOutcome {
  return { outcome: 'error', output };
}

/** Carries out one handler, for at most `timeoutMs`. */
export function probeOnce(
  target: ProbeTarget,
  handler: ProbeHandler & { readonly sleep?: SleepAction | undefined },
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) return probeExec(target, exec.command ?? [], timeoutMs);
  if (httpGet !== undefined) return probeHttp(target, httpGet, timeoutMs);
  if (tcpSocket !== undefined) {
    const port = portOf(tcpSocket.port, target.container);
    if (port === undefined) return Promise.resolve(unable(noPort(tcpSocket.port)));
    return probeTcp(tcpSocket.host || target.podIp, port, timeoutMs);
  }
  if (sleep !== undefined) return sleepFor(target.clock, sleep);
  const why = grpc === undefined ? 'no probe handler is given' : 'gRPC probes are not supported';
  return Promise.resolve(unable(why));
}

/** A hook that only waits; so it does on every runtime. */
export function sleepFor(clock: Clock, { seconds }: SleepAction): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    clock.at(clock.nowMs() + seconds * 1000, () => resolve(OK));
  });
}

function noPort(port: number | string): string {
  return `couldn't find port: ${port}`;
}

/** A port by number, or by its name in the container's ports. */
function portOf(port: number | string, { ports }: Container): number | undefined {
  if (typeof port === 'number') return port;
  const named = ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

async function probeExec(
  { clock, runtime, id }: ProbeTarget,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const started = await runtime.exec(id, { command, stdin: false, tty: false });
  if (!started.ok) return unable(started.message);
  const session = started.value;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const cancel = clock.at(clock.nowMs() + timeoutMs, () => {
      session.close();
      const seconds = timeoutMs / 1000;
      resolve(failure(`command timed out: "${command.join(' ')}" timed out after ${seconds}s`));
    });
    session.onData = (_, data) => {
      if (bytes < OUTPUT_BYTES_MAX) chunks.push(data);
      bytes += data.length;
    };
    session.onEnd = (exitCode) => {
      cancel();
      const output = Buffer.concat(chunks).subarray(0, OUTPUT_BYTES_MAX).toString();
      resolve(exitCode === 0 ? { outcome: 'success', output } : failure(output));
    };
  });
}

async function probeHttp(
  target: ProbeTarget,
  action: HTTPGetAction,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = portOf(action.port, target.container);
  if (port === undefined) return unable(noPort(action.port));
  const secure = action.scheme === 'HTTPS';
  const host = action.host || target.podIp;
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const url = `${secure ? 'https' : 'http'}://${host}:${port}${path}`;
  const headers: { [name: string]: string } = { 'user-agent': 'kube-probe/1.36', accept: '*/*' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const { request } = secure ? await import('node:https') : await import('node:http');
  return new Promise((resolve) => {
    const options = {
      headers,
      timeout: timeoutMs,
      rejectUnauthorized: false,
      agent: false as const,
    };
    const req = request(url, options, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      const fine = statusCode >= 200 && statusCode < 400;
      resolve(fine ? OK : failure(`HTTP probe failed with statuscode: ${statusCode}`));
    });
    req.on('timeout', () => {
      const what = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
      resolve(failure(`Get "${url}": ${what}`));
      req.destroy();
    });
    req.on('error', (error) => resolve(failure(`Get "${url}": ${dialError(host, port, error)}`)));
    req.end();
  });
}

function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.setTimeout(timeoutMs);
    socket.once('connect', () => {
      socket.destroy();
      resolve(OK);
    });
    socket.once('timeout', () => {
      socket.destroy();
      resolve(failure(`dial tcp ${host}:${port}: i/o timeout`));
    });
    socket.once('error', (error) => resolve(failure(dialError(host, port, error))));
  });
}

function dialError(host: string, port: number, error: NodeJS.ErrnoException): string {
  if (error.code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (error.code === 'ECONNRESET') return 'EOF';
  return `dial tcp ${host}:${port}: ${error.message}`;
}
