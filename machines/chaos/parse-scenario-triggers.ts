/**
 * Reads when a fault of a scenario begins: at a time, by rate, or on a message, step, write or count.
 */
import { Fields, short } from './parse-scenario-fields.ts';
import type { Located, Problems } from './parse-scenario-source.ts';
import type { StepPattern, Trigger, WritePattern } from './scenario.ts';
import { nearest, OPERATIONS, SCENARIO_LIMITS, TRIGGERS } from './scenario-fields.ts';
import { isBuiltInGroup, resourceByWord, resourceWords } from './scenario-resources.ts';

/** When a fault begins: `at`, `rate` or `on`; undefined where that cannot be read (which has been told). */
export function readTrigger(fields: Fields): Trigger | undefined {
  const given = ['at', 'rate', 'on'].filter((name) => fields.child(name) !== undefined);
  if (given.length !== 1) {
    const hint = '`at: 30s`, `rate: 2` (a minute) or `on: {...}`';
    const found = given.length === 0 ? 'none of them' : given.join(' and ');
    if (fields.ok) fields.problems.add(fields.at, `a fault has one of ${hint}, not ${found}`);
    return undefined;
  }
  const on = fields.child('on');
  if (on !== undefined) return readOn(on, fields.problems);
  if (fields.child('at') !== undefined) {
    const atMs = fields.duration('at');
    return atMs === undefined ? undefined : { kind: 'at', atMs };
  }
  const bounds = { most: SCENARIO_LIMITS.perMinute, fraction: true };
  const perMinute = fields.number('rate', bounds);
  if (perMinute === 0) fields.problems.add(fields.placeOf('rate'), 'a `rate` of 0 never comes');
  return perMinute === undefined ? undefined : { kind: 'rate', perMinute };
}

const ON_FIELDS: Readonly<{ [kind: string]: readonly string[] }> = {
  message: ['from', 'to', 'nth'],
  step: ['nth'],
  write: ['when', 'nth'],
  between: ['nth'],
  count: [],
};

function readOn(node: Located, problems: Problems): Trigger | undefined {
  const kinds = TRIGGERS.filter((name) => node.entries?.has(name) === true);
  const [kind] = kinds;
  if (node.entries !== undefined && (kind === undefined || kinds.length > 1)) {
    const [first] = node.entries.keys();
    const near = kind === undefined && first !== undefined ? nearest(first, TRIGGERS) : undefined;
    const unknown = kind === undefined && first !== undefined;
    const message = unknown
      ? `unknown trigger "${short(first)}"; known are ${TRIGGERS.join(', ')}`
      : `\`on\` takes one of ${TRIGGERS.join(', ')}`;
    problems.add(node.at, message, near);
    return undefined;
  }
  const known = kind === undefined ? TRIGGERS : [kind, ...(ON_FIELDS[kind] ?? [])];
  const fields = new Fields(node, problems, 'a trigger', known);
  if (kind === undefined) return undefined;
  const nth = fields.number('nth', { least: 1, most: SCENARIO_LIMITS.nth }) ?? 1;
  const inner = fields.child(kind);
  if (inner === undefined) {
    fields.missing(kind);
    return undefined;
  }
  switch (kind) {
    case 'message': {
      const subject = fields.text('message');
      if (subject === undefined) return undefined;
      return { kind, subject, from: fields.text('from'), to: fields.text('to'), nth };
    }
    case 'step':
      return { kind, nth, ...readStep(inner, problems) };
    case 'write': {
      const when = fields.oneOf('when', ['before', 'after']) ?? 'before';
      return { kind, nth, when, ...readWrite(inner, problems) };
    }
    case 'between': {
      const [first, second, ...more] = inner.items ?? [];
      if (first === undefined || second === undefined || more.length > 0) {
        problems.add(inner.at, '`between` takes a list of two writes');
        return undefined;
      }
      return {
        kind,
        first: readWrite(first, problems),
        second: readWrite(second, problems),
        nth,
      };
    }
    case 'count': {
      const step = fields.number('count', { least: 1, most: SCENARIO_LIMITS.step });
      return step === undefined ? undefined : { kind, step };
    }
  }
}

function readStep(node: Located, problems: Problems): StepPattern {
  const known = ['actor', 'process', 'event', 'enters'];
  const fields = new Fields(node, problems, 'a step', known);
  return {
    actor: fields.text('actor'),
    process: fields.text('process'),
    event: fields.text('event'),
    enters: fields.text('enters'),
  };
}

function readWrite(node: Located, problems: Problems): WritePattern {
  const known = ['by', 'resource', 'operation', 'name'];
  const fields = new Fields(node, problems, 'a write', known);
  return {
    by: fields.text('by'),
    resource: readResource(fields),
    operation: fields.oneOf('operation', OPERATIONS),
    name: fields.text('name'),
  };
}

/** A resource as in the store; `pods` and `po` are `core/pods`. */
function readResource(fields: Fields): string | undefined {
  const word = fields.text('resource');
  if (word === undefined || word.includes('*')) return word;
  const known = resourceByWord(word);
  if (known !== undefined) return known.storage;
  const slash = word.indexOf('/');
  if (slash > 0 && !isBuiltInGroup(word.slice(0, slash))) return word;
  const near = nearest(word, resourceWords());
  fields.problems.add(fields.placeOf('resource'), `unknown resource "${short(word)}"`, near);
  return undefined;
}
