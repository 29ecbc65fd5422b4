/** The map: the cluster's parts as boxes, nodes with their pods, and messages on their way between them. */
import { useMemo, useRef } from 'preact/hooks';
import type { PodRow } from '../protocol.ts';
import { byName, number } from './format.ts';
import { useFlight } from './map-flight.ts';
import { MapFooter } from './map-footer.tsx';
import { NodeCard } from './node-card.tsx';
import { NodeTiles } from './node-tiles.tsx';
import { nodes, pods, podsTotal, selection } from './state.ts';

/** Nodes that are drawn as cards with their pods; of more, each is a tile. */
const CARDS_MAX = 60;

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

function podsByNode(all: ReadonlyMap<string, PodRow>): ReadonlyMap<string, readonly PodRow[]> {
  const found = new Map<string, PodRow[]>();
  for (const row of all.values()) {
    const own = found.get(row[1]);
    if (own === undefined) found.set(row[1], [row]);
    else own.push(row);
  }
  return found;
}
