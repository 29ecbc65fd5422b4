import { expect, test } from 'vitest';
import { renderTold, STORY_FORMATS } from '../../actors/trace/render-told.ts';
import type { Story } from '../../machines/trace/episodes.ts';
import { TraceGraph } from '../../machines/trace/graph.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { storyOfMessages, storyOfObject } from '../../machines/trace/story.ts';
import { renderStoryHtml } from '../../machines/trace/story-html.ts';
import { ROWS_MAX } from '../../machines/trace/story-html-data.ts';
import { MESSAGES_MAX, renderMermaid } from '../../machines/trace/story-mermaid.ts';
import { rowsOf } from '../../machines/trace/story-rows.ts';
import { checkRequest, spansIn } from './otlp-receiver.ts';
import { probes, ROLLOUT, request, step } from './traced-records.ts';

function tell(records: readonly TraceRecord[], of = 'a-1') {
  const graph = new TraceGraph(records);
  return { graph, story: storyOfMessages(graph, graph.ofMessage(of), {}), of: 'cluster kabuki' };
}

const settings = { asked: 'deploy/web', version: '1', color: false, all: false };
const page = { asked: 'deploy/web', of: 'cluster kabuki', version: '1' };

/** Many machines that one step starts, each with a way of its own. */
function many(count: number): Story {
  const first = step({ actor: 'scheduler/scheduler', messageId: 'a-1', event: 'pods.waiting' });
  const pods = Array.from({ length: count }, (_, index) => [
    step({
      ...{ actor: `pod/default/web-${index}`, messageId: `p-${index}`, from: first.actor },
      ...{ causes: ['a-1'], atMs: 10 + index, process: 'node-1' },
    }),
    step({
      ...{ actor: `pod/default/web-${index}`, messageId: `q-${index}`, causes: [`p-${index}`] },
      ...{ from: `pod/default/web-${index}`, event: 'pod.prepared', before: 'active' },
      ...{ after: 'running', atMs: 10.5 + index, process: 'node-1' },
    }),
  ]);
  return tell([first, ...pods.flat()]).story;
}

/** Names that would be more than text, were they not escaped. */
const EVIL = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'a;b#c%%{init}%%',
  'end\nrect red',
  '$$x$$<br/>',
  '‮txt',
];

const evil = EVIL.map(
  (name) =>
    tell([
      request({
        messageId: 'a-1',
        userAgent: name,
        path: `/api/${name}`,
        user: name,
        auditId: name,
      }),
      step({
        actor: `pod/default/${name}`,
        messageId: 'a-1',
        from: name,
        event: name,
        effects: [name],
      }),
    ]).story,
);

test('a sequence diagram: who told whom what, when, the critical path in colour', () => {
  expect(renderMermaid(tell(ROLLOUT).story)).toBe(`sequenceDiagram
  participant p1 as kubectl
  participant p2 as apiserver
  participant p3 as deployment-controller
  rect rgba(240, 170, 40, 0.25)
    p1->>p2: +0 ms POST /apis/apps/v1/namespaces/default/deployments: 201
    p2->>p2: +1.00 ms create deployment default/web: revision 7
    p2->>p3: +6.00 ms reconcile deployment default/web
    p3->>p2: +12.00 ms create replicaset default/web-1: revision 8
  end
`);
});

/** Every line a sequence diagram of ours may have; blocks are closed, participants are known. */
function checkMermaid(text: string): void {
  const [head, ...lines] = text.trimEnd().split('\n');
  expect(head).toBe('sequenceDiagram');
  const known = new Set<string>();
  const words = "(?:[A-Za-z0-9 .,/_()+=*'@…→-]|#\\d+;)+";
  let depth = 0;
  for (const line of lines) {
    const participant = new RegExp(`^  participant (p\\d+) as ${words}$`).exec(line);
    const arrow = new RegExp(`^ +(p\\d+)->>(p\\d+): (?:${words}|:)+$`).exec(line);
    const note = new RegExp(`^  Note over (p\\d+)(?:,(p\\d+))?: (?:${words}|:)+$`).exec(line);
    if (participant !== null) known.add(participant[1] ?? '');
    else if (/^ {2}rect rgba\([\d., ]+\)$/.test(line)) depth += 1;
    else if (line === '  end') depth -= 1;
    else {
      const [, from, to = from] = arrow ?? note ?? [];
      if (from === undefined) throw new Error(`no line of a diagram: ${line}`);
      expect([known.has(from), known.has(to ?? from)]).toEqual([true, true]);
    }
    expect(depth === 0 || depth === 1).toBe(true);
  }
  expect(depth).toBe(0);
}

test('whatever names are, a diagram has no line but its own', () => {
  for (const story of [tell(ROLLOUT).story, many(500), ...evil]) checkMermaid(renderMermaid(story));
});

test('of many that are alike the first are drawn, and a note tells of the others', () => {
  const text = renderMermaid(many(500));
  expect(text.match(/->>/g)?.length).toBeLessThan(20);
  expect(text).toMatch(/Note over .*: 99\d more messages not drawn: .*49\d x kubelet node-1: pod/);
  expect(renderMermaid(many(500), true)).not.toContain('not drawn');
  expect(MESSAGES_MAX).toBeLessThan(500);
});

test('nothing to tell is nothing to draw', () => {
  expect(renderMermaid({ episodes: [], roots: [], end: undefined })).toBe('');
});

test('rows go straight down where the critical path does, and to the right where a branch begins', () => {
  const rows = rowsOf(many(2));
  expect(
    rows.map(({ depth, begins, episode }) => `${depth}${begins ? ' begins' : ''} ${episode.actor}`),
  ).toEqual([
    '0 begins scheduler/scheduler',
    '1 begins pod/default/web-0',
    '1 pod/default/web-0',
    '0 pod/default/web-1',
    '0 pod/default/web-1',
  ]);
});

test('rounds of a probe are not told, but for the one that changed something', () => {
  const told = (records: readonly TraceRecord[]) => {
    const graph = new TraceGraph(records);
    const story = storyOfObject(graph, new Set(['core/pods/default/web']));
    return story.episodes.map(({ steps, parent, waitMs }) => [steps[0]?.event, parent, waitMs]);
  };
  expect(told(probes(50))).toEqual([['(start)', undefined, 0]]);
  expect(told(probes(50, 30))).toEqual([
    ['(start)', undefined, 0],
    ['timer.fired', 0, 989],
    ['probe.result', 1, 9],
  ]);
});

test('the page loads nothing, sends nothing, and says so', () => {
  const html = renderStoryHtml(tell(ROLLOUT).story, page);
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
  expect(html).not.toMatch(/(?:src|href|action)=|url\(|@import|https?:\/\//i);
  expect(html).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|eval\(|innerHTML/);
});

test('the page has the story as text for who runs no scripts', () => {
  const html = renderStoryHtml(tell(ROLLOUT).story, page);
  expect(html).toMatch(/<noscript>.*create deployment default\/web: revision 7.*<\/noscript>/s);
});

test('no name becomes markup', () => {
  for (const story of evil) {
    const html = renderStoryHtml(story, { ...page, asked: EVIL.join(' '), of: EVIL.join(' ') });
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).not.toContain('‮');
  }
});

/** What the page's script is given. */
function dataOf(html: string) {
  const [, json = ''] =
    /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json) as {
    readonly rows: readonly { readonly who: string; readonly steps: readonly unknown[] }[];
    readonly rowsLeftOut: number;
  };
}

test('the page knows steps, writes and causes of each row', () => {
  const { rows } = dataOf(renderStoryHtml(tell(ROLLOUT).story, page));
  expect(rows[1]).toMatchObject({
    who: 'apiserver',
    what: 'create deployment default/web: revision 7',
    ...{ parent: 0, critical: 1, at: 1, wait: 1, object: 'deployment default/web' },
    writes: [[5, 'put', 'deployment default/web', 7, 0, 'a-3']],
  });
  expect(rows[1]?.steps[1]).toEqual([
    ...[2, 'request.admitted', 'admitting', 'writing', ['something.do'], 0, 1, 'a-2'],
    ...['api-request/1/create/apps/deployments/default/web', ['a-1'], 1],
  ]);
});

test('a page has so many rows, and says how many more there were', () => {
  const { rows, rowsLeftOut } = dataOf(renderStoryHtml(many(ROWS_MAX), page));
  expect([rows.length, rowsLeftOut]).toEqual([ROWS_MAX, ROWS_MAX + 1]);
});

test('a page of an empty story says that there is none', () => {
  const html = renderStoryHtml({ episodes: [], roots: [], end: undefined }, page);
  expect(html).toContain('Nothing is on record.');
});

test('the story as OTLP has the spans of the story alone', () => {
  const other = step({ actor: 'pod/default/other', messageId: 'z-1' });
  const text = renderTold(tell([...ROLLOUT, other]), 'otlp', settings);
  const body = JSON.parse(text) as unknown;
  checkRequest(body);
  expect(spansIn(body).map(({ name }) => name)).not.toContain('pod (start)');
  expect(spansIn(body)).toHaveLength(6);
});

test.each(STORY_FORMATS)('%s ends with a line break', (format) => {
  expect(renderTold(tell(ROLLOUT), format, settings)).toMatch(/[^\n]\n$/);
});
