/** Which of Kubernetes' components an actor is part of. Pure. */

const COMPONENTS: Readonly<{ [kind: string]: string }> = {
  'api-request': 'apiserver',
  scheduler: 'scheduler',
  pendingPod: 'scheduler',
  reconciler: 'controllers',
  nodeHealth: 'controllers',
  leader: 'controllers',
  experiment: 'controllers',
  node: 'kubelet',
  pod: 'kubelet',
  proxy: 'proxy',
  listener: 'proxy',
};

/** The component of an actor (`kind/id`); '' where it is part of none. */
export function componentOf(actor: string): string {
  const [kind = '', id = ''] = actor.split('/', 2);
  return id === 'kube-scheduler' ? 'scheduler' : (COMPONENTS[kind] ?? '');
}
