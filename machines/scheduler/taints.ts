/**
 * Taints and tolerations, as the scheduler, the node life cycle and evictions read them. Pure.
 */
import type { Taint, Toleration } from '../api/types.ts';

/** True where one toleration covers a taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case 'Exists':
      return true;
    case 'Equal':
      return key !== '' && value === (taint.value ?? '');
    case 'Lt':
    case 'Gt': {
      const [wanted, actual] = [integer(value), integer(taint.value ?? '')];
      if (wanted === undefined || actual === undefined) return false;
      return operator === 'Lt' ? actual < wanted : actual > wanted;
    }
  }
}

/** The first of the taints with one of the effects that no toleration covers. */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
  effects: readonly Taint['effect'][],
): Taint | undefined {
  return taints.find(
    (taint) =>
      effects.includes(taint.effect) &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}

function integer(text: string): number | undefined {
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : undefined;
}
