/**
 * Reads the faults of a scenario: what, whom, when, for how long.
 *
 * Judges each field by itself; whether they make sense together and match anything is asked in `scenario-sense.ts`.
 */
import { Fields, readText } from './parse-scenario-fields.ts';
import type { Located, Problems } from './parse-scenario-source.ts';
import { readTrigger } from './parse-scenario-triggers.ts';
import {
  type Fault,
  type FaultAction,
  type FaultKind,
  type ObjectSelector,
  SCENARIO_DEFAULTS,
  type Target,
  type Trigger,
} from './scenario.ts';
import {
  APPLIED_DEFAULT,
  DIRECTIONS,
  FAULT_FIELDS,
  FAULTS,
  PRESSURES,
  ROLES,
  RUNTIME_OPERATIONS,
  SCENARIO_LIMITS,
  TARGET_FIELDS,
  UNTIL_HEALED,
} from './scenario-fields.ts';

const FAULT_KINDS = Object.keys(FAULTS) as readonly FaultKind[];

/** Everybody. */
export const ANYBODY: Target = {
  process: undefined,
  role: undefined,
  actor: undefined,
  subject: undefined,
  pods: undefined,
  count: undefined,
};

/** True for a target that says nothing. */
export function isAnybody(target: Target): boolean {
  return Object.values(target).every((part) => part === undefined);
}

/** One fault; undefined where it cannot be read (which has been told). `index` names it where it has no name. */
export function readFault(node: Located, index: number, problems: Problems): Fault | undefined {
  const given = node.entries?.get('fault')?.node.value;
  const kind = FAULT_KINDS.find((one) => one === given);
  const own = kind === undefined ? undefined : FAULTS[kind].fields.map((f) => f.replace('!', ''));
  const known = [...FAULT_FIELDS, ...(own ?? allFields())];
  const fields = new Fields(node, problems, kind ?? 'a fault', known);
  if (!fields.ok) return undefined;
  if (kind === undefined) {
    if (fields.child('fault') === undefined) fields.missing('fault', ', such as crash');
    else fields.oneOf('fault', FAULT_KINDS);
    readTrigger(fields);
    readTarget(fields.child('target'), problems);
    return undefined;
  }
  for (const field of FAULTS[kind].fields) {
    const name = field.slice(0, -1);
    if (field.endsWith('!') && fields.child(name) === undefined) fields.missing(name);
  }
  const what = readAction(kind, fields);
  const trigger = readTrigger(fields);
  const target = readTarget(fields.child('target'), problems);
  const forMs = readFor(kind, fields);
  const times = readTimes(fields, trigger);
  if (what === undefined || trigger === undefined) return undefined;
  return {
    name: fields.text('name') ?? `${kind}-${index + 1}`,
    what,
    target,
    trigger,
    forMs,
    times,
  };
}

function allFields(): string[] {
  return Object.values(FAULTS).flatMap(({ fields }) => fields.map((name) => name.replace('!', '')));
}

/** How often where it is not said: a fault at a time or on something once, one by rate without end. */
export function timesDefault(trigger: Trigger): number {
  return trigger.kind === 'rate' ? SCENARIO_LIMITS.times : 1;
}

/** How long where it is not said; undefined: until everything is healed. */
export function forDefault(kind: FaultKind): number | undefined {
  return kind === 'crash' ? SCENARIO_DEFAULTS.crashForMs : undefined;
}

function readFor(kind: FaultKind, fields: Fields): number | undefined {
  const node = fields.child('for');
  if (node === undefined) return forDefault(kind);
  if (FAULTS[kind].instant) {
    fields.problems.add(node.at, `${kind} is over as soon as it has begun; it takes no \`for\``);
    return undefined;
  }
  return node.value === UNTIL_HEALED ? undefined : fields.duration('for');
}

function readTimes(fields: Fields, trigger: Trigger | undefined): number {
  const times = fields.number('times', { least: 1, most: SCENARIO_LIMITS.times });
  if (times === undefined) return trigger === undefined ? 1 : timesDefault(trigger);
  if (trigger?.kind === 'at' && times > 1) {
    const hint = 'a fault with `at` begins once; `times` is for `rate` and `on`';
    fields.problems.add(fields.placeOf('times'), hint);
  }
  return times;
}

function readAction(kind: FaultKind, fields: Fields): FaultAction | undefined {
  const probability = () => fields.probability('probability') ?? 1;
  const by = () => {
    const [minMs, maxMs] = fields.range('by') ?? [0, 0];
    return { minMs, maxMs };
  };
  switch (kind) {
    case 'crash':
      return {
        fault: kind,
        afterEffects: fields.number('afterEffects', { most: SCENARIO_LIMITS.effects }),
        power: fields.flag('power') ?? false,
        staleRevisions: fields.number('staleRevisions', { most: SCENARIO_LIMITS.revisions }) ?? 0,
      };
    case 'partition': {
      const from = fields.child('from');
      const other = from === undefined ? undefined : readTarget(from, fields.problems);
      return {
        fault: kind,
        direction: fields.oneOf('direction', DIRECTIONS) ?? 'both',
        from: other !== undefined && isAnybody(other) ? undefined : other,
      };
    }
    case 'delay':
      return { fault: kind, ...by(), probability: probability() };
    case 'store-slow':
      return { fault: kind, ...by() };
    case 'drop':
    case 'duplicate':
    case 'store-conflict':
    case 'crash-containers':
      return { fault: kind, probability: probability() };
    case 'reorder':
      return {
        fault: kind,
        windowMs: fields.duration('window') ?? 0,
        probability: probability(),
      };
    case 'stale-view':
      return { fault: kind, lagMs: fields.duration('lag') ?? 0 };
    case 'store-unknown': {
      const applied = fields.probability('applied') ?? APPLIED_DEFAULT;
      return { fault: kind, applied, probability: probability() };
    }
    case 'store-server':
      return {
        fault: kind,
        how: fields.oneOf('how', ['kill', 'pause']) ?? 'kill',
        leader: fields.flag('leader') ?? false,
      };
    case 'clock-skew':
      return { fault: kind, byMs: fields.duration('by', true) ?? 0 };
    case 'pressure': {
      const resource = fields.oneOf('resource', PRESSURES);
      return resource === undefined ? undefined : { fault: kind, resource };
    }
    case 'slow-start':
    case 'slow-stop':
      return { fault: kind, byMs: fields.duration('by') ?? 0 };
    case 'runtime-error': {
      const operation = fields.oneOf('operation', RUNTIME_OPERATIONS) ?? 'any';
      return { fault: kind, operation, probability: probability() };
    }
    case 'pause':
    case 'skip-events':
    case 'store-unavailable':
    case 'store-compact':
    case 'lose-heartbeats':
      return { fault: kind };
  }
}

/** A target: the name of a process, or a map. */
function readTarget(node: Located | undefined, problems: Problems): Target {
  if (node === undefined) return ANYBODY;
  if (typeof node.value === 'string') {
    return { ...ANYBODY, process: readText(node, 'target', problems) };
  }
  const fields = new Fields(node, problems, 'a target', TARGET_FIELDS);
  const pods = fields.child('pods');
  return {
    process: fields.text('process'),
    role: fields.oneOf('role', ROLES),
    actor: fields.text('actor'),
    subject: fields.text('subject'),
    pods: pods === undefined ? undefined : readSelector(pods, problems),
    count: fields.number('count', { least: 1, most: SCENARIO_LIMITS.nodes }),
  };
}

function readSelector(node: Located, problems: Problems): ObjectSelector {
  const fields = new Fields(node, problems, 'a selector of pods', ['namespace', 'name', 'labels']);
  const labels: { [key: string]: string } = {};
  const given = fields.child('labels');
  if (given !== undefined) {
    if (given.entries === undefined) problems.add(given.at, '`labels` must be a map of texts');
    for (const [key, { node: value }] of given.entries ?? []) {
      labels[key] = value.value === '' ? '' : (readText(value, key, problems) ?? '');
    }
  }
  return { namespace: fields.text('namespace'), name: fields.text('name'), labels };
}
