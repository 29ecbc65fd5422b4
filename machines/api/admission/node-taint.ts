/**
 * TaintNodesByCondition: a new node is tainted not-ready until its conditions say otherwise. Pure.
 */
import type { Draft } from '../registry.ts';
import { specOf } from '../subresources.ts';
import type { Taint } from '../types.ts';
import type { AdmissionStep } from './attributes.ts';

const key = 'node.kubernetes.io/not-ready';
const effect = 'NoSchedule';

/** Adds the taint where the node does not come with it. */
export const taintNewNode: AdmissionStep = ({ object }) => {
  const spec = specOf(object);
  const taints = Array.isArray(spec.taints) ? (spec.taints as Taint[]) : [];
  if (taints.some((taint) => taint?.key === key && taint.effect === effect)) return undefined;
  (object as Draft).spec = { ...spec, taints: [...taints, { key, effect }] };
  return undefined;
};
