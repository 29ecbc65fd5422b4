/** The machine behind every kind that a process registers with its host: what a recorded step is replayed with. */
import type { AnyStateMachine } from 'xstate';
import { requestMachine } from '../api/request-machine.ts';
import { experimentMachine } from '../chaos/experiment.ts';
import { leaderMachine } from '../controllers/leader.ts';
import { nodeHealthMachine } from '../controllers/node-health.ts';
import { reconcilerMachine } from '../controllers/reconciler.ts';
import { nodeMachine } from '../kubelet/node.ts';
import { podMachine } from '../kubelet/pod.ts';
import { listenerMachine } from '../proxy/listener.ts';
import { proxyMachine } from '../proxy/proxy.ts';
import { pendingPodMachine } from '../scheduler/pending-pod.ts';
import { schedulerMachine } from '../scheduler/scheduler.ts';

/** By the kind's name, the first word of an actor's. */
export const MACHINES: Readonly<{ [kind: string]: AnyStateMachine }> = {
  'api-request': requestMachine,
  experiment: experimentMachine,
  leader: leaderMachine,
  listener: listenerMachine,
  node: nodeMachine,
  nodeHealth: nodeHealthMachine,
  pendingPod: pendingPodMachine,
  pod: podMachine,
  proxy: proxyMachine,
  reconciler: reconcilerMachine,
  scheduler: schedulerMachine,
};
