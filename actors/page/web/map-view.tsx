/** The map: the cluster's parts as boxes, nodes with their pods, and messages on their way between them. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { NodeRow, PodRow } from '../protocol.ts';
import { coloursOf } from './colours.ts';
import { Flight, type Spot } from './flight.ts';
import { lastName, number, podKey, shortened } from './format.ts';
import { NodeTiles, tilePoint } from './node-tiles.tsx';
import {
  feedText,
  feedWithout,
  flights,
  flows,
  lastMessage,
  moment,
  nodes,
  paused,
  playback,
  pods,
  podsTotal,
  processes,
  rate,
  selection,
  show,
  speed,
} from './state.ts';

/** Nodes that are drawn as cards with their pods; of more, each is a tile. */
const CARDS_MAX = 60;
/** Pods of one card that are drawn. */
const CHIPS_MAX = 48;

interface Part {
  readonly place: string;
  readonly title: string;
  readonly words: string;
}

const PARTS: readonly Part[] = [
  { place: 'client', title: 'Clients', words: 'People and programs: kubectl, helm, yours.' },
  {
    place: 'apiserver',
    title: 'API server',
    words: 'Checks every request, and tells the others what changed.',
  },
  { place: 'store', title: 'Store', words: 'Keeps every object; each write is a revision.' },
  { place: 'scheduler', title: 'Scheduler', words: 'Chooses a node for each new pod.' },
  {
    place: 'controllers',
    title: 'Controllers',
    words: 'Make what is there into what was asked for.',
  },
];

/** See the file comment. */
export function MapView() {
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const byNode = useMemo(() => podsByNode(pods.value), [pods.value]);
  const rows = [...nodes.value.values()].sort(byName);
  const isTiled = rows.length > CARDS_MAX;
  useFlight(root, canvas);
  return (
    <div class="map" ref={root}>
      <div class="plane">
        {PARTS.map((part) => (
          <PartBox key={part.place} part={part} waiting={byNode.get('') ?? []} />
        ))}
      </div>
      <h2 class="quiet-title">
        {number(rows.length)} nodes, {number(podsTotal.value)} pods
      </h2>
      {isTiled ? (
        <NodeTiles rows={rows} byNode={byNode} />
      ) : (
        <div class="nodes">
          {rows.map((row) => (
            <NodeCard key={row[0]} row={row} pods={byNode.get(row[0]) ?? []} />
          ))}
        </div>
      )}
      <canvas class="flight" ref={canvas} role="img" aria-label="Messages on their way" />
      <MapFooter />
    </div>
  );
}

function PartBox({ part, waiting }: { part: Part; waiting: readonly PodRow[] }) {
  const { place, title, words } = part;
  const isScheduler = place === 'scheduler';
  return (
    <button
      type="button"
      class={`part part-${place}`}
      data-place={place}
      aria-label={`${title}: ${words}`}
      onClick={() => {
        selection.value = { of: 'place', place };
      }}
    >
      <b>{title}</b>
      <span>{words}</span>
      {isScheduler && waiting.length > 0 && (
        <span class="badge">{number(waiting.length)} pods wait for a node</span>
      )}
    </button>
  );
}

function NodeCard({ row, pods: own }: { row: NodeRow; pods: readonly PodRow[] }) {
  const [name, state] = row;
  const isDead = processes.value.some((one) => one.name === name && !one.isAlive);
  const shown = own.slice(0, CHIPS_MAX);
  const words = isDead && moment.value === undefined ? 'process ended' : NODE_WORDS[state];
  return (
    <section
      class={`node node-${state} ${isDead && moment.value === undefined ? 'node-dead' : ''}`}
      data-place={`node/${name}`}
      data-state={state}
    >
      <button
        type="button"
        class="node-head"
        onClick={() => {
          selection.value = { of: 'place', place: `node/${name}` };
        }}
      >
        <b>{name}</b> <span class="state">{words}</span>
      </button>
      <div class="chips">
        {shown.map((pod) => (
          <PodChip key={pod[0]} row={pod} isRoomy={own.length <= 12} />
        ))}
        {own.length > CHIPS_MAX && <span class="more">+{number(own.length - CHIPS_MAX)}</span>}
        {own.length === 0 && <span class="more">no pods</span>}
      </div>
    </section>
  );
}

const NODE_WORDS = { ready: 'ready', notReady: 'not ready', unknown: 'not heard of' } as const;

function PodChip({ row: [name, , state], isRoomy }: { row: PodRow; isRoomy: boolean }) {
  const isSelected = selection.value?.of === 'object' && selection.value.key === podKey(name);
  return (
    <button
      type="button"
      class={`pod pod-${state} ${isRoomy ? 'roomy' : ''}`}
      data-pod={name}
      data-state={state}
      aria-pressed={isSelected}
      aria-label={`pod ${name}: ${state}`}
      title={`${name}: ${state}`}
      onClick={() => {
        selection.value = { of: 'object', key: podKey(name) };
      }}
    >
      {isRoomy ? shortened(lastName(name), 22) : ''}
    </button>
  );
}

function MapFooter() {
  const { messages, shown } = rate.value;
  const last = lastMessage.value;
  const past = moment.value;
  const key = past === undefined ? last?.id : past.write;
  const said =
    last === undefined ? 'Nothing has moved yet.' : `${last.from} → ${last.to}: ${last.what}`;
  const text = useSignal(feedText.value);
  return (
    <div class="map-footer">
      <button
        type="button"
        class="link said"
        data-testid="said"
        disabled={key === undefined}
        title="Look at this message"
        onClick={() => {
          if (key !== undefined) selection.value = { of: 'event', key };
        }}
      >
        {past === undefined ? said : `revision ${number(past.revision)}: ${past.what}. Why?`}
      </button>
      <form
        class="choice"
        onSubmit={(event) => {
          event.preventDefault();
          feedText.value = text.value.trim();
        }}
      >
        <input
          type="search"
          placeholder="only messages with …"
          aria-label="Show only messages that contain"
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
          onChange={() => {
            feedText.value = text.value.trim();
          }}
        />
        <label>
          <input
            type="checkbox"
            checked={!feedWithout.value.includes('beat')}
            onChange={({ currentTarget }) => {
              feedWithout.value = currentTarget.checked ? [] : ['beat'];
            }}
          />
          heartbeats
        </label>
        <span class="rate" data-testid="rate">
          {messages > shown
            ? `showing 1 of ${number(Math.ceil(messages / Math.max(1, shown)))} messages`
            : 'showing every message'}
          {` · ${number(messages)}/s`}
        </span>
      </form>
    </div>
  );
}

/** Keeps the canvas drawn, and lets the messages of the playback fly over it. */
function useFlight(
  root: { readonly current: HTMLDivElement | null },
  canvas: { readonly current: HTMLCanvasElement | null },
): void {
  const flight = useRef<Flight | undefined>(undefined);
  useEffect(() => {
    if (root.current === null || canvas.current === null) return;
    const points = pointsIn(root.current);
    const reduced = matchMedia('(prefers-reduced-motion: reduce)');
    const own = new Flight({
      ...{ canvas: canvas.current, pointOf: points.of, colours: coloursOf },
      isStill: () => reduced.matches,
    });
    flight.current = own;
    const fly = (messages: Parameters<Flight['fly']>[0]): void => {
      if (paused.value) own.clear();
      own.fly(messages, speed.value === 1 ? 700 : 1_300);
    };
    flights.add(fly);
    let frame = 0;
    let beforeMs = performance.now();
    const draw = (nowMs: number): void => {
      if (moment.value === undefined) show(playback.pass(Math.min(nowMs - beforeMs, 1_000)));
      beforeMs = nowMs;
      points.look(nowMs);
      own.draw(nowMs, paused.value, paused.value || speed.value < 0.1);
      frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      cancelAnimationFrame(frame);
      flights.delete(fly);
    };
  }, []);
  useSignalEffect(() => {
    const now = flows.value;
    flight.current?.setFlows(moment.value === undefined ? now : new Map());
  });
}

/** How long positions are believed, milliseconds. */
const LOOK_EVERY_MS = 400;

/** Where places are, measured now and then: measuring for every message would cost more than drawing it. */
function pointsIn(root: HTMLElement) {
  let known = new Map<string, Spot>();
  let lookedMs = Number.NEGATIVE_INFINITY;
  return {
    look(nowMs: number): void {
      if (nowMs - lookedMs < LOOK_EVERY_MS) return;
      lookedMs = nowMs;
      const origin = root.getBoundingClientRect();
      known = new Map();
      for (const element of root.querySelectorAll<HTMLElement>('[data-place]')) {
        const { left, top, width, height } = element.getBoundingClientRect();
        known.set(element.dataset.place ?? '', {
          ...{ x: left - origin.left + width / 2, y: top - origin.top + height / 2 },
          ...{ halfWidth: width / 2 + 4, halfHeight: height / 2 + 4 },
        });
      }
      const all = root.querySelector('.nodes, .tiles')?.getBoundingClientRect();
      if (all === undefined) return;
      known.set('node', {
        ...{ x: all.left - origin.left + all.width / 2, y: all.top - origin.top },
        ...{ halfWidth: 0, halfHeight: 0 },
      });
    },
    of(place: string): Spot | undefined {
      return known.get(place) ?? (place.startsWith('node/') ? tilePoint(place, root) : undefined);
    },
  };
}

function podsByNode(all: ReadonlyMap<string, PodRow>): ReadonlyMap<string, readonly PodRow[]> {
  const found = new Map<string, PodRow[]>();
  for (const row of all.values()) {
    const own = found.get(row[1]);
    if (own === undefined) found.set(row[1], [row]);
    else own.push(row);
  }
  for (const own of found.values()) own.sort(byName);
  return found;
}

const byName = (one: readonly [string, ...unknown[]], other: readonly [string, ...unknown[]]) =>
  one[0].localeCompare(other[0], 'en', { numeric: true });
