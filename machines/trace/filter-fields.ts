/** What a filter can ask for, by name: the one list of its fields, with what values of each mean. Pure. */

/** How the values of a field are compared. */
export type FieldKind = 'text' | 'duration' | 'number' | 'object' | 'actor' | 'truth';

/** Every field, with its values' kind and what it says. */
export const FILTER_FIELDS = {
  type: { kind: 'text', says: 'step, write, request, dead, lost or state' },
  event: { kind: 'text', says: 'the event that an actor handled, or never got' },
  actor: {
    kind: 'actor',
    says: 'kind, kind/id, or component (scheduler, controllers, kubelet, proxy, apiserver) of who took the step; who a dead letter is for',
  },
  machine: { kind: 'text', says: 'kind of the actor' },
  object: {
    kind: 'object',
    says: 'what it is about, as kubectl has it: pod, pod/web, deploy/shop/web',
  },
  namespace: { kind: 'text', says: 'namespace of the object' },
  node: { kind: 'text', says: 'the node that it concerns, where that is known' },
  process: { kind: 'text', says: 'where it happened' },
  state: { kind: 'text', says: 'a state that the actor is in (after a step)' },
  enters: { kind: 'text', says: 'a state that the step entered, and the actor was not in before' },
  leaves: { kind: 'text', says: 'a state that the step left' },
  effect: { kind: 'text', says: 'type of an effect of the step, or an effect in short' },
  from: { kind: 'text', says: 'sender of the message' },
  message: { kind: 'text', says: 'id of the message' },
  cause: { kind: 'text', says: 'id of a message that led to it' },
  handled: { kind: 'truth', says: 'false: the actor ignored the event' },
  wait: { kind: 'duration', says: 'time in the mailbox' },
  took: { kind: 'duration', says: 'time of processing' },
  verb: { kind: 'text', says: 'of a request; of a write put or delete' },
  user: { kind: 'text', says: 'of a request' },
  code: { kind: 'number', says: 'of the answer to a request' },
} as const satisfies {
  readonly [field: string]: { readonly kind: FieldKind; readonly says: string };
};

export type FilterField = keyof typeof FILTER_FIELDS;

/** The names, in the order of the list. */
export const FIELD_NAMES = Object.keys(FILTER_FIELDS) as readonly FilterField[];

/** Fields that only a step which has been taken has. */
export const OUTCOME_FIELDS: ReadonlySet<FilterField> = new Set<FilterField>([
  ...(['enters', 'leaves', 'effect', 'handled', 'took'] as const),
]);

/** Values of `type`. */
export const RECORD_TYPES = ['step', 'write', 'request', 'dead', 'lost', 'state'] as const;
