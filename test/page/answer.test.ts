/** What the page is answered of a small rollout: scenes, stories, details, actors, objects, charts. */
import { expect, test } from 'vitest';
import { answer } from '../../actors/page/answer.ts';
import { HeldTrace, WRITES_MAX } from '../../actors/page/held-trace.ts';
import type {
  ActorHistory,
  Chart,
  Detail,
  ObjectHistory,
  Scene,
  Story,
} from '../../actors/page/protocol.ts';
import { DEPLOYMENT, POD, ROLLOUT, write } from './records.ts';

const held = new HeldTrace();
held.add(ROLLOUT);

function ask<T>(what: string, words: { readonly [name: string]: string } = {}): T {
  return answer({ what, words }, held, (actor, process) => held.placeOf(actor, process)) as T;
}

test('a scene is what was there at a revision', () => {
  expect(ask<Scene>('scene')).toMatchObject({
    ...{ revision: 3, atMs: 19, what: 'put pods default/web-1' },
    ...{ pods: [['default/web-1', 'n1', 'ready']], podsTotal: 1 },
  });
  expect(ask<Scene>('scene', { revision: '2' }).pods).toEqual([['default/web-1', '', 'waiting']]);
  expect(ask<Scene>('scene', { revision: '1' }).pods).toEqual([]);
});

test('a pod’s story leads back to the request, and its critical path is all of it', () => {
  const { events, critical } = ask<Story>('about', { key: POD });
  expect(events[0]?.what).toBe('admin: create deployments default/');
  expect(critical[0]).toBe('m1|r');
  expect(critical.at(-1)).toBe('m8|w|3');
  // The second write is because of the same request as the first, not of the first.
  expect(critical).not.toContain('m7|w|2');
});

test('a message has its causes, its effects, and all that it came of', () => {
  const { causes, effects, because, event } = ask<Detail>('detail', { key: `m3|w|1` });
  expect(event.what).toBe('put deployments default/web (revision 1)');
  expect(causes.map(({ what }) => what)).toEqual([
    'request.admitted: create deployments default/web',
  ]);
  expect(effects.map(({ what }) => what)).toEqual(['work.noticed']);
  expect(because.map(({ type }) => type)).toEqual(['request', 'step', 'step', 'write']);
  // By its message alone, too; and of what is not there there is no answer.
  expect(ask<Detail>('detail', { key: 'm3' }).event.key).toBe('m3|w|1');
  expect(ask('detail', { key: 'no|such' })).toBeUndefined();
  expect(ask('around', { key: '' })).toBeUndefined();
});

test('an object’s revisions say who wrote them and why, and what they changed', () => {
  const deployment = ask<ObjectHistory>('object', { key: DEPLOYMENT });
  expect(deployment.revisions).toMatchObject([{ who: 'admin', why: 'kubectl asked: create' }]);
  const { revisions } = ask<ObjectHistory>('object', { key: POD });
  expect(revisions).toMatchObject([
    {
      who: 'reconciler/deployment-controller/default/web',
      why: 'deployments default/web is at revision 1',
    },
    { revision: 3 },
  ]);
  expect(revisions[1]?.changes).toEqual([
    { path: 'spec.nodeName', before: '', after: 'n1' },
    { path: 'status.phase', before: 'Pending', after: 'Running' },
    { path: 'status.conditions[Ready].status', before: 'False', after: 'True' },
  ]);
  expect(ask<ObjectHistory>('object', { key: POD, revision: '2' }).revisions).toHaveLength(1);
});

test('an actor has the state of a moment', () => {
  const actor = 'reconciler/deployment-controller/default/web';
  expect(ask<ActorHistory>('actor', { actor })).toMatchObject({
    kind: 'reconciler',
    active: ['b'],
  });
  expect(ask<ActorHistory>('actor', { actor, until: '14' }).steps).toHaveLength(1);
  expect(ask<ActorHistory>('actor', { actor, until: '1' })).toMatchObject({
    steps: [],
    active: [],
  });
});

test.each([
  'pod',
  'node',
  'reconciler',
  'leader',
  'api-request',
  'scheduler',
  'pendingPod',
  'container',
  'probe',
])('the chart of %s has states, one to begin in, and transitions between them', (kind) => {
  const { states, transitions } = ask<Chart>('chart', { kind });
  const ids = new Set(states.map(({ id }) => id));
  expect(states.filter(({ parent, isInitial }) => parent === undefined && isInitial)).toHaveLength(
    1,
  );
  expect(transitions.length).toBeGreaterThan(0);
  for (const { from, to } of transitions) {
    expect(ids).toContain(to);
    expect(from === '' || ids.has(from)).toBe(true);
  }
});

test('what no question of the page is is not answered', () => {
  expect(ask('chart', { kind: 'constructor' })).toBeUndefined();
  expect(ask('secrets')).toBeUndefined();
  expect(ask<Story>('recent', { limit: 'many', until: 'x' }).total).toBe(ROLLOUT.length);
});

test('of very many writes the old ones go, but for the newest of each object', () => {
  const many = new HeldTrace();
  many.add([write(['first', 'x', 'core/nodes/_/n1', 1])]);
  const count = WRITES_MAX * 2;
  for (let at = 2; at < count; at += 1) {
    many.add([write([`m${at}`, 'x', 'core/configmaps/default/busy', at])]);
  }
  expect(many.writes.length).toBeLessThanOrEqual(WRITES_MAX * 1.3);
  expect([...many.at(count).keys()]).toEqual(['core/nodes/_/n1', 'core/configmaps/default/busy']);
});
