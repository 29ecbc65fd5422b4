/** Where the states and transitions of a machine are drawn. Pure: a chart in, positions out. */
import { Graph, layout } from '@dagrejs/dagre';
import type { Chart, ChartState, ChartTransition } from '../protocol.ts';

export interface Box {
  readonly state: ChartState;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** It has states inside. */
  readonly isOuter: boolean;
}

export interface Arrow {
  readonly transition: ChartTransition;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Lines of its label, and their middle. */
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Outer states first. */
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** What a letter takes of the label's and of the name's font, pixels. */
const LETTER = 6.1;
const NAME_LETTER = 7.4;
export const LINE = 13;
/** Labels of one arrow that are written out. */
const LINES_MAX = 4;
const MARGIN = 24;

/** Lays a chart out from top to bottom. */
export function layoutChart(chart: Chart): Drawing {
  const graph = new Graph({ compound: true, multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 46, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  const outer = new Set(chart.states.map(({ parent }) => parent));
  for (const state of chart.states) {
    const width = Math.max(60, state.name.length * NAME_LETTER + 24);
    graph.setNode(state.id, outer.has(state.id) ? {} : { width, height: 34 });
  }
  for (const { id, parent } of chart.states) {
    if (parent !== undefined) graph.setParent(id, parent);
  }
  const ends = new Map(chart.states.map(({ id }) => [id, innermost(chart, id)]));
  const drawn = chart.transitions.filter(({ from }) => from !== '');
  drawn.forEach((transition, index) => {
    const lines = linesOf(transition);
    const width = Math.max(...lines.map((line) => line.length)) * LETTER + 8;
    const size = { width, height: lines.length * LINE + 4, labelpos: 'c', lines };
    const { from, to } = transition;
    graph.setEdge(ends.get(from) ?? from, ends.get(to) ?? to, size, String(index));
  });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const boxes = chart.states.map((state): Box => {
    const at = graph.node(state.id) as unknown as Omit<Box, 'state' | 'isOuter'>;
    const isOuter = outer.has(state.id);
    return { state, x: at.x, y: at.y, width: at.width, height: at.height, isOuter };
  });
  const arrows = graph.edges().map((edge): Arrow => {
    const at = graph.edge(edge) as unknown as Omit<Arrow, 'transition'>;
    const transition = drawn[Number(edge.name)] as ChartTransition;
    return { transition, points: at.points, lines: at.lines, x: at.x, y: at.y };
  });
  boxes.sort((one, other) => one.state.id.split('.').length - other.state.id.split('.').length);
  return { width, height, boxes, arrows };
}

/** A state that has states inside is entered and left by its first one. */
function innermost(chart: Chart, id: string): string {
  const inside = chart.states.filter(({ parent }) => parent === id);
  const first = inside.find(({ isInitial }) => isInitial) ?? inside[0];
  return first === undefined ? id : innermost(chart, first.id);
}

function linesOf({ labels }: ChartTransition): readonly string[] {
  const shown = labels.length > LINES_MAX ? labels.slice(0, LINES_MAX - 1) : labels;
  const more = labels.length - shown.length;
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

/** A smooth line through the points of an arrow. */
export function pathOf(points: Arrow['points']): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${first.x},${first.y}`;
  rest.forEach((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) path += `L${point.x},${point.y}`;
    else path += `Q${point.x},${point.y} ${(point.x + next.x) / 2},${(point.y + next.y) / 2}`;
  });
  return path;
}
