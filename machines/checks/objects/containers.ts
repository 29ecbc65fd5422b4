/**
 * Which containers run where, by what the runtimes did: the ground truth beside what the log says.
 *
 * Never believes a status. A node that loses power runs nothing; one whose kubelet alone died runs on. The process of
 * a node has the node's name. Bounded by the containers that run.
 */
import type { Observation } from '../../chaos/observation.ts';

/** A pod of which at least one container runs on a node. */
export interface RunningPod {
  readonly uid: string;
  readonly node: string;
  readonly namespace: string;
  readonly name: string;
  readonly containers: Set<string>;
}

/** Keeps what runs. */
export class RunningContainers {
  /** By pod uid and node: a bug could run one pod on two. */
  readonly #pods = new Map<string, RunningPod>();
  readonly #byName = new Map<string, Set<RunningPod>>();

  /** Takes a `container` or `process` observation; returns the pod of a container that was started. */
  take(observation: Observation): RunningPod | undefined {
    if (observation.type === 'process') {
      if (observation.state === 'crashed' && observation.power) this.#powerOff(observation.process);
      return undefined;
    }
    if (observation.type !== 'container') return undefined;
    const { node, podUid, namespace, pod: name, id, state } = observation;
    const key = `${podUid} ${node}`;
    const found = this.#pods.get(key);
    if (state === 'exited') {
      found?.containers.delete(id);
      if (found?.containers.size === 0) this.#remove(key, found);
      return undefined;
    }
    const pod = found ?? { uid: podUid, node, namespace, name, containers: new Set<string>() };
    pod.containers.add(id);
    if (found === undefined) {
      this.#pods.set(key, pod);
      const others = this.#byName.get(`${namespace}/${name}`);
      if (others === undefined) this.#byName.set(`${namespace}/${name}`, new Set([pod]));
      else others.add(pod);
    }
    return pod;
  }

  /** True while a container of the pod runs on any node. */
  runs(uid: string): boolean {
    for (const { uid: other } of this.#pods.values()) if (other === uid) return true;
    return false;
  }

  /** Pods of this name that run, whatever their uids. */
  named(namespace: string, name: string): ReadonlySet<RunningPod> {
    return this.#byName.get(`${namespace}/${name}`) ?? NONE;
  }

  #powerOff(node: string): void {
    for (const [key, pod] of this.#pods) if (pod.node === node) this.#remove(key, pod);
  }

  #remove(key: string, pod: RunningPod): void {
    this.#pods.delete(key);
    const name = `${pod.namespace}/${pod.name}`;
    const others = this.#byName.get(name);
    others?.delete(pod);
    if (others?.size === 0) this.#byName.delete(name);
  }
}

const NONE: ReadonlySet<RunningPod> = new Set();
