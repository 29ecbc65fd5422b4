/** The space-time diagram itself: a canvas that is zoomed, dragged, clicked, and gone through by keys. */
import { useSignal } from '@preact/signals';
import { select } from 'd3-selection';
import {
  type D3ZoomEvent,
  type ZoomBehavior,
  type ZoomTransform,
  zoom,
  zoomIdentity,
} from 'd3-zoom';
import { useEffect, useRef } from 'preact/hooks';
import { themed } from './colours.ts';
import { viewKeys } from './keys.ts';
import { focus, selection } from './state.ts';
import { drawStory, type Marked } from './story-canvas.ts';
import { reach, type StoryLayout } from './story-layout.ts';
import { eventAt, headOf, LEFT, type Window, xOf, yOf } from './story-window.ts';

/** The least and the most width of a line. */
const LANE_MIN = 62;
const LANE_MAX = 260;
const NONE: ReadonlySet<string> = new Set();
/** What is selected by keys is at least so far from an edge, pixels. */
const EDGE = 24;
const TEXT_ROOM = 110;
/** How far time is stretched, at most and at least. */
const STRETCH = [0.05, 40] as const;

type Canvas = HTMLCanvasElement;
type Zoom = ZoomBehavior<Canvas, unknown>;

export interface DiagramProps {
  readonly layout: StoryLayout;
  readonly critical: readonly string[];
  /** It shows its end, where the newest is. */
  readonly atEnd: boolean;
}

/** What is drawn, as handlers that outlive a rendering need it. */
interface Drawn {
  layout: StoryLayout;
  critical: readonly string[];
  transform: ZoomTransform;
  zoom: Zoom | undefined;
}

const selectedKey = (): string | undefined =>
  selection.value?.of === 'event' ? selection.value.key : undefined;

/** See the file comment. */
export function Diagram({ layout, critical, atEnd }: DiagramProps) {
  const canvas = useRef<Canvas>(null);
  const drawn = useRef<Drawn>({ layout, critical, transform: zoomIdentity, zoom: undefined });
  drawn.current.layout = layout;
  drawn.current.critical = critical;
  const { width, height } = useZoom(canvas, drawn);
  const about = JSON.stringify(focus.value);
  useEffect(() => {
    drawn.current.transform = zoomIdentity;
  }, [about]);
  useEffect(() => {
    if (canvas.current !== null && height > 0) bringToStart(canvas.current, drawn.current, atEnd);
  }, [about, atEnd, layout, height]);
  const theme = themed.value;
  const selected = selectedKey();
  useEffect(() => {
    if (canvas.current !== null) redraw(canvas.current, drawn.current);
  }, [layout, critical, selected, width, height, theme]);
  useKeys(canvas, drawn);
  const count = `${layout.placed.length} events of ${layout.lanes.length} actors`;
  return (
    <div class="diagram">
      <canvas
        ref={canvas}
        data-testid="diagram"
        role="img"
        aria-label={`${count}. The keys j and k go through them.`}
        onClick={({ offsetX, offsetY, currentTarget }) => {
          const found = eventAt(layout, windowOf(currentTarget, drawn.current), offsetX, offsetY);
          if (found !== undefined) selection.value = { of: 'event', key: found.event.key };
        }}
      />
    </div>
  );
}

type Ref<T> = { readonly current: T };

/** Wheel, drag and pinch; gives the size there is. */
function useZoom(canvas: Ref<Canvas | null>, drawn: Ref<Drawn>) {
  const size = useSignal({ width: 0, height: 0 });
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const behaviour: Zoom = zoom<Canvas, unknown>()
      .scaleExtent([...STRETCH])
      .clickDistance(5)
      .on('zoom', ({ transform }: D3ZoomEvent<Canvas, unknown>) => {
        drawn.current.transform = transform;
        redraw(element, drawn.current);
      });
    drawn.current.zoom = behaviour;
    select(element).call(behaviour).on('dblclick.zoom', null);
    const watcher = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      size.value = { width: Math.floor(width), height: Math.floor(height) };
    });
    if (element.parentElement !== null) watcher.observe(element.parentElement);
    return () => watcher.disconnect();
  }, []);
  return size.value;
}

/** Where a story begins, as much of it as fits; of what happened last the end. What the reader moved stays. */
function bringToStart(canvas: Canvas, drawn: Drawn, atEnd: boolean): void {
  const { layout, transform: before } = drawn;
  if (drawn.zoom === undefined) return;
  if (atEnd ? before.k !== 1 : layout.placed.length > 0 && before !== zoomIdentity) return;
  const room = canvas.clientHeight - headOf(windowOf(canvas, drawn).laneWidth) - 40;
  const k = atEnd ? 1 : Math.max(0.5, Math.min(2, room / Math.max(1, layout.height)));
  const y = atEnd ? Math.min(0, room - layout.height * k) : 0;
  select(canvas).call(drawn.zoom.transform, zoomIdentity.translate(before.x, y).scale(k));
}

/** Keys that go from event to event. */
function useKeys(canvas: Ref<Canvas | null>, drawn: Ref<Drawn>): void {
  useEffect(() => {
    const placed = () => drawn.current.layout.placed;
    const keyAt = (at: number) => placed()[at]?.event.key;
    const go = (choose: (at: number) => string | undefined) => (): void => {
      const now = selectedKey();
      const key = choose(placed().findIndex(({ event }) => event.key === now));
      if (key === undefined) return;
      selection.value = { of: 'event', key };
      if (canvas.current !== null) bringIntoView(canvas.current, drawn.current, key);
    };
    const effectOf = (at: number): string | undefined => {
      const now = placed()[at];
      return drawn.current.layout.links.find(({ from }) => from === now)?.to.event.key;
    };
    const keys: readonly (readonly [string, () => void])[] = [
      ['j', go((at) => keyAt(at + 1))],
      ['k', go((at) => keyAt(at < 0 ? placed().length - 1 : at - 1))],
      ['c', go((at) => placed()[at]?.event.causes.at(-1))],
      ['e', go(effectOf)],
    ];
    for (const [key, act] of keys) viewKeys.set(key, act);
    return () => {
      for (const [key] of keys) viewKeys.delete(key);
    };
  }, []);
}

function windowOf(canvas: Canvas, { layout, transform }: Drawn): Window {
  const { clientWidth: width, clientHeight: height } = canvas;
  const fitting = (width - LEFT) / Math.max(1, layout.lanes.length);
  const laneWidth = Math.max(LANE_MIN, Math.min(LANE_MAX, fitting));
  // It moves sideways no further than there are lines.
  const room = width - LEFT - laneWidth * layout.lanes.length;
  const x = Math.min(0, Math.max(transform.x, Math.min(0, room)));
  return { x, y: transform.y, k: transform.k, width, height, laneWidth };
}

function redraw(canvas: Canvas, drawn: Drawn): void {
  const ratio = window.devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const { layout, critical } = drawn;
  const selected = selectedKey();
  const isHere = selected !== undefined && layout.byKey.has(selected);
  const marked: Marked = {
    selected: isHere ? selected : undefined,
    causes: isHere ? reach(layout, selected, 'causes') : NONE,
    effects: isHere ? reach(layout, selected, 'effects') : NONE,
    critical: new Set(critical),
  };
  drawStory(context, layout, windowOf(canvas, drawn), marked);
}

function bringIntoView(canvas: Canvas, drawn: Drawn, key: string): void {
  const placed = drawn.layout.byKey.get(key);
  if (placed === undefined || drawn.zoom === undefined) return;
  const window = windowOf(canvas, drawn);
  const { width, height, laneWidth } = window;
  const inside = (at: number, least: number, most: number): number =>
    Math.max(least, Math.min(most, at)) - at;
  const byX = inside(xOf(window, placed.lane), LEFT + EDGE, width - TEXT_ROOM);
  const byY = inside(yOf(window, placed), headOf(laneWidth) + EDGE, height - EDGE);
  if (byX === 0 && byY === 0) return;
  const moved = zoomIdentity.translate(window.x + byX, window.y + byY).scale(window.k);
  select(canvas).call(drawn.zoom.transform, moved);
}
