/** The part of a diagram that is in view: where things stand in it, and what is under a point. Pure. */
import type { Placed, StoryLayout } from './story-layout.ts';

/** Of the times at the left. */
export const LEFT = 84;

/** What is looked at: `x` and `y` move, `k` stretches time. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly k: number;
  readonly width: number;
  readonly height: number;
  readonly laneWidth: number;
}

/** From the names above the lines to the first event. */
const TOP = 16;
/** Lines that are at least so wide have their names straight above them. */
export const UPRIGHT = 112;
const NEAR_PIXELS = 9;

export const xOf = ({ x, laneWidth }: Window, lane: number): number =>
  x + LEFT + (lane + 0.5) * laneWidth;
export const yOf = ({ y, k, laneWidth }: Window, placed: Placed): number =>
  y + headOf(laneWidth) + TOP + placed.y * k;

/** How high the names above the lines are: slanting where lines are close. */
export const headOf = (laneWidth: number): number => (laneWidth >= UPRIGHT ? 46 : 92);

/** The event nearest to a point, or at the end of the arrow nearest to it. */
export function eventAt(
  layout: StoryLayout,
  window: Window,
  x: number,
  y: number,
): Placed | undefined {
  let found: Placed | undefined;
  let least = NEAR_PIXELS + 4;
  for (const one of layout.placed) {
    const distance = Math.hypot(xOf(window, one.lane) - x, yOf(window, one) - y);
    if (distance < least) [found, least] = [one, distance];
  }
  if (found !== undefined) return found;
  least = NEAR_PIXELS / 2;
  for (const { from, to } of layout.links) {
    const start = { x: xOf(window, from.lane), y: yOf(window, from) };
    const end = { x: xOf(window, to.lane), y: yOf(window, to) };
    const distance = distanceToLine(start, end, { x, y });
    if (distance < least) [found, least] = [to, distance];
  }
  return found;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function distanceToLine(start: Point, end: Point, at: Point): number {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((at.x - start.x) * dx + (at.y - start.y) * dy) / length;
  const share = Math.max(0, Math.min(1, along));
  return Math.hypot(at.x - start.x - share * dx, at.y - start.y - share * dy);
}
