/** What the containers of a pod wait for. Pure; texts of Kubernetes are told as the status has them. */
import type { Container, ContainerStatus, Pod, Probe } from '../../api/types.ts';
import { msOf } from '../../controllers/pods.ts';
import { NO_BACKOFF, raise } from '../../kubelet/backoff.ts';
import type { StepTraced } from '../record.ts';
import { agoText, inText, type Situation, sinceText, type Waiting } from './situation.ts';

/** What a pod's containers are told by. */
export interface PodSite {
  readonly pod: Pod;
  /** `the kubelet of node-1`. */
  readonly kubelet: string;
  /** Steps of the pod's machine. */
  readonly steps: readonly StepTraced[];
}

/** What keeps init containers from being done. */
export function initWaits(site: PodSite, s: Situation): readonly Waiting[] {
  const { spec, status } = site.pod;
  for (const container of spec?.initContainers ?? []) {
    const found = status?.initContainerStatuses?.find(({ name }) => name === container.name);
    const isSidecar = container.restartPolicy === 'Always';
    const isDone = isSidecar ? found?.started === true : found?.state?.terminated?.exitCode === 0;
    if (isDone) continue;
    if (found === undefined) return [notReported(`init container ${container.name}`, site)];
    const running = found.state?.running;
    if (running === undefined || isSidecar)
      return [containerWait(container, found, site, s, 'init ')];
    const says = `init container ${container.name} runs ${sinceText(running.startedAt, s)}`;
    return [{ says, on: 'that container: it is to end with code 0' }];
  }
  return [];
}

/** What keeps containers from being ready. */
export function containerWaits(site: PodSite, s: Situation): readonly Waiting[] {
  const { spec, status } = site.pod;
  const sidecars = (spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === 'Always',
  );
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return [...sidecars, ...(spec?.containers ?? [])].flatMap((container) => {
    const found = statuses.find(({ name }) => name === container.name);
    if (found === undefined) return [notReported(`container ${container.name}`, site)];
    return found.ready ? [] : [containerWait(container, found, site, s, '')];
  });
}

function notReported(what: string, { kubelet }: PodSite): Waiting {
  return { says: `${what} has no status yet`, on: kubelet };
}

function containerWait(
  container: Container,
  status: ContainerStatus,
  site: PodSite,
  s: Situation,
  prefix: '' | 'init ',
): Waiting {
  const name = `${prefix}container ${container.name}`;
  const { waiting, terminated } = status.state ?? {};
  if (waiting !== undefined) return waitingState(name, status, site, s);
  if (terminated === undefined) return probeWait(name, container, status, site, s);
  const { exitCode, reason, message } = terminated;
  const says = [`${name} ended with code ${exitCode}`, reason, message].filter(Boolean).join(': ');
  const ends = site.pod.spec?.restartPolicy === 'Never' && prefix === '';
  return { says, on: ends ? 'nobody: the pod does not restart it' : site.kubelet };
}

const PULLS: ReadonlySet<string> = new Set(['ErrImagePull', 'ImagePullBackOff']);
/** What only a change of the pod, or of what it names, can mend. */
const ASKED_WRONG: ReadonlySet<string> = new Set([
  ...['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'],
  ...['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'],
]);

function waitingState(name: string, status: ContainerStatus, site: PodSite, s: Situation): Waiting {
  const { reason = 'waiting', message } = status.state?.waiting ?? {};
  const last = status.lastState?.terminated;
  const ended =
    last === undefined ? '' : `; it ended with code ${last.exitCode} (${last.reason ?? 'unknown'})`;
  const says = `${name}: ${reason}${message ? `: ${message}` : ''}${ended}`;
  const againMs = PULLS.has(reason) ? pullsAgainMs(site) : startsAgainMs(message, last?.finishedAt);
  const again = againMs === undefined ? '' : `, which tries again ${inText(againMs, s)}`;
  if (reason === 'CrashLoopBackOff') {
    return { says, on: `${site.kubelet}${again}, and the container, not to end` };
  }
  const user = ASKED_WRONG.has(reason) ? `the user, to mend that, and ` : '';
  return { says, on: `${user}${site.kubelet}${again}` };
}

/** When a crashed container is started again, by the back-off its status tells. */
function startsAgainMs(message: string | undefined, finishedAt: string | undefined) {
  const [, minutes = '0', seconds] = /^back-off (?:(\d+)m)?(\d+)s /.exec(message ?? '') ?? [];
  const endedMs = msOf(finishedAt);
  if (seconds === undefined || endedMs === undefined) return undefined;
  return endedMs + (Number(minutes) * 60 + Number(seconds)) * 1_000;
}

/** When an image is pulled again: the kubelet's back-off, by the failures on record. */
function pullsAgainMs({ pod, steps }: PodSite): number | undefined {
  const all = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
  ];
  // Steps do not tell which container they are about.
  if (all.filter(({ state }) => PULLS.has(state?.waiting?.reason ?? '')).length !== 1)
    return undefined;
  let backoff = NO_BACKOFF;
  for (const { event, atMs } of steps) if (event === 'image.failed') backoff = raise(backoff, atMs);
  return backoff.raisedAtMs === 0 ? undefined : backoff.raisedAtMs + backoff.delayMs;
}

function probeWait(
  name: string,
  container: Container,
  status: ContainerStatus,
  site: PodSite,
  s: Situation,
): Waiting {
  const isStarting = status.started === false && container.startupProbe !== undefined;
  const probe = isStarting ? container.startupProbe : container.readinessProbe;
  const running = sinceText(status.state?.running?.startedAt, s);
  if (probe === undefined) {
    return { says: `${name} runs ${running} and is not ready yet`, on: site.kubelet };
  }
  const title = isStarting ? 'startup' : 'readiness';
  const fails = `its ${title} probe has not succeeded: ${probeText(probe)}`;
  const every = agoText((probe.periodSeconds ?? 10) * 1_000);
  const who = `the container, to pass the probe; ${site.kubelet} probes every ${every}`;
  const says = `${name} runs ${running}, and ${fails}${resultText(site.steps, s)}`;
  return { says, on: who };
}

/** What the last result on record says; its output is only there while everything is recorded. */
function resultText(steps: readonly StepTraced[], s: Situation): string {
  const last = steps.findLast(({ event }) => event === 'probe.result');
  if (last === undefined) return '';
  const ago = `${agoText(s.nowMs - last.atMs)} ago`;
  const event = last.full?.event as { outcome?: string; output?: string } | undefined;
  if (event?.outcome !== undefined) {
    return `; last ${event.outcome} ${ago}${event.output ? `: ${event.output}` : ''}`;
  }
  const failed = last.effects.some((effect) => effect.includes('Unhealthy'));
  return failed
    ? `; last failure ${ago}, its output is in the pod's events`
    : `; last result ${ago}`;
}

/** A probe in short. */
export function probeText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec !== undefined) return `exec ${(exec.command ?? []).join(' ')}`;
  if (httpGet !== undefined) {
    const { scheme = 'HTTP', host = '', port, path = '/' } = httpGet;
    return `GET ${scheme.toLowerCase()}://${host}:${port}${path}`;
  }
  if (tcpSocket !== undefined) return `tcp ${tcpSocket.host ?? ''}:${tcpSocket.port}`;
  return grpc === undefined ? 'none' : `grpc :${grpc.port}`;
}
