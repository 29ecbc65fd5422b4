/** Draws a story on a canvas, as much of it as is in view. Keeps nothing. */

import type { StoryEvent } from '../protocol.ts';
import { themeColour } from './colours.ts';
import { clock, lastName, shortened } from './format.ts';
import type { Lane, Placed, StoryLayout } from './story-layout.ts';
import { headOf, LEFT, UPRIGHT, type Window, xOf, yOf } from './story-window.ts';

const BOLD = '600 11px system-ui, sans-serif';
const PLAIN = '11px system-ui, sans-serif';
/** What a line of text takes, pixels. */
const TEXT_SPACE = 11;

/** What is to be seen of it. */
export interface Marked {
  readonly selected: string | undefined;
  readonly causes: ReadonlySet<string>;
  readonly effects: ReadonlySet<string>;
  readonly critical: ReadonlySet<string>;
}

/** Draws it whole. */
export function drawStory(
  context: CanvasRenderingContext2D,
  layout: StoryLayout,
  window: Window,
  marked: Marked,
): void {
  context.clearRect(0, 0, window.width, window.height);
  drawLanes(context, layout, window);
  const isDimmed = marked.selected !== undefined;
  for (const { from, to } of layout.links) {
    drawLink(context, window, [from, to], marked, isDimmed);
  }
  drawEvents(context, layout, window, marked, isDimmed);
  drawHead(context, layout.lanes, window);
  drawTimes(context, layout, window);
}

function drawLanes(
  context: CanvasRenderingContext2D,
  { lanes }: StoryLayout,
  window: Window,
): void {
  const head = headOf(window.laneWidth);
  context.strokeStyle = themeColour('--way');
  context.lineWidth = 1;
  context.beginPath();
  lanes.forEach((_, index) => {
    const x = Math.round(xOf(window, index)) + 0.5;
    context.moveTo(x, head);
    context.lineTo(x, window.height);
  });
  context.stroke();
}

/** As the legend has it. */
function ownColour({ type, lane }: StoryEvent): string {
  if (type === 'write') return '--write';
  return type === 'request' || lane === 'apiserver' ? '--request' : '--news';
}

/** Why it is marked, or its own. */
function colourOf(
  event: StoryEvent,
  { causes, effects, critical }: Marked,
  isDimmed: boolean,
): string {
  const { key } = event;
  if (critical.has(key) && !isDimmed) return themeColour('--critical');
  if (causes.has(key)) return themeColour('--cause');
  if (effects.has(key)) return themeColour('--effect');
  return themeColour(isDimmed ? '--dim' : ownColour(event));
}

function drawLink(
  context: CanvasRenderingContext2D,
  window: Window,
  [from, to]: readonly [Placed, Placed],
  marked: Marked,
  isDimmed: boolean,
): void {
  const head = headOf(window.laneWidth);
  const [fromY, toY] = [yOf(window, from), yOf(window, to)];
  if (toY < head || fromY > window.height) return;
  const [fromX, toX] = [xOf(window, from.lane), xOf(window, to.lane)];
  const [one, other] = [from.event.key, to.event.key];
  const isCritical = marked.critical.has(one) && marked.critical.has(other);
  const isCause = marked.causes.has(one) && marked.causes.has(other);
  const isEffect = marked.effects.has(one) && marked.effects.has(other);
  context.strokeStyle =
    isDimmed && !isCause && !isEffect
      ? themeColour('--dim')
      : isCritical && !isDimmed
        ? themeColour('--critical')
        : isCause
          ? themeColour('--cause')
          : isEffect
            ? themeColour('--effect')
            : themeColour('--link');
  context.lineWidth = isCritical ? 2.5 : isCause || isEffect ? 1.8 : 1;
  context.beginPath();
  context.moveTo(fromX, fromY);
  if (from.lane === to.lane) context.lineTo(toX, toY);
  else {
    context.lineTo(toX, toY);
    const angle = Math.atan2(toY - fromY, toX - fromX);
    for (const side of [-0.4, 0.4]) {
      context.moveTo(toX - 4 * Math.cos(angle), toY - 4 * Math.sin(angle));
      context.lineTo(toX - 11 * Math.cos(angle + side), toY - 11 * Math.sin(angle + side));
    }
  }
  context.stroke();
}

function drawEvents(
  context: CanvasRenderingContext2D,
  { placed }: StoryLayout,
  window: Window,
  marked: Marked,
  isDimmed: boolean,
): void {
  const head = headOf(window.laneWidth);
  context.font = '11px system-ui, sans-serif';
  let textBelow = Number.NEGATIVE_INFINITY;
  for (const one of placed) {
    const y = yOf(window, one);
    if (y < head - 10 || y > window.height + 10) continue;
    const x = xOf(window, one.lane);
    const { key, type } = one.event;
    const isSelected = key === marked.selected;
    context.fillStyle = colourOf(one.event, marked, isDimmed);
    drawMark(context, type, x, y, isSelected ? 7 : 4.5);
    if (isSelected) {
      context.strokeStyle = themeColour('--ink');
      context.lineWidth = 1.5;
      context.stroke();
    }
    if (y - textBelow < TEXT_SPACE && !isSelected) continue;
    textBelow = y;
    const isTold = !isDimmed || isSelected || marked.causes.has(key) || marked.effects.has(key);
    context.fillStyle = themeColour(isTold ? '--ink' : '--faint');
    context.fillText(shortened(one.event.what, 46), x + 9, y + 4);
  }
}

function drawMark(
  context: CanvasRenderingContext2D,
  type: Placed['event']['type'],
  x: number,
  y: number,
  size: number,
): void {
  context.beginPath();
  if (type === 'step') context.arc(x, y, size, 0, 2 * Math.PI);
  else if (type === 'write') {
    context.rect(x - size, y - size, 2 * size, 2 * size);
  } else {
    context.moveTo(x, y - size - 1);
    context.lineTo(x + size + 1, y + size);
    context.lineTo(x - size - 1, y + size);
    context.closePath();
  }
  context.fill();
}

function drawHead(context: CanvasRenderingContext2D, lanes: readonly Lane[], window: Window): void {
  const head = headOf(window.laneWidth);
  context.fillStyle = themeColour('--paper');
  context.fillRect(0, 0, window.width, head);
  lanes.forEach(({ name }, index) => {
    const x = xOf(window, index);
    if (x < LEFT - window.laneWidth || x > window.width + window.laneWidth) return;
    const last = lastName(name);
    const kind = name.slice(0, Math.max(0, name.length - last.length - 1));
    if (window.laneWidth >= UPRIGHT) drawName(context, [last, kind], x, window.laneWidth);
    else drawSlanting(context, [last, kind], x);
  });
  context.strokeStyle = themeColour('--line');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, head + 0.5);
  context.lineTo(window.width, head + 0.5);
  context.stroke();
}

type Name = readonly [last: string, kind: string];

function drawName(
  context: CanvasRenderingContext2D,
  [last, kind]: Name,
  x: number,
  width: number,
): void {
  const letters = Math.floor(width / 7.4);
  context.textAlign = 'center';
  context.font = BOLD;
  context.fillStyle = themeColour('--ink');
  context.fillText(shortened(last, letters), x, headOf(width) - 12);
  context.font = PLAIN;
  context.fillStyle = themeColour('--soft');
  context.fillText(shortened(kind, letters), x, headOf(width) - 27);
  context.textAlign = 'start';
}

/** Where lines are close, names would lie over each other. */
function drawSlanting(context: CanvasRenderingContext2D, [last, kind]: Name, x: number): void {
  context.save();
  context.translate(x - 2, headOf(0) - 6);
  context.rotate(-0.85);
  context.font = BOLD;
  context.fillStyle = themeColour('--ink');
  context.fillText(shortened(last, 15), 0, 0);
  context.font = PLAIN;
  context.fillStyle = themeColour('--soft');
  context.fillText(shortened(kind, 15), 0, 13);
  context.restore();
}

function drawTimes(
  context: CanvasRenderingContext2D,
  { placed }: StoryLayout,
  window: Window,
): void {
  const head = headOf(window.laneWidth);
  context.fillStyle = themeColour('--paper');
  context.fillRect(0, 0, LEFT - 6, window.height);
  context.fillStyle = themeColour('--soft');
  context.font = '11px system-ui, sans-serif';
  let below = head;
  for (const one of placed) {
    const y = yOf(window, one);
    if (y < below + 22 || y > window.height) continue;
    below = y;
    context.fillText(clock(one.event.atMs), 4, y + 4);
  }
}
