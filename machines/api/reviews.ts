/**
 * Review resources: questions that are posted and answered at once, and never stored.
 *
 * Answers come from the authorizer and from the request's user; tokens are checked by whoever holds
 * the keys. Pure.
 */
import { type AccessAttributes, authenticatedGroup, authorize, rulesFor } from './authorization.ts';
import { allowedPaths } from './authorization-rules.ts';
import { isRecord } from './json.ts';
import type { ApiReply, ApiRequest, UserInfo } from './request.ts';
import { invalid, invalidValue } from './status.ts';
import { formatTime } from './timestamp.ts';
import type { AnyObject, View } from './view.ts';

type Fields = Record<string, unknown>;

/** Kinds that are answered here. */
export const reviewResources: ReadonlySet<string> = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

/** Answers a POST of a review, all but TokenReview. */
export function answerReview(request: ApiRequest, view: View, nowMs: number): ApiReply {
  const body = request.body ?? {};
  const spec = isRecord(body.spec) ? body.spec : {};
  switch (request.resource) {
    case 'selfsubjectreviews':
      return created(
        body,
        'SelfSubjectReview',
        'authentication.k8s.io/v1',
        undefined,
        {
          userInfo: userFields(request.user),
        },
        nowMs,
      );
    case 'selfsubjectaccessreviews':
      return access(body, spec, 'SelfSubjectAccessReview', request.user, request, view, nowMs);
    case 'selfsubjectrulesreviews':
      return rules(body, spec, request, nowMs);
    case 'localsubjectaccessreviews':
      return access(body, spec, 'LocalSubjectAccessReview', subjectOf(spec), request, view, nowMs);
    default:
      return access(body, spec, 'SubjectAccessReview', subjectOf(spec), request, view, nowMs);
  }
}

/** The answer to a TokenReview: the user its token stands for, if any. */
export function tokenReviewReply(
  request: ApiRequest,
  user: UserInfo | undefined,
  audiences: readonly string[],
  nowMs: number,
): ApiReply {
  const body = request.body ?? {};
  const spec = isRecord(body.spec) ? body.spec : {};
  const status: Fields =
    user === undefined
      ? { user: {}, error: '[invalid bearer token]' }
      : { authenticated: true, user: userFields(user), audiences: [...audiences] };
  return created(body, 'TokenReview', 'authentication.k8s.io/v1', spec, status, nowMs);
}

function created(
  body: AnyObject,
  kind: string,
  apiVersion: string,
  spec: Fields | undefined,
  status: Fields,
  nowMs: number,
): ApiReply {
  const creationTimestamp = formatTime(Math.floor(nowMs / 1000));
  const isSelf = kind === 'SelfSubjectReview';
  const metadata = isSelf ? { creationTimestamp } : { ...body.metadata };
  const object = { apiVersion, kind, metadata, ...(spec === undefined ? {} : { spec }), status };
  return { code: 201, object, warnings: [] };
}

function userFields(user: UserInfo): Fields {
  return {
    username: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  };
}

function subjectOf(spec: Fields): UserInfo {
  const groups = Array.isArray(spec.groups) ? (spec.groups as string[]) : [];
  return { name: typeof spec.user === 'string' ? spec.user : '', groups };
}

function access(
  body: AnyObject,
  spec: Fields,
  kind: string,
  user: UserInfo,
  request: ApiRequest,
  view: View,
  nowMs: number,
): ApiReply {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  const wrong = (field: string, value: unknown, detail: string) =>
    invalid('authorization.k8s.io', kind, '', [invalidValue(field, value, detail)]);
  if (isRecord(resource) === isRecord(path)) {
    const detail = isRecord(path)
      ? 'cannot be specified in combination with resourceAttributes'
      : 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    const field = isRecord(path) ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes';
    return wrong(field, isRecord(path) ? path : null, detail);
  }
  if (kind !== 'SelfSubjectAccessReview' && user.name === '' && user.groups.length === 0) {
    return wrong('spec.user', '', 'at least one of user or group must be specified');
  }
  if (kind === 'LocalSubjectAccessReview' && isRecord(resource)) {
    if (resource.namespace !== request.namespace) {
      const given = resource.namespace ?? '';
      return wrong('spec.resourceAttributes.namespace', given, 'must match metadata.namespace');
    }
  }
  const decision = authorize(attributesOf(resource, path, user), view);
  const status: Fields = {
    allowed: decision.allowed,
    ...(decision.reason === '' ? {} : { reason: decision.reason }),
  };
  return created(body, kind, 'authorization.k8s.io/v1', spec, status, nowMs);
}

function attributesOf(resource: unknown, path: unknown, user: UserInfo): AccessAttributes {
  const from = isRecord(resource) ? resource : isRecord(path) ? path : {};
  const text = (field: string) => (typeof from[field] === 'string' ? from[field] : '');
  return {
    user,
    verb: text('verb'),
    group: text('group'),
    resource: text('resource'),
    subresource: text('subresource'),
    namespace: text('namespace'),
    name: text('name'),
    ...(isRecord(resource) ? {} : { path: text('path') }),
  };
}

function rules(body: AnyObject, spec: Fields, request: ApiRequest, nowMs: number): ApiReply {
  const { user } = request;
  const namespace = typeof spec.namespace === 'string' ? spec.namespace : '';
  const resourceRules = rulesFor(user)
    .filter((rule) => rule.namespaces === undefined || rule.namespaces.includes(namespace))
    .map((rule) => ({
      verbs: rule.verbs,
      apiGroups: rule.groups,
      resources: rule.resources,
      ...(rule.names === undefined ? {} : { resourceNames: rule.names }),
    }));
  const authenticated = user.groups.includes(authenticatedGroup);
  const paths = [...allowedPaths.everyone, ...(authenticated ? allowedPaths.authenticated : [])];
  const status = {
    resourceRules,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: paths }],
    incomplete: false,
  };
  return created(body, 'SelfSubjectRulesReview', 'authorization.k8s.io/v1', spec, status, nowMs);
}
