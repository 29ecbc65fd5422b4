/**
 * Puts together what a container is run with: fetches what its environment refers to, and lets pure
 * functions make the rest of it. For runtimes that run nothing, only the names.
 */
import type { Pod, Service } from '../../machines/api/types.ts';
import { containerEnv, envReferences } from '../../machines/kubelet/env.ts';
import type { NodeConfig } from '../../machines/kubelet/node-object.ts';
import { breaksNonRoot, containerSpec } from '../../machines/kubelet/pod-spec.ts';
import { serviceEnv } from '../../machines/kubelet/service-env.ts';
import { fetchObjects } from './objects.ts';
import { type PodEntry, podState } from './pod-actor.ts';
import { bad, type ContainerConfig, good, type Outcome } from './runtime.ts';

export interface ContainerSources {
  readonly node: NodeConfig;
  services(namespace: string): Promise<readonly Service[]>;
}

const EMPTY = new Map<string, string>();
const TERMINATION_PATH = '/dev/termination-log';

/** The configuration of one run of a container. */
export async function configureContainer(
  entry: PodEntry,
  name: string,
  attempt: number,
): Promise<Outcome<ContainerConfig>> {
  const { pod, sources, volumes } = entry;
  const spec = containerSpec(pod, name);
  if (spec === undefined) return bad('CreateContainerConfigError', `no container ${name}`);
  const security = { ...pod.spec?.securityContext, ...spec.securityContext };
  const base: ContainerConfig = {
    name,
    attempt,
    image: spec.image ?? '',
    command: spec.command,
    args: spec.args,
    env: EMPTY,
    workingDir: spec.workingDir,
    mounts: [],
    stdin: spec.stdin ?? false,
    stdinOnce: spec.stdinOnce ?? false,
    tty: spec.tty ?? false,
    stopSignal: spec.lifecycle?.stopSignal,
    runAsUser: security.runAsUser,
    runAsGroup: security.runAsGroup,
    terminationMessagePath: spec.terminationMessagePath || TERMINATION_PATH,
    terminationMessageFromLogs: spec.terminationMessagePolicy === 'FallbackToLogsOnError',
  };
  if (!sources.runtime.real) return good(base);
  // Images have no user of their own: what asks for none runs as the kubelet does.
  const wrong = breaksNonRoot(pod, spec, process.getuid?.());
  if (wrong !== undefined) return bad('CreateContainerConfigError', wrong);
  const made = await makeEnv(entry, pod, name);
  if ('error' in made) return bad('CreateContainerConfigError', made.error);
  const mounts = volumes?.mounts(spec, made.env) ?? good([]);
  if (!mounts.ok) return mounts;
  return good({ ...base, ...made, mounts: mounts.value });
}

async function makeEnv({ sources, ...entry }: PodEntry, pod: Pod, name: string) {
  const { api, node } = sources;
  const spec = containerSpec(pod, name);
  const namespace = pod.metadata?.namespace ?? '';
  if (spec === undefined) return { error: `no container ${name}` };
  const fetched = await fetchObjects(api, namespace, envReferences(spec));
  if ('error' in fetched) return fetched;
  const services = await sources.services(namespace);
  const links = pod.spec?.enableServiceLinks ?? true;
  const podIps = podState({ sources, ...entry })?.sandbox?.ips ?? [];
  const facts = { pod, podIps, hostIp: node.hostIp, allocatable: node.allocatable };
  return containerEnv(facts, spec, serviceEnv(services, namespace, links), fetched.lookup);
}
