/** The rules of a process as rules of its messages: what its bus loses, delays, repeats and reorders. */
import {
  createMessageRules,
  type MessageEffect,
  type MessageRule,
  type MessageRules,
} from '../../bus/faults/message-rules.ts';
import { subject } from '../../bus/subjects.ts';
import type { FaultAction, Target } from '../../machines/chaos/scenario.ts';
import type { ProcessFaults } from './process-faults.ts';
import type { ProcessRule } from './protocol.ts';

/**
 * A set of message rules that follows what the supervisor says; `connection` is the name of this process's own. A rule
 * for everybody is carried out by who sends (and, of the log, which the server sends, by who receives); one for this
 * process on what it sends and what is sent to it, answers to its own questions excepted.
 */
export function messageRulesOf(
  faults: ProcessFaults,
  cluster: string,
  connection: string,
): MessageRules {
  const rules = createMessageRules(Math.random, { nowMs: Date.now });
  faults.onRules((now) => {
    rules.clear();
    for (const { injection, ...rule } of now) {
      for (const [index, one] of messageRules(rule, cluster, connection).entries()) {
        rules.set(`${injection}.${index}`, one);
      }
    }
  });
  return rules;
}

type Unnumbered = Omit<ProcessRule, 'injection'>;

function messageRules(
  { fault, target, cut }: Unnumbered,
  cluster: string,
  connection: string,
): readonly MessageRule[] {
  const effect = effectOf(fault);
  if (effect === undefined) return [];
  if (cut !== undefined) return cut.map((one) => ({ effect, subject: one, from: connection }));
  const probability = 'probability' in fault ? fault.probability : 1;
  const rule = { effect, probability, subject: patternOf(fault, target, cluster) };
  const sent = { ...rule, from: connection };
  const everybody = [target.process, target.role, target.pods].every((one) => one === undefined);
  if (!everybody) return [sent, { ...rule, to: connection }];
  const log = subject(cluster, 'log');
  if (rule.subject === undefined || rule.subject === `${cluster}.>`) {
    return [sent, { ...rule, subject: `${log}.>`, to: connection }];
  }
  return rule.subject.startsWith(`${log}.`) ? [{ ...rule, to: connection }] : [sent];
}

function patternOf(fault: FaultAction, target: Target, cluster: string): string | undefined {
  if (fault.fault === 'lose-heartbeats') return `${subject(cluster, 'beat')}.*`;
  return target.subject === undefined ? undefined : `${subject(cluster)}.${target.subject}`;
}

function effectOf(fault: FaultAction): MessageEffect | undefined {
  switch (fault.fault) {
    case 'delay':
      return { kind: 'delay', minMs: fault.minMs, maxMs: fault.maxMs };
    case 'drop':
    case 'lose-heartbeats':
      return { kind: 'drop' };
    case 'partition':
      return { kind: 'cut' };
    case 'duplicate':
      return { kind: 'duplicate' };
    case 'reorder':
      return { kind: 'reorder', windowMs: fault.windowMs };
    default:
      return undefined;
  }
}
