/**
 * Whether a name, a subject, a target or a pattern matches. Patterns are compiled once and asked often.
 *
 * Draws nothing itself: where some of many are taken, the caller passes the draw.
 */
import type { AnyObject } from '../api/view.ts';
import { renderState, type StepRecord } from '../step-record.ts';
import type { ObjectSelector, StepPattern, Target, WritePattern } from './scenario.ts';
import type { ScenarioProcess } from './scenario-fields.ts';

/** A compiled pattern. */
export type Matcher = (text: string) => boolean;

const anything: Matcher = () => true;

/** A pattern in which `*` stands for any text; undefined matches everything. */
export function compileWildcard(pattern: string | undefined): Matcher {
  if (pattern === undefined || /^\*+$/.test(pattern)) return anything;
  const parts = pattern.split('*');
  const [head = '', ...rest] = parts;
  if (rest.length === 0) return (text) => text === pattern;
  const tail = rest.pop() ?? '';
  const least = parts.reduce((sum, part) => sum + part.length, 0);
  return (text) => {
    if (text.length < least || !text.startsWith(head) || !text.endsWith(tail)) return false;
    let from = head.length;
    const end = text.length - tail.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}

/** True where a pattern with `*` matches; undefined matches everything. For one question. */
export function like(pattern: string | undefined, text: string): boolean {
  return compileWildcard(pattern)(text);
}

/** A pattern of NATS: `*` is one token, `>` at the end one or more; undefined matches everything. */
export function compileSubject(pattern: string | undefined): Matcher {
  if (pattern === undefined || pattern === '>') return anything;
  const want = pattern.split('.');
  if (want.at(-1) === '>' && !want.slice(0, -1).includes('*')) {
    const prefix = pattern.slice(0, -1);
    return (subject) => subject.length > prefix.length && subject.startsWith(prefix);
  }
  if (!want.includes('*')) return (subject) => subject === pattern;
  const open = want.at(-1) === '>';
  const tokens = open ? want.slice(0, -1) : want;
  return (subject) => {
    const have = subject.split('.');
    if (open ? have.length <= tokens.length : have.length !== tokens.length) return false;
    return tokens.every((token, index) => token === '*' || token === have[index]);
  };
}

/** True where the pattern of NATS matches; for one question. */
export function matchesSubject(pattern: string | undefined, subject: string): boolean {
  return compileSubject(pattern)(subject);
}

/** A compiled target: each part asks about one side of what is at hand. */
export interface TargetMatcher {
  /** By name and role alone. */
  readonly process: (one: { readonly name: string; readonly role: string }) => boolean;
  /** One machine: `pod/default/web-0`. */
  readonly actor: Matcher;
  /** Without the cluster's name. */
  readonly subject: Matcher;
}

/** Compiles a target. Pods and `count` are the business of `pickTargets`. */
export function compileTarget(target: Target): TargetMatcher {
  const name = compileWildcard(target.process);
  const { role } = target;
  return {
    process: (one) => (role === undefined || one.role === role) && name(one.name),
    actor: compileWildcard(target.actor),
    subject: compileSubject(target.subject),
  };
}

/** True where the target matches this process, and this machine or subject where one is given. */
export function matchesTarget(
  target: Target,
  one: { readonly name: string; readonly role: string },
  more: { readonly actor?: string; readonly subject?: string } = {},
): boolean {
  const compiled = compileTarget(target);
  return (
    compiled.process(one) &&
    (more.actor === undefined || compiled.actor(more.actor)) &&
    (more.subject === undefined || compiled.subject(more.subject))
  );
}

/** True where the selector matches a pod with these names and labels. */
export function matchesPod(
  selector: ObjectSelector,
  pod: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<{ [key: string]: string }> | undefined;
  },
): boolean {
  const { labels = {} } = pod;
  return (
    like(selector.namespace, pod.namespace) &&
    like(selector.name, pod.name) &&
    Object.entries(selector.labels).every(([key, value]) => labels[key] === value)
  );
}

/** True where the selector matches this pod. */
export function selectsPod(selector: ObjectSelector, pod: AnyObject): boolean {
  const { namespace = '', name = '', labels } = pod.metadata ?? {};
  return matchesPod(selector, { namespace, name, labels });
}

/**
 * The processes a fault hits this time: those that match, of nodes those on which matching pods run (`hosts` says),
 * and of all these `count` drawn at random. In the order given.
 */
export function pickTargets<P extends ScenarioProcess>(
  target: Target,
  processes: readonly P[],
  draw: () => number,
  hosts: (node: string, pods: ObjectSelector) => boolean = () => false,
): P[] {
  const { pods, count } = target;
  const compiled = compileTarget(target);
  const found = processes.filter(
    (one) =>
      compiled.process(one) &&
      (pods === undefined || (one.role === 'node' && hosts(one.name, pods))),
  );
  if (count === undefined || count >= found.length) return found;
  const left = found.map((_, index) => index);
  const taken = new Set<number>();
  while (taken.size < count) taken.add(left.splice(Math.floor(draw() * left.length), 1)[0]!);
  return found.filter((_, index) => taken.has(index));
}

/** A write to the store as triggers see it. */
export interface WriteSeen {
  /** `<group>/<resource>/<namespace or _>/<name>`. */
  readonly key: string;
  readonly operation: 'create' | 'update' | 'delete';
  /** The actor that asked for it, as in the envelope of the request. */
  readonly from: string;
  /** The user it asked as, where that is known: `by` may name either. */
  readonly user?: string | undefined;
  readonly causes: readonly string[];
  readonly messageId: string;
}

/** Compiles a pattern of writes. `name` is the object's, or `namespace/name` where it has a slash. */
export function compileWrite(pattern: WritePattern): (write: WriteSeen) => boolean {
  const { operation } = pattern;
  const by = compileWildcard(pattern.by);
  const resource = compileWildcard(pattern.resource);
  const name = compileWildcard(pattern.name);
  const full = pattern.name?.includes('/') === true;
  const looksAtKey = pattern.resource !== undefined || pattern.name !== undefined;
  return (write) => {
    if (operation !== undefined && operation !== write.operation) return false;
    if (!by(write.from) && (write.user === undefined || !by(write.user))) return false;
    if (!looksAtKey) return true;
    const tokens = write.key.split('/');
    const last = tokens.slice(full ? 2 : 3).join('/');
    return resource(`${tokens[0] ?? ''}/${tokens[1] ?? ''}`) && name(last);
  };
}

/**
 * Compiles a pattern of steps. `enters` is a state as rendered; a state that has others in it (`leading`) is
 * entered together with the first of them.
 */
export function compileStep(
  pattern: StepPattern,
): (running: string, record: StepRecord) => boolean {
  const { event, enters } = pattern;
  const actor = compileWildcard(pattern.actor);
  const where = compileWildcard(pattern.process);
  const isEvent = compileWildcard(event);
  const exact = compileWildcard(enters);
  const inner = compileWildcard(enters === undefined ? undefined : `${enters}.*`);
  const isIn = (state: string) => exact(state) || inner(state);
  return (running, record) => {
    if (!isEvent(record.event) || !actor(record.actor) || !where(running)) return false;
    if (enters === undefined) return true;
    if (record.before === record.after || !isIn(renderState(record.after))) return false;
    return record.before === undefined || !isIn(renderState(record.before));
  };
}
