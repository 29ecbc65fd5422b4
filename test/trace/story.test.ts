/** Stories: what they tell, in which order, and what they leave out. */
import { describe, expect, test } from 'vitest';
import { TraceGraph } from '../../machines/trace/graph.ts';
import { ownedKeys, storyOfMessages, storyOfObject } from '../../machines/trace/story.ts';
import { storyJson } from '../../machines/trace/story-json.ts';
import { formatMs, renderStory } from '../../machines/trace/story-text.ts';
import { apply, record, request, step, type Untimed, write } from './records.ts';

const POD = 'core/pods/default/web';
const graphOf = (all: readonly Untimed[]) =>
  new TraceGraph(all.map((one, index) => record(one, 1_000 + index)));

test('the story of a pod goes from the request to Ready, all of it critical', () => {
  const story = storyOfObject(new TraceGraph(apply()), new Set([POD]));
  expect(renderStory(story)).toBe(`         at      wait      took      work
*         -         -   5.00 ms         -  POST /api/v1/namespaces/default/pods 201  kubernetes-admin with kubectl/v1.36.0, request r1
*   1.00 ms   1.00 ms   2.00 ms         -  control-plane: create pod default/web: revision 10
*   4.00 ms   1.00 ms         -         -  control-plane: pendingPod/default/web  (new) -> active  <- (start)  ! do.it
*   5.00 ms   1.00 ms         -         -  control-plane: scheduler/scheduler  a -> b  <- pods.waiting  ! do.it
*   6.00 ms   1.00 ms         -         -  control-plane: pendingPod/default/web  active -> binding  <- node.chosen  ! pod.bind  (and because of 1 other message)
*   7.00 ms   1.00 ms   1.00 ms         -  control-plane: create binding of pod default/web: revision 11
*   9.00 ms   1.00 ms         -         -  node-1: pod/default/web  (new) -> preparing  <- (start)  ! do.it
*  10.00 ms   1.00 ms         -         -  node-1: pod/default/web  preparing -> running  <- container.started  ! change.make
*  11.00 ms   1.00 ms   1.00 ms         -  control-plane: patch status of pod default/web: revision 12
`);
});

test('what is written to a pod that is Ready already is told, and not critical', () => {
  const all = apply();
  const ready = all.findLast((one) => one.type === 'write');
  const later = write(POD, 'r2', { ...{ revision: 13, previous: 12 }, object: ready?.object });
  const more = [request('r2', { verb: 'patch', key: POD }), later];
  const graph = new TraceGraph([...all, ...more.map((one, at) => record(one, 1_020 + at))]);
  const story = storyOfObject(graph, new Set([POD]));
  const path = story.episodes.filter(({ isCritical }) => isCritical);
  expect(path).toHaveLength(9);
  expect(path.at(-1)?.writes.map(({ revision }) => revision)).toEqual([12]);
  expect(story.episodes.flatMap(({ writes }) => writes)).toContainEqual(
    expect.objectContaining({ revision: 13 }),
  );
});

test('the story of its request is the same', () => {
  const graph = new TraceGraph(apply());
  expect(storyOfMessages(graph, [0]).episodes.map(({ actor }) => actor)).toEqual(
    storyOfObject(graph, new Set([POD])).episodes.map(({ actor }) => actor),
  );
});

describe('left out, unless everything is asked for, is', () => {
  const notice = step('reconciler/replicaset-controller/default/rs', 'w1', {
    ...{ from: 'x', before: 'changing', after: 'changing', effects: [] },
  });
  const event = step('api-request/9/create/core/events/default/web.1', 'm9', {
    ...{ from: 'pod/default/web', causes: ['m5'] },
  });
  const told = (all: boolean) => {
    const graph = new TraceGraph([...apply(), record(notice, 1_003.5), record(event, 1_011.5)]);
    const start = graph.records.findIndex((one) => one.type === 'request');
    return storyOfMessages(graph, [start], { all }).episodes.map(({ actor }) => actor);
  };
  test('who only took notice', () => {
    expect(told(false)).not.toContain(notice.actor);
    expect(told(true)).toContain(notice.actor);
  });
  test('a Kubernetes Event', () => {
    expect(told(false)).not.toContain(event.actor);
    expect(told(true)).toContain(event.actor);
  });
});

test('what an object led to elsewhere is named and not told', () => {
  const other = step('reconciler/endpointslice-controller/default/svc', 'w3', { from: 'x' });
  const graph = new TraceGraph([...apply(), record(other, 1_020)]);
  const { episodes } = storyOfObject(graph, new Set([POD]));
  expect(episodes.at(-1)?.leftOut).toEqual({ 'endpointslice-controller': 1 });
});

test('a step that repeats itself is counted', () => {
  const beat = (n: number) =>
    step('node/n1', `b${n}`, {
      ...{ from: 'clock', causes: [`b${n - 1}`], event: 'timer.fired', before: 'ready' },
      ...{ after: 'ready', effects: ['node.beat'] },
    });
  const graph = graphOf([
    step('node/n1', 'b0', { event: '(start)', before: undefined, after: 'ready' }),
    ...[1, 2, 3, 4].map(beat),
  ]);
  const { episodes } = storyOfObject(graph, new Set(['core/nodes/_/n1']), { all: true });
  expect(episodes.map(({ times }) => times)).toEqual([1, 4]);
});

test('of many branches that are alike, three are told', () => {
  const pods = Array.from({ length: 10 }, (_, n) =>
    step(`pod/default/p${n}`, `p${n}`, { from: 'reconciler/x/y', causes: ['m1'] }),
  );
  const graph = graphOf([
    request('r1', { key: '' }),
    step('reconciler/x/y', 'm1', { from: 'apiserver', causes: ['r1'] }),
    ...pods,
  ]);
  const text = renderStory(storyOfMessages(graph, [0]));
  expect(text.match(/pod\/default/g)).toHaveLength(4);
  expect(text).toContain('... 6 more of pod, until 10.00 ms');
  const all = renderStory(storyOfMessages(graph, [0]), { all: true });
  expect(all.match(/pod\/default/g)).toHaveLength(10);
});

test('what an object owns, and what that owns, is its own', () => {
  const owned = (name: string, uid: string, owner: string) => ({
    metadata: { name, uid, ownerReferences: [{ uid: owner }] },
  });
  const graph = graphOf([
    write('core/pods/default/p', 'w3', { object: owned('p', 'u3', 'u2') as never }),
    write('apps/deployments/default/d', 'w1', { object: { metadata: { uid: 'u1' } } as never }),
    write('apps/replicasets/default/r', 'w2', { object: owned('r', 'u2', 'u1') as never }),
    write('core/pods/default/other', 'w4', { object: owned('other', 'u4', 'u9') as never }),
  ]);
  expect([...ownedKeys(graph, 'apps/deployments/default/d')].sort()).toEqual([
    'apps/deployments/default/d',
    'apps/replicasets/default/r',
    'core/pods/default/p',
  ]);
});

test('names cannot steer a terminal', () => {
  const graph = graphOf([request('r1', { path: '/x\u001b[31m', user: 'a\nb' })]);
  const text = renderStory(storyOfMessages(graph, [0]));
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('a\nb');
});

test('as JSON it is one document that leaves objects out', () => {
  const story = storyOfObject(new TraceGraph(apply()), new Set([POD]));
  const text = JSON.stringify(storyJson(story));
  expect(JSON.parse(text).episodes).toHaveLength(9);
  expect(text).not.toContain('"conditions"');
});

test('durations are ten columns wide', () => {
  const of = (ms: number) => formatMs(ms);
  expect([0, 0.01, 12.345, 999.4, 1_000, 61_234].map(of)).toEqual([
    '         -',
    '   0.01 ms',
    '  12.35 ms',
    '    999 ms',
    '    1.00 s',
    '   61.23 s',
  ]);
});
