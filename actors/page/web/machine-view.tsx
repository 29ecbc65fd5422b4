/** An actor's machine: its states and transitions, the state it is in lit, and the steps that led there. */

import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ActorHistory, ActorStep, Chart, Names } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { type Arrow, type Drawing, LINE, layoutChart, pathOf } from './chart-layout.ts';
import { clock, span } from './format.ts';
import { NameList } from './name-list.tsx';
import { actor, moment, openActor, selection, until } from './state.ts';

const AGAIN_MS = 1_000;
/** How small a chart is drawn so that it fits; what is larger is to be scrolled. */
const SCALE_MIN = 0.8;

/** See the file comment. */
export function MachineView() {
  const text = useSignal('');
  const names = useAnswer<Names>(
    () => ({ what: 'actors', words: { text: text.value, until: until.value } }),
    AGAIN_MS * 2,
  );
  return (
    <div class="split">
      <NameList
        label="Actors"
        text={text}
        names={names.value.value}
        selected={actor.value}
        titleOf={(name) => name}
        choose={openActor}
      />
      <div class="split-main">
        {actor.value === '' ? (
          <p class="hint">
            Choose an actor to see its machine. Each pod, each node, and each controller’s piece of
            work is one.
          </p>
        ) : (
          <Machine />
        )}
      </div>
    </div>
  );
}

function Machine() {
  const history = useAnswer<ActorHistory>(
    () =>
      actor.value === ''
        ? undefined
        : { what: 'actor', words: { actor: actor.value, until: until.value } },
    AGAIN_MS,
  );
  const kind = useComputed(() => actor.value.split('/', 1)[0] ?? '');
  const chart = useAnswer<Chart>(() => ({ what: 'chart', words: { kind: kind.value } }));
  /** A step that is looked at; undefined: the present. */
  const at = useSignal<string | undefined>(undefined);
  useSignalEffect(() => {
    actor.value;
    at.value = undefined;
  });
  const drawing = useComputed(() => {
    const { value } = chart.value;
    return value === undefined ? undefined : layoutChart(value);
  });
  const { value, trouble } = history.value;
  if (value === undefined) return <p class="hint">{trouble || 'Looking …'}</p>;
  const steps = [...value.steps].reverse();
  const shown = steps.find(({ key }) => key === at.value);
  const active = shown?.after ?? value.active;
  const last = shown ?? steps[0];
  return (
    <>
      <h2 data-testid="machine">{value.actor}</h2>
      <p>
        {steps.length === 0 ? (
          'It has taken no step that is held, up to this moment.'
        ) : (
          <>
            {shown !== undefined || moment.value !== undefined ? 'It was ' : 'It is '}
            <b data-testid="machine-state">{innermost(active).join(' and ')}</b>
            {value.done && shown === undefined && ', and has ended'}.
          </>
        )}
        {shown !== undefined && (
          <button
            type="button"
            class="link"
            onClick={() => {
              at.value = undefined;
            }}
          >
            Back to its last step
          </button>
        )}
      </p>
      <div class="machine">
        {drawing.value !== undefined && (
          <StateChart drawing={drawing.value} active={active} step={last} />
        )}
        <section>
          <h3>Its last steps</h3>
          <Steps steps={steps} at={last?.key} choose={(key) => (at.value = key)} />
        </section>
      </div>
      {kind.value === 'pod' && (
        <p class="hint">
          Its containers and their probes have machines of their own inside this one; their state is
          in its context.
        </p>
      )}
    </>
  );
}

/** States without the ones around them. */
const innermost = (active: readonly string[]): readonly string[] =>
  active.filter((id) => !active.some((other) => other.startsWith(`${id}.`)));

interface StepsProps {
  readonly steps: readonly ActorStep[];
  readonly at: string | undefined;
  readonly choose: (key: string) => void;
}

function Steps({ steps, at, choose }: StepsProps) {
  return (
    <ol class="events steps">
      {steps.map((step) => (
        <li key={step.key}>
          <button
            type="button"
            aria-current={step.key === at ? 'true' : undefined}
            onClick={() => choose(step.key)}
          >
            <small>{clock(step.atMs)}</small> <b>{step.what}</b> {step.move}{' '}
            <small>
              {step.effects.join(', ')} · waited {span(step.waitMs)}, took {span(step.tookMs)}
            </small>
          </button>
          <button
            type="button"
            class="link"
            onClick={() => {
              selection.value = { of: 'event', key: step.key };
            }}
          >
            why?
          </button>
        </li>
      ))}
    </ol>
  );
}

interface StateChartProps {
  readonly drawing: Drawing;
  readonly active: readonly string[];
  readonly step: ActorStep | undefined;
}

function StateChart({ drawing, active, step }: StateChartProps) {
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
        {boxes.map(({ state, isOuter, ...at }) => (
          <g
            key={state.id}
            class={`state-box ${lit.has(state.id) ? 'lit' : ''} ${isOuter ? 'outer' : ''}`}
            data-state={state.id}
            data-lit={lit.has(state.id)}
          >
            <rect
              x={at.x - at.width / 2}
              y={at.y - at.height / 2}
              width={at.width}
              height={at.height}
              rx={isOuter ? 10 : 8}
            />
            {state.isInitial && (
              <circle class="initial" cx={at.x - at.width / 2} cy={at.y - at.height / 2} r="4" />
            )}
            {state.isFinal && (
              <rect
                class="final"
                x={at.x - at.width / 2 + 3}
                y={at.y - at.height / 2 + 3}
                width={at.width - 6}
                height={at.height - 6}
                rx="6"
              />
            )}
            <text
              x={isOuter ? at.x - at.width / 2 + 10 : at.x}
              y={isOuter ? at.y - at.height / 2 + 16 : at.y + 4}
              text-anchor={isOuter ? 'start' : 'middle'}
            >
              {state.name}
            </text>
          </g>
        ))}
        {arrows.map((arrow) => {
          const { transition, points, lines, x, y } = arrow;
          return (
            <g
              key={`${transition.from} ${transition.to}`}
              class={`arrow ${isTaken(arrow) ? 'taken' : ''}`}
            >
              <title>{transition.labels.join('\n')}</title>
              <path d={pathOf(points)} marker-end="url(#head)" />
              {lines.map((line, index) => (
                <text
                  key={line}
                  x={x}
                  y={y + (index - (lines.length - 1) / 2) * LINE + 4}
                  text-anchor="middle"
                >
                  {line}
                </text>
              ))}
            </g>
          );
        })}
      </svg>
      <p class="hint">
        The state it is in is filled; a dot marks where it begins, a double border where it ends.
      </p>
    </div>
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
