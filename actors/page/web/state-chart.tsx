/** A statechart as it is drawn: states as boxes, the ones it is in lit, and the transition that was taken last. */
import { useEffect, useRef } from 'preact/hooks';
import type { ActorStep } from '../protocol.ts';
import { type Arrow, type Box, type Drawing, LINE, pathOf } from './chart-layout.ts';

/** How small a chart is drawn so that it fits; what is larger is to be scrolled. */
const SCALE_MIN = 0.8;

export interface StateChartProps {
  readonly drawing: Drawing;
  readonly active: readonly string[];
  readonly step: ActorStep | undefined;
}

/** See the file comment. */
export function StateChart({ drawing, active, step }: StateChartProps) {
  const { width, height, boxes, arrows } = drawing;
  const lit = new Set(active);
  const box = useRef<HTMLDivElement>(null);
  const where = active.join();
  useEffect(() => {
    if (where !== '') showLit(box.current);
  }, [where, drawing]);
  // A state that is left at once is not where the step ended.
  const passing = new Set(
    arrows.flatMap(({ transition: { from, labels } }) =>
      labels.some((label) => label.startsWith('always')) ? [from] : [],
    ),
  );
  const isTaken = ({ transition: { from, to, labels } }: Arrow): boolean =>
    step?.before.includes(from) === true &&
    (step.after.includes(to) || passing.has(to)) &&
    labels.some((label) => label.split(' ', 1)[0] === step.what);
  return (
    <div class="chart-box" ref={box}>
      <svg
        class="chart"
        viewBox={`0 0 ${width} ${height}`}
        style={{ width: `max(${SCALE_MIN * width}px, min(100%, ${width}px))` }}
        role="img"
        aria-label={`States: ${boxes.map(({ state }) => state.name).join(', ')}. It is in ${active.join(', ')}.`}
      >
        <Head />
        {boxes.map((one) => (
          <StateBox key={one.state.id} box={one} isLit={lit.has(one.state.id)} />
        ))}
        {arrows.map((one) => (
          <ArrowLine
            key={`${one.transition.from} ${one.transition.to}`}
            arrow={one}
            isTaken={isTaken(one)}
          />
        ))}
      </svg>
      <p class="hint">
        {active.length > 0 && 'The state it is in is filled. '}A dot marks where it begins, a double
        border where it ends.
      </p>
    </div>
  );
}

/** The point of an arrow. */
function Head() {
  return (
    <defs>
      <marker
        id="head"
        viewBox="0 0 8 8"
        refX="7"
        refY="4"
        markerUnits="userSpaceOnUse"
        markerWidth="9"
        markerHeight="9"
        orient="auto"
      >
        <path d="M0,0 L8,4 L0,8 z" class="head" />
      </marker>
    </defs>
  );
}

function StateBox({ box, isLit }: { readonly box: Box; readonly isLit: boolean }) {
  const { state, isOuter, x, y, width, height } = box;
  const [left, top] = [x - width / 2, y - height / 2];
  const classes = ['state-box', ...(isLit ? ['lit'] : []), ...(isOuter ? ['outer'] : [])];
  const inner = { x: left + 3, y: top + 3, width: width - 6, height: height - 6 };
  return (
    <g class={classes.join(' ')} data-state={state.id} data-lit={isLit}>
      <rect x={left} y={top} width={width} height={height} rx={8} />
      {state.isInitial && <circle class="initial" cx={left} cy={top} r="4" />}
      {state.isFinal && <rect class="final" {...inner} rx="6" />}
      <text
        x={isOuter ? left + 10 : x}
        y={isOuter ? top + 16 : y + 4}
        text-anchor={isOuter ? 'start' : 'middle'}
      >
        {state.name}
      </text>
    </g>
  );
}

function ArrowLine({ arrow, isTaken }: { readonly arrow: Arrow; readonly isTaken: boolean }) {
  const { transition, points, lines, x, y } = arrow;
  const first = y - ((lines.length - 1) / 2) * LINE + 4;
  return (
    <g class={`arrow ${isTaken ? 'taken' : ''}`}>
      <title>{transition.labels.join('\n')}</title>
      <path d={pathOf(points)} marker-end="url(#head)" />
      {lines.map((line, index) => (
        <text key={line} x={x} y={first + index * LINE} text-anchor="middle">
          {line}
        </text>
      ))}
    </g>
  );
}

/** Brings the state that is lit into the middle of what is to be seen of a large chart. */
function showLit(box: HTMLDivElement | null): void {
  const lit = box?.querySelector('.lit:not(.outer)');
  if (box === null || lit === null || lit === undefined) return;
  const inner = lit.getBoundingClientRect();
  const outer = box.getBoundingClientRect();
  box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}
