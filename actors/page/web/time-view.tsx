/** The space-time diagram: a line for each actor, time downwards, and what led to what as arrows. */
import { type Signal, useComputed, useSignal, useSignalEffect } from '@preact/signals';
import type { Story } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { Diagram } from './diagram.tsx';
import { Search, Tick } from './fields.tsx';
import { number, objectTitle, span } from './format.ts';
import { focus, moment, tell, until } from './state.ts';
import { layoutStory } from './story-layout.ts';

const AGAIN_MS = 1_000;
const LIMIT = 300;
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
    const { value, isAsking } = answered.value;
    if (!held.value && (value !== undefined || !isAsking)) shown.value = value ?? EMPTY;
  });
  useSignalEffect(() => {
    focus.value;
    held.value = false;
  });
  const layout = useComputed(() => layoutStory(shown.value, toScale.value));
  const isRecent = focus.value.of === 'recent';
  return (
    <div class="time">
      <div class="time-head">
        {isRecent ? <RecentHead text={text} quiet={quiet} /> : <AboutHead />}
        <Tick label="time to scale" value={toScale} />
        <Tick label="hold still" value={held} disabled={moment.value !== undefined} />
        <Told story={shown.value} lanesMore={layout.value.lanesMore} />
      </div>
      {answered.value.trouble !== '' && <p class="hint">{answered.value.trouble}</p>}
      <Diagram layout={layout.value} critical={shown.value.critical} atEnd={isRecent} />
      <Hint isShortened={!toScale.value} />
    </div>
  );
}

interface RecentHeadProps {
  readonly text: Signal<string>;
  readonly quiet: Signal<boolean>;
}

function RecentHead({ text, quiet }: RecentHeadProps) {
  return (
    <>
      <h2 class="quiet-title">What happened last</h2>
      <Search label="Show only events that contain" hint="only what contains …" text={text} />
      <Tick label="heartbeats and leases" value={quiet} />
    </>
  );
}

function AboutHead() {
  return (
    <>
      <h2 class="quiet-title" data-testid="about">
        {titleOf()}
      </h2>
      <button type="button" onClick={() => tell({ of: 'recent' })}>
        What happened last
      </button>
    </>
  );
}

/** How much of what there is is shown. */
function Told({ story, lanesMore }: { readonly story: Story; readonly lanesMore: number }) {
  const { events, total, critical } = story;
  const path = `critical path: ${number(critical.length)} events, ${lasting(story)}`;
  return (
    <span class="hint" data-testid="shown">
      {total > events.length && `showing ${number(events.length)} of ${number(total)} events`}
      {total <= events.length && `${number(events.length)} events`}
      {critical.length > 1 && ` · ${path}`}
      {lanesMore > 0 && ` · ${number(lanesMore)} actors share a line`}
    </span>
  );
}

function Hint({ isShortened }: { readonly isShortened: boolean }) {
  return (
    <p class="hint">
      ● a step of an actor, ■ a write, ▲ a request from outside; an arrow leads from a cause to its
      effect. Thick <b class="is-critical">violet</b>: the critical path. Of what is selected{' '}
      <b class="is-cause">blue</b> are the causes, <b class="is-effect">green</b> the effects.
      <span class="wide">
        {' '}
        Scroll or pinch to stretch time, drag to move, click an event or an arrow.
      </span>
      {isShortened && ' Silence is shortened.'}
    </p>
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
