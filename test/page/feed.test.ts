/** What a browser is sent: which messages, how many of too many, and what becomes of pods. */
import { expect, test } from 'vitest';
import { Feed, MESSAGES_MAX } from '../../actors/page/feed.ts';
import { HeldTrace } from '../../actors/page/held-trace.ts';
import { pod, ROLLOUT, step, write } from './records.ts';

const ALL = { text: '', without: new Set<string>() };

function feedOf(filter = ALL) {
  const held = new HeldTrace();
  const feed = new Feed(filter, (actor, process) => held.placeOf(actor, process));
  return {
    add: (records: Parameters<HeldTrace['add']>[0]) => feed.add(held.add(records)),
    take: () => feed.take(),
  };
}

test('messages go from place to place, and are said in words', () => {
  const feed = feedOf();
  feed.add(ROLLOUT);
  const { messages, messagesTotal, steps } = feed.take();
  expect(messages.map(({ from, to, kind, what }) => `${from} ${to} ${kind}: ${what}`)).toEqual([
    'client apiserver request: create deployments default/',
    'apiserver store write: put deployments default/web (revision 1)',
    'apiserver controllers news: work.noticed for reconciler/deployment-controller/default/web',
    'controllers apiserver request: create pods default/web-1',
    'apiserver store write: put pods default/web-1 (revision 2)',
    'apiserver store write: put pods default/web-1 (revision 3)',
    'apiserver node/n1 news: (start) for pod/default/web-1',
  ]);
  expect([messagesTotal, steps]).toEqual([7, 7]);
  expect(feed.take()).toMatchObject({ messages: [], messagesTotal: 0, steps: 0, changes: [] });
});

test('every state of a pod is told, with its time', () => {
  const feed = feedOf();
  feed.add([...ROLLOUT, write(['m9', 'x', 'core/pods/default/web-1', 4], { operation: 'delete' })]);
  expect(feed.take().changes).toEqual([
    { atMs: 18, pod: ['default/web-1', '', 'waiting'] },
    { atMs: 19, pod: ['default/web-1', 'n1', 'ready'] },
    { atMs: 4, gone: { pod: 'default/web-1' } },
  ]);
});

test('of too many messages some are sent, all are counted, and heartbeats make room first', () => {
  const feed = feedOf();
  const beats = Array.from({ length: 500 }, (_, index) =>
    step([`b${index}`, 'clock', `node/n${index}`, 'timer.fired'], { effects: ['node.beat'] }),
  );
  feed.add([...beats, ...ROLLOUT]);
  const { messages, messagesTotal, flows } = feed.take();
  expect(messages).toHaveLength(MESSAGES_MAX);
  expect(messagesTotal).toBe(507);
  expect(flows).toContainEqual({ from: 'node', to: 'controllers', count: 500 });
  const telling = Array.from({ length: 90 }, (_, index) =>
    write([`w${index}`, 'x', 'core/configmaps/default/a', 10 + index]),
  );
  feed.add([...beats.slice(0, 100), ...telling]);
  expect(new Set(feed.take().messages.map(({ kind }) => kind))).toEqual(new Set(['write']));
});

test('of too many changes the last of each is sent, and none is forgotten', () => {
  const feed = feedOf();
  const changes = (state: string, from: number) =>
    Array.from({ length: 1_000 }, (_, index) =>
      write([`${state}${index}`, 'x', `core/pods/default/p${index}`, from + index], {
        object: pod('n1', 'Running', state),
      }),
    );
  feed.add([...changes('False', 1), ...changes('True', 1_001)]);
  const seen = new Map<string, string>();
  for (let turn = 0; turn < 10; turn += 1) {
    for (const change of feed.take().changes) {
      if ('pod' in change) seen.set(change.pod[0], change.pod[2]);
    }
  }
  expect(seen.size).toBe(1_000);
  expect(new Set(seen.values())).toEqual(new Set(['ready']));
});

test('a filter chooses by words and by kind, and counts what it lets through', () => {
  const words = feedOf({ text: 'pods', without: new Set() });
  words.add(ROLLOUT);
  expect(words.take().messagesTotal).toBe(3);
  const kinds = feedOf({ text: '', without: new Set(['write', 'news']) });
  kinds.add(ROLLOUT);
  expect(kinds.take().messages.map(({ kind }) => kind)).toEqual(['request', 'request']);
});
