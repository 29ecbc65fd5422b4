/**
 * Binding a pod to a node: the one write a scheduler makes. Follows pkg/registry/core/pod's
 * BindingREST. Pure.
 */
import type { AdmitEnv } from './admission/attributes.ts';
import { isRecord } from './json.ts';
import { answered, type Outcome, withoutRevision } from './registry.ts';
import type { ApiRequest } from './request.ts';
import type { WriteOptions } from './request-options.ts';
import { revisionOf, storeKey } from './resources.ts';
import { conflict, invalid, notFound, notSupported, plainSuccess, required } from './status.ts';
import type { Cause } from './strategy.ts';
import { formatTime } from './timestamp.ts';
import type { Binding, Pod, PodCondition } from './types.ts';
import type { AnyObject } from './view.ts';

const pods = { group: '', resource: 'pods' };
const bindings = { group: '', resource: 'pods/binding' };

/** Admits a POST of a Binding to pods/binding or to bindings. */
export function admitBinding(request: ApiRequest, options: WriteOptions, env: AdmitEnv): Outcome {
  const body = request.body as Binding | undefined;
  const name = request.name || (body?.metadata?.name ?? '');
  const causes = bindingErrors(body);
  if (causes.length > 0) return answered(invalid('', 'Binding', name, causes));
  const pod = env.view.get('core/pods', request.namespace, name);
  if (pod === undefined) return { type: 'reply', reply: notFound(pods, name), stale: true };
  const stop = (detail: string): Outcome => ({
    type: 'reply',
    reply: conflict(bindings, name, detail),
    stale: true,
  });
  const { uid, resourceVersion } = body?.metadata ?? {};
  if (uid && uid !== pod.metadata.uid) {
    const detail = `UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
    return stop(`Precondition failed: ${detail}`);
  }
  if (resourceVersion && resourceVersion !== pod.metadata.resourceVersion) {
    const detail = `ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: `;
    return stop(`Precondition failed: ${detail}${pod.metadata.resourceVersion}`);
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    return stop(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec?.nodeName) {
    return stop(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if ((pod.spec?.schedulingGates?.length ?? 0) > 0) {
    return stop(`pod ${name} has non-empty .spec.schedulingGates`);
  }
  if (options.dryRun) return answered(plainSuccess(201));
  const object = bound(pod, body?.target?.name ?? '', body?.metadata?.annotations, env);
  return {
    type: 'write',
    writes: [
      {
        key: storeKey('core/pods', request.namespace, name),
        operation: 'put',
        object,
        expected: revisionOf(pod as AnyObject),
      },
    ],
    answer: { kind: 'reply', reply: plainSuccess(201) },
    warnings: [],
  };
}

function bindingErrors(body: Binding | undefined): readonly Cause[] {
  const target: unknown = body?.target;
  if (!isRecord(target)) return [required('target.name')];
  const { kind, name } = target;
  const causes: Cause[] = [];
  if (kind !== undefined && kind !== '' && kind !== 'Node') {
    causes.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  }
  if (typeof name !== 'string' || name === '') causes.push(required('target.name'));
  return causes;
}

function bound(
  pod: Pod,
  nodeName: string,
  annotations: Record<string, string> | undefined,
  env: AdmitEnv,
): AnyObject {
  const stored = withoutRevision(pod as AnyObject);
  const scheduled: PodCondition = {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: formatTime(Math.floor(env.nowMs / 1000)),
    ...(pod.metadata?.generation === undefined
      ? {}
      : { observedGeneration: pod.metadata.generation }),
  };
  const conditions = [...(pod.status?.conditions ?? [])];
  const index = conditions.findIndex((condition) => condition.type === 'PodScheduled');
  if (index < 0) conditions.push(scheduled);
  else conditions[index] = scheduled;
  const metadata = { ...stored.metadata };
  if (annotations !== undefined && Object.keys(annotations).length > 0) {
    metadata.annotations = { ...metadata.annotations, ...annotations };
  }
  return {
    ...stored,
    metadata,
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions },
  };
}
