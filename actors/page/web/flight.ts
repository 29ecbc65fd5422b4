/**
 * Draws messages on their way from place to place, and the ways between them. Owns one canvas and what flies over it;
 * asks for positions and never lays anything out.
 */
import type { FlownMessage, MessageKind } from '../protocol.ts';

/** A point of the map, in CSS pixels from its upper left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The middle of a box, and half of its size. */
export interface Spot extends Point {
  readonly halfWidth: number;
  readonly halfHeight: number;
}

/** Where a place is now; undefined where it is not on the map. */
export type PointOf = (place: string) => Spot | undefined;

interface Flying {
  readonly message: FlownMessage;
  readonly sinceMs: number;
  readonly lastsMs: number;
  /** How far beside the straight way, -1 to 1. */
  readonly aside: number;
}

/** Messages in the air at most; of more, the oldest land at once. */
const FLYING_MAX = 400;
const DOT = 4;
/** Messages whose words are written beside them. */
const LABELS_MAX = 5;

export interface FlightOptions {
  readonly canvas: HTMLCanvasElement;
  readonly pointOf: PointOf;
  /** Colours by kind, and of ways, read anew when the theme changes. */
  readonly colours: () => Readonly<{ [kind in MessageKind | 'way' | 'text' | 'paper']: string }>;
  readonly isStill: () => boolean;
}

/** See the file comment. */
export class Flight {
  readonly #options: FlightOptions;
  #flying: Flying[] = [];
  #flows: ReadonlyMap<string, number> = new Map();
  #turn = 0;

  constructor(options: FlightOptions) {
    this.#options = options;
  }

  get inTheAir(): number {
    return this.#flying.length;
  }

  setFlows(flows: ReadonlyMap<string, number>): void {
    this.#flows = flows;
  }

  fly(messages: readonly FlownMessage[], lastsMs: number): void {
    const sinceMs = performance.now();
    for (const message of messages) {
      this.#turn = (this.#turn + 1) % 7;
      this.#flying.push({ message, sinceMs, lastsMs, aside: this.#turn / 3 - 1 });
    }
    if (this.#flying.length > FLYING_MAX) this.#flying = this.#flying.slice(-FLYING_MAX);
  }

  clear(): void {
    this.#flying = [];
  }

  /** Draws one frame. `hold` keeps what has arrived where it is; `labels` says what messages are. */
  draw(nowMs: number, hold: boolean, labels: boolean): void {
    const { canvas, colours, isStill } = this.#options;
    const context = canvas.getContext('2d');
    if (context === null) return;
    const ratio = window.devicePixelRatio;
    const { clientWidth, clientHeight } = canvas;
    if (canvas.width !== Math.round(clientWidth * ratio)) {
      canvas.width = Math.round(clientWidth * ratio);
    }
    if (canvas.height !== Math.round(clientHeight * ratio)) {
      canvas.height = Math.round(clientHeight * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    const palette = colours();
    this.#drawWays(context, palette.way);
    const kept: Flying[] = [];
    const told: (readonly [Point, string])[] = [];
    for (const flying of this.#flying) {
      const { message, sinceMs, lastsMs } = flying;
      const done = (nowMs - sinceMs) / lastsMs;
      if (done >= 1 && !hold) continue;
      kept.push(flying);
      const way = this.#way(message.from, message.to);
      if (way === undefined) continue;
      const [from, to] = way;
      const still = isStill();
      const at = pointAt(from, to, flying.aside, still ? 1 : ease(Math.min(1, done)));
      drawTrail(context, from, to, flying.aside, palette[message.kind], still ? 0 : done);
      context.fillStyle = palette[message.kind];
      context.beginPath();
      context.arc(at.x, at.y, DOT, 0, 2 * Math.PI);
      context.fill();
      if (labels) told.push([at, message.what]);
    }
    // The newest first; what would lie over another label is not said.
    const taken: Label[] = [];
    for (const [at, what] of told.reverse()) {
      const label = labelAt(context, at, what, clientWidth);
      if (taken.length >= LABELS_MAX || taken.some((other) => overlap(label, other))) continue;
      taken.push(label);
      drawLabel(context, label, palette);
    }
    this.#flying = hold ? kept.slice(-1) : kept;
  }

  #drawWays(context: CanvasRenderingContext2D, colour: string): void {
    context.strokeStyle = colour;
    for (const [flow, count] of this.#flows) {
      const [from = '', to = ''] = flow.split(' ');
      const way = this.#way(from, to);
      if (way === undefined) continue;
      context.lineWidth = Math.min(8, 1 + Math.log2(1 + count) / 2);
      curve(context, ...way, 0.4);
    }
  }

  /** From the edge of one box to the edge of the other: what they say stays to be read. */
  #way(from: string, to: string): readonly [Point, Point] | undefined {
    const start = this.#options.pointOf(from);
    const end = this.#options.pointOf(to);
    if (start === undefined || end === undefined) return undefined;
    return [edge(start, end), edge(end, start)];
  }
}

/** Where the straight way from a box's middle to another point leaves it. */
function edge(box: Spot, to: Point): Point {
  const [dx, dy] = [to.x - box.x, to.y - box.y];
  const share = Math.min(
    dx === 0 ? 1 : Math.abs(box.halfWidth / dx),
    dy === 0 ? 1 : Math.abs(box.halfHeight / dy),
    1,
  );
  return { x: box.x + dx * share, y: box.y + dy * share };
}

function drawTrail(
  context: CanvasRenderingContext2D,
  from: Point,
  to: Point,
  aside: number,
  colour: string,
  done: number,
): void {
  context.strokeStyle = colour;
  context.globalAlpha = Math.max(0.1, 0.4 - 0.3 * done);
  context.lineWidth = 1.5;
  curve(context, from, to, aside);
  context.globalAlpha = 1;
}

interface Label extends Point {
  readonly text: string;
  readonly width: number;
}

const LABEL_HEIGHT = 17;

function labelAt(context: CanvasRenderingContext2D, at: Point, what: string, room: number): Label {
  context.font = '12px system-ui, sans-serif';
  const text = what.length > 60 ? `${what.slice(0, 59)}…` : what;
  const width = context.measureText(text).width + 6;
  return { text, width, x: Math.max(4, Math.min(at.x + 8, room - width - 4)), y: at.y - 20 };
}

const overlap = (one: Label, other: Label): boolean =>
  Math.abs(one.y - other.y) < LABEL_HEIGHT + 2 &&
  one.x < other.x + other.width &&
  other.x < one.x + one.width;

function drawLabel(
  context: CanvasRenderingContext2D,
  { x, y, text, width }: Label,
  { text: ink, paper }: { readonly text: string; readonly paper: string },
): void {
  context.fillStyle = paper;
  context.fillRect(x, y, width, LABEL_HEIGHT);
  context.fillStyle = ink;
  context.fillText(text, x + 3, y + 13);
}

function curve(context: CanvasRenderingContext2D, from: Point, to: Point, aside: number): void {
  const bend = bendOf(from, to, aside);
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.quadraticCurveTo(bend.x, bend.y, to.x, to.y);
  context.stroke();
}

/** A little to the side, so that there and back are two ways. */
function bendOf(from: Point, to: Point, aside: number): Point {
  const bend = 0.06 + 0.04 * aside;
  return {
    x: (from.x + to.x) / 2 - (to.y - from.y) * bend,
    y: (from.y + to.y) / 2 + (to.x - from.x) * bend,
  };
}

function pointAt(from: Point, to: Point, aside: number, done: number): Point {
  const bend = bendOf(from, to, aside);
  const left = 1 - done;
  const mix = (a: number, b: number, c: number): number =>
    left * left * a + 2 * left * done * b + done * done * c;
  return { x: mix(from.x, bend.x, to.x), y: mix(from.y, bend.y, to.y) };
}

const ease = (done: number): number => done * done * (3 - 2 * done);
