/**
 * The TARGETS cell of autoscalers, for autoscaling/v2 metrics and for v1's processor target. Pure.
 */
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../types.ts';

const unknown = '<unknown>';
const shownMax = 2;

/** Fields of the v1 form, in which old clients see and send the same object. */
interface V1Fields {
  readonly spec?: { readonly targetCPUUtilizationPercentage?: number };
  readonly status?: { readonly currentCPUUtilizationPercentage?: number };
}

/** Each metric as `current/target`, two at most, and how many more there are. */
export function metricsText(object: HorizontalPodAutoscaler): string {
  const v1 = object as V1Fields;
  const target = v1.spec?.targetCPUUtilizationPercentage;
  if (target !== undefined) {
    const current = v1.status?.currentCPUUtilizationPercentage;
    return `cpu: ${current === undefined ? unknown : `${current}%`}/${target}%`;
  }
  const specs = object.spec?.metrics ?? [];
  if (specs.length === 0) return '<none>';
  const statuses = object.status?.currentMetrics ?? [];
  const texts = specs.map((spec, index) => metricText(spec, statuses[index]));
  const shown = texts.slice(0, shownMax).join(', ');
  return texts.length > shownMax ? `${shown} + ${texts.length - shownMax} more...` : shown;
}

function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  switch (spec.type) {
    case 'External':
      return valueText(spec.external?.target, status?.external?.current);
    case 'Object':
      return valueText(spec.object?.target, status?.object?.current);
    case 'Pods':
      return [
        status?.pods?.current?.averageValue ?? unknown,
        spec.pods?.target?.averageValue ?? '',
      ].join('/');
    case 'Resource':
      return resourceText(spec.resource, status?.resource);
    case 'ContainerResource':
      return resourceText(spec.containerResource, status?.containerResource);
    default:
      return '<unknown type>';
  }
}

interface Value {
  readonly value?: string | number | undefined;
  readonly averageValue?: string | number | undefined;
  readonly averageUtilization?: number | undefined;
}

function valueText(target: Value | undefined, current: Value | undefined): string {
  if (target?.averageValue !== undefined) {
    return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  }
  return `${current?.value ?? unknown}/${target?.value ?? ''}`;
}

function resourceText(
  spec: { readonly name: string; readonly target: Value } | undefined,
  status: { readonly current: Value } | undefined,
): string {
  const target = spec?.target;
  if (target?.averageValue !== undefined) {
    return `${spec?.name}: ${status?.current?.averageValue ?? unknown}/${target.averageValue}`;
  }
  const used = status?.current?.averageUtilization;
  const wanted = target?.averageUtilization;
  const current = used === undefined ? unknown : `${used}%`;
  return `${spec?.name ?? ''}: ${current}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}
