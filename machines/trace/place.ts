/**
 * Where on a map of the cluster something stands: a machine, or another sender of messages. By its name, and by what
 * is known of pods. Pure.
 */

/** A place: one of the control plane's parts, `client`, `store`, or `node/<name>`. */
export type Place = string;

/** The node a pod (`namespace/name`) is or was last bound to; undefined where it is not known. */
export type NodeOfPod = (pod: string) => string | undefined;

const CONTROL: Readonly<{ [kind: string]: Place }> = {
  'api-request': 'apiserver',
  apiserver: 'apiserver',
  scheduler: 'scheduler',
  pendingPod: 'scheduler',
  'system:kube-scheduler': 'scheduler',
  reconciler: 'controllers',
  nodeHealth: 'controllers',
  controllers: 'controllers',
  'system:kube-controller-manager': 'controllers',
  experiment: 'client',
};

/** Machines that live on a node and do not say which by their names. */
const ON_NODE: ReadonlySet<string> = new Set(['listener', 'runtime', 'kubelet']);

/**
 * The place of `kind/id`, which is a machine of `process` where that is known; undefined of what is nowhere in
 * particular: a clock, the host of a process.
 */
export function placeOf(actor: string, process: string, nodeOf: NodeOfPod): Place | undefined {
  const [kind = '', first = '', second = ''] = actor.split('/');
  const control = CONTROL[kind];
  if (control !== undefined) return control;
  if (kind === 'leader') return first === 'kube-scheduler' ? 'scheduler' : 'controllers';
  if (kind === 'node' || kind === 'proxy') return `node/${first}`;
  if (kind === 'pod') {
    const node = nodeOf(`${first}/${second}`) ?? (isNode(process) ? process : undefined);
    return node === undefined ? undefined : `node/${node}`;
  }
  return ON_NODE.has(kind) && isNode(process) ? `node/${process}` : undefined;
}

const NO_NODES: ReadonlySet<string> = new Set(['', 'control-plane', 'hollow', 'supervisor']);

/** A process of one node is called as the node is. */
const isNode = (process: string): boolean =>
  !NO_NODES.has(process) && !/^(apiserver|scheduler|controllers)(-\d+)?$/.test(process);
