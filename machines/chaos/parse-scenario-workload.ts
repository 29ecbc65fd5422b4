/**
 * Reads the workload of a scenario: manifests (in place or in files beside it), steps and rates.
 *
 * Opens no file itself: the caller's `readFile` does. A file that leads back to itself is refused.
 */
import type { AnyObject } from '../api/view.ts';
import { Fields, short, typeName } from './parse-scenario-fields.ts';
import { type Located, type Problems, readYaml } from './parse-scenario-source.ts';
import type { ObjectRef, RandomWorkload, Workload, WorkloadStep } from './scenario.ts';
import { nearest, SCENARIO_LIMITS, WORKLOAD_KINDS } from './scenario-fields.ts';
import { isBuiltInGroup, knownKinds, readRef, resourceOf } from './scenario-resources.ts';

/** Gives the text of a file beside the scenario; may throw where there is none. */
export type ReadFile = (path: string) => string;

/** Deepest chain of files that name files. */
const FILE_DEPTH_MAX = 8;

/** The workload, and where each of its parts stands. */
export interface ReadWorkload {
  readonly workload: Workload;
  readonly manifestNodes: readonly Located[];
  readonly stepNodes: readonly Located[];
}

interface Found {
  readonly object: AnyObject;
  readonly node: Located;
}

interface Source {
  readonly problems: Problems;
  readonly readFile: ReadFile | undefined;
}

/** The workload; what is not given is empty. */
export function readWorkload(
  node: Located | undefined,
  problems: Problems,
  readFile: ReadFile | undefined,
): ReadWorkload {
  if (node === undefined) {
    const workload = { manifests: [], steps: [], random: undefined };
    return { workload, manifestNodes: [], stepNodes: [] };
  }
  const fields = new Fields(node, problems, 'the workload', ['manifests', 'steps', 'random']);
  const source = { problems, readFile };
  const manifests = fields.list('manifests').flatMap((one) => readObjects(one, source, []));
  const steps = fields
    .list('steps')
    .flatMap((one) => readSteps(one, source).map((step) => ({ step, node: one })));
  const random = fields.child('random');
  return {
    workload: {
      manifests: manifests.map(({ object }) => object),
      steps: steps.map(({ step }) => step),
      random: random === undefined ? undefined : readRandom(random, problems),
    },
    manifestNodes: manifests.map((one) => one.node),
    stepNodes: steps.map((one) => one.node),
  };
}

/** The objects of one entry: itself, the items of a List, or those of the file it names. */
function readObjects(node: Located, source: Source, open: readonly string[]): Found[] {
  const { problems } = source;
  if (node.entries === undefined) {
    problems.add(
      node.at,
      `a manifest must be an object or \`file: x.yaml\`, not ${typeName(node)}`,
    );
    return [];
  }
  if (node.entries.has('file') && !node.entries.has('kind')) {
    return readObjectsOfFile(node, source, open);
  }
  if (node.value !== null && (node.value as AnyObject).kind === 'List') {
    const items = new Fields(node, problems, 'a List', [...node.entries.keys()]).list('items');
    return items.flatMap((item) => readObjects(item, source, open));
  }
  const object = readObject(node, problems);
  return object === undefined ? [] : [{ object, node }];
}

function readObject(node: Located, problems: Problems): AnyObject | undefined {
  const fields = new Fields(node, problems, 'a manifest', [...(node.entries?.keys() ?? [])]);
  const [apiVersion, kind] = [fields.text('apiVersion'), fields.text('kind')];
  for (const name of ['apiVersion', 'kind', 'metadata']) {
    if (fields.child(name) === undefined) fields.missing(name);
  }
  const metadata = fields.child('metadata');
  if (apiVersion === undefined || kind === undefined || metadata === undefined) return undefined;
  const meta = new Fields(metadata, problems, 'metadata', [...(metadata.entries?.keys() ?? [])]);
  const name = meta.text('name') ?? meta.text('generateName');
  if (name === undefined) meta.missing('name');
  meta.text('namespace');
  const object = node.value as AnyObject;
  const slash = apiVersion.indexOf('/');
  if (resourceOf(object) === undefined && isBuiltInGroup(apiVersion.slice(0, Math.max(0, slash)))) {
    const near = nearest(`${apiVersion}/${kind}`, knownKinds());
    const message = `unknown kind ${short(kind)} of ${short(apiVersion)}`;
    problems.add(fields.placeOf('kind'), message, near?.replace(/\/([^/]*)$/, ' $1'));
  }
  return name === undefined ? undefined : object;
}

function readObjectsOfFile(node: Located, source: Source, open: readonly string[]): Found[] {
  const { problems, readFile } = source;
  const fields = new Fields(node, problems, 'a manifest file', ['file']);
  const name = fields.text('file');
  if (name === undefined) return [];
  const at = fields.placeOf('file');
  const path = beside(at.file, name);
  const stack = open.length === 0 ? [at.file] : open;
  if (stack.includes(path)) {
    problems.add(at, `cycle: ${[...stack.slice(stack.indexOf(path)), path].join(' -> ')}`);
    return [];
  }
  if (readFile === undefined || stack.length > FILE_DEPTH_MAX) {
    const why = readFile === undefined ? 'files cannot be read here' : 'files nest too deeply';
    problems.add(at, `${why}: write the manifests themselves`);
    return [];
  }
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    problems.add(
      at,
      `${path} cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
    );
    return [];
  }
  const documents = readYaml(text, path, problems) ?? [];
  return documents.flatMap((one) => readObjects(one, source, [...stack, path]));
}

/** A path as seen from the file that names it. */
function beside(file: string, name: string): string {
  if (name.startsWith('/')) return name;
  const parts: string[] = [];
  for (const part of [...file.split('/').slice(0, -1), ...name.split('/')]) {
    const last = parts.at(-1);
    if (part === '.' || (part === '' && parts.length > 0)) continue;
    if (part === '..' && last !== undefined && last !== '..' && last !== '') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

const DEEDS = ['apply', 'scale', 'rollout', 'delete'] as const;

function readSteps(node: Located, source: Source): WorkloadStep[] {
  const { problems } = source;
  const deeds = DEEDS.filter((name) => node.entries?.has(name) === true);
  const [deed] = deeds;
  if (node.entries !== undefined && (deed === undefined || deeds.length > 1)) {
    const known = ['at', ...DEEDS];
    const strange = [...node.entries.keys()].find((name) => !known.includes(name));
    const near = strange === undefined ? undefined : nearest(strange, DEEDS);
    problems.add(node.at, `a step has \`at\` and one of ${DEEDS.join(', ')}`, near);
    return [];
  }
  const more = deed === 'scale' ? ['replicas'] : deed === 'rollout' ? ['image'] : [];
  const fields = new Fields(node, problems, 'a step', ['at', ...(deed ? [deed] : []), ...more]);
  if (deed === undefined) return [];
  for (const name of ['at', ...more]) if (fields.child(name) === undefined) fields.missing(name);
  const atMs = fields.duration('at') ?? 0;
  if (deed === 'apply') {
    const inner = fields.child('apply');
    if (inner === undefined) return [];
    return readObjects(inner, source, []).map(({ object }) => ({ atMs, do: 'apply', object }));
  }
  const ref = readRefOf(fields, deed);
  if (ref === undefined) return [];
  if (deed === 'delete') return [{ atMs, do: deed, ref }];
  if (deed === 'rollout') return [{ atMs, do: deed, ref, image: fields.text('image') ?? '' }];
  const replicas = fields.number('replicas', { most: SCENARIO_LIMITS.replicas }) ?? 0;
  return [{ atMs, do: deed, ref, replicas }];
}

function readRefOf(fields: Fields, deed: string): ObjectRef | undefined {
  const text = fields.text(deed);
  if (text === undefined) return undefined;
  const ref = readRef(text);
  if (!('wrong' in ref)) return ref;
  fields.problems.add(fields.placeOf(deed), ref.wrong);
  return undefined;
}

const RANDOM_FIELDS = [
  'kinds',
  'createsPerMinute',
  'scalesPerMinute',
  'rolloutsPerMinute',
  'deletesPerMinute',
  'objectsMax',
  'replicasMax',
];

/** Rates, where random work is asked for and one is not given. */
export const RANDOM_DEFAULTS: RandomWorkload = {
  kinds: WORKLOAD_KINDS,
  createsPerMinute: 10,
  scalesPerMinute: 10,
  rolloutsPerMinute: 5,
  deletesPerMinute: 5,
  objectsMax: 20,
  replicasMax: 5,
};

function readRandom(node: Located, problems: Problems): RandomWorkload {
  const fields = new Fields(node, problems, 'random work', RANDOM_FIELDS);
  const rate = (name: Exclude<keyof RandomWorkload, 'kinds'>) =>
    fields.number(name, { most: SCENARIO_LIMITS.perMinute, fraction: true }) ??
    RANDOM_DEFAULTS[name];
  const kinds = fields.list('kinds').flatMap((one) => {
    const entry = new Map([['kind', { keyAt: one.at, node: one }]]);
    const inner = new Fields({ ...one, entries: entry }, problems, 'a kind', ['kind']);
    return inner.oneOf('kind', WORKLOAD_KINDS) ?? [];
  });
  const some = (name: 'objectsMax' | 'replicasMax', most: number) =>
    fields.number(name, { least: 1, most }) ?? RANDOM_DEFAULTS[name];
  return {
    kinds: kinds.length > 0 ? kinds : RANDOM_DEFAULTS.kinds,
    createsPerMinute: rate('createsPerMinute'),
    scalesPerMinute: rate('scalesPerMinute'),
    rolloutsPerMinute: rate('rolloutsPerMinute'),
    deletesPerMinute: rate('deletesPerMinute'),
    objectsMax: some('objectsMax', SCENARIO_LIMITS.objects),
    replicasMax: some('replicasMax', SCENARIO_LIMITS.replicas),
  };
}
