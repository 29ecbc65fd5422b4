/** Many nodes: one small tile each, on one canvas, with its state and how many pods it has. */
import { useEffect, useRef } from 'preact/hooks';
import type { NodeRow, PodRow } from '../protocol.ts';
import { themeColour, themed } from './colours.ts';
import type { Spot } from './flight.ts';
import { number } from './format.ts';
import { selection } from './state.ts';

/** What was laid out last; messages find their tiles by it. */
let laid = { columns: 1, size: 16, index: new Map<string, number>() };

const SIZE_MIN = 9;
const SIZE_MAX = 26;
/** The height that tiles are to fit into where they can, pixels. */
const HEIGHT = 420;

function sizeFor(width: number, count: number): number {
  const size = Math.floor(Math.sqrt((width * HEIGHT) / Math.max(1, count)));
  return Math.max(SIZE_MIN, Math.min(SIZE_MAX, size));
}

/** The middle of a node's tile, from the upper left corner of the map. */
export function tilePoint(place: string, root: HTMLElement): Spot | undefined {
  const index = laid.index.get(place.slice('node/'.length));
  const tiles = root.querySelector<HTMLElement>('.tiles');
  if (index === undefined || tiles === null) return undefined;
  const x = (index % laid.columns) * laid.size + laid.size / 2;
  const y = Math.floor(index / laid.columns) * laid.size + laid.size / 2;
  return { x: tiles.offsetLeft + x, y: tiles.offsetTop + y, halfWidth: 0, halfHeight: 0 };
}

export interface NodeTilesProps {
  readonly rows: readonly NodeRow[];
  readonly byNode: ReadonlyMap<string, readonly PodRow[]>;
}

/** See the file comment. */
export function NodeTiles({ rows, byNode }: NodeTilesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = themed.value;
  useEffect(() => {
    if (canvas.current !== null) drawTiles(canvas.current, rows, byNode);
  }, [rows, byNode, theme]);
  const nodeAt = (event: MouseEvent): string | undefined => {
    const column = Math.floor(event.offsetX / laid.size);
    const row = Math.floor(event.offsetY / laid.size);
    return column < laid.columns ? rows[row * laid.columns + column]?.[0] : undefined;
  };
  const busiest = Math.max(0, ...Array.from(byNode.values(), (own) => own.length));
  const notReady = rows.filter(([, state]) => state !== 'ready');
  return (
    <div class="tiles-box">
      <canvas
        class="tiles"
        ref={canvas}
        role="img"
        aria-label={`${rows.length} nodes, ${notReady.length} of them not ready`}
        onMouseMove={(event) => {
          const name = nodeAt(event);
          const own = name === undefined ? 0 : (byNode.get(name)?.length ?? 0);
          event.currentTarget.title = name === undefined ? '' : `${name}: ${own} pods`;
        }}
        onClick={(event) => {
          const name = nodeAt(event);
          if (name !== undefined) selection.value = { of: 'place', place: `node/${name}` };
        }}
      />
      <p class="hint">
        A tile is a node; the fuller, the more pods (at most {number(busiest)} now). Too many nodes
        for a card each: click a tile for its pods.
        {notReady.length > 0 && ` ${number(notReady.length)} nodes are not ready:`}
        {notReady.slice(0, 8).map(([name]) => (
          <button
            type="button"
            class="link"
            key={name}
            onClick={() => {
              selection.value = { of: 'place', place: `node/${name}` };
            }}
          >
            {name}
          </button>
        ))}
      </p>
    </div>
  );
}

function drawTiles(
  canvas: HTMLCanvasElement,
  rows: readonly NodeRow[],
  byNode: ReadonlyMap<string, readonly PodRow[]>,
): void {
  const width = canvas.parentElement?.clientWidth ?? 300;
  const size = sizeFor(width, rows.length);
  const columns = Math.max(1, Math.floor(width / size));
  const height = Math.ceil(rows.length / columns) * size;
  laid = { columns, size, index: new Map(rows.map(([name], index) => [name, index])) };
  const ratio = window.devicePixelRatio;
  canvas.width = columns * size * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${columns * size}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.scale(ratio, ratio);
  const most = Math.max(1, ...Array.from(byNode.values(), (own) => own.length));
  const empty = themeColour('--tile');
  const full = themeColour('--pod-ready');
  const away = themeColour('--bad');
  rows.forEach(([name, state], index) => {
    const x = (index % columns) * size + 1;
    const y = Math.floor(index / columns) * size + 1;
    const inner = size - 2;
    context.fillStyle = state === 'ready' ? empty : away;
    context.fillRect(x, y, inner, inner);
    const share = (byNode.get(name)?.length ?? 0) / most;
    if (state !== 'ready' || share === 0) return;
    const tall = Math.max(2, inner * share);
    context.fillStyle = full;
    context.fillRect(x, y + inner - tall, inner, tall);
  });
}
