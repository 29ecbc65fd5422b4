/**
 * What spans are called and what they tell: OpenTelemetry's semantic conventions where there are any, `kabuki.*` for the
 * rest. Names have few values each, as the conventions ask; what has many is an attribute. Pure.
 */
import { renderState } from '../step-record.ts';
import { keyOf, kindOf } from './about.ts';
import type { RequestTraced, StepTraced, TraceRecord, WriteTraced } from './record.ts';
import type { Attributes, SpanKind } from './span.ts';

/** Resources whose name has an attribute of its own in the conventions. */
const NAMED: Readonly<{ [storage: string]: string }> = {
  'apps/daemonsets': 'k8s.daemonset.name',
  'apps/deployments': 'k8s.deployment.name',
  'apps/replicasets': 'k8s.replicaset.name',
  'apps/statefulsets': 'k8s.statefulset.name',
  'autoscaling/horizontalpodautoscalers': 'k8s.hpa.name',
  'batch/cronjobs': 'k8s.cronjob.name',
  'batch/jobs': 'k8s.job.name',
  'core/namespaces': 'k8s.namespace.name',
  'core/nodes': 'k8s.node.name',
  'core/pods': 'k8s.pod.name',
  'core/replicationcontrollers': 'k8s.replicationcontroller.name',
  'core/resourcequotas': 'k8s.resourcequota.name',
};

/** Which component a kind of machine belongs to. */
const SERVICES: Readonly<{ [kind: string]: string }> = {
  'api-request': 'kabuki-apiserver',
  leader: 'kabuki-leader-election',
  listener: 'kabuki-proxy',
  node: 'kabuki-kubelet',
  nodeHealth: 'kabuki-controllers',
  pendingPod: 'kabuki-scheduler',
  pod: 'kabuki-kubelet',
  proxy: 'kabuki-proxy',
  reconciler: 'kabuki-controllers',
  scheduler: 'kabuki-scheduler',
};

/** The component in which a record was made: requests and writes are the apiserver's. */
export function serviceOf(record: TraceRecord): string {
  if (record.type !== 'step') return 'kabuki-apiserver';
  const { process: name, actor } = record;
  return SERVICES[kindOf(actor)] ?? `kabuki-${name.replace(/-\d+$/, '')}`;
}

/** What a span is called. */
export function spanName(record: TraceRecord): string {
  if (record.type === 'request') return `${record.method} ${routeOf(record)}`;
  if (record.type === 'write') {
    return `${record.operation === 'put' ? 'write' : 'delete'} ${resourceOf(record.key)}`;
  }
  if (record.type !== 'step') return record.type;
  const [kind = '', second = '', third = ''] = record.actor.split('/');
  if (kind === 'reconciler') return `${second} reconcile`;
  if (kind !== 'api-request') return `${kind} ${record.event}`;
  const [verb = '', subresource] = third.split('.');
  const resource = resourceOf(keyOf(record) ?? '');
  return subresource === undefined ? `${verb} ${resource}` : `${verb} ${resource}/${subresource}`;
}

const resourceOf = (key: string): string => key.split('/')[1] ?? '';

/** Its kind: a request that came over the bus is served as one of HTTP is; other messages are consumed. */
export function spanKind(record: TraceRecord): SpanKind {
  if (record.type === 'request') return 'server';
  if (record.type === 'write') return 'producer';
  if (record.type !== 'step') return 'internal';
  if (kindOf(record.actor) === 'api-request') return isOfHttp(record) ? 'internal' : 'server';
  return 'consumer';
}

/** True of a request's machine that was started for a request of HTTP, which has a span of its own. */
export function isOfHttp({ actor, from }: StepTraced): boolean {
  return kindOf(actor) === 'api-request' && from === 'apiserver';
}

/** The path with names in braces: `/api/v1/namespaces/{namespace}/pods/{name}`. */
export function routeOf({ path, key }: Pick<RequestTraced, 'path' | 'key'>): string {
  const [plain = ''] = path.split('?', 1);
  const [, resource = ''] = key.split('/');
  const parts = plain.split('/');
  return parts
    .map((part, index) => {
      if (index > 0 && parts[index - 1] === 'namespaces') return '{namespace}';
      return index > 0 && resource !== '' && parts[index - 1] === resource ? '{name}' : part;
    })
    .join('/');
}

/** What a span tells of the record that it begins with. */
export function attributesOf(record: TraceRecord): Attributes {
  const about = objectAttributes(keyOf(record));
  if (record.type === 'request') return { ...about, ...requestAttributes(record) };
  if (record.type === 'write') return { ...about, ...writeAttributes(record) };
  return record.type === 'step' ? { ...about, ...stepAttributes(record) } : about;
}

function objectAttributes(key: string | undefined): Attributes {
  if (key === undefined) return {};
  const [group = '', resource = '', namespace = '', ...rest] = key.split('/');
  const name = rest.join('/');
  const named = NAMED[`${group}/${resource}`];
  return {
    'kabuki.object': key,
    ...(namespace !== '' && namespace !== '_' && { 'k8s.namespace.name': namespace }),
    ...(named !== undefined && name !== '' && { [named]: name }),
  };
}

function requestAttributes(request: RequestTraced): Attributes {
  const { method, path, code, userAgent, user, verb, auditId, messageId } = request;
  const [plain = '', query] = path.split('?');
  return {
    'http.request.method': method,
    'http.route': routeOf(request),
    'http.response.status_code': code,
    'url.scheme': 'https',
    'url.path': plain,
    ...(query !== undefined && { 'url.query': query }),
    'user_agent.original': userAgent,
    'enduser.id': user,
    'messaging.message.id': messageId,
    'kabuki.verb': verb,
    'kabuki.audit_id': auditId,
  };
}

function writeAttributes({ key, revision, messageId, from }: WriteTraced): Attributes {
  return {
    ...messaging('send', messageId),
    'messaging.operation.name': 'publish',
    'messaging.destination.template': `$KV.{cluster}.${key.split('/', 2).join('.')}.{namespace}.{name}`,
    'kabuki.revision': revision,
    'kabuki.sender': from,
  };
}

/** What a step tells; also of those that are events within a span. */
export function stepAttributes(step: StepTraced): Attributes {
  const { actor, event, before, after, effects, waitMs, tookMs, messageId, from, handled } = step;
  return {
    ...messaging('process', messageId),
    'kabuki.actor': actor,
    'kabuki.event': event,
    'kabuki.sender': from,
    ...(before !== undefined && { 'kabuki.state.before': renderState(before) }),
    'kabuki.state.after': renderState(after),
    ...(effects.length > 0 && { 'kabuki.effects': effects }),
    'kabuki.mailbox_ms': waitMs,
    'kabuki.work_ms': tookMs,
    ...(!handled && { 'kabuki.ignored': true }),
  };
}

const messaging = (operation: 'send' | 'process', messageId: string): Attributes => ({
  'messaging.system': 'nats',
  'messaging.operation.type': operation,
  'messaging.message.id': messageId,
});
