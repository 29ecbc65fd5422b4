/**
 * DELETE of a collection: lists what the selectors cover and deletes each object by a request of
 * its own, some at a time. Not atomic, as in Kubernetes: the first error is answered, what is
 * deleted stays deleted.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { ApiReply, ApiRequest } from '../../machines/api/request.ts';
import { deleteOptions } from '../../machines/api/request-options.ts';
import type { Served } from '../../machines/api/resources.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { type ApiEntry, isReply } from './api.ts';
import { listPage } from './reads.ts';
import type { Requests } from './requests.ts';
import type { ApiState } from './state.ts';

/** Deletes under way at the same time within one request. */
export const collectionDeletesMax = 64;

/** Carries out an authorized deletecollection. */
export async function deleteCollection(
  state: ApiState,
  requests: Requests,
  served: Served,
  request: ApiRequest,
  cause: Envelope | undefined,
): Promise<ApiReply> {
  const options = deleteOptions(request);
  if ('code' in options) return options;
  const { gracePeriodSeconds: _, propagationPolicy: __, dryRun: ___, ...query } = request.query;
  const page = await listPage(state, served, { ...request, verb: 'list', query });
  if (isReply(page)) return page;
  const waiting = [...page.entries];
  let failed: ApiReply | undefined;

  async function work(): Promise<void> {
    for (;;) {
      const entry = waiting.shift();
      if (entry === undefined || failed !== undefined) return;
      const reply = await requests.run(deletion(request, entry), served, cause);
      if (reply.code >= 400 && reply.code !== 404) failed ??= reply;
    }
  }

  const workers = Math.min(collectionDeletesMax, waiting.length);
  await Promise.all(Array.from({ length: workers }, work));
  if (failed !== undefined) return failed;
  const object: AnyObject = {
    apiVersion: page.apiVersion,
    kind: page.kind,
    metadata: { resourceVersion: String(page.revision) },
    items: page.entries.map((entry) => entry.object),
  };
  return { code: 200, object, warnings: [] };
}

function deletion(request: ApiRequest, { object }: ApiEntry): ApiRequest {
  return {
    ...request,
    verb: 'delete',
    namespace: object.metadata?.namespace ?? '',
    name: object.metadata?.name ?? '',
  };
}
