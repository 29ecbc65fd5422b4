/**
 * The scale subresource: replicas of a workload, seen and changed as an autoscaling/v1 Scale. Pure.
 */
import type { AdmitEnv } from './admission/attributes.ts';
import { isRecord } from './json.ts';
import { formatSelector, requirementsOf, selectorRequirements } from './labels.ts';
import { patchObject } from './patch-request.ts';
import { answered, draft, kindErrors, type Outcome } from './registry.ts';
import { admitChange } from './registry-update.ts';
import type { ApiReply, ApiRequest } from './request.ts';
import type { WriteOptions } from './request-options.ts';
import type { Served } from './resources.ts';
import { findKind } from './schema.ts';
import { badRequest, invalid, invalidValue, notFound } from './status.ts';
import { specOf } from './subresources.ts';
import type { LabelSelector } from './types.ts';
import type { AnyObject } from './view.ts';

const apiVersion = 'autoscaling/v1';
const kind = 'Scale';

/** The Scale of a workload. */
export function scaleOf(object: AnyObject): AnyObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const spec = specOf(object);
  const status = isRecord(object.status) ? object.status : {};
  const selector = selectorText(spec.selector);
  const replicas = spec.replicas ?? (object.kind === 'ReplicationController' ? 1 : 0);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: { replicas: status.replicas ?? 0, ...(selector === '' ? {} : { selector }) },
  };
}

function selectorText(selector: unknown): string {
  if (!isRecord(selector)) return '';
  const isLabelSelector = 'matchLabels' in selector || 'matchExpressions' in selector;
  if (!isLabelSelector) {
    return formatSelector(requirementsOf(selector as Record<string, string>));
  }
  const parsed = selectorRequirements(selector as LabelSelector);
  return parsed.ok ? formatSelector(parsed.requirements) : '';
}

/** Admits a PUT or PATCH of a Scale. */
export function admitScale(
  request: ApiRequest,
  served: Served,
  options: WriteOptions,
  env: AdmitEnv,
): Outcome {
  const current = env.view.getAny(served.storage, request.namespace, request.name);
  if (current === undefined) {
    return { type: 'reply', reply: notFound(served.named, request.name), stale: true };
  }
  const wanted = wantedScale(request, scaleOf(current), options);
  if ('code' in wanted) return answered(wanted as ApiReply);
  const scale = wanted as AnyObject;
  if (scale.metadata?.name !== undefined && scale.metadata.name !== request.name) {
    const given = scale.metadata.name;
    return answered(
      badRequest(
        `the name of the object (${given}) does not match the name on the URL (${request.name})`,
      ),
    );
  }
  const replicas = specOf(scale).replicas ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    return answered(invalid('autoscaling', kind, request.name, [cause]));
  }
  const object = draft(current, served.apiVersion, served.kind);
  object.spec = { ...specOf(current), replicas };
  object.metadata.resourceVersion = scale.metadata?.resourceVersion;
  const outcome = admitChange(request, served, object, current, options, env);
  return asScale(outcome);
}

function wantedScale(
  request: ApiRequest,
  current: AnyObject,
  options: WriteOptions,
): AnyObject | ApiReply {
  if (request.verb === 'patch') {
    const type = findKind('autoscaling', 'v1', kind);
    const patched = patchObject(request, type, current, options);
    return 'code' in patched ? patched : patched.object;
  }
  const body = request.body;
  if (!isRecord(body))
    return badRequest('the object provided is unrecognized (must be of type Scale)');
  return kindErrors(body, apiVersion, kind) ?? (body as AnyObject);
}

function asScale(outcome: Outcome): Outcome {
  if (outcome.type === 'reply') {
    if (outcome.reply.code >= 400) return outcome;
    return { ...outcome, reply: { ...outcome.reply, object: scaleOf(outcome.reply.object) } };
  }
  if (outcome.answer.kind === 'reply') return outcome;
  return { ...outcome, answer: { ...outcome.answer, object: scaleOf(outcome.answer.object) } };
}
