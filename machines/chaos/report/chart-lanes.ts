/**
 * The lanes of the drawing: one a node or process, green or amber by its readiness, with a bar for each fault that hit
 * it. SVG text with classes. Pure.
 */
import type { RunResult } from '../run-result.ts';
import { type Scale, timeSpan } from './figures.ts';
import { formatClock, formatDuration, formatMany } from './format.ts';
import { escapeShort } from './html-text.ts';
import type { Bar, Lane } from './lanes.ts';

/** Width of the drawing in its own units. */
export const CHART_WIDTH = 1_000;
const ROW = 13;
const BAR = ROW - 2;
const STRIP = 5;
const LABEL_MAX = 18;
/** Bars that say on their own what they are; further ones are drawn without words. */
const BARS_TITLED_MAX = 200;

interface LaneSettings {
  readonly x: Scale;
  readonly hours: boolean;
  /** Bars of one lane that have a title. */
  readonly titled: number;
}

/** The lanes from `top` downwards, and where they end. */
export function drawLanes(
  lanes: readonly Lane[],
  x: Scale,
  top: number,
  result: RunResult,
): { readonly body: string; readonly bottom: number } {
  const settings = {
    x,
    hours: timeSpan(result).toMs >= 3_600_000,
    titled: Math.floor(BARS_TITLED_MAX / Math.max(1, lanes.length)),
  };
  let y = top;
  const parts = lanes.map((lane) => {
    const height = lane.rows * ROW + STRIP + 8;
    const text = drawLane(lane, y, height, settings);
    y += height;
    return text;
  });
  return { body: parts.join('\n'), bottom: y };
}

function drawLane(lane: Lane, top: number, height: number, settings: LaneSettings): string {
  const { x, hours } = settings;
  const strip = top + height - STRIP - 3;
  const ready = lane.ready.map(({ fromMs, toMs, ready: is }) => {
    const from = formatClock(fromMs, hours);
    const title = `${escapeShort(lane.name, 60)} ${is ? 'Ready' : 'NotReady'} from ${from}`;
    return box(is ? 'ready' : 'not-ready', x(fromMs), x(toMs), strip, STRIP, title);
  });
  const bars = drawBars(lane.bars, top + 3, settings);
  const faults = lane.bars.reduce((total, bar) => total + bar.count, 0);
  const bad = lane.ready.filter((span) => !span.ready);
  const notReady = bad.map(({ fromMs, toMs }) => `${clocks(fromMs, toMs, hours)}`).slice(0, 5);
  const label = [
    lane.name,
    formatMany(faults, 'fault'),
    ...(bad.length === 0 ? [] : [`NotReady ${notReady.join(', ')}`]),
  ].join('; ');
  return [
    `<g tabindex="0" role="img" aria-label="${escapeShort(label, 240)}">`,
    `<rect class="row" x="0" y="${top}" width="${CHART_WIDTH}" height="${height}"/>`,
    `<text class="lane" x="4" y="${top + height / 2 + 4}">${escapeShort(lane.name, LABEL_MAX)}</text>`,
    ready.join(''),
    bars,
    '</g>',
  ].join('');
}

function drawBars(bars: readonly Bar[], top: number, { x, hours, titled }: LaneSettings): string {
  const y = (bar: Bar) => top + bar.row * ROW;
  const said = bars
    .slice(0, titled)
    .map((bar) =>
      box(`bar ${bar.style}`, x(bar.fromMs), x(bar.toMs), y(bar), BAR, barTitle(bar, hours)),
    );
  const paths = new Map<string, string>();
  for (const bar of bars.slice(titled)) {
    const left = Math.round(x(bar.fromMs));
    const width = Math.max(3, Math.round(x(bar.toMs)) - left);
    const path = `M${left} ${y(bar)}h${width}v${BAR}h-${width}z`;
    paths.set(bar.style, (paths.get(bar.style) ?? '') + path);
  }
  const unsaid = [...paths].map(([style, path]) => `<path class="${style}" d="${path}"/>`);
  return [...said, ...unsaid].join('');
}

function clocks(fromMs: number, toMs: number, hours: boolean): string {
  return `${formatClock(fromMs, hours)} to ${formatClock(toMs, hours)}`;
}

/** A box at least three wide, so that it can be seen and pointed at. */
function box(name: string, left: number, right: number, y: number, height: number, title: string) {
  const width = Math.round(Math.max(3, right - left) * 10) / 10;
  const place = `x="${left}" y="${y}" width="${width}" height="${height}"`;
  return `<rect class="${name}" ${place}><title>${title}</title></rect>`;
}

function barTitle(bar: Bar, hours: boolean): string {
  const times = bar.count === 1 ? '' : `, ${bar.count} times`;
  const hit = bar.hit === '' ? '' : ` of ${bar.hit}`;
  const until = bar.ended ? `${formatDuration(bar.toMs - bar.fromMs)}` : 'to the end';
  const when = `at ${formatClock(bar.fromMs, hours)} for ${until}`.replace('for to', 'to');
  return escapeShort(`${bar.fault}: ${bar.what}${hit}${times}, ${when}`, 160);
}
