/**
 * A scenario from its YAML or from an object: everything that is wrong with it is told at once, each with its place
 * and with what was probably meant. `docs/chaos-scenarios.md` is the reference of the language.
 *
 * Never throws, whatever the input, and gives no scenario where anything is wrong.
 */
import { readFault } from './parse-scenario-faults.ts';
import { Fields, typeName } from './parse-scenario-fields.ts';
import {
  type Located,
  Problems,
  readObject,
  readYaml,
  type ScenarioError,
} from './parse-scenario-source.ts';
import { type ReadFile, readWorkload } from './parse-scenario-workload.ts';
import {
  type BlastRadius,
  type ClusterPlan,
  SCENARIO_DEFAULTS as DEFAULTS,
  type Expectations,
  type Fault,
  type Scenario,
} from './scenario.ts';
import { SCENARIO_LIMITS as LIMITS, nearest } from './scenario-fields.ts';
import { checkScenario } from './scenario-sense.ts';

/** A scenario, or everything that is wrong with what was given. */
export type ParsedScenario =
  | { readonly ok: true; readonly scenario: Scenario; readonly warnings: readonly [] }
  | { readonly ok: false; readonly errors: readonly ScenarioError[] };

/** What the parser may ask. */
export interface ParseOptions {
  /** Reads manifest files; without it, `file:` is refused. */
  readonly readFile?: ReadFile;
  /** Names of the rules that `hold.except` may name; not checked where absent. */
  readonly rules?: readonly string[];
}

/** The scenario of a YAML text; `file` names it in errors, and files it names stand beside it. */
export function parseScenario(
  text: string,
  file: string,
  options: ParseOptions = {},
): ParsedScenario {
  const problems = new Problems();
  const documents = readYaml(text, file, problems);
  const start = { file, line: 1, column: 1, path: '' };
  if (documents?.length === 0)
    problems.add(start, 'the file is empty; a scenario begins with a name');
  const [root, second] = documents ?? [];
  if (second !== undefined) problems.add(second.at, 'a file holds one scenario; this is a second');
  return readScenario(root, problems, options);
}

/** The scenario of an object, such as a ChaosExperiment's; errors name paths below `path` in place of lines. */
export function parseScenarioObject(
  value: unknown,
  path = 'spec.scenario',
  options: ParseOptions = {},
): ParsedScenario {
  const problems = new Problems();
  return readScenario(readObject(value, path, problems), problems, options);
}

const FIELDS = [
  'name',
  'description',
  'seed',
  'cluster',
  'for',
  'workload',
  'faults',
  'hold',
  'blastRadius',
];

function readScenario(
  root: Located | undefined,
  problems: Problems,
  options: ParseOptions,
): ParsedScenario {
  if (root === undefined || problems.list.length > 0) return { ok: false, errors: problems.list };
  if (root.entries === undefined) {
    const message = `a scenario is a map that begins with \`name: ...\`, not ${typeName(root)}`;
    problems.add(root.at, message);
    return { ok: false, errors: problems.list };
  }
  const fields = new Fields(root, problems, 'a scenario', FIELDS);
  if (fields.child('name') === undefined) fields.missing('name');
  const read = readWorkload(fields.child('workload'), problems, options.readFile);
  const scenario: Scenario = {
    name: fields.text('name') ?? '',
    description: readDescription(fields),
    seed: fields.number('seed', { most: Number.MAX_SAFE_INTEGER }),
    cluster: readCluster(fields.child('cluster'), problems),
    forMs: fields.duration('for') ?? DEFAULTS.forMs,
    workload: read.workload,
    faults: readFaults(fields, problems),
    hold: readHold(fields.child('hold'), problems, options.rules),
    blastRadius: readRadius(fields.child('blastRadius'), problems),
  };
  if (scenario.forMs === 0)
    problems.add(fields.placeOf('for'), '`for` must be longer than nothing');
  if (problems.list.length === 0) {
    checkScenario(scenario, (where, message, suggestion) => {
      const [first, second, third] = where;
      let node: Located = root;
      let rest = where;
      if (first === 'workload' && typeof third === 'number') {
        const nodes = second === 'steps' ? read.stepNodes : read.manifestNodes;
        node = nodes[third] ?? root;
        rest = where.slice(3);
      }
      problems.add(deepest(node, rest).at, message, suggestion);
    });
  }
  if (problems.list.length > 0) return { ok: false, errors: problems.list };
  return { ok: true, scenario, warnings: [] };
}

/** What stands at a path, or as far along it as anything does. */
function deepest(root: Located, path: readonly (string | number)[]): Located {
  let node = root;
  for (const step of path) {
    const next =
      typeof step === 'number' ? node.items?.[step] : node.entries?.get(String(step))?.node;
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

function readDescription(fields: Fields): string {
  return fields.child('description')?.value === '' ? '' : (fields.text('description') ?? '').trim();
}

function readCluster(node: Located | undefined, problems: Problems): ClusterPlan {
  const empty = { at: { file: '', line: 0, column: 0, path: '' }, value: {}, items: undefined };
  const fields = new Fields(node ?? { ...empty, entries: new Map() }, problems, 'the cluster', [
    'nodes',
    'apiservers',
    'schedulers',
    'controllers',
    'storeReplicas',
    'nodeMonitorGrace',
    'defaultTolerationSeconds',
  ]);
  const some = (name: 'nodes' | 'apiservers' | 'schedulers' | 'controllers', most: number) =>
    fields.number(name, { least: 1, most }) ?? DEFAULTS[name];
  const replicas = fields.number('storeReplicas', { least: 1, most: 3 });
  if (replicas === 2) problems.add(fields.placeOf('storeReplicas'), '`storeReplicas` is 1 or 3');
  const graceMs = fields.duration('nodeMonitorGrace');
  if (graceMs === 0) {
    problems.add(fields.placeOf('nodeMonitorGrace'), 'a grace of 0s finds every node dead');
  }
  return {
    nodes: some('nodes', LIMITS.nodes),
    apiservers: some('apiservers', LIMITS.processes),
    schedulers: some('schedulers', LIMITS.processes),
    controllers: some('controllers', LIMITS.processes),
    storeReplicas: replicas === 3 ? 3 : DEFAULTS.storeReplicas,
    nodeMonitorGraceMs: graceMs ?? DEFAULTS.nodeMonitorGraceMs,
    defaultTolerationSeconds:
      fields.number('defaultTolerationSeconds', { most: LIMITS.seconds }) ??
      DEFAULTS.defaultTolerationSeconds,
  };
}

function readFaults(fields: Fields, problems: Problems): Fault[] {
  const nodes = fields.list('faults');
  if (nodes.length > LIMITS.faults) {
    problems.add(fields.placeOf('faults'), `more than ${LIMITS.faults} faults`);
    return [];
  }
  const names = new Map<string, number>();
  return nodes.flatMap((node, index) => {
    const fault = readFault(node, index, problems);
    if (fault === undefined) return [];
    const before = names.get(fault.name);
    if (before === undefined) names.set(fault.name, index);
    else {
      const at = node.entries?.get('name')?.node.at ?? node.at;
      const message = `the name "${fault.name}" is taken by fault ${before + 1} of the list`;
      problems.add(at, message);
    }
    return [fault];
  });
}

function readHold(
  node: Located | undefined,
  problems: Problems,
  rules: readonly string[] | undefined,
): Expectations {
  if (node === undefined) return { recoverWithinMs: DEFAULTS.recoverWithinMs, except: [] };
  const fields = new Fields(node, problems, 'hold', ['recoverWithin', 'except']);
  const because: { [rule: string]: string } = {};
  for (const one of fields.list('except')) {
    const inner = new Fields(one, problems, 'an exception', ['rule', 'because']);
    const rule = inner.text('rule');
    const reason = inner.text('because');
    for (const name of ['rule', 'because'])
      if (inner.child(name) === undefined) inner.missing(name);
    if (rule === undefined || reason === undefined) continue;
    if (rules !== undefined && !rules.includes(rule)) {
      problems.add(inner.placeOf('rule'), `unknown rule "${rule}"`, nearest(rule, rules));
    }
    because[rule] = reason;
  }
  const except = Object.keys(because);
  const recoverWithinMs = fields.duration('recoverWithin') ?? DEFAULTS.recoverWithinMs;
  return { recoverWithinMs, except, ...(except.length > 0 ? { because } : {}) };
}

function readRadius(node: Located | undefined, problems: Problems): BlastRadius {
  if (node === undefined) return { nodes: undefined, processes: undefined };
  const fields = new Fields(node, problems, 'blastRadius', ['nodes', 'processes']);
  const bounds = { least: 1, most: LIMITS.nodes };
  return { nodes: fields.number('nodes', bounds), processes: fields.number('processes', bounds) };
}
