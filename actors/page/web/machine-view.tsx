/** An actor's machine: its states and transitions, the state it is in lit, and the steps that led there. */

import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { ActorHistory, ActorStep, Chart, Names } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { layoutChart } from './chart-layout.ts';
import { clock, span } from './format.ts';
import { NameList } from './name-list.tsx';
import { actor, moment, openActor, selection, until } from './state.ts';
import { StateChart } from './state-chart.tsx';

const AGAIN_MS = 1_000;

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
      {kind.value === 'pod' && <Inside kinds={['container', 'probe']} />}
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

/** Machines inside this one: how they are made; in which states they are is in its context, which is not recorded. */
function Inside({ kinds }: { readonly kinds: readonly string[] }) {
  return (
    <>
      <p class="hint">
        Its containers and their probes have machines of their own inside this one. Their states are
        not recorded by themselves: the pod’s object says how its containers are.
      </p>
      {kinds.map((kind) => (
        <InnerChart key={kind} kind={kind} />
      ))}
    </>
  );
}

function InnerChart({ kind }: { readonly kind: string }) {
  const isOpen = useSignal(false);
  const chart = useAnswer<Chart>(() =>
    isOpen.value ? { what: 'chart', words: { kind } } : undefined,
  );
  const { value } = chart.value;
  return (
    <details
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>The machine of a {kind}</summary>
      {value !== undefined && (
        <StateChart drawing={layoutChart(value)} active={[]} step={undefined} />
      )}
    </details>
  );
}
