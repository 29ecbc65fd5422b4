/**
 * ServiceAccount tokens: the claims of a TokenRequest, and the user that claims stand for.
 *
 * Claims only: signing and checking signatures is done elsewhere. Follows
 * pkg/serviceaccount/claims.go. Pure.
 */
import type { AdmitEnv } from './admission/attributes.ts';
import { nodeNameOf } from './authorization.ts';
import { isRecord } from './json.ts';
import type { ApiReply, ApiRequest, UserInfo } from './request.ts';
import { badRequest, conflict, forbidden, invalid, invalidValue, notFound } from './status.ts';
import { formatTime } from './timestamp.ts';
import type { TokenRequest } from './types.ts';
import type { AnyObject, View } from './view.ts';

const defaultSeconds = 3600;
const secondsMin = 600;
const secondsMax = 2 ** 32;

/** The claims of a token, as they are signed. */
export type TokenClaims = Readonly<{ [claim: string]: unknown }>;

/** A token to sign, and the answer to give with it. */
export interface TokenPlan {
  readonly claims: TokenClaims;
  /** The TokenRequest whose status.token is to be filled in. */
  readonly object: AnyObject;
}

const accounts = { group: '', resource: 'serviceaccounts' };

/** Plans the token of a POST to serviceaccounts/token. */
export function planToken(request: ApiRequest, env: AdmitEnv): TokenPlan | ApiReply {
  const { namespace, name } = request;
  const account = env.view.get('core/serviceaccounts', namespace, name);
  if (account === undefined) return notFound(accounts, name);
  const body = (request.body ?? {}) as TokenRequest & AnyObject;
  const spec: Record<string, unknown> = isRecord(body.spec) ? body.spec : {};
  const seconds = spec.expirationSeconds ?? defaultSeconds;
  const wrong = secondsError(seconds, name);
  if (wrong !== undefined) return wrong;
  const bound = boundClaims(request, spec.boundObjectRef, env.view);
  if (isReply(bound)) return bound;
  const asked = Array.isArray(spec.audiences) ? (spec.audiences as string[]) : [];
  const audiences = asked.length > 0 ? asked : [...env.settings.tokenAudiences];
  const now = Math.floor(env.nowMs / 1000);
  const expires = now + (seconds as number);
  const claims: TokenClaims = {
    aud: audiences,
    exp: expires,
    iat: now,
    iss: env.settings.tokenIssuer,
    jti: env.uid,
    'kubernetes.io': {
      namespace,
      ...bound,
      serviceaccount: { name, uid: account.metadata.uid },
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  return { claims, object: answerOf(body, request, env, audiences, seconds as number, expires) };
}

function answerOf(
  body: AnyObject,
  request: ApiRequest,
  env: AdmitEnv,
  audiences: readonly string[],
  expirationSeconds: number,
  expires: number,
): AnyObject {
  const spec = isRecord(body.spec) ? body.spec : {};
  const creationTimestamp = formatTime(Math.floor(env.nowMs / 1000));
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name: request.name, namespace: request.namespace, creationTimestamp },
    spec: { ...spec, audiences, expirationSeconds },
    status: { token: '', expirationTimestamp: formatTime(expires) },
  };
}

function isReply(value: object): value is ApiReply {
  return 'code' in value && 'warnings' in value;
}

function secondsError(seconds: unknown, name: string): ApiReply | undefined {
  const wrong = (detail: string) => {
    const cause = invalidValue('spec.expirationSeconds', seconds, detail);
    return invalid('authentication.k8s.io', 'TokenRequest', name, [cause]);
  };
  if (typeof seconds !== 'number' || !Number.isInteger(seconds)) return wrong('must be an integer');
  if (seconds < secondsMin) return wrong('may not specify a duration less than 10 minutes');
  if (seconds > secondsMax) return wrong('may not specify a duration larger than 2^32 seconds');
  return undefined;
}

/** Claims about the object a token is bound to: it dies with that object. */
function boundClaims(
  request: ApiRequest,
  ref: unknown,
  view: View,
): Readonly<Record<string, unknown>> | ApiReply {
  const node = nodeNameOf(request.user);
  const subject = (detail: string) => forbidden(accounts, request.name, detail);
  if (!isRecord(ref)) {
    return node === undefined ? {} : subject('node requested token not bound to a pod');
  }
  const { kind, name, uid } = ref;
  if (typeof name !== 'string' || (kind !== 'Pod' && kind !== 'Secret' && kind !== 'Node')) {
    return badRequest(`cannot bind token for serviceaccount to ${String(kind)}`);
  }
  if (node !== undefined && kind !== 'Pod')
    return subject('node requested token not bound to a pod');
  if (node !== undefined && !uid) {
    return subject('node requested token with a pod binding without a uid');
  }
  const resource = { Pod: 'core/pods', Secret: 'core/secrets', Node: 'core/nodes' }[kind];
  const found = view.getAny(resource, kind === 'Node' ? '' : request.namespace, name);
  if (found === undefined) {
    return notFound({ group: '', resource: resource.slice('core/'.length) }, name);
  }
  if (uid && uid !== found.metadata.uid) {
    return conflict(
      { group: '', resource: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. ` +
        'The object might have been deleted and then recreated',
    );
  }
  const claim = { name, uid: found.metadata.uid };
  if (kind !== 'Pod') return { [kind.toLowerCase()]: claim };
  return podClaims(request, found, claim, node, view);
}

function podClaims(
  request: ApiRequest,
  pod: AnyObject,
  claim: { readonly name: string; readonly uid: string },
  node: string | undefined,
  view: View,
): Readonly<Record<string, unknown>> | ApiReply {
  const spec = isRecord(pod.spec) ? pod.spec : {};
  if (spec.serviceAccountName !== request.name) {
    return badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(request.name)} to pod running ` +
        'with different serviceaccount name.',
    );
  }
  const nodeName = spec.nodeName;
  if (node !== undefined && nodeName !== node) {
    const detail = 'node requested token bound to a pod scheduled on a different node';
    return forbidden(accounts, request.name, detail);
  }
  const host = typeof nodeName === 'string' ? view.get('core/nodes', '', nodeName) : undefined;
  return {
    ...(typeof nodeName === 'string' && nodeName !== ''
      ? { node: { name: nodeName, ...(host === undefined ? {} : { uid: host.metadata.uid }) } }
      : {}),
    pod: claim,
  };
}

/** The user that verified claims stand for; undefined where what they are bound to is gone. */
export function userOfClaims(
  claims: TokenClaims,
  audiences: readonly string[],
  view: View,
): UserInfo | undefined {
  const given = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
  if (!given.some((audience) => audiences.includes(audience as string))) return undefined;
  const own = claims['kubernetes.io'];
  if (!isRecord(own)) return undefined;
  const { namespace, serviceaccount, pod, secret, node } = own;
  if (typeof namespace !== 'string' || !isRecord(serviceaccount)) return undefined;
  const name = String(serviceaccount.name);
  const account = view.get('core/serviceaccounts', namespace, name);
  if (account === undefined || account.metadata.uid !== serviceaccount.uid) return undefined;
  if (!holds(view, 'core/pods', namespace, pod)) return undefined;
  if (!holds(view, 'core/secrets', namespace, secret)) return undefined;
  if (pod === undefined && !holds(view, 'core/nodes', '', node)) return undefined;
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid: account.metadata.uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
    extra: extraOf(claims, pod, node),
  };
}

function holds(view: View, resource: string, namespace: string, claim: unknown): boolean {
  if (claim === undefined) return true;
  if (!isRecord(claim)) return false;
  const found = view.getAny(resource, namespace, String(claim.name));
  return found !== undefined && found.metadata.uid === claim.uid;
}

function extraOf(claims: TokenClaims, pod: unknown, node: unknown) {
  const extra: Record<string, readonly string[]> = {};
  const prefix = 'authentication.kubernetes.io';
  if (typeof claims.jti === 'string') extra[`${prefix}/credential-id`] = [`JTI=${claims.jti}`];
  if (isRecord(node)) {
    extra[`${prefix}/node-name`] = [String(node.name)];
    if (node.uid !== undefined) extra[`${prefix}/node-uid`] = [String(node.uid)];
  }
  if (isRecord(pod)) {
    extra[`${prefix}/pod-name`] = [String(pod.name)];
    extra[`${prefix}/pod-uid`] = [String(pod.uid)];
  }
  return extra;
}
