/**
 * Logs, exec and attach on the bus: what a client opens a channel with, what travels on it, and the
 * serving side. The apiserver's front translates these to WebSocket. A refusal's body and the body
 * of an abnormal end is a `StreamStatus`, ready to be answered as a Kubernetes Status.
 *
 * Subjects: `<cluster>.node.<node>.logs`, `.exec`, `.attach`.
 */
import type { Channel, Opening } from '../../bus/bus.ts';
import type { PodContext } from '../../machines/kubelet/pod-context.ts';
import type { LogReader, Runtime, Session } from './runtime.ts';

/** Names a container of a pod; `container` may be left out where there is one. */
export interface ContainerAddress {
  readonly namespace: string;
  readonly pod: string;
  /** Refused where the pod has another uid. */
  readonly uid?: string;
  readonly container?: string;
}

/** Opens a log. The kubelet sends chunks of bytes; the end has no body. */
export interface LogsOpen extends ContainerAddress {
  readonly follow?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly previous?: boolean;
  readonly limitBytes?: number;
  readonly stream?: 'Stdout' | 'Stderr' | 'All';
}

/** Runs a command in a container. */
export interface ExecOpen extends ContainerAddress {
  readonly command: readonly string[];
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
}

/** Attaches to the main process. */
export interface AttachOpen extends ContainerAddress {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
}

/** What the kubelet sends on exec and attach channels. */
export interface StreamOutput {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** What a client sends on exec and attach channels. */
export type StreamInput =
  | { readonly stdin: Uint8Array }
  | { readonly closeStdin: true }
  | { readonly resize: { readonly width: number; readonly height: number } };

/** The body of a channel's end: how the process ended, or why there is none. */
export type StreamEnd = { readonly exitCode: number } | StreamStatus;

/** An error towards the client. */
export interface StreamStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** A pod as streams see it. */
export interface StreamPod {
  readonly runtime: Runtime;
  readonly context: PodContext;
}

/** Finds a pod of this node. */
export type FindPod = (namespace: string, name: string) => StreamPod | undefined;

/** Longest chunk of log bytes in one message. */
const CHUNK_BYTES_MAX = 64 * 1024;

function status(code: number, reason: string, message: string): StreamStatus {
  return { code, reason, message };
}

type Found = { readonly id: string; readonly pod: StreamPod } | { readonly error: StreamStatus };

/** Finds the pod and the name of the container that are meant. */
function locate(
  find: FindPod,
  address: ContainerAddress,
): { readonly pod: StreamPod; readonly name: string } | { readonly error: StreamStatus } {
  const { namespace, pod: podName, uid } = address;
  const pod = find(namespace, podName);
  const meta = pod?.context.pod.metadata;
  if (pod === undefined || (uid !== undefined && uid !== '' && meta?.uid !== uid)) {
    return { error: status(404, 'NotFound', `pods "${podName}" not found`) };
  }
  const name = address.container || pod.context.pod.spec?.containers[0]?.name || '';
  if (pod.context.containers[name] === undefined) {
    const message = `container ${name} is not valid for pod ${podName}`;
    return { error: status(400, 'BadRequest', message) };
  }
  return { pod, name };
}

/** The running container that is meant. */
function locateRunning(find: FindPod, address: ContainerAddress): Found {
  const found = locate(find, address);
  if ('error' in found) return found;
  const run = found.pod.context.containers[found.name]?.context.run ?? null;
  if (run === null || run.exit !== null) {
    const message = `container not found ("${found.name}")`;
    return { error: status(404, 'NotFound', message) };
  }
  return { id: run.id, pod: found.pod };
}

/** The run whose log is meant, with the kubelet's words where there is none. */
function locateLog(find: FindPod, open: LogsOpen): Found {
  const found = locate(find, open);
  if ('error' in found) return found;
  const { name, pod } = found;
  const state = pod.context.containers[name];
  const { run = null, last = null, waitReason = '' } = state?.context ?? {};
  const where = `container "${name}" in pod "${open.pod}"`;
  const refuse = (message: string) => ({ error: status(400, 'BadRequest', message) });
  if (open.previous === true) {
    const previous = run?.exit != null && waitReason !== '' ? run : last;
    if (previous === null || previous.id === '') {
      return refuse(`previous terminated ${where} not found`);
    }
    return { id: previous.id, pod };
  }
  const shown = run ?? last;
  if (shown !== null && shown.id !== '') return { id: shown.id, pod };
  if (waitReason === 'ErrImagePull') {
    return refuse(`${where} is waiting to start: image can't be pulled`);
  }
  if (waitReason === 'ImagePullBackOff') {
    return refuse(`${where} is waiting to start: trying and failing to pull image`);
  }
  const hasInit = (pod.context.pod.spec?.initContainers ?? []).length > 0;
  const reason = waitReason || (hasInit ? 'PodInitializing' : 'ContainerCreating');
  return refuse(`${where} is waiting to start: ${reason}`);
}

/** Serves one log. */
export function serveLogs(opening: Opening, find: FindPod, nowMs: number): void {
  const open = opening.body as LogsOpen;
  const found = locateLog(find, open);
  if ('error' in found) {
    opening.refuse(found.error);
    return;
  }
  const since =
    open.sinceMs ??
    (open.sinceSeconds === undefined ? undefined : nowMs - open.sinceSeconds * 1000);
  const reader = found.pod.runtime.logs(found.id, {
    follow: open.follow ?? false,
    tailLines: open.tailLines,
    sinceMs: since,
    timestamps: open.timestamps ?? false,
    limitBytes: open.limitBytes,
    stream: open.stream === 'Stdout' ? 'stdout' : open.stream === 'Stderr' ? 'stderr' : undefined,
  });
  if (!reader.ok) {
    opening.refuse(status(500, reader.reason, reader.message));
    return;
  }
  sendLog(opening.accept(), reader.value);
}

function sendLog(channel: Channel, reader: LogReader): void {
  reader.onData = (chunk) => {
    let open = true;
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES_MAX) {
      open = channel.send(chunk.subarray(at, at + CHUNK_BYTES_MAX));
    }
    if (!open) reader.pause(true);
  };
  reader.onEnd = () => channel.end();
  channel.onDrain = () => reader.pause(false);
  channel.onEnd = () => reader.close();
}

/** Serves one exec. */
export function serveExec(opening: Opening, find: FindPod): void {
  const open = opening.body as ExecOpen;
  const found = locateRunning(find, open);
  if ('error' in found) {
    opening.refuse(found.error);
    return;
  }
  const channel = opening.accept();
  const early = holdInput(channel);
  const options = { command: open.command, stdin: open.stdin ?? false, tty: open.tty ?? false };
  void found.pod.runtime.exec(found.id, options).then((started) => {
    if (started.ok) connectStreams(channel, started.value, open, early);
    else
      channel.end(
        status(500, 'InternalError', `error executing command in container: ${started.message}`),
      );
  });
}

/** Serves one attach. */
export function serveAttach(opening: Opening, find: FindPod): void {
  const open = opening.body as AttachOpen;
  const found = locateRunning(find, open);
  if ('error' in found) {
    opening.refuse(found.error);
    return;
  }
  const channel = opening.accept();
  const early = holdInput(channel);
  void found.pod.runtime.attach(found.id).then((started) => {
    if (started.ok) connectStreams(channel, started.value, open, early);
    else channel.end(status(500, 'InternalError', started.message));
  });
}

/** Keeps what a client sends before the process is there. */
function holdInput(channel: Channel): StreamInput[] {
  const early: StreamInput[] = [];
  channel.onMessage = (body) => early.push(body as StreamInput);
  return early;
}

function connectStreams(
  channel: Channel,
  session: Session,
  open: ExecOpen | AttachOpen,
  early: readonly StreamInput[],
): void {
  const take = (input: StreamInput) => {
    if ('stdin' in input) session.write(input.stdin);
    else if ('closeStdin' in input) session.closeStdin();
    else session.resize(input.resize.width, input.resize.height);
  };
  session.onData = (stream, data) => {
    if (open[stream] === false) return;
    let ready = true;
    for (let at = 0; at < data.length; at += CHUNK_BYTES_MAX) {
      const chunk = data.subarray(at, at + CHUNK_BYTES_MAX);
      ready = channel.send({ stream, data: chunk } satisfies StreamOutput);
    }
    if (!ready) session.pause(true);
  };
  session.onEnd = (exitCode) => channel.end({ exitCode } satisfies StreamEnd);
  channel.onDrain = () => session.pause(false);
  channel.onEnd = () => {
    if (open.stdin === true) session.closeStdin();
    session.close();
  };
  for (const input of early) take(input);
  channel.onMessage = (body) => take(body as StreamInput);
}
