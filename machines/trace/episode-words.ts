/** An episode in few words, for drawings: who it was, and what it did. Pure; escapes nothing. */
import { renderState } from '../step-record.ts';
import { kindOf, objectOf, renderKey } from './about.ts';
import { type Episode, nameOf } from './episodes.ts';

/** Who that is, as Kubernetes' architecture has it: the client, the apiserver, a controller, a node's kubelet. */
export function whoOf(episode: Episode): string {
  const { request, actor, process, steps } = episode;
  if (request !== undefined) return request.userAgent.split(/[ /]/, 1)[0] || request.user;
  if (steps.length === 0) return 'apiserver';
  switch (kindOf(actor)) {
    case 'api-request':
      return 'apiserver';
    case 'reconciler':
      return nameOf(actor);
    case 'pendingPod':
    case 'scheduler':
      return 'scheduler';
    case 'node':
    case 'pod':
      return `kubelet ${process}`;
    case 'listener':
    case 'proxy':
      return `proxy ${process}`;
    default:
      return nameOf(actor);
  }
}

/** What it did: `create pod default/web: revision 31`, `pod default/web: pod.prepared, preparing -> running`. */
export function whatOf(episode: Episode): string {
  const { request, steps, writes, actor, times } = episode;
  if (request !== undefined) {
    return `${request.method} ${request.path.split('?', 1)[0]}: ${request.code}`;
  }
  const [first] = steps;
  const revisions = writes.map(({ revision }) => `revision ${revision}`).join(', ');
  if (first === undefined) return `write ${renderKey(writes[0]?.key ?? '')}: ${revisions}`;
  const about = objectOf(actor);
  const object = about === undefined ? actor : renderKey(writes[0]?.key ?? about);
  const kind = kindOf(actor);
  if (kind === 'api-request') {
    const [verb = '', subresource] = (actor.split('/')[2] ?? '').split('.');
    const asked = subresource === undefined ? verb : `${verb} ${subresource} of`;
    return `${asked} ${object}: ${revisions || renderState(steps.at(-1)?.after ?? '')}`;
  }
  if (kind === 'reconciler') return `reconcile ${about === undefined ? actor : renderKey(about)}`;
  const often = times > 1 ? ` (${times} times)` : '';
  return `${object}: ${first.event}, ${moveOf(first)}${often}`;
}

/** What it did, the same for all that did alike: `create pod`, `pod container.started`. */
export function kindOfWhat({ request, steps, writes, actor, object }: Episode): string {
  if (request !== undefined) return request.verb;
  const [first] = steps;
  const about = writes[0]?.key ?? object;
  const resource = about === undefined ? '' : (renderKey(about).split(' ', 1)[0] ?? '');
  if (first === undefined) return `write ${resource}`;
  const kind = kindOf(actor);
  if (kind === 'api-request') return `${(actor.split('/')[2] ?? '').replace('.', ' ')} ${resource}`;
  return kind === 'reconciler' ? `reconcile ${resource}` : `${kind} ${first.event}`;
}

function moveOf({ before, after }: Episode['steps'][number]): string {
  const to = renderState(after);
  const from = before === undefined ? '(new)' : renderState(before);
  return from === to ? to : `${from} -> ${to}`;
}
