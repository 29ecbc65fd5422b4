/** The language of filters: what parses, what is refused and where, and what meets what. */
import { expect, test } from 'vitest';
import { requestMachine } from '../../machines/api/request-machine.ts';
import { podMachine } from '../../machines/kubelet/pod.ts';
import { schedulerMachine } from '../../machines/scheduler/scheduler.ts';
import { matchesFilter, parseFilter, renderProblem } from '../../machines/trace/filter.ts';
import { checkBreakpoint, checkFilter } from '../../machines/trace/filter-check.ts';
import { factsOf, NodeNames, takenFacts, waitingFacts } from '../../machines/trace/filter-facts.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { wordsOf } from '../../machines/trace/states.ts';
import { dead, request, step, write } from './plain-records.ts';

/** Texts with a mark where the problem is, and what is said. */
const PROBLEMS: readonly (readonly [string, string])[] = [
  ['^=pod', 'a term such as event=timer.fired is expected'],
  ['^evnt=x', 'there is no field evnt; did you mean "event"?'],
  ['machine=pod ^zzzzzz=1', 'there is no field zzzzzz; there are: type, event, actor'],
  ['machine^', 'after machine, one of = != ~ !~ < <= > >= is expected'],
  ['machine^ =pod', 'after machine, one of = != ~ !~ < <= > >= is expected'],
  ['machine=^', 'a value is expected after machine='],
  ['machine=^ event=x', 'a value is expected after machine='],
  ['event=^"a b', 'the value has no closing "'],
  ["event='a'^b", 'a blank is expected after the closing quote'],
  ['^event>3', '> compares wait, took and code; event is a text'],
  ['wait>^soon', 'a duration such as 10ms or 1.5s is expected'],
  ['wait>^10days', 'a duration such as 10ms or 1.5s is expected'],
  ['code>=^4xx', 'a whole number is expected'],
  ['handled=^no', 'handled is true or false'],
  ['type=^steps', 'type is one of step, write, request, dead, lost, state'],
  ['event~^(a', 'invalid regular expression'],
  ['object=^pdo/web', 'there is no resource pdo; did you mean'],
  ['object=^node/a/b', 'node/a/b has more parts than node/<name>'],
];

test.each(PROBLEMS)('refused: %s', (marked, says) => {
  const at = marked.indexOf('^');
  const text = marked.slice(0, at) + marked.slice(at + 1);
  const parsed = parseFilter(text);
  expect(parsed.ok ? 'it parses' : parsed.problem.message).toContain(says);
  expect(parsed.ok ? -1 : parsed.problem.at).toBe(at);
});

test('a filter that is too long is refused', () => {
  expect(parseFilter(`event=${'x'.repeat(1_000)}`)).toMatchObject({ ok: false });
});

test('a problem is shown below its place', () => {
  expect(renderProblem('a=1 bb=2', { message: '', at: 4 })).toBe('  a=1 bb=2\n      ^');
});

const web = step({
  ...{
    actor: 'pod/default/web',
    process: 'hollow',
    event: 'pod.prepared',
    from: 'pod/default/web',
  },
  ...{ before: 'preparing', after: 'running', effects: ['container.run c', 'timer.set report'] },
  ...{ messageId: 'm-2', causes: ['m-0', 'm-1'], waitMs: 12, tookMs: 0.4 },
});
const leader = step({
  ...{ actor: 'leader/kube-scheduler', event: 'lease.written', handled: false },
  ...{ before: { leading: 'renewing' }, after: { leading: 'holding' } },
});
const bound = write({ key: 'core/pods/default/web', nodeName: 'n2' });
const other = write({ key: 'core/pods/shop/web', nodeName: 'n3' });
const beat = step({ actor: 'node/n2', event: 'timer.fired', before: 'ready', after: 'ready' });
const got = request({ key: 'core/pods/default/web', verb: 'get', code: 404, user: 'admin' });
const lost = dead({ to: 'pod/default/gone', event: 'pod.updated', from: 'kubelet' });
const RECORDS: { readonly [name: string]: TraceRecord } = {
  ...{ web, leader, bound, other, beat, got, lost },
};

/** Filters, and the records that meet them. */
const MATCHES: readonly (readonly [string, string])[] = [
  ['', 'web leader bound other beat got lost'],
  ['machine=pod', 'web lost'],
  ['machine!=pod type=step', 'leader beat'],
  ['machine=p*', 'web lost'],
  ['machine~^(pod|node)$', 'web beat lost'],
  ['machine!~^(pod|node)$ type=step', 'leader'],
  ['actor=pod', 'web lost'],
  ['actor=pod/default/web', 'web'],
  ['actor=pod/default/*', 'web lost'],
  ['event=pod.prepared', 'web'],
  ['event="pod.prepared"', 'web'],
  ["event='pod.prepared'", 'web'],
  ['enters=running', 'web'],
  ['enters=preparing', ''],
  ['leaves=preparing', 'web'],
  ['state=running', 'web'],
  ['enters=ready', ''],
  ['enters=leading', ''],
  ['enters=holding', 'leader'],
  ['enters=leading.holding', 'leader'],
  ['leaves=renewing', 'leader'],
  ['state=leading', 'leader'],
  ['object=pod', 'web bound other got lost'],
  ['object=po/web', 'web bound other got'],
  ['object=pod/default/web', 'web bound got'],
  ['object=core/pods/shop/web', 'other'],
  ['object=node/n2', 'beat'],
  ['namespace=shop', 'other'],
  ['node=n2', 'web bound beat got'],
  ['node!=n2 type=step', 'leader'],
  ['effect=container.run', 'web'],
  ['effect="timer.set report"', 'web'],
  ['handled=false', 'leader'],
  ['handled=true type=step', 'web beat'],
  ['wait>10ms', 'web'],
  ['wait>=12', 'web'],
  ['wait>12ms', ''],
  ['took<=400us machine=pod', 'web'],
  ['wait<0.02s type=step', 'web leader beat'],
  ['message=m-2', 'web'],
  ['cause=m-1', 'web'],
  ['from=kubelet', 'lost'],
  ['type=dead', 'lost'],
  ['type=request code>=400', 'got'],
  ['verb=put', 'bound other'],
  ['user=admin', 'got'],
  ['process=hollow', 'web'],
];

test.each(MATCHES)('matches: %s', (text, names) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const nodes = new NodeNames();
  nodes.learn(Object.values(RECORDS));
  const found = Object.entries(RECORDS)
    .filter(([, record]) => matchesFilter(parsed.filter, factsOf(record, nodes.nodeOf)))
    .map(([name]) => name);
  expect(found.join(' ')).toBe(names);
});

const machines = {
  pod: wordsOf(podMachine),
  scheduler: wordsOf(schedulerMachine),
  'api-request': wordsOf(requestMachine),
};

/** Filters that no machine can meet, with a mark where and what is said. */
const CHECKS: readonly (readonly [string, string])[] = [
  [
    'machine=^pot',
    'there is no machine pot; did you mean "pod"? (there are: api-request, pod, scheduler)',
  ],
  ['actor=^pods/default/web', 'there is no machine pods; did you mean "pod"?'],
  [
    'machine=pod enters=^runing',
    'machine pod has no state runing; did you mean "running"? (it has: ',
  ],
  ['enters=^runing', 'no machine has a state runing; did you mean "running"?'],
  ['machine=scheduler state=^running', 'machine scheduler has no state running'],
  ['machine=pod event=^pod.bound', 'machine pod has no event pod.bound'],
];

test.each(CHECKS)('checked: %s', (marked, says) => {
  const at = marked.indexOf('^');
  const parsed = parseFilter(marked.slice(0, at) + marked.slice(at + 1));
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const problem = checkFilter(parsed.filter, machines);
  expect(problem?.message).toContain(says);
  expect(problem?.at).toBe(at);
});

test.each([
  'machine=pod enters=running',
  'machine=p*',
  'machine=scheduler enters=leading.idle event=cycle.done',
  'enters=idle',
  'machine=pod event=(start)',
  'state~runing',
  'machine!=pot',
])('no objection: %s', (text) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  expect(checkFilter(parsed.filter, machines)).toBeUndefined();
});

/** What a breakpoint cannot ask for, with a mark where. */
test.each([
  ['machine=pod enters=^gone', 'an actor that enters gone has ended, and cannot be held'],
  ['^verb=put', 'verb is for records; a breakpoint holds actors'],
  ['^type=write', 'type=write is for records; a breakpoint holds actors'],
  ['machine=pod enters=running type=step^', undefined],
])('at a breakpoint: %s', (marked, says) => {
  const at = marked.indexOf('^');
  const parsed = parseFilter(marked.slice(0, at) + marked.slice(at + 1));
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const problem = checkBreakpoint(parsed.filter, machines);
  expect(problem).toEqual(says === undefined ? undefined : { message: says, at });
});

test('a message that waits is matched by the state the actor is in, a step that was taken by what came of it', () => {
  const state = { value: 'running', context: { node: { name: 'n2' } } };
  const message = { id: 'm', from: 'kubelet', causes: ['c'], traceparent: '' };
  const common = { process: 'n2', actor: 'pod/default/web', state, message, waitMs: 3 };
  const waiting = waitingFacts({ ...common, event: { type: 'pod.deleted' } });
  const taken = takenFacts('n2', web, {
    ...{ from: 'kubelet', event: { type: 'pod.prepared' }, after: state },
  });
  const holds = (text: string, facts: typeof waiting): boolean => {
    const parsed = parseFilter(text);
    if (!parsed.ok) throw new Error(parsed.problem.message);
    return matchesFilter(parsed.filter, facts);
  };
  const before =
    'machine=pod state=running event=pod.deleted node=n2 process=n2 from=kubelet wait>2ms';
  expect(holds(before, waiting)).toBe(true);
  expect(holds('cause=c message=m object=pod/web namespace=default', waiting)).toBe(true);
  expect(holds('enters=running', waiting)).toBe(false);
  expect(holds('enters=running effect=container.run node=n2 object=pod/default/web', taken)).toBe(
    true,
  );
});
