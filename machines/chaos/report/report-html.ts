/**
 * A run as one HTML file: verdict and figures, violations, a drawing of pods, nodes and faults over time, the timeline.
 *
 * Pure. The file loads nothing (style, drawing and script are inside), works without its script, and stays below
 * `HTML_BYTES_MAX`, whatever the run. Nothing in a name or a message becomes markup.
 */
import type { RunResult } from '../run-result.ts';
import { CHART, drawChart, VIOLATIONS_LISTED_MAX } from './chart.ts';
import { type ReportSettings, replayCommand, timeSpan, VERDICTS } from './figures.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatMany,
  formatRate,
  needsHours,
} from './format.ts';
import { SCRIPT } from './html-script.ts';
import { STYLE } from './html-style.ts';
import { byteLength, escapeShort, scriptJson } from './html-text.ts';
import { timelineTable } from './html-timeline.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import { faultsText, objectsText, recoveryText } from './report-text.ts';
import { POD_PHASES, type Point, pointsOf } from './samples.ts';

/** No report is larger. */
export const HTML_BYTES_MAX = 300_000;
const MESSAGE_MAX = 600;
const REASONS_LISTED_MAX = 30;
const PHASES_LEGEND = [...POD_PHASES, 'other'];

/** The whole file. */
export function renderHtml(result: RunResult, settings: ReportSettings = {}): string {
  const lanes = lanesOf(result);
  const points = pointsOf(result);
  const name = escapeShort(result.scenario.name, 200);
  const top = [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"/>',
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    `<title>${name}: ${result.verdict}</title>`,
    `<style>${STYLE}</style></head><body><main>`,
    `<header><h1>${name}</h1>`,
    `<span class="verdict ${result.verdict}">${result.verdict}</span>`,
    `<span class="muted">${VERDICTS[result.verdict]}</span></header>`,
    description(result),
    figures(result),
    replay(result, settings),
    violations(result),
    '<h2>Over time</h2>',
    chart(result, lanes, points),
    '<h2>Timeline</h2>',
  ].join('\n');
  const bottom = [
    `<script type="application/json" id="data">${scriptJson(dataOf(result, points))}</script>`,
    `<script>${SCRIPT}</script>`,
    '</main></body></html>\n',
  ].join('\n');
  const rest = HTML_BYTES_MAX - byteLength(top) - byteLength(bottom) - 2_000;
  return [top, timelineTable(result, rest), bottom].join('\n');
}

function description({ scenario }: RunResult): string {
  return scenario.description === ''
    ? ''
    : `<p class="muted">${escapeShort(scenario.description, 1_000)}</p>`;
}

function figures(result: RunResult): string {
  const live = result.world === 'live';
  const speed = `${formatRate(result.steps, result.tookMs)} steps/s`;
  const simulated = `${formatRate(result.simulatedMs / 1_000, result.tookMs)} simulated s/s`;
  const rows: readonly (readonly [string, string, (string | undefined)?])[] = [
    ['Seed', `${result.seed}`],
    ['Version', result.version],
    ['World', result.world, live ? 'not deterministic' : 'the same seed gives the same run'],
    ['Nodes', formatCount(result.scenario.cluster.nodes)],
    [
      'Time',
      formatDuration(live ? result.tookMs : result.simulatedMs),
      live ? undefined : `simulated in ${formatDuration(result.tookMs)}`,
    ],
    ['Steps', formatCount(result.steps), live ? speed : `${speed}, ${simulated}`],
    ['Messages', formatCount(result.messages), formatMany(result.writes, 'write')],
    ['Faults', formatCount(result.injections.length), faultKinds(result)],
    [
      'Rules checked',
      formatCount(result.rulesChecked),
      formatMany(result.violations.length, 'violation'),
    ],
    ['Recovery', recoveryText(result)],
  ];
  const cells = rows.map(([term, value, small]) => {
    const more = small === undefined ? '' : `<small>${escapeShort(small, 200)}</small>`;
    return `<div><dt>${term}</dt><dd>${escapeShort(value, 100)}${more}</dd></div>`;
  });
  return `<dl>${cells.join('\n')}</dl>`;
}

const faultKinds = (result: RunResult) => faultsText(result).replace(/^[\d,]+ injected: /, '');

function replay(result: RunResult, settings: ReportSettings): string {
  const command = escapeShort(replayCommand(result, settings), 500);
  const hash = result.traceHash === '' ? '' : `\n# trace ${escapeShort(result.traceHash, 100)}`;
  return `<pre tabindex="0"><code>${command}${hash}</code></pre>`;
}

function violations(result: RunResult): string {
  if (result.verdict === 'held' && result.violations.length === 0) return '';
  const hours = needsHours(result);
  const items = result.violations.slice(0, VIOLATIONS_LISTED_MAX).map((violation, index) => {
    const revision = violation.revision > 0 ? `, revision ${violation.revision}` : '';
    const objects =
      violation.objects.length === 0
        ? ''
        : `<br/><code>${escapeShort(objectsText(violation.objects), 400)}</code>`;
    return [
      `<li id="v${index + 1}"><b>${escapeShort(violation.rule, 100)}</b> `,
      `<span class="muted">at ${formatClock(violation.atMs, hours)}${revision}</span><br/>`,
      `${escapeShort(violation.message, MESSAGE_MAX)}${objects}</li>`,
    ].join('');
  });
  const reasons = result.reasons
    .slice(0, REASONS_LISTED_MAX)
    .map((reason) => `<li>${escapeShort(reason, MESSAGE_MAX)}</li>`);
  const more = result.violations.length + result.reasons.length - items.length - reasons.length;
  return [
    '<h2 id="violations">What went wrong</h2>',
    `<ol class="violations">${[...items, ...reasons].join('\n')}</ol>`,
    more > 0 ? `<p class="muted">and ${formatCount(more)} more: the JSON report has all.</p>` : '',
  ].join('\n');
}

function chart(result: RunResult, lanes: Lanes, points: readonly Point[]): string {
  const left = [
    lanes.lanesLeftOut > 0 ? `${formatMany(lanes.lanesLeftOut, 'lane')} not drawn` : '',
    lanes.barsLeftOut > 0 ? `${formatMany(lanes.barsLeftOut, 'fault')} not drawn` : '',
  ].filter((text) => text !== '');
  return [
    '<div class="card"><p id="at" class="muted" role="status"></p>',
    '<div class="scroll" id="scroll" tabindex="0" role="region" ',
    'aria-label="Chart over time; arrow keys move along the time">',
    drawChart(result, lanes, points),
    `</div>${legend(result, lanes, points)}</div>`,
    left.length === 0 ? '' : `<p class="muted">${left.join(', ')}: the timeline has them.</p>`,
  ].join('\n');
}

const BAR_LEGEND = [
  ['down', 'bad', 'crashed'],
  ['paused', 'paused', 'paused'],
  ['partitioned', 'part', 'partitioned'],
  ['messages', 'msg', 'messages disturbed'],
  ['store', 'store', 'store disturbed'],
  ['view', 'view', 'stale view or clock'],
  ['node', 'node', 'node or runtime'],
  ['other', 'other', 'other fault'],
] as const;

/** Only what is in the drawing. */
function legend(result: RunResult, { lanes }: Lanes, points: readonly Point[]): string {
  const item = (color: string, text: string) =>
    `<li><i style="background:var(--${color})"></i>${text}</li>`;
  const used = new Set(lanes.flatMap((lane) => lane.bars.map((bar) => bar.style)));
  const phases = PHASES_LEGEND.flatMap((phase, index) =>
    points.some(({ pods }) => (pods[index] ?? 0) > 0) ? [item(`p${index}`, `pods ${phase}`)] : [],
  );
  return [
    '<ul class="legend">',
    ...phases,
    item('fg', 'pods ready'),
    item('ready', 'node Ready'),
    item('warn', 'node NotReady'),
    ...BAR_LEGEND.flatMap(([style, color, text]) => (used.has(style) ? [item(color, text)] : [])),
    result.recoveryMs === undefined ? '' : item('good', 'recovery'),
    result.violations.length === 0 ? '' : item('bad', '▼ violation'),
    '</ul>',
  ].join('');
}

function dataOf(result: RunResult, points: readonly Point[]) {
  const { fromMs, toMs } = timeSpan(result);
  return {
    chart: [CHART.left, CHART.right, CHART.width],
    span: [fromMs, toMs],
    phases: PHASES_LEGEND,
    points: points.map(({ atMs, nodesReady, nodes, podsReady, pods }) => [
      atMs,
      nodesReady,
      nodes,
      podsReady,
      ...pods,
    ]),
  };
}
