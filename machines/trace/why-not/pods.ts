/** What a pod waits for. Pure. */
import type { Pod } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { isPodReady, isPodTerminal, msOf, podCondition } from '../../controllers/pods.ts';
import { UNSCHEDULABLE_MAX_MS } from '../../scheduler/pending-pod.ts';
import { containerWaits, initWaits, type PodSite } from './containers.ts';
import { nodeWaits } from './nodes.ts';
import {
  actorText,
  agoText,
  conditionOf,
  inText,
  leaderlessText,
  type Situation,
  saidBy,
  type Waiting,
} from './situation.ts';
import { volumeWaits } from './volumes.ts';

/** What keeps a pod from being ready, or from a condition that comes before. */
export function podWaits(pod: Stored<Pod>, s: Situation, condition = 'Ready'): readonly Waiting[] {
  if (pod.metadata.deletionTimestamp !== undefined) return [terminating(pod, s)];
  if (isPodTerminal(pod)) return [ended(pod)];
  const nodeName = pod.spec?.nodeName ?? '';
  if (nodeName === '') return [unscheduled(pod, s)];
  if (condition === 'PodScheduled') return [];
  const sick = sickNode(nodeName, s);
  if (sick !== undefined) return [sick];
  const site = siteOf(pod, s);
  if (pod.status?.startTime === undefined) {
    return [{ says: `${nodeName} has not taken it up yet`, on: site.kubelet }];
  }
  const isPrepared = conditionOf(pod, 'PodReadyToStartContainers')?.status === 'True';
  const lacking = isPrepared ? [] : volumeWaits(pod, s);
  if (lacking.length > 0) return lacking;
  if (condition === 'PodReadyToStartContainers') {
    return isPrepared ? [] : [{ says: 'its sandbox is not ready', on: site.kubelet }];
  }
  const init = initWaits(site, s);
  if (init.length > 0 || condition === 'Initialized') return init;
  const waits = containerWaits(site, s);
  if (waits.length > 0 || condition === 'ContainersReady') return waits;
  return isPodReady(pod) ? [] : [...gateWaits(pod), ...lagging(pod, site)];
}

function siteOf(pod: Stored<Pod>, s: Situation): PodSite {
  const {
    namespace = '',
    name,
    uid,
  } = pod.metadata as { namespace?: string; name: string; uid: string };
  const plain = `pod/${namespace}/${name}`;
  // The machine of a pod whose name an earlier one still had has its uid behind it.
  const actor = s.steps(`${plain}/${uid}`).length > 0 ? `${plain}/${uid}` : plain;
  const kubelet = actorText(s, `the kubelet of ${pod.spec?.nodeName ?? ''}`, actor);
  return { pod, kubelet, steps: s.steps(actor) };
}

function terminating(pod: Stored<Pod>, s: Situation): Waiting {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = pod.metadata;
  const endMs = msOf(deletionTimestamp) ?? s.nowMs;
  const since = agoText(s.nowMs - endMs + deletionGracePeriodSeconds * 1_000);
  const grace =
    endMs > s.nowMs
      ? `its grace ends ${inText(endMs, s)}`
      : `its grace ended ${agoText(s.nowMs - endMs)} ago`;
  const held = finalizers.length === 0 ? '' : `, held by finalizers: ${finalizers.join(', ')}`;
  const says = `Terminating for ${since}, ${grace}${held}`;
  const nodeName = pod.spec?.nodeName ?? '';
  if (finalizers.length > 0 && (nodeName === '' || isPodTerminal(pod))) {
    return { says, on: `whoever is to remove ${finalizers.join(', ')}` };
  }
  const sick = sickNode(nodeName, s);
  if (sick !== undefined) return { says, because: [sick] };
  return { says, on: siteOf(pod, s).kubelet };
}

function ended({ status }: Pod): Waiting {
  const reason = status?.reason === undefined ? '' : `: ${status.reason}`;
  const message = status?.message === undefined ? '' : `: ${status.message}`;
  const says = `it has ended: ${status?.phase}${reason}${message}`;
  return { says, on: 'nobody: a pod that has ended does not become ready again' };
}

function unscheduled(pod: Stored<Pod>, s: Situation): Waiting {
  const { schedulerName = 'default-scheduler', schedulingGates = [] } = pod.spec ?? {};
  const condition = podCondition(pod, 'PodScheduled');
  const says = condition === undefined ? 'the scheduler has not tried it yet' : saidBy(condition);
  if (schedulingGates.length > 0) {
    const names = schedulingGates.map(({ name }) => name).join(', ');
    return { says, on: `whoever is to remove its scheduling gates: ${names}` };
  }
  if (schedulerName !== 'default-scheduler') {
    return {
      says,
      on: `the scheduler named ${schedulerName}, which is none of this cluster's own`,
    };
  }
  const { namespace = '', name } = pod.metadata as { namespace?: string; name: string };
  const actor = `pendingPod/${namespace}/${name}`;
  const last = s.steps(actor).at(-1);
  const scheduler = `${actorText(s, 'the scheduler', actor)}${leaderlessText(s, 'kube-scheduler')}`;
  if (last?.after !== 'unschedulable') return { says, on: scheduler };
  const latest = inText(last.atMs + UNSCHEDULABLE_MAX_MS, s);
  const again = `tries again when the cluster changes, at the latest ${latest}`;
  const on = `the user, or whatever makes room: ${scheduler} ${again}`;
  return { says, on };
}

function sickNode(name: string, s: Situation): Waiting | undefined {
  if (name === '') return undefined;
  const node = s.objects.get('core/nodes', '', name);
  if (node === undefined) {
    return {
      says: `its node ${name} does not exist`,
      on: 'the pod-garbage-collector, to remove the pod',
    };
  }
  const because = nodeWaits(node, s);
  return because.length === 0 ? undefined : { says: `its node ${name} is not Ready`, because };
}

function gateWaits(pod: Pod): readonly Waiting[] {
  return (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = podCondition(pod, conditionType);
    if (gate?.status === 'True') return [];
    const says = `readiness gate ${conditionType} is ${gate?.status ?? 'not set'}`;
    return [{ says, on: `whoever is to set the condition ${conditionType}` }];
  });
}

function lagging(pod: Pod, { kubelet }: PodSite): readonly Waiting[] {
  if (gateWaits(pod).length > 0) return [];
  return [{ says: 'all containers are ready, and its status does not say so yet', on: kubelet }];
}
