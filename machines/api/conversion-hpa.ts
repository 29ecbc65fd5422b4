/**
 * HorizontalPodAutoscaler v1 and v2 (as stored). What v1 cannot say (metrics, behavior, conditions)
 * travels in the annotations that Kubernetes uses for it.
 *
 * Pure; never changes its input. Malformed annotations are dropped, as Kubernetes does.
 */
import { isRecord } from './json.ts';
import type { AnyObject } from './view.ts';

const annotationNames = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const;

type Json = Record<string, unknown>;

/** A v1 object as v2. */
export function hpaToV2(object: AnyObject): AnyObject {
  const annotations: Record<string, string> = { ...object.metadata?.annotations };
  const { targetCPUUtilizationPercentage: percent, ...spec } = record(object.spec);
  const { currentCPUUtilizationPercentage: current, ...status } = record(object.status);
  const metrics = list(annotations[annotationNames.metrics]).map(metricToV2);
  if (percent !== undefined) metrics.push(cpuMetric(Number(percent)));
  const currentMetrics = list(annotations[annotationNames.currentMetrics]).map(statusToV2);
  if (current !== undefined) currentMetrics.push(cpuStatus(Number(current)));
  const conditions = list(annotations[annotationNames.conditions]);
  const behavior = parsed(annotations[annotationNames.behavior]);
  for (const name of Object.values(annotationNames)) delete annotations[name];
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(object, annotations),
    spec: {
      ...spec,
      ...(metrics.length > 0 ? { metrics } : {}),
      ...(isRecord(behavior) ? { behavior } : {}),
    },
    ...(object.status === undefined
      ? {}
      : {
          status: {
            ...status,
            ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
            ...(conditions.length > 0 ? { conditions } : {}),
          },
        }),
  };
}

/** A v2 object as v1. */
export function hpaToV1(object: AnyObject): AnyObject {
  const annotations: Record<string, string> = { ...object.metadata?.annotations };
  const { metrics, behavior, ...spec } = record(object.spec);
  const { currentMetrics, conditions, ...status } = record(object.status);
  const targets = Array.isArray(metrics) ? metrics.filter(isRecord) : [];
  const currents = Array.isArray(currentMetrics) ? currentMetrics.filter(isRecord) : [];
  const cpu = targets.find(isCpuUtilization);
  const cpuNow = currents.find(isCpu);
  const others = targets.filter((metric) => metric !== cpu);
  const othersNow = currents.filter((metric) => metric !== cpuNow);
  const keep = (name: string, value: unknown) => {
    annotations[name] = JSON.stringify(value);
  };
  if (others.length > 0) keep(annotationNames.metrics, others.map(metricToV1));
  if (othersNow.length > 0) keep(annotationNames.currentMetrics, othersNow.map(statusToV1));
  if (Array.isArray(conditions) && conditions.length > 0) {
    keep(annotationNames.conditions, conditions);
  }
  if (behavior !== undefined) keep(annotationNames.behavior, behavior);
  const percent = record(record(cpu?.resource).target).averageUtilization;
  const current = record(record(cpuNow?.resource).current).averageUtilization;
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(object, annotations),
    spec: {
      ...spec,
      ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }),
    },
    ...(object.status === undefined
      ? {}
      : {
          status: {
            ...status,
            ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
          },
        }),
  };
}

function withAnnotations(object: AnyObject, annotations: Record<string, string>) {
  const { annotations: _, ...metadata } = object.metadata ?? {};
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function list(text: string | undefined): Json[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function cpuMetric(averageUtilization: number): Json {
  const target = { type: 'Utilization', averageUtilization };
  return { type: 'Resource', resource: { name: 'cpu', target } };
}

function cpuStatus(averageUtilization: number): Json {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } };
}

function isCpu(metric: Json): boolean {
  return metric.type === 'Resource' && record(metric.resource).name === 'cpu';
}

function isCpuUtilization(metric: Json): boolean {
  const target = record(record(metric.resource).target);
  return isCpu(metric) && target.averageUtilization !== undefined;
}

/**
 * The v1 annotations say `targetAverageUtilization` and `targetAverageValue` where v2 has a target.
 */
function metricToV1(metric: Json): Json {
  const resource = record(metric.resource);
  if (metric.type !== 'Resource' || !isRecord(resource.target)) return metric;
  const { target, ...rest } = resource;
  const { averageUtilization, averageValue } = record(target);
  return {
    type: 'Resource',
    resource: {
      ...rest,
      ...(averageUtilization === undefined ? {} : { targetAverageUtilization: averageUtilization }),
      ...(averageValue === undefined ? {} : { targetAverageValue: averageValue }),
    },
  };
}

function metricToV2(metric: Json): Json {
  const resource = record(metric.resource);
  if (metric.type !== 'Resource' || isRecord(resource.target)) return metric;
  const { targetAverageUtilization, targetAverageValue, ...rest } = resource;
  const target =
    targetAverageUtilization !== undefined
      ? { type: 'Utilization', averageUtilization: targetAverageUtilization }
      : { type: 'AverageValue', averageValue: targetAverageValue };
  return { type: 'Resource', resource: { ...rest, target } };
}

function statusToV1(metric: Json): Json {
  const resource = record(metric.resource);
  if (metric.type !== 'Resource' || !isRecord(resource.current)) return metric;
  const { current, ...rest } = resource;
  const { averageUtilization, averageValue } = record(current);
  return {
    type: 'Resource',
    resource: {
      ...rest,
      ...(averageUtilization === undefined
        ? {}
        : { currentAverageUtilization: averageUtilization }),
      ...(averageValue === undefined ? {} : { currentAverageValue: averageValue }),
    },
  };
}

function statusToV2(metric: Json): Json {
  const resource = record(metric.resource);
  if (metric.type !== 'Resource' || isRecord(resource.current)) return metric;
  const { currentAverageUtilization, currentAverageValue, ...rest } = resource;
  return {
    type: 'Resource',
    resource: {
      ...rest,
      current: {
        ...(currentAverageUtilization === undefined
          ? {}
          : { averageUtilization: currentAverageUtilization }),
        ...(currentAverageValue === undefined ? {} : { averageValue: currentAverageValue }),
      },
    },
  };
}
