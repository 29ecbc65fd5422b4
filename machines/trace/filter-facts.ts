/** What filters ask of records, of messages that wait for an actor, and of steps that were just taken. Pure. */

import { isRecord } from '../api/json.ts';
import type { MachineState } from '../step.ts';
import type { StepRecord } from '../step-record.ts';
import { kindOf, objectOf } from './about.ts';
import type { Facts } from './filter.ts';
import type { FilterField } from './filter-fields.ts';
import type { MessageOf, StepTraced, TraceRecord, WriteTraced } from './record.ts';
import { statesBeyond, statesIn } from './states.ts';

/** The node of an object, by its key; undefined where none is known. */
export type NodeOf = (key: string) => string | undefined;

/** Machines that stand for one node each. */
const NODE_MACHINES: ReadonlySet<string> = new Set(['node', 'nodeHealth', 'proxy']);

/** The facts of a record. */
export function factsOf(record: TraceRecord, nodeOf: NodeOf): Facts {
  return (field) => {
    if (field === 'type') return [record.type];
    if (field === 'process') return [record.process];
    switch (record.type) {
      case 'step':
        return stepFact(record, field, nodeOf);
      case 'write':
        return writeFact(record, field, nodeOf);
      case 'request': {
        const { messageId, key, user, code, tookMs, verb } = record;
        if (field === 'message') return [messageId];
        if (field === 'user') return [user];
        if (field === 'verb') return [verb];
        if (field === 'code') return code;
        if (field === 'took') return tookMs;
        return key === '' ? undefined : objectFact(key, field, nodeOf);
      }
      case 'dead':
        if (field === 'event') return [record.event];
        if (field === 'from') return [record.from];
        if (field === 'cause') return record.causes;
        return actorFact(record.to, field, nodeOf);
      case 'state':
        if (field === 'state') return [...statesIn(record.value)];
        return actorFact(record.actor, field, nodeOf);
      case 'lost':
        return undefined;
    }
  };
}

/** A message, and the actor that is to take it next. */
export interface Waiting {
  readonly process: string;
  readonly actor: string;
  readonly state: MachineState;
  readonly event: { readonly type: string };
  readonly message: Omit<MessageOf, 'messageId'> & { readonly id: string };
  readonly waitMs: number;
}

/** The facts of a message that waits. */
export function waitingFacts(waiting: Waiting): Facts {
  const { process, actor, state, event, message, waitMs } = waiting;
  return (field) => {
    if (field === 'type') return ['step'];
    if (field === 'process') return [process];
    if (field === 'event') return [event.type];
    if (field === 'state') return [...statesIn(state.value)];
    if (field === 'wait') return waitMs;
    if (field === 'node') return nodesOf(actor, state.context, event, []);
    return messageFact({ ...message, messageId: message.id }, field) ?? actorFact(actor, field);
  };
}

/** The facts of a step that was just taken. */
export function takenFacts(
  process: string,
  record: StepRecord,
  { from, event, after }: TakenStep,
): Facts {
  const step = { ...record, from, traceparent: '' };
  return (field) => {
    if (field === 'type') return ['step'];
    if (field === 'process') return [process];
    if (field === 'node') return nodesOf(record.actor, after.context, event, record.effects);
    return stepFact(step, field, () => undefined);
  };
}

/** What a step's record leaves out. */
export interface TakenStep {
  readonly from: string;
  readonly event: { readonly type: string };
  readonly after: MachineState;
}

function stepFact(
  step: Omit<StepTraced, 'type' | 'process' | 'atMs' | 'done' | 'full'>,
  field: FilterField,
  nodeOf: NodeOf,
): ReturnType<Facts> {
  const { event, before, after, effects, handled, waitMs, tookMs, actor } = step;
  switch (field) {
    case 'event':
      return [event];
    case 'state':
      return [...statesIn(after)];
    case 'enters':
      return statesBeyond(after, before);
    case 'leaves':
      return statesBeyond(before, after);
    case 'effect':
      return effects.flatMap((effect) => [effect, effect.split(' ', 1)[0] ?? '']);
    case 'handled':
      return [String(handled)];
    case 'wait':
      return waitMs;
    case 'took':
      return tookMs;
    case 'node':
      return [...wordsOf(effects), ...(actorFact(actor, 'node', nodeOf) as readonly string[])];
    default:
      return messageFact(step, field) ?? actorFact(actor, field, nodeOf);
  }
}

function writeFact(write: WriteTraced, field: FilterField, nodeOf: NodeOf): ReturnType<Facts> {
  if (field === 'verb') return [write.operation];
  const own = field === 'node' ? nodeNameOf(write.object) : undefined;
  return own === undefined
    ? (messageFact(write, field) ?? objectFact(write.key, field, nodeOf))
    : [own];
}

function messageFact(message: MessageOf, field: FilterField): readonly string[] | undefined {
  if (field === 'from') return [message.from];
  if (field === 'message') return [message.messageId];
  return field === 'cause' ? message.causes : undefined;
}

function actorFact(
  actor: string,
  field: FilterField,
  nodeOf: NodeOf = () => undefined,
): readonly string[] | undefined {
  if (field === 'actor') return [actor];
  if (field === 'machine') return [kindOf(actor)];
  const key = objectOf(actor);
  return key === undefined ? (field === 'node' ? [] : undefined) : objectFact(key, field, nodeOf);
}

function objectFact(
  key: string,
  field: FilterField,
  nodeOf: NodeOf,
): readonly string[] | undefined {
  if (field === 'object') return [key];
  const [group, resource, namespace = '', ...name] = key.split('/');
  if (field === 'namespace') return namespace === '_' ? [] : [namespace];
  if (field !== 'node') return undefined;
  if (group === 'core' && resource === 'nodes') return [name.join('/')];
  const node = nodeOf(key);
  return node === undefined ? [] : [node];
}

/** Effects in short are words; the node is one of them where an effect names it. */
const wordsOf = (effects: readonly string[]): readonly string[] =>
  effects.flatMap((effect) => effect.split(' ').slice(1));

/** The nodes that an actor, what it knows, and what it was told name. */
function nodesOf(
  actor: string,
  context: unknown,
  event: object,
  effects: readonly string[],
): readonly string[] {
  const [kind = '', id = ''] = actor.split('/');
  const own = NODE_MACHINES.has(kind) ? [id] : [];
  return [...own, ...namedIn(context), ...namedIn(event), ...wordsOf(effects)];
}

/** `node`, `nodeName` or `node.name` of plain data, and the node of its pod. */
function namedIn(data: unknown): readonly string[] {
  if (!isRecord(data)) return [];
  const { node, nodeName, pod } = data;
  const names = [node, nodeName, isRecord(node) ? node.name : undefined, nodeNameOf(pod)];
  return names.filter((name) => typeof name === 'string' && name !== '') as string[];
}

function nodeNameOf(object: unknown): string | undefined {
  const spec = isRecord(object) ? object.spec : undefined;
  const name = isRecord(spec) ? spec.nodeName : undefined;
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Remembers on which node objects are, by the writes of them. */
export class NodeNames {
  readonly #names = new Map<string, string>();

  learn(records: readonly TraceRecord[]): void {
    for (const record of records) {
      const name = record.type === 'write' ? nodeNameOf(record.object) : undefined;
      if (name !== undefined && record.type === 'write') this.#names.set(record.key, name);
    }
  }

  readonly nodeOf: NodeOf = (key) => this.#names.get(key);
}
