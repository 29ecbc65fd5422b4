/**
 * Defaults of pods and of the objects that hold a pod template.
 *
 * What templates do not get (service links, requests from limits, host ports) a pod gets in copies
 * of its own, because its spec may be shared with the template that it was made from.
 */

import { add, canonical, compare, formatQuantity, parseQuantity } from '../quantity.ts';
import type { Container, Pod, PodSpec, PodTemplate, PodTemplateSpec } from '../types.ts';
import type { Loose } from './loose.ts';
import { defaultPodSpec } from './pod-spec.ts';

type Quantities = Record<string, string | undefined>;

/** Fills in a pod. */
export function defaultPod(pod: Loose<Pod>): void {
  const spec: Loose<PodSpec> = { ...pod.spec };
  pod.spec = spec;
  defaultPodSpec(spec);
  if (spec.containers !== undefined) spec.containers = ownContainers(spec.containers, spec);
  if (spec.initContainers !== undefined) {
    spec.initContainers = ownContainers(spec.initContainers, spec);
  }
  if (spec.resources?.limits !== undefined) defaultPodRequests(spec);
  spec.enableServiceLinks ??= true;
}

function ownContainers(
  containers: Loose<Container>[],
  { hostNetwork }: Loose<PodSpec>,
): Loose<Container>[] {
  let result = containers;
  for (let index = 0; index < containers.length; index += 1) {
    const own = ownContainer(containers[index]!, hostNetwork === true);
    if (own === containers[index]) continue;
    if (result === containers) result = [...containers];
    result[index] = own;
  }
  return result;
}

function ownContainer(container: Loose<Container>, hostNetwork: boolean): Loose<Container> {
  let own = container;
  const limits = container.resources?.limits as Quantities | undefined;
  if (limits !== undefined) {
    const requests = container.resources?.requests as Quantities | undefined;
    if (lacks(requests, limits)) {
      own = { ...own, resources: { ...own.resources, requests: { ...limits, ...requests } } };
    }
  }
  if (hostNetwork && container.ports?.some((port) => !port.hostPort)) {
    const ports = container.ports.map((port) =>
      port.hostPort || !port.containerPort ? port : { ...port, hostPort: port.containerPort },
    );
    own = { ...own, ports };
  }
  return own;
}

function lacks(requests: Quantities | undefined, limits: Quantities): boolean {
  for (const name in limits) if (requests?.[name] === undefined) return true;
  return false;
}

/** Pod-level requests: what the containers ask for together, else the pod-level limits. */
function defaultPodRequests(spec: Loose<PodSpec>): void {
  const limits = spec.resources?.limits as Quantities;
  const requests: Quantities = { ...(spec.resources?.requests as Quantities | undefined) };
  for (const name of Object.keys(limits)) {
    if (requests[name] !== undefined || !podLevel.test(name)) continue;
    const asked = name === 'cpu' || name === 'memory' ? askedTogether(spec, name) : undefined;
    requests[name] = asked ?? limits[name];
  }
  for (const name of ['cpu', 'memory']) {
    const asked = requests[name] === undefined ? askedTogether(spec, name) : undefined;
    if (asked !== undefined) requests[name] = asked;
  }
  spec.resources = { ...spec.resources, requests: requests as Record<string, string> };
}

const podLevel = /^(cpu|memory|hugepages-.*)$/;

/**
 * The sum of the containers' and sidecars' requests, or more where an init container asks for more.
 */
function askedTogether(spec: Loose<PodSpec>, name: string): string | undefined {
  let sum = parseQuantity('0')!;
  let most = sum;
  let found = false;
  for (const container of spec.initContainers ?? []) {
    const quantity = parseQuantity(container.resources?.requests?.[name]);
    if (quantity === undefined) continue;
    found = true;
    const together = add(sum, quantity);
    if (compare(together, most) > 0) most = together;
    if (container.restartPolicy === 'Always') sum = together;
  }
  for (const container of spec.containers ?? []) {
    const quantity = parseQuantity(container.resources?.requests?.[name]);
    if (quantity === undefined) continue;
    found = true;
    sum = add(sum, quantity);
  }
  if (!found) return undefined;
  return canonical(formatQuantity(compare(sum, most) > 0 ? sum : most));
}

/** Fills in a pod template. */
export function defaultTemplate(template: Loose<PodTemplateSpec>): void {
  template.metadata ??= {};
  template.spec ??= {};
  defaultPodSpec(template.spec);
}

/** Fills in a stored pod template. */
export function defaultPodTemplate(object: Loose<PodTemplate>): void {
  if (object.template === undefined) object.template = {};
  defaultTemplate(object.template);
}
