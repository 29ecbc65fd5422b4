/** What is selected, more closely: a message with its causes and effects, an object and how it came about, a place. */
import { useComputed } from '@preact/signals';
import type { Detail, ObjectHistory } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { Because, Events, Facts } from './event-list.tsx';
import { clock, objectTitle, span } from './format.ts';
import { PlacePart } from './place-part.tsx';
import {
  nodes,
  openActor,
  openObject,
  pods,
  revision,
  type Selection,
  selection,
  tell,
} from './state.ts';

/** How often what is selected is asked for again, milliseconds. */
const AGAIN_MS = 1_500;

/** See the file comment. */
export function Inspector() {
  const selected = selection.value;
  if (selected === undefined) return null;
  return (
    <aside class="inspector" aria-label="Selected">
      <button
        type="button"
        class="icon close"
        aria-label="Close"
        onClick={() => {
          selection.value = undefined;
        }}
      >
        ×
      </button>
      {selected.of === 'event' && <EventPart />}
      {selected.of === 'object' && <ObjectPart />}
      {selected.of === 'place' && <PlacePart place={selected.place} />}
    </aside>
  );
}

const keyIf = (of: Selection['of']): string | undefined => {
  const selected = selection.value;
  return selected?.of === of && 'key' in selected ? selected.key : undefined;
};

function EventPart() {
  const answered = useAnswer<Detail>(() => {
    const key = keyIf('event');
    return key === undefined ? undefined : { what: 'detail', words: { key } };
  });
  const { value, trouble } = answered.value;
  if (value === undefined) return <p class="hint">{trouble || 'Looking …'}</p>;
  const { event, causes, effects, effectsMore, missing, because, body } = value;
  return (
    <>
      <h2 data-testid="selected">{event.what}</h2>
      <Facts
        facts={[
          ['of', event.lane],
          ['from', event.from],
          ['at', clock(event.atMs)],
          ['state', event.move],
          ['waited, took', `${span(event.waitMs)}, ${span(event.tookMs)}`],
        ]}
      />
      <p class="actions">
        <button type="button" onClick={() => tell({ of: 'around', key: event.key })}>
          Show in space-time
        </button>
        {event.type === 'step' && event.lane !== 'apiserver' && (
          <button type="button" onClick={() => openActor(event.lane)}>
            Its machine
          </button>
        )}
      </p>
      <Events title="Caused by" events={causes} none="Nothing: it began here." />
      {missing.length > 0 && <p class="hint">{missing.length} causes are not held any more.</p>}
      <Events title="Led to" events={effects} none="Nothing (yet)." />
      {effectsMore > 0 && <p class="hint">and {effectsMore} more</p>}
      {because.length > 1 && <Because events={because} />}
      <details open={event.type === 'write'}>
        <summary>Everything recorded of it</summary>
        <pre>{JSON.stringify(body, undefined, 2)}</pre>
      </details>
    </>
  );
}

function ObjectPart() {
  const key = useComputed(() => keyIf('object') ?? '');
  const answered = useAnswer<ObjectHistory>(
    () =>
      key.value === ''
        ? undefined
        : { what: 'object', words: { key: key.value, revision: revision.value } },
    AGAIN_MS,
  );
  const history = answered.value.value;
  const last = history?.revisions.at(-1);
  const detail = useAnswer<Detail>(() => {
    const newest = answered.value.value?.revisions.at(-1);
    return newest === undefined ? undefined : { what: 'detail', words: { key: newest.key } };
  });
  const because = detail.value.value?.because ?? [];
  const actor = actorOf(key.value);
  return (
    <>
      <h2 data-testid="selected">{objectTitle(key.value)}</h2>
      {history !== undefined && last === undefined && (
        <p class="hint">It is not there at this moment.</p>
      )}
      {last !== undefined && (
        <Facts
          facts={[
            ['state', stateOf(key.value)],
            ['revision', `${last.revision}, the ${history?.revisions.length}. that is held`],
            ['written', `${clock(last.atMs)} by ${last.who}`],
            ['because', last.why],
          ]}
        />
      )}
      <p class="actions">
        <button type="button" class="primary" onClick={() => tell({ of: 'about', key: key.value })}>
          What caused it
        </button>
        <button type="button" onClick={() => openObject(key.value)}>
          Its revisions
        </button>
        {actor !== undefined && (
          <button type="button" onClick={() => openActor(actor)}>
            Its machine
          </button>
        )}
      </p>
      {because.length > 0 && <Because events={because} />}
    </>
  );
}

/** The machine that stands for an object. */
function actorOf(key: string): string | undefined {
  if (key.startsWith('core/pods/')) return `pod/${key.slice('core/pods/'.length)}`;
  return key.startsWith('core/nodes/_/') ? `node/${key.slice('core/nodes/_/'.length)}` : undefined;
}

function stateOf(key: string): string {
  const pod = pods.value.get(key.slice('core/pods/'.length));
  if (key.startsWith('core/pods/') && pod !== undefined) {
    return `${pod[2]}${pod[1] === '' ? '' : ` on ${pod[1]}`}`;
  }
  return nodes.value.get(key.slice('core/nodes/_/'.length))?.[1] ?? '';
}
