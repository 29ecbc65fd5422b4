/** The space-time diagram: a line for each actor, time downwards, and what led to what as arrows. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { select } from 'd3-selection';
import {
  type D3ZoomEvent,
  type ZoomBehavior,
  type ZoomTransform,
  zoom,
  zoomIdentity,
} from 'd3-zoom';
import { useEffect, useRef } from 'preact/hooks';
import type { Story } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { themed } from './colours.ts';
import { number, objectTitle, span } from './format.ts';
import { viewKeys } from './keys.ts';
import { focus, moment, selection, tell, until } from './state.ts';
import { drawStory, eventAt, headOf, LEFT, type Marked, type Window, yOf } from './story-canvas.ts';
import { layoutStory, reach, type StoryLayout } from './story-layout.ts';

const AGAIN_MS = 1_000;
const LIMIT = 300;
/** The least and the most width of a line. */
const LANE_MIN = 62;
const LANE_MAX = 260;
const NONE: ReadonlySet<string> = new Set();
const EMPTY: Story = { events: [], total: 0, critical: [] };

/** See the file comment. */
export function TimeView() {
  const text = useSignal('');
  const quiet = useSignal(false);
  const toScale = useSignal(false);
  const held = useSignal(false);
  const answered = useAnswer<Story>(() => {
    const about = focus.value;
    if (about.of !== 'recent') return { what: about.of, words: { key: about.key } };
    const words = { text: text.value, quiet: quiet.value ? 1 : 0, until: until.value };
    return { what: 'recent', words: { ...words, limit: LIMIT } };
  }, AGAIN_MS);
  const shown = useSignal<Story>(EMPTY);
  useSignalEffect(() => {
    const { value } = answered.value;
    if (value !== undefined && !held.value) shown.value = value;
  });
  useSignalEffect(() => {
    focus.value;
    held.value = false;
  });
  const layout = useComputed(() => layoutStory(shown.value, toScale.value));
  const { events, total, critical } = shown.value;
  const isRecent = focus.value.of === 'recent';
  return (
    <div class="time">
      <div class="time-head">
        {isRecent ? (
          <>
            <h2 class="quiet-title">What happened last</h2>
            <input
              type="search"
              placeholder="only what contains …"
              aria-label="Show only events that contain"
              value={text.value}
              onInput={({ currentTarget }) => {
                text.value = currentTarget.value;
              }}
            />
            <label>
              <input
                type="checkbox"
                checked={quiet.value}
                onChange={({ currentTarget }) => {
                  quiet.value = currentTarget.checked;
                }}
              />
              heartbeats and leases
            </label>
          </>
        ) : (
          <>
            <h2 class="quiet-title" data-testid="about">
              {titleOf()}
            </h2>
            <button type="button" onClick={() => tell({ of: 'recent' })}>
              What happened last
            </button>
          </>
        )}
        <label>
          <input
            type="checkbox"
            checked={toScale.value}
            onChange={({ currentTarget }) => {
              toScale.value = currentTarget.checked;
            }}
          />
          time to scale
        </label>
        <label>
          <input
            type="checkbox"
            checked={held.value}
            disabled={moment.value !== undefined}
            onChange={({ currentTarget }) => {
              held.value = currentTarget.checked;
            }}
          />
          hold still
        </label>
        <span class="hint" data-testid="shown">
          {total > events.length
            ? `showing ${number(events.length)} of ${number(total)} events`
            : `${number(events.length)} events`}
          {critical.length > 1 &&
            ` · critical path: ${number(critical.length)} events, ${lasting(shown.value)}`}
          {layout.value.lanesMore > 0 && ` · ${layout.value.lanesMore} actors share a line`}
        </span>
      </div>
      {answered.value.trouble !== '' && <p class="hint">{answered.value.trouble}</p>}
      <Diagram layout={layout.value} critical={critical} atEnd={isRecent} />
      <p class="hint">
        ● a step of an actor, ■ a write, ▲ a request from outside; an arrow leads from a cause to
        its effect. Thick <b class="is-critical">violet</b>: the critical path. Of what is selected{' '}
        <b class="is-cause">blue</b> are the causes, <b class="is-effect">green</b> the effects.
        <span class="wide">
          {' '}
          Scroll or pinch to stretch time, drag to move, click an event or an arrow.
        </span>
        {!toScale.value && ' Silence is shortened.'}
      </p>
    </div>
  );
}

function titleOf(): string {
  const about = focus.value;
  if (about.of === 'about') return `What led to ${objectTitle(about.key)}`;
  return 'What led to this message, and what came of it';
}

function lasting({ events, critical }: Story): string {
  const at = new Map(events.map(({ key, atMs }) => [key, atMs]));
  const first = at.get(critical[0] ?? '') ?? 0;
  const last = at.get(critical.at(-1) ?? '') ?? 0;
  return span(Math.max(0, last - first));
}

interface DiagramProps {
  readonly layout: StoryLayout;
  readonly critical: readonly string[];
  /** It shows its end, where the newest is. */
  readonly atEnd: boolean;
}

function Diagram({ layout, critical, atEnd }: DiagramProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef({ layout, critical, transform: zoomIdentity });
  const zooming = useRef<ZoomBehavior<HTMLCanvasElement, unknown> | undefined>(undefined);
  const size = useSignal({ width: 0, height: 0 });
  drawn.current.layout = layout;
  drawn.current.critical = critical;
  const selected = selection.value?.of === 'event' ? selection.value.key : undefined;

  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const behaviour = zoom<HTMLCanvasElement, unknown>()
      .scaleExtent([0.05, 40])
      .clickDistance(5)
      .on('zoom', ({ transform }: D3ZoomEvent<HTMLCanvasElement, unknown>) => {
        drawn.current.transform = transform;
        redraw(element, drawn.current);
      });
    zooming.current = behaviour;
    select(element).call(behaviour).on('dblclick.zoom', null);
    const watcher = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const { width, height } = entry.contentRect;
      size.value = { width: Math.floor(width), height: Math.floor(height) };
    });
    if (element.parentElement !== null) watcher.observe(element.parentElement);
    return () => watcher.disconnect();
  }, []);

  const about = JSON.stringify(focus.value);
  const { width, height } = size.value;
  useEffect(() => {
    // What is looked at is brought into view: all of a story where it fits, the newest of what happened last.
    const element = canvas.current;
    if (element === null || zooming.current === undefined || height === 0) return;
    if (!atEnd && layout.placed.length > 0 && drawn.current.transform !== zoomIdentity) return;
    const room = height - headOf(windowOf(element, drawn.current).laneWidth) - 40;
    const k = atEnd ? 1 : Math.max(0.5, Math.min(2, room / Math.max(1, layout.height)));
    const y = atEnd ? Math.min(0, room - layout.height * k) : 0;
    const before = drawn.current.transform;
    if (atEnd && before.k !== 1) return;
    select(element).call(zooming.current.transform, zoomIdentity.translate(before.x, y).scale(k));
  }, [about, atEnd, layout, height]);

  useEffect(() => {
    drawn.current.transform = zoomIdentity;
  }, [about]);

  const theme = themed.value;
  useEffect(() => {
    if (canvas.current !== null) redraw(canvas.current, drawn.current);
  }, [layout, critical, selected, width, height, theme]);

  useEffect(() => {
    const move = (choose: (at: number) => string | undefined) => (): void => {
      const { placed } = drawn.current.layout;
      const now = selection.value?.of === 'event' ? selection.value.key : '';
      const key = choose(placed.findIndex(({ event }) => event.key === now));
      if (key === undefined) return;
      selection.value = { of: 'event', key };
      if (canvas.current !== null && zooming.current !== undefined) {
        bringIntoView(canvas.current, zooming.current, drawn.current, key);
      }
    };
    const keyAt = (at: number) => drawn.current.layout.placed[at]?.event.key;
    viewKeys.set(
      'j',
      move((at) => keyAt(at + 1)),
    );
    viewKeys.set(
      'k',
      move((at) => keyAt(at < 0 ? drawn.current.layout.placed.length - 1 : at - 1)),
    );
    viewKeys.set(
      'c',
      move((at) => drawn.current.layout.placed[at]?.event.causes.at(-1)),
    );
    viewKeys.set(
      'e',
      move((at) => {
        const now = keyAt(at);
        const { links } = drawn.current.layout;
        return links.find(({ from }) => from.event.key === now)?.to.event.key;
      }),
    );
    return () => viewKeys.clear();
  }, []);

  return (
    <div class="diagram">
      <canvas
        ref={canvas}
        data-testid="diagram"
        role="img"
        aria-label={`${layout.placed.length} events of ${layout.lanes.length} actors. The keys j and k go through them.`}
        onClick={({ offsetX, offsetY, currentTarget }) => {
          const found = eventAt(layout, windowOf(currentTarget, drawn.current), offsetX, offsetY);
          if (found !== undefined) selection.value = { of: 'event', key: found.event.key };
        }}
      />
    </div>
  );
}

interface Drawn {
  readonly layout: StoryLayout;
  readonly critical: readonly string[];
  readonly transform: ZoomTransform;
}

function windowOf(canvas: HTMLCanvasElement, { layout, transform }: Drawn): Window {
  const { clientWidth: width, clientHeight: height } = canvas;
  const fitting = (width - LEFT) / Math.max(1, layout.lanes.length);
  const laneWidth = Math.max(LANE_MIN, Math.min(LANE_MAX, fitting));
  // It moves sideways no further than there are lines.
  const room = width - LEFT - laneWidth * layout.lanes.length;
  const x = Math.min(0, Math.max(transform.x, Math.min(0, room)));
  return { x, y: transform.y, k: transform.k, width, height, laneWidth };
}

function redraw(canvas: HTMLCanvasElement, drawn: Drawn): void {
  const ratio = window.devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.round(clientWidth * ratio);
  canvas.height = Math.round(clientHeight * ratio);
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const { layout, critical } = drawn;
  const selected = selection.value?.of === 'event' ? selection.value.key : undefined;
  const isHere = selected !== undefined && layout.byKey.has(selected);
  const marked: Marked = {
    selected: isHere ? selected : undefined,
    causes: isHere ? reach(layout, selected, 'causes') : NONE,
    effects: isHere ? reach(layout, selected, 'effects') : NONE,
    critical: new Set(critical),
  };
  drawStory(context, layout, windowOf(canvas, drawn), marked);
}

function bringIntoView(
  canvas: HTMLCanvasElement,
  behaviour: ZoomBehavior<HTMLCanvasElement, unknown>,
  drawn: Drawn,
  key: string,
): void {
  const placed = drawn.layout.byKey.get(key);
  if (placed === undefined) return;
  const window = windowOf(canvas, drawn);
  const y = yOf(window, placed);
  if (y > headOf(window.laneWidth) + 20 && y < canvas.clientHeight - 20) return;
  const { transform } = drawn;
  const by = (canvas.clientHeight / 2 - y) / transform.k;
  select(canvas).call(behaviour.translateBy, 0, by);
}
