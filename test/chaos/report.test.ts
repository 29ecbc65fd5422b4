/** Reports of runs: golden text and JSON, and what must hold of the HTML whatever the run. */
import { describe, expect, it, test } from 'vitest';
import { phasesOf, recoverySpan } from '../../machines/chaos/report/figures.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
} from '../../machines/chaos/report/format.ts';
import { escapeShort } from '../../machines/chaos/report/html-text.ts';
import { BARS_MAX, LANES_MAX, lanesOf } from '../../machines/chaos/report/lanes.ts';
import { HTML_BYTES_MAX, renderHtml } from '../../machines/chaos/report/report-html.ts';
import { renderJson } from '../../machines/chaos/report/report-json.ts';
import { renderText, renderTimeline } from '../../machines/chaos/report/report-text.ts';
import { POINTS_MAX, pointsOf } from '../../machines/chaos/report/samples.ts';
import type { RunResult } from '../../machines/chaos/run-result.ts';
import { held, hostile, large, stuck, unsafe } from './report-runs.ts';

const RUNS: { readonly [name: string]: RunResult } = { held, unsafe, stuck };

for (const [name, result] of Object.entries(RUNS)) {
  test(`golden: ${name}`, async () => {
    await expect(renderText(result)).toMatchFileSnapshot(`golden/report-${name}.txt`);
    await expect(renderJson(result)).toMatchFileSnapshot(`golden/report-${name}.json`);
  });
}

test('golden: timeline', async () => {
  await expect(renderTimeline(held)).toMatchFileSnapshot('golden/timeline.txt');
});

describe('text', () => {
  it('has colour codes only where asked, and no control character of a name ever', () => {
    expect(renderText(unsafe) + renderTimeline(unsafe)).not.toContain('\u001b');
    const colored = renderText(unsafe, { color: true }) + renderTimeline(unsafe, { color: true });
    expect(colored).toContain('\u001b[31m');
    expect(colored).not.toContain('\u001b[2J');
  });

  it('names the command that replays, quoted where a shell needs it', () => {
    expect(renderText(unsafe, { file: 'a b.yaml' })).toContain("kabuki sim 'a b.yaml' --seed 42");
    expect(renderText(unsafe, { replay: 'kabuki sim x --nodes 9' })).toContain('x --nodes 9\n');
    expect(renderText(held)).not.toContain('replay');
    expect(renderText(stuck)).toContain('kabuki chaos run node-killed.yaml');
  });

  it('counts the violations that it does not print', () => {
    expect(renderText(large(9, 100))).toContain('and 190 more violations\n');
  });

  it('keeps the columns of the timeline', () => {
    const lines = renderTimeline(held).trimEnd().split('\n');
    expect(lines).toHaveLength(held.timeline.length);
    const column = lines[0]!.indexOf('prepare');
    expect(lines.filter((line) => line.slice(column - 2, column) !== '  ')).toEqual([]);
  });

  it.each([
    [formatClock(62_345), '01:02.345'],
    [formatClock(-3_000), '-00:03.000'],
    [formatClock(3_723_004, true), '1:02:03.004'],
    [formatDuration(999), '999 ms'],
    [formatDuration(12_345), '12.3 s'],
    [formatDuration(59_990), '1 min'],
    [formatDuration(125_000), '2 min 5 s'],
    [formatDuration(7_200_000), '2 h'],
    [formatCount(1_234_567), '1,234,567'],
    [formatRate(3, 2_000), '1.5'],
    [formatRate(3, 0), '-'],
  ])('%s is %s', (text, expected) => expect(text).toBe(expected));
});

describe('JSON', () => {
  it('leaves nothing out: what is not there is null', () => {
    const report = JSON.parse(renderJson(stuck));
    expect(report).toMatchObject({ schema: 1, recoveryMs: null, deterministic: false });
    expect(report.injections[3].endedMs).toBeNull();
    expect(Object.keys(report)).toEqual(Object.keys(JSON.parse(renderJson(held))));
  });
});

/** What is wrong with the nesting of the tags; void elements are written with a slash. */
function brokenTags(html: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const bare = html
    .replace(/^<!DOCTYPE html>/, '')
    .replace(/(<(script|style)[^>]*>)[\s\S]*?(<\/\2>)/g, '$1$3');
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z0-9-]+(?:="[^"<]*")?)*)\s*(\/?)>/g;
  for (const [, close, name = '', , void_] of bare.matchAll(tag)) {
    if (close === '/') {
      const last = open.pop();
      if (last !== name) wrong.push(`</${name}> closes <${last}>`);
    } else if (void_ !== '/') open.push(name);
  }
  if (/[<>]/.test(bare.replace(tag, ''))) wrong.push('a bracket outside a tag');
  return [...wrong, ...open.map((name) => `<${name}> is never closed`)];
}

const ids = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

const HTML: { readonly [name: string]: RunResult } = {
  ...RUNS,
  hostile,
  large: large(100, 2_000),
  empty: { ...held, timeline: [], samples: [], injections: [], simulatedMs: 0, tookMs: 0 },
};

describe.each(Object.entries(HTML))('HTML of %s', (_, result) => {
  const html = renderHtml(result);

  it('is well formed', () => {
    expect(brokenTags(html)).toEqual([]);
    expect(new Set(ids(html)).size).toBe(ids(html).length);
    expect(html.replace(/<script>[\s\S]*/, '')).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('loads nothing from outside', () => {
    expect(html).not.toMatch(/https?:|\/\/[a-z]|\burl\(|@import|<link|<img|<iframe|\bsrc=/i);
  });

  it('links only to what is in it', () => {
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.filter((link) => !ids(html).includes(link))).toEqual([]);
  });

  it('has data that its script can read, and is small', () => {
    const [, data = ''] = /id="data">(.*?)<\/script>/s.exec(html) ?? [];
    expect(JSON.parse(data).points.length).toBeLessThanOrEqual(POINTS_MAX);
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(HTML_BYTES_MAX);
  });
});

describe('HTML', () => {
  it('takes names for text', () => {
    const html = renderHtml(hostile);
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html).not.toContain('alert(1)</');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\\u202e');
  });

  it('stays small when every text is long and full of brackets', () => {
    const html = renderHtml(large(500, 4_000, '<&"é>'.repeat(200)));
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(HTML_BYTES_MAX);
    expect(brokenTags(html)).toEqual([]);
    expect(html).toMatch(/[\d,]+ entries left out/);
  });

  it('has every entry of 2,000 in the timeline, and its script is a program', () => {
    const html = renderHtml(large(100, 2_000));
    expect(html.match(/<tr class="/g)).toHaveLength(2_000);
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
    expect(() => new Function(script)).not.toThrow();
  });

  it('marks healing, recovery and each violation', () => {
    expect(renderHtml(held)).toContain('recovered in 2.3 s');
    expect(renderHtml(unsafe)).not.toContain('recovered in');
    expect(renderHtml(unsafe).match(/<a href="#v\d+" class="violation">/g)).toHaveLength(2);
  });
});

describe('what the drawing is made of', () => {
  it('knows the phases and the recovery', () => {
    expect(phasesOf(held)).toEqual([
      { phase: 'prepare', fromMs: -3_000, toMs: 0 },
      { phase: 'faults', fromMs: 0, toMs: 60_000 },
      { phase: 'heal', fromMs: 60_000, toMs: 62_345 },
    ]);
    expect(recoverySpan(held)).toMatchObject({ fromMs: 60_000, toMs: 62_345 });
    expect(recoverySpan(stuck)).toBeUndefined();
  });

  it('puts each injection on the lanes that it hit', () => {
    const { lanes } = lanesOf(held);
    expect(
      lanes.map(({ name, bars }) => [name, bars.map((bar) => `${bar.style} ${bar.fromMs}`)]),
    ).toEqual([
      ['cluster', ['messages 5000']],
      ['scheduler-1', ['paused 30000']],
      ['node-1', []],
      ['node-2', ['down 10000', 'down 50000']],
      ['node-3', ['partitioned 20000']],
    ]);
    expect(lanes.find(({ name }) => name === 'node-2')?.ready).toEqual([
      { fromMs: -3_000, toMs: 14_020, ready: true },
      { fromMs: 14_020, toMs: 41_300, ready: false },
      { fromMs: 41_300, toMs: 62_345, ready: true },
    ]);
  });

  it('is bounded, and says what it has left out', () => {
    const { lanes, lanesLeftOut, barsLeftOut } = lanesOf(large(500, 4_000));
    expect(lanes).toHaveLength(LANES_MAX);
    expect(lanesLeftOut).toBe(500 - LANES_MAX);
    expect(lanes.reduce((total, lane) => total + lane.bars.length, 0)).toBeLessThanOrEqual(
      BARS_MAX,
    );
    expect(barsLeftOut).toBeGreaterThan(0);
    expect(lanes.filter(({ bars }) => bars.length === 0)).toEqual([]);
  });

  it('keeps every dip when it drops samples', () => {
    const points = pointsOf(large(100, 100));
    expect(points.length).toBeLessThanOrEqual(POINTS_MAX);
    expect(points.at(0)?.atMs).toBe(0);
    expect(points.at(-1)?.atMs).toBe(7_099_000);
    const dips = points.filter(({ nodesReady }) => nodesReady === 95).length;
    expect(dips).toBe(Math.ceil(7_100 / 97));
  });

  it('cuts text by bytes, never inside of an entity', () => {
    expect(escapeShort('<<<<<<', 12)).toBe('&lt;&lt;…');
    expect(escapeShort('abc', 3)).toBe('abc');
    expect(escapeShort('abcd', 4)).toBe('abcd');
  });
});
