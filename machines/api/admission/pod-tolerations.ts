/**
 * DefaultTolerationSeconds: a pod tolerates a not-ready or unreachable node for a while unless it
 * says otherwise. Follows the plugin of the same name. Pure.
 */
import type { Draft } from '../registry.ts';
import { specOf } from '../subresources.ts';
import type { Toleration } from '../types.ts';
import type { AdmissionStep } from './attributes.ts';

const effect = 'NoExecute';
const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Adds the two tolerations where nothing in the pod covers them. */
export const defaultTolerations: AdmissionStep = ({ object, env }) => {
  const spec = specOf(object);
  const given = Array.isArray(spec.tolerations) ? (spec.tolerations as Toleration[]) : [];
  const tolerationSeconds = env.settings.defaultTolerationSeconds;
  const added = keys
    .filter((key) => !given.some((toleration) => covers(toleration, key)))
    .map((key) => ({ key, operator: 'Exists', effect, tolerationSeconds }));
  if (added.length > 0) (object as Draft).spec = { ...spec, tolerations: [...given, ...added] };
  return undefined;
};

function covers(toleration: Toleration, key: string): boolean {
  const sameKey = !toleration.key || toleration.key === key;
  return sameKey && (!toleration.effect || toleration.effect === effect);
}
