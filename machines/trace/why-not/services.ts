/** What Services and PodDisruptionBudgets wait for. Pure. */
import { matchesLabels, matchesSelector } from '../../api/labels.ts';
import type { Pod, PodDisruptionBudget, Service } from '../../api/types.ts';
import type { Stored } from '../../api/view.ts';
import { isPodReady, isPodTerminal } from '../../controllers/pods.ts';
import { podGroups } from './pod-groups.ts';
import {
  conditionOf,
  controllerText,
  countText,
  type Situation,
  saidBy,
  type Waiting,
} from './situation.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';

/** What keeps a Service from having an endpoint that is ready. */
export function serviceWaits(service: Stored<Service>, s: Situation): readonly Waiting[] {
  const { selector, type, externalName } = service.spec ?? {};
  if (type === 'ExternalName') return [];
  const { namespace = '', name } = service.metadata as { namespace?: string; name: string };
  const slices = s.objects
    .list('discovery.k8s.io/endpointslices', namespace)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name);
  const isServed = slices.some(({ endpoints }) =>
    (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  );
  if (isServed || externalName !== undefined) return [];
  if (selector === undefined || Object.keys(selector).length === 0) {
    return [
      { says: 'it has no selector, and no endpoints', on: 'the user, to write its EndpointSlice' },
    ];
  }
  const pods = s.objects
    .list('core/pods', namespace)
    .filter((pod) => matchesLabels(selector, pod.metadata.labels));
  const shown = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  if (pods.length === 0) {
    const says = `its selector ${shown} matches none of the namespace's pods`;
    return [{ says, on: 'the user, to make such pods or to change the selector' }];
  }
  return notServed(pods, shown, service, s);
}

function notServed(
  pods: readonly Stored<Pod>[],
  selector: string,
  service: Stored<Service>,
  s: Situation,
): readonly Waiting[] {
  const ready = pods.filter((pod) => isPodReady(pod) && !isPodTerminal(pod));
  const says = `of ${countText(pods.length, 'pod')} with ${selector}, ${ready.length} are Ready`;
  if (ready.length > 0) {
    const on = controllerText(s, 'endpointslice-controller', service);
    return [{ says: `${says}, and no EndpointSlice has them yet`, on }];
  }
  return [{ says, because: podGroups(pods, 0, s) }];
}

/** What keeps a PodDisruptionBudget from allowing a disruption. */
export function budgetWaits(budget: Stored<PodDisruptionBudget>, s: Situation): readonly Waiting[] {
  const { disruptionsAllowed = 0, currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  if (disruptionsAllowed > 0) return [];
  const condition = conditionOf(budget, 'DisruptionAllowed');
  const reason = condition === undefined ? 'not judged yet' : saidBy(condition);
  const says = `${reason}; ${currentHealthy} of its pods are healthy, and ${desiredHealthy} must be`;
  const pods = s.objects
    .list('core/pods', budget.metadata.namespace)
    .filter((pod) => matchesSelector(budget.spec?.selector, pod.metadata.labels));
  const because = podGroups(pods, 0, s);
  if (because.length > 0) return [{ says, because }];
  const controller = controllerText(s, 'disruption-controller', budget);
  const on =
    condition === undefined
      ? controller
      : 'the user, to have more pods or to ask for fewer healthy ones';
  return [{ says, on }];
}
