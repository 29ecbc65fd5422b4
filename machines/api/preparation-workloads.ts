/**
 * What the server sets in workloads when they are created or changed: the selector of a Job and the
 * labels of its pods, and the count of a DaemonSet's templates that old clients look for.
 *
 * Follows the strategies in Kubernetes' pkg/registry. Pure; drafts are changed in place, what they
 * were made of not.
 */
import { isRecord, sameJson } from './json.ts';
import type { StrategyTable } from './strategy-parts.ts';
import type { AnyObject } from './view.ts';

type Fields = Record<string, unknown>;

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** Preparation by resource. */
export const workloadPreparation: StrategyTable = {
  'batch/jobs': { prepareForCreate: (object) => generateSelector(object) },
  'apps/daemonsets': {
    prepareForCreate: (object) => setGeneration(object, Math.max(1, generationOf(object))),
    prepareForUpdate(object, old) {
      const isNew = !sameJson(fieldsOf(object.spec).template, fieldsOf(old.spec).template);
      setGeneration(object, generationOf(old) + (isNew ? 1 : 0));
    },
  },
};

/** Ties a Job to its pods by its uid, unless its owner manages the selector. */
function generateSelector(object: AnyObject): void {
  const spec = fieldsOf(object.spec);
  if (spec.manualSelector === true) return;
  const { name = '', uid = '' } = object.metadata ?? {};
  const template = fieldsOf(spec.template);
  const metadata = fieldsOf(template.metadata);
  const labels = {
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    [CONTROLLER_UID]: uid,
    ...fieldsOf(metadata.labels),
  };
  const selector = fieldsOf(spec.selector);
  const matchLabels = { [CONTROLLER_UID]: uid, ...fieldsOf(selector.matchLabels) };
  (object as Fields).spec = {
    ...spec,
    selector: { ...selector, matchLabels },
    template: { ...template, metadata: { ...metadata, labels } },
  };
}

function generationOf(object: AnyObject): number {
  const text = object.metadata?.annotations?.[TEMPLATE_GENERATION] ?? '0';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

function setGeneration(object: AnyObject, generation: number): void {
  const { metadata } = object;
  if (metadata === undefined) return;
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: `${generation}` };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
