/**
 * The kubelet's API over an API client: reads, watches and tokens of one node's user. Decides nothing.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { Pod, Service } from '../../machines/api/types.ts';
import type { ApiClient } from '../api-client.ts';
import type { EventRecorder } from '../event-recorder.ts';
import type { KubeletApi } from '../kubelet/api.ts';
import type { ObjectCache } from '../object-cache.ts';

/** Builds the API of one kubelet; `services` is shared with the node's proxy. Records go to the recorder. */
export function kubeletApi(
  client: ApiClient,
  services: ObjectCache<Service>,
  recorder: EventRecorder,
  envelope: () => Envelope,
): KubeletApi {
  return {
    async change(change, cause) {
      if (change.type !== 'record') return client.change(change, cause);
      recorder.record(change.record, cause);
      return { ok: true, object: undefined, revision: 0 };
    },
    get: ({ resource, namespace, name }) => client.get(resource, namespace, name, envelope()),
    watchPods: (node, handlers) =>
      client.watch(
        'core/pods',
        { fieldSelector: `spec.nodeName=${node}` },
        {
          onSync: (objects, _, causeOf) => handlers.onSync(objects as readonly Pod[], causeOf),
          onEvent: (type, object, cause) =>
            handlers.onPod(object as Pod, type === 'DELETED', cause),
          onLost: () => handlers.onLost(),
        },
      ),
    async services(namespace) {
      await services.ready;
      return [...services.objects.values()].filter(
        ({ metadata }) =>
          metadata?.namespace === namespace ||
          (metadata?.namespace === 'default' && metadata.name === 'kubernetes'),
      );
    },
    async token({ namespace, serviceAccount, audience, expirationSeconds, podName, podUid }) {
      const result = await client.change(
        {
          type: 'create',
          resource: 'core/serviceaccounts',
          namespace,
          name: serviceAccount,
          subresource: 'token',
          object: {
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenRequest',
            spec: {
              audiences: audience === undefined ? [] : [audience],
              expirationSeconds,
              boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: podName, uid: podUid },
            },
          },
        },
        envelope(),
      );
      if (!result.ok) return { ok: false, reason: result.reason, message: result.message };
      const status = result.object?.status as { token: string; expirationTimestamp: string };
      return { ok: true, token: status.token, expiresAtMs: Date.parse(status.expirationTimestamp) };
    },
    watchObject(key, onChange) {
      return client.watch(
        key.resource,
        { namespace: key.namespace, fieldSelector: `metadata.name=${key.name}` },
        { onSync: onChange, onEvent: onChange, onLost() {} },
      );
    },
  };
}
