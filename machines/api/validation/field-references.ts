/**
 * References to fields and resources of a pod itself: the downward API in environments and volumes.
 *
 * Follows ConvertDownwardAPIFieldLabel and pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../types.ts';
import { type Causes, invalid, required, unsupported } from './field-errors.ts';
import { checkLabelKey } from './names.ts';

const labelsOfPods = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

/** Fields that an environment variable can show. */
export const environmentFields: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields that a file can show. */
export const volumeFields: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const resourceFields: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];

const subscript = /^(.*)\['(.*)'\]$/;

/** Adds what is wrong with a reference to a field of the pod. */
export function checkFieldReference(
  causes: Causes,
  field: string,
  { apiVersion, fieldPath }: Loose<ObjectFieldSelector>,
  known: readonly string[],
): void {
  if (!apiVersion) {
    required(causes, `${field}.apiVersion`);
    return;
  }
  if (!fieldPath) {
    required(causes, `${field}.fieldPath`);
    return;
  }
  const path = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  const [, base, key = ''] = subscript.exec(path) ?? [];
  const error = conversionError(apiVersion, path, base);
  if (error !== undefined) {
    invalid(causes, `${field}.fieldPath`, fieldPath, `error converting fieldPath: ${error}`);
  } else if (base === 'metadata.annotations') checkLabelKey(causes, field, key.toLowerCase());
  else if (base !== undefined) checkLabelKey(causes, field, key);
  else if (!known.includes(path)) unsupported(causes, `${field}.fieldPath`, path, known);
}

function conversionError(
  apiVersion: string,
  path: string,
  base: string | undefined,
): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  if (base !== undefined) {
    if (base === 'metadata.annotations' || base === 'metadata.labels') return undefined;
    return 'field label does not support subscript';
  }
  return labelsOfPods.has(path) ? undefined : `field label not supported: ${path}`;
}

const sizes = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';
const sizeDivisors = new Set(sizes.split(', '));

/** Adds what is wrong with a reference to a resource of a container; a volume has to name it. */
export function checkResourceReference(
  causes: Causes,
  field: string,
  { containerName, resource, divisor }: Loose<ResourceFieldSelector>,
  volume: boolean,
): void {
  if (volume && !containerName) required(causes, `${field}.containerName`);
  else if (!resource) required(causes, `${field}.resource`);
  else if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    unsupported(causes, `${field}.resource`, resource, resourceFields);
  }
  if (divisor === undefined || divisor === '0' || resource === undefined) return;
  const [, name = ''] = resource.split('.');
  if (name === 'cpu') {
    if (divisor === '1m' || divisor === '1') return;
    const detail = "only divisor's values 1m and 1 are supported with the cpu resource";
    invalid(causes, `${field}.divisor`, resource, detail);
    return;
  }
  const kind =
    name === 'memory'
      ? 'memory'
      : name === 'ephemeral-storage'
        ? 'local ephemeral storage'
        : name.startsWith('hugepages-')
          ? 'hugepages'
          : undefined;
  if (kind === undefined || sizeDivisors.has(divisor)) return;
  const detail = `only divisor's values ${sizes} are supported with the ${kind} resource`;
  invalid(causes, `${field}.divisor`, resource, detail);
}
