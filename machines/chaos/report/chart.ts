/**
 * The drawing of a run: pods by phase, nodes ready, and a lane a node or process with its faults, over one time axis.
 * SVG text with classes, no colours of its own (`html-style.ts` has them). Pure.
 */
import type { RunResult } from '../run-result.ts';
import { CHART_WIDTH, drawLanes } from './chart-lanes.ts';
import { phasesOf, recoverySpan, type Scale, timeSpan } from './figures.ts';
import { formatClock, formatDuration } from './format.ts';
import { escapeShort } from './html-text.ts';
import type { Lanes } from './lanes.ts';
import type { Point } from './samples.ts';

export const CHART = {
  width: CHART_WIDTH,
  left: 128,
  right: 12,
  podsHeight: 170,
  nodesHeight: 34,
} as const;
const TOP = 54;
const GAP = 26;
const MARKS_MAX = 50;

/** The time scale of the drawing; its inverse is in the script of the page. */
export function scaleOf({ fromMs, toMs }: { fromMs: number; toMs: number }): Scale {
  const width = CHART.width - CHART.left - CHART.right;
  return (atMs) => round(CHART.left + ((atMs - fromMs) / (toMs - fromMs)) * width);
}

const round = (number: number) => Math.round(number * 10) / 10;

/** The whole drawing as one svg element. */
export function drawChart(result: RunResult, lanes: Lanes, points: readonly Point[]): string {
  const x = scaleOf(timeSpan(result));
  const nodesTop = TOP + CHART.podsHeight + GAP;
  const lanesTop = nodesTop + CHART.nodesHeight + GAP;
  const { body, bottom } = drawLanes(lanes.lanes, x, lanesTop, result);
  const parts = [
    drawPhases(result, x, bottom),
    drawAxis(result, x, bottom),
    drawPods(points, x, TOP),
    drawNodes(points, x, nodesTop),
    body,
    drawRecovery(result, x, bottom),
    drawViolations(result, x, bottom),
    `<line id="cursor" class="cursor" y1="${TOP}" y2="${bottom}" x1="-9" x2="-9"/>`,
  ];
  const height = bottom + 22;
  return [
    `<svg id="chart" viewBox="0 0 ${CHART.width} ${height}" role="group" `,
    `aria-label="Pods, nodes and faults over time">`,
    parts.join('\n'),
    '</svg>',
  ].join('');
}

function drawPhases(result: RunResult, x: Scale, bottom: number): string {
  const names: { readonly [phase: string]: string } = {
    prepare: 'prepare',
    faults: 'faults',
    heal: 'healed',
  };
  return phasesOf(result)
    .map(({ phase, fromMs, toMs }) => {
      const [left, width] = [x(fromMs), round(x(toMs) - x(fromMs))];
      const label =
        width < 50 ? '' : `<text class="phase" x="${left + 4}" y="12">${names[phase]}</text>`;
      return `<rect class="ph-${phase}" x="${left}" y="0" width="${width}" height="${bottom}"/>${label}`;
    })
    .join('');
}

const TICKS_MS = [
  1, 10, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

function drawAxis(result: RunResult, x: Scale, bottom: number): string {
  const { fromMs, toMs } = timeSpan(result);
  const least = (toMs - fromMs) / 9;
  const tick = TICKS_MS.find((ms) => ms >= least) ?? Math.ceil(least);
  const parts: string[] = [];
  for (let atMs = Math.ceil(fromMs / tick) * tick; atMs <= toMs; atMs += tick) {
    const clock = formatClock(atMs, toMs >= 3_600_000);
    const text = tick >= 1_000 ? clock.slice(0, -4) : clock;
    parts.push(
      `<line class="grid" x1="${x(atMs)}" x2="${x(atMs)}" y1="${TOP - 6}" y2="${bottom}"/>`,
      `<text class="tick" x="${x(atMs)}" y="${TOP - 10}">${text}</text>`,
      `<text class="tick" x="${x(atMs)}" y="${bottom + 16}">${text}</text>`,
    );
  }
  return parts.join('');
}

/** Pods by phase, stacked: the highest sum is drawn first, the lower ones over it. */
function drawPods(points: readonly Point[], x: Scale, top: number): string {
  const sums = points.map(({ pods }) => stack(pods));
  const highest = sums.reduce((most, sum) => Math.max(most, sum.at(-1) ?? 0), 0);
  const most = niceMax(Math.max(highest, ...points.map(({ podsReady }) => podsReady)));
  const bottom = top + CHART.podsHeight;
  const y = (count: number) => round(bottom - (count / most) * CHART.podsHeight);
  const layers = (sums[0] ?? []).map((_, layer) => {
    const counts = sums.map((sum) => sum[layer] ?? 0);
    const below = sums.map((sum) => (layer === 0 ? 0 : (sum[layer - 1] ?? 0)));
    const empty = counts.every((count, index) => count === below[index]);
    return empty ? '' : `<path class="pods-${layer}" d="${area(points, counts, x, y, bottom)}"/>`;
  });
  const ready = steps(
    points,
    points.map(({ podsReady }) => podsReady),
    x,
    y,
  );
  const ticks = [0, most / 2, most]
    .filter((count) => Number.isInteger(count))
    .map(
      (count) =>
        `<text class="count" x="${CHART.left - 6}" y="${y(count) + 4}">${count}</text>` +
        `<line class="grid" x1="${CHART.left}" x2="${CHART.width - CHART.right}" ` +
        `y1="${y(count)}" y2="${y(count)}"/>`,
    );
  const title = `<text class="lane" x="4" y="${top + 12}">pods</text>`;
  const line = ready === '' ? '' : `<path class="pods-ready" d="${ready}"/>`;
  return `${title}${layers.reverse().join('')}${ticks.join('')}${line}`;
}

function stack(counts: readonly number[]): readonly number[] {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
}

/** 1, 2 or 5 times a power of ten, or the like: a number that reads well on an axis. */
function niceMax(count: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, count)));
  const factor =
    [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((candidate) => candidate * power >= count) ?? 10;
  return Math.max(2, Math.ceil(factor * power));
}

/**
 * A line that stays until the next point: counts do not slope. Whole pixels, relative to the one before, and nothing
 * for points that change nothing: a long run has many.
 */
function steps(points: readonly Point[], counts: readonly number[], x: Scale, y: Scale): string {
  let path = '';
  let left = 0;
  let height: number | undefined;
  for (const [index, point] of points.entries()) {
    const [newLeft, newHeight] = [Math.round(x(point.atMs)), Math.round(y(counts[index] ?? 0))];
    if (newHeight === height) continue;
    path +=
      height === undefined
        ? `M${newLeft} ${newHeight}`
        : `h${newLeft - left}v${newHeight - height}`;
    left = newLeft;
    height = newHeight;
  }
  const end = points.at(-1);
  return end === undefined ? '' : `${path}H${Math.round(x(end.atMs))}`;
}

function area(
  points: readonly Point[],
  counts: readonly number[],
  x: Scale,
  y: Scale,
  bottom: number,
): string {
  return `${steps(points, counts, x, y)}V${bottom}H${Math.round(x(points[0]?.atMs ?? 0))}Z`;
}

function drawNodes(points: readonly Point[], x: Scale, top: number): string {
  const most = Math.max(1, ...points.map(({ nodes }) => nodes));
  const bottom = top + CHART.nodesHeight;
  const y = (count: number) => round(bottom - (count / most) * CHART.nodesHeight);
  const path = (of: (point: Point) => number) =>
    points.length === 0 ? '' : area(points, points.map(of), x, y, bottom);
  return [
    `<text class="lane" x="4" y="${top + 12}">nodes ready</text>`,
    `<text class="count" x="${CHART.left - 6}" y="${top + 4}">${most}</text>`,
    `<path class="nodes-all" d="${path(({ nodes }) => nodes)}"/>`,
    `<path class="nodes-ready" d="${path(({ nodesReady }) => nodesReady)}"/>`,
  ].join('');
}

function drawRecovery(result: RunResult, x: Scale, bottom: number): string {
  const span = recoverySpan(result);
  if (span === undefined) return '';
  const [left, right] = [x(span.fromMs), x(span.toMs)];
  const text = `recovered in ${formatDuration(span.toMs - span.fromMs)}`;
  const toTheLeft = right > CHART.width - 160;
  return [
    `<rect class="recovery" x="${left}" y="17" width="${round(Math.max(2, right - left))}" height="6">`,
    `<title>${text}</title></rect>`,
    `<line class="heal" x1="${left}" x2="${left}" y1="17" y2="${bottom}"/>`,
    `<line class="converged" x1="${right}" x2="${right}" y1="17" y2="${bottom}"/>`,
    `<text class="recovered${toTheLeft ? ' end' : ''}" x="${toTheLeft ? left - 5 : right + 5}" y="25">`,
    `${text}</text>`,
  ].join('');
}

function drawViolations(result: RunResult, x: Scale, bottom: number): string {
  const every = Math.ceil(result.violations.length / MARKS_MAX);
  return result.violations
    .map((violation, index) => {
      if (index % every !== 0) return '';
      const at = x(violation.atMs);
      const title = escapeShort(`${violation.rule}: ${violation.message}`, 200);
      const link = index < VIOLATIONS_LISTED_MAX ? `v${index + 1}` : 'violations';
      return [
        `<a href="#${link}" class="violation"><title>${title}</title>`,
        `<path d="M${at} ${TOP - 4}l-5 -9h10z"/>`,
        `<line x1="${at}" x2="${at}" y1="${TOP - 4}" y2="${bottom}"/></a>`,
      ].join('');
    })
    .join('');
}

/** Violations that the page tells in words; marks of further ones lead to the list. */
export const VIOLATIONS_LISTED_MAX = 30;
