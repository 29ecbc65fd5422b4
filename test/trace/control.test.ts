/**
 * Control of a live cluster's trace as its administrator has it: breakpoints, what is recorded, what actors tell; and
 * that nobody else can. Its pods run nothing: another cluster on this host has the same addresses.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterState } from '../../actors/cluster/layout.ts';
import { ownNatsAccess } from '../../actors/cluster/nats-access.ts';
import { ADMIN, HOLLOW, nodeUser, trailOf } from '../../actors/cluster/users.ts';
import { listBreaks } from '../../actors/trace/break-command.ts';
import { openLiveTrace } from '../../actors/trace/live-trace.ts';
import { fileFrame, fileHead } from '../../actors/trace/trace-file.ts';
import { encode } from '../../bus/codec.ts';
import { connectNats, type NatsLink } from '../../bus/nats-link.ts';
import { inboxPrefix } from '../../bus/server/users.ts';
import { readTrail, trailBody } from '../../bus/trail.ts';
import type { ActorState, BreakpointState } from '../../machines/trace/actor-state.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type Output,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';

const data = mkdtempSync(join(tmpdir(), 'kabuki-control-'));
const children: ChildProcess[] = [];
let cluster: RunningCluster;
let kubectl: Kubectl;
/** Of the process with the hollow nodes, where it was started anew. */
let hollowPid: number | undefined;

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  cluster = await startCluster(['--nodes', '1', '--hollow-nodes', '2'], data);
  kubectl = kubectlFor(cluster, binary.path);
  await eventually(() => kubectl('wait --for=condition=Ready node --all --timeout=1s'));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await cluster?.stop();
  rmSync(data, { recursive: true, force: true });
});

const attempt = (words: readonly string[]): Promise<Output> =>
  run(process.execPath, [kabukiScript, 'trace', ...words, '--data', data]);

/** Runs a trace command and expects it to succeed. */
async function trace(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(words);
  if (code !== 0) throw new Error(`kabuki trace ${words.join(' ')}: code ${code}\n${stderr}`);
  return stdout;
}

const json = async <T>(...words: string[]): Promise<T> =>
  JSON.parse(await trace(...words, '-o', 'json')) as T;

const pod = (name: string) =>
  kubectl(['apply', '-f', '-'], {
    stdin: JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
      spec: {
        containers: [{ name: 'c', image: 'kabuki/pause' }],
        nodeSelector: { 'kubernetes.io/hostname': 'hollow-1' },
        terminationGracePeriodSeconds: 0,
      },
    }),
  });

const phase = (name: string) => kubectl(['get', 'pod', name, '-o', 'jsonpath={.status.phase}']);
const records = async (...words: string[]): Promise<readonly TraceRecord[]> =>
  (await trace('tail', '--since', '10m', '--limit', '1', ...words, '-o', 'json'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TraceRecord);

test('a pod is held in a state, stepped, and gets ready when it goes on', async () => {
  const breaking = json<ActorState>('break', 'machine=pod object=pod/held enters=running');
  await eventually(async () => (await trace('breaks')).includes('looks in'));
  await pod('held');
  const held = await breaking;
  expect(held).toMatchObject({
    ...{ actor: 'pod/default/held', process: 'hollow', value: 'running' },
    held: { last: 'pod/default/held  preparing -> running  <- pod.prepared  ! container.run c' },
  });
  expect(held.context).toMatchObject({ pod: { metadata: { name: 'held' } } });
  await eventually(async () => {
    const [{ state }] = (await json<readonly [{ state: ActorState }]>('state', held.actor)) ?? [];
    return state.mailbox.some(({ event }) => event === 'container.started');
  });
  // Meanwhile others go on, and it does not.
  await pod('other');
  await eventually(async () => (await phase('other')) === 'Running');
  expect(await phase('held')).toBe('Pending');
  const stepped = await trace('step');
  expect(stepped).toContain('pod/default/held  running  <- container.started');
  expect(await trace('breaks')).toContain('1 stepped');
  expect(await trace('continue')).toBe('pod/default/held goes on\n');
  await eventually(async () => (await phase('held')) === 'Running');
  expect(await trace('breaks')).toBe('no breakpoints\n');
  await kubectl('delete pod held other --now');
});

test('a forgotten breakpoint lets go by itself, though who set it is gone', async () => {
  const words = ['trace', 'break', 'machine=pod enters=running', '--for', '8s', '--data', data];
  const setter = spawn(process.execPath, [kabukiScript, ...words], { stdio: 'ignore' });
  children.push(setter);
  const live = await openLiveTrace(data);
  try {
    // Asked over one connection: a command of its own may begin too late on a busy machine.
    await eventually(async () => (await listBreaks(live)).some(({ isArmed }) => isArmed));
    setter.kill('SIGKILL');
    await pod('forgotten');
    await eventually(async () => (await listBreaks(live)).some(({ hits }) => hits.length > 0));
    expect(await phase('forgotten')).toBe('Pending');
    await eventually(async () => (await phase('forgotten')) === 'Running');
    await eventually(async () => (await listBreaks(live)).length === 0);
  } finally {
    await live.close();
  }
  await kubectl('delete pod forgotten --now');
});

test('a filter that meets everything holds one actor of the cluster', async () => {
  await trace('break', 'type=step', '--detach', '--for', '20s');
  const heldNow = async () =>
    (await json<readonly BreakpointState[]>('breaks'))
      .flatMap(({ hits }) => hits)
      .filter(({ ended }) => ended === undefined);
  await eventually(async () => (await heldNow()).length > 0);
  expect(await heldNow()).toHaveLength(1);
  expect(await trace('continue', '--all')).toBe('1 went on; no breakpoints are left\n');
});

test('the values of a Secret are in nothing that is shown of who writes it', async () => {
  const value = Buffer.from('a value that nobody is to see').toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'hidden' },
    data: { value },
  };
  const filter = 'machine=api-request object=secret/hidden enters=writing';
  const breaking = trace('break', filter);
  await eventually(async () => (await trace('breaks')).includes('looks in'));
  const writing = kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(secret) });
  const shown = await breaking;
  expect(shown).toContain('redacted-');
  expect(shown).not.toContain(value);
  await trace('continue');
  await writing;
  const patching = trace('break', filter);
  await eventually(async () => (await trace('breaks')).includes('looks in'));
  const patch = JSON.stringify({ data: { value: Buffer.from('another one').toString('base64') } });
  const patched = kubectl(['patch', 'secret', 'hidden', '-p', patch]);
  expect(await patching).not.toContain(Buffer.from('another one').toString('base64'));
  await trace('continue');
  await patched;
});

/** What is refused, with what is said about it. */
const REFUSED: readonly (readonly [string, readonly string[], string])[] = [
  [
    'a state that the machine does not have',
    ['break', 'machine=pod enters=runing'],
    'did you mean "running"?',
  ],
  ['a state in which nothing can be held', ['break', 'machine=pod enters=gone'], 'cannot be held'],
  ['an unknown machine', ['break', 'machine=pot'], 'did you mean "pod"?'],
  ['nothing to break at', ['break', ''], 'needs a filter'],
  ['a filter that does not parse', ['tail', '--where', 'evnt=x'], 'there is no field evnt'],
  ['an unknown kind to record', ['off', 'pog'], 'did you mean "pod"?'],
  ['an unknown process', ['off', '--process', 'node-7'], 'there is no process node-7 (there are: '],
  ['an unknown actor', ['state', 'pod/default/nobody'], 'there is no actor pod/default/nobody'],
  ['an actor of another namespace', ['state', 'node/hollow'], 'There are: node/hollow-1'],
  ['an unknown kind of actor', ['actors', '--kind', 'pog'], 'did you mean "pod"?'],
  ['a step where nothing is held', ['step'], 'no actor is held'],
  ['a share beyond everything', ['sample', '110%'], 'a percentage from 0% to 100% is expected'],
];

test.each(REFUSED)('refused with a clear word: %s', async (_, words, says) => {
  const { code, stdout, stderr } = await attempt(words);
  expect(stderr).toContain(says);
  expect(stderr).not.toContain('    at ');
  expect(stdout).toBe('');
  expect(code).not.toBe(0);
});

test('tail, actors, slowest, dead-letters and state tell of the live cluster', async () => {
  await pod('shown');
  await eventually(async () => (await phase('shown')) === 'Running');
  const where = ['--where', 'object=pod/shown'];
  const [first] = await records(...where, '--actor', 'pod', '--where', 'enters=running');
  expect(first).toMatchObject({ type: 'step', actor: 'pod/default/shown', after: 'running' });
  const [bound] = await records(...where, '--where', 'type=write node=hollow-1');
  expect(bound).toMatchObject({ type: 'write', key: 'core/pods/default/shown' });
  const [asked] = await records(...where, '--where', 'type=request verb=get code=200');
  expect(asked).toMatchObject({ type: 'request', method: 'GET', code: 200 });
  const state = await trace('state', 'pod/default/shown');
  expect(state).toContain('state: running');
  expect(state).toContain('last steps:');
  const actors = await json<readonly { kind: string; live: object; recorded: object }[]>('actors');
  expect(actors.find(({ kind }) => kind === 'pod')).toBeDefined();
  expect(await trace('slowest', '--limit', '3')).toContain('Steps that took longest:');
  expect(await trace('dead-letters')).toBeTruthy();
  await kubectl('delete pod shown --now');
});

test('a tail tells of steps as they are taken, and Ctrl-C ends it', async () => {
  const words = ['trace', 'tail', '--where', 'actor=pod object=pod/live', '--since', '1m'];
  const tail = spawn(process.execPath, [kabukiScript, ...words, '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(tail);
  let shown = '';
  tail.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  await pod('live');
  await eventually(async () => /hollow +pod\/default\/live {2}.*container\.started/.test(shown));
  expect(shown).not.toContain('\u001b');
  await kubectl('delete pod live --now');
  await eventually(async () => shown.includes('pod.removed') || shown.includes('-> gone'));
  const ended = once(tail, 'exit');
  tail.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
});

test.each([
  ['Ctrl-C removes', 130, async (waiting: ChildProcess) => waiting.kill('SIGINT')],
  ['another command removes', 1, async () => trace('continue', '--all')],
] as const)('%s a breakpoint that is waited for', async (_, code, remove) => {
  const words = ['trace', 'break', 'machine=pod enters=running', '--data', data];
  const waiting = spawn(process.execPath, [kabukiScript, ...words], { stdio: 'ignore' });
  children.push(waiting);
  await eventually(async () => (await trace('breaks')).includes('looks in'));
  const ended = once(waiting, 'exit');
  await remove(waiting);
  expect(await ended).toEqual([code, null]);
  expect(await trace('breaks')).toBe('no breakpoints\n');
});

test('what is not to be recorded is not, also by a process that starts later', async () => {
  await trace('off', 'pod');
  await trace('off', '--process', 'node-1');
  const after = Date.now();
  await pod('unseen');
  await eventually(async () => (await phase('unseen')) === 'Running');
  expect(await trace('policy')).toMatch(/hollow +everything; none of pod/);
  expect(await trace('policy')).toMatch(/node-1 +nothing/);
  await eventually(async () =>
    (await recordedSince(after, ({ process }) => process === 'hollow')).includes('node'),
  );
  expect(await recordedSince(after, ({ process }) => process === 'hollow')).not.toContain('pod');

  const again = Date.now();
  startHollowAnew();
  await eventually(async () => /hollow +everything; none of pod/.test(await trace('policy')));
  await pod('unseen-too');
  await eventually(async () => (await phase('unseen-too')) === 'Running');
  await eventually(async () =>
    (await recordedSince(again, ({ process }) => process === 'hollow')).includes('node'),
  );
  expect(await recordedSince(again, ({ process }) => process === 'hollow')).not.toContain('pod');

  await trace('on');
  const seen = Date.now();
  await pod('seen');
  await eventually(async () => (await phase('seen')) === 'Running');
  await eventually(async () =>
    (await recordedSince(seen, ({ process }) => process === 'hollow')).includes('pod'),
  );
});

/** Its process ends as a crash would, and is started anew. */
function startHollowAnew(): void {
  process.kill(
    hollowPid ?? cluster.processes.find(({ name }) => name === 'hollow')?.pid ?? 0,
    'SIGKILL',
  );
  const state = JSON.parse(readFileSync(join(data, 'state.json'), 'utf8')) as ClusterState;
  const words = ['node', '--hollow', '2', '--own-nats', '--nats', state.natsUrls.join(',')];
  const hollow = spawn(process.execPath, [kabukiScript, ...words, '--data', data], {
    stdio: 'ignore',
  });
  children.push(hollow);
  hollowPid = hollow.pid;
}

test('a breakpoint is set in a process that starts while it is waited for', async () => {
  const breaking = json<ActorState>('break', 'machine=pod object=pod/late enters=running');
  await eventually(async () => (await trace('breaks')).includes('looks in'));
  startHollowAnew();
  await eventually(async () => {
    const breaks = await json<readonly BreakpointState[]>('breaks');
    return breaks.some(({ process }) => process === 'hollow');
  });
  await pod('late');
  expect(await breaking).toMatchObject({ actor: 'pod/default/late', process: 'hollow' });
  expect(await trace('continue')).toBe('pod/default/late goes on\n');
  await eventually(async () => (await phase('late')) === 'Running');
});

/** Kinds of actors whose steps are on record since a time. */
async function recordedSince(
  sinceMs: number,
  wanted: (record: TraceRecord) => boolean,
): Promise<readonly string[]> {
  const live = await openLiveTrace(data);
  try {
    const all = (await live.all()).filter((one) => one.atMs >= sinceMs && wanted(one));
    return [
      ...new Set(
        all.map((one) => (one.type === 'step' ? (one.actor.split('/')[0] ?? '') : one.type)),
      ),
    ];
  } finally {
    await live.close();
  }
}

test('a share is of whole traces', async () => {
  await trace('sample', '50%');
  const after = Date.now();
  const names = Array.from({ length: 8 }, (_, index) => `config-${index}`);
  for (const name of names) await kubectl(`create configmap ${name}`);
  await eventually(async () => (await recordedSince(after, () => true)).includes('api-request'));
  const live = await openLiveTrace(data);
  const found = (await live.all()).filter((one) => one.atMs >= after);
  await live.close();
  const draws = found.flatMap((one) =>
    one.type === 'step' || one.type === 'request' ? [one.traceparent.slice(3, 11)] : [],
  );
  expect(draws.every((draw) => Number.parseInt(draw, 16) < 2 ** 31)).toBe(true);
  await trace('on');
});

test('a tail that does not follow ends with what is on record', async () => {
  const where = ['--where', 'machine=pod enters=running object=pod/shown'];
  expect(await trace('tail', '--no-follow', ...where)).toContain('preparing -> running');
  expect(await trace('tail', '--no-follow', '--where', 'object=pod/nobody')).toBe('');
});

test('a file is read as the cluster is', async () => {
  const file = join(data, 'trace.file');
  const live = await openLiveTrace(data);
  const frames: Uint8Array[] = [fileHead()];
  await readTrail(
    live.bus.link,
    trailOf('kabuki'),
    1,
    (message) => void frames.push(fileFrame(trailBody(message))),
  );
  await live.close();
  writeFileSync(file, Buffer.concat(frames));
  const lines = await trace('tail', '--file', file, '--where', 'machine=pod enters=running');
  expect(lines).toContain('pod/default/shown  preparing -> running');
  expect(await trace('actors', '--file', file, '--since', '1h')).toMatch(/hollow +pod +- +- +-/);
  expect(await trace('slowest', '--file', file)).toContain('Requests that took longest');
  expect(await trace('dead-letters', '--file', file)).toBeTruthy();
});

/** Connects as a user of the cluster, and remembers what the server refuses. */
async function linkOf(user: string): Promise<{ link: NatsLink; refused: string[] }> {
  const { urls, seed } = await ownNatsAccess(data, user);
  const refused: string[] = [];
  const link = await connectNats({
    ...{ servers: urls, name: 'test', seed: seed ?? '', inboxPrefix: inboxPrefix(user) },
    onError: ({ message }) => refused.push(message),
  });
  return { link, refused };
}

test.each([nodeUser('node-1'), HOLLOW])(
  '%s can neither command nor read the trace',
  async (user) => {
    const { link, refused } = await linkOf(user);
    const command = encode({
      do: 'break',
      filter: 'type=step',
      forMs: 9_999,
      count: 9,
      heldMax: 9,
    });
    const kept = encode({ all: { share: 0, kinds: {} }, processes: {} });
    const subjects = ['kabuki.debug', 'kabuki.debug.policy', '$JS.API.DIRECT.GET.TRACE_kabuki'];
    for (const subject of subjects)
      link.publish(subject, '', subject.endsWith('policy') ? kept : command);
    link.publish('$JS.API.STREAM.PURGE.TRACE-POLICY_kabuki', '', encode({}));
    link.subscribe('kabuki.debugged.>', undefined, () => {});
    link.subscribe('kabuki.trace.>', undefined, () => {});
    await eventually(async () =>
      [...subjects, 'PURGE', 'kabuki.debugged.>', 'kabuki.trace.>'].every((subject) =>
        refused.some((message) => message.includes(subject)),
      ),
    );
    await link.close();
    expect(await trace('breaks')).toBe('no breakpoints\n');
    expect(await trace('policy')).toMatch(/node-1 +everything/);
  },
);

/** Everything that a node may publish to, each with a subject that it may not publish to for the answer. */
test('a node gets nobody to write for it where it may not', async () => {
  const { link } = await linkOf(nodeUser('node-1'));
  const subjects = [
    ...['kabuki.trace.node.node-1', 'kabuki.report.node.node-1', 'kabuki.debugged.node.node-1'],
    ...['kabuki.held.node.node-1', 'kabuki.dead', 'kabuki.beat.node-1'],
    ...['get', 'create', 'list', 'watch'].map(
      (verb) => `kabuki.api.system=3Anode=3Anode-1.${verb}`,
    ),
  ];
  const body = encode({ group: '', version: 'v1', resource: 'nodes', name: 'node-1' });
  const lines = 'Kabuki-Id: m1\r\nKabuki-From: node/node-1\r\ntraceparent: \r\n';
  for (const subject of subjects) {
    for (const kind of ['', 'Kabuki-Channel: open a b 100\r\n']) {
      link.publish(subject, lines + kind, body, '$KV.kabuki.core.configmaps.default.victim');
      link.publish(subject, lines + kind, body, 'kabuki.debug.policy');
    }
  }
  await link.flush();
  // Whatever was done about that was done before this.
  await kubectl('create configmap after --from-literal=a=b');
  await link.close();
  expect(await kubectl('get configmaps -o name')).not.toContain('victim');
  expect(await trace('policy')).toMatch(/node-1 +everything/);
  expect(await trace('why', 'cm/after')).toContain('kubectl');
});

test('what a node cannot know is not taken from it', async () => {
  const { link } = await linkOf(nodeUser('node-1'));
  const say = (batch: object) =>
    link.publish('kabuki.trace.node.node-1', '', encode({ v: 1, rows: [], ...batch }));
  const forged = ['w', 1, 7, 'core/pods/forged/write', false, 0, 'm', 'x', [], '', undefined];
  const step = (atMs: number, actor: string) => [
    ...['s', atMs, actor, 'm', 'x', [], '', 'said', 'a', 'b', [], 1, 0, 0, undefined],
  ];
  say({ process: 'node-1', rows: [forged] });
  say({ process: 'control-plane', rows: [step(Date.now(), 'pod/forged/other')] });
  say({ process: 'node-1', v: 99, rows: [step(Date.now(), 'pod/forged/later-version')] });
  say({ process: 'node-1', rows: [step(1e15, 'pod/forged/late')] });
  link.publish('kabuki.trace.node-1', '', encode({ v: 1, process: 'node-1', rows: [] }));
  await link.flush();
  await link.close();
  const live = await openLiveTrace(data);
  const records = await live.whole();
  await live.close();
  const found = records.filter((one) => JSON.stringify(one).includes('/forged'));
  expect(found).toEqual([
    expect.objectContaining({ type: 'step', process: 'node-1', actor: 'pod/forged/late' }),
  ]);
  expect(found[0]?.atMs).toBeLessThan(Date.now() + 60_000);
});

test('without a key there is no connection', async () => {
  const { urls } = await ownNatsAccess(data, ADMIN);
  await expect(connectNats({ servers: urls, name: 'test' })).rejects.toThrow();
});
