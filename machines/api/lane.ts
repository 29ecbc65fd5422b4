/**
 * Which requests contend for one guard, so that carrying them out at once would only make them
 * retry: creations under a quota, and allocations of addresses and node ports.
 *
 * A matter of speed alone: guards keep the outcome right whatever runs at the same time. Pure.
 */
import type { ApiRequest } from './request.ts';
import type { Served } from './resources.ts';
import type { View } from './view.ts';

/** The lane a request waits in, or undefined where it contends with nothing in particular. */
export function laneOf(request: ApiRequest, served: Served, view: View): string | undefined {
  if (served.storage === 'core/services') return 'services';
  if (request.verb !== 'create' || request.subresource !== '') return undefined;
  const quotas = view.list('core/resourcequotas', request.namespace);
  return quotas.length === 0 ? undefined : `quota/${request.namespace}`;
}
