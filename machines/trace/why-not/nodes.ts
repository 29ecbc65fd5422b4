/** What a node waits for to be ready. Pure. */
import type { Node } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { msOf } from '../../controllers/pods.ts';
import {
  agoText,
  conditionOf,
  doingText,
  type Situation,
  saidBy,
  sinceText,
  type Waiting,
} from './situation.ts';

/** Nothing where the node is ready. */
export function nodeWaits(node: Stored<Node>, s: Situation): readonly Waiting[] {
  const { name } = node.metadata;
  const ready = conditionOf(node, 'Ready');
  if (ready?.status === 'True') return [];
  if (ready === undefined) {
    return [{ says: 'its kubelet has not said anything yet', on: `the kubelet of ${name}` }];
  }
  const since = sinceText(ready.lastTransitionTime, s);
  const says = `${saidBy(ready)} (Ready is ${ready.status} ${since})`;
  if (ready.status === 'False') return [{ says, on: `the kubelet of ${name}` }];
  return [
    { says: `${says}${silenceText(name, s)}`, on: `the kubelet of ${name}, to be heard again` },
  ];
}

/** Since when nothing was heard of a node: its Lease, and what the controllers heard. */
function silenceText(name: string, s: Situation): string {
  const lease = s.objects.get('coordination.k8s.io/leases', 'kube-node-lease', name);
  const renewedMs = msOf(lease?.spec?.renewTime);
  const renewed =
    renewedMs === undefined
      ? ''
      : `; it last renewed its Lease ${agoText(s.nowMs - renewedMs)} ago`;
  const health = doingText(s, `nodeHealth/${name}`);
  return health === undefined ? renewed : `${renewed}; ${health}`;
}
