/** What is selected, more closely: a message with its causes and effects, an object and how it came about, a place. */
import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Detail, ObjectHistory, StoryEvent } from '../protocol.ts';
import { useAnswer } from './answers.ts';
import { clock, lastName, nodeKey, objectTitle, podKey, shortened, span } from './format.ts';
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
/** Pods that are listed of one node. */
const PODS_MAX = 200;

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

function PlacePart({ place }: { place: string }) {
  if (!place.startsWith('node/')) {
    const words = PLACES[place];
    return (
      <>
        <h2 data-testid="selected">{words?.title ?? place}</h2>
        <p>{words?.text}</p>
      </>
    );
  }
  const node = place.slice('node/'.length);
  const own = [...pods.value.values()].filter(([, at]) => at === node);
  return (
    <>
      <h2 data-testid="selected">node {node}</h2>
      <Facts
        facts={[
          ['state', nodes.value.get(node)?.[1] ?? 'gone'],
          ['pods', `${own.length}`],
        ]}
      />
      <p class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => tell({ of: 'about', key: nodeKey(node) })}
        >
          What caused it
        </button>
        <button type="button" onClick={() => openObject(nodeKey(node))}>
          Its revisions
        </button>
        <button type="button" onClick={() => openActor(place)}>
          Its machine
        </button>
      </p>
      <ul class="events">
        {own.slice(0, PODS_MAX).map(([name, , state]) => (
          <li key={name}>
            <button
              type="button"
              onClick={() => {
                selection.value = { of: 'object', key: podKey(name) };
              }}
            >
              <i class={`pod pod-${state}`} /> {lastName(name)} <small>{state}</small>
            </button>
          </li>
        ))}
      </ul>
      {own.length > PODS_MAX && <p class="hint">and {own.length - PODS_MAX} more</p>}
    </>
  );
}

const PLACES: Readonly<{ [place: string]: { readonly title: string; readonly text: string } }> = {
  client: {
    title: 'Clients',
    text: 'Whoever speaks to the cluster from outside: kubectl, helm, a program of yours.',
  },
  apiserver: {
    title: 'API server',
    text:
      'Everything goes through it: it knows who asks, checks what is asked, completes it, and ' +
      'writes it to the store. Nobody else writes there.',
  },
  store: {
    title: 'Store',
    text:
      'Keeps every object. Each write gets the next number, its revision; the slider above goes ' +
      'through them.',
  },
  scheduler: {
    title: 'Scheduler',
    text: 'Looks for pods without a node, chooses one for each, and has it written down.',
  },
  controllers: {
    title: 'Controllers',
    text:
      'Each compares what was asked for with what is there, and asks for what is missing: a ' +
      'Deployment becomes a ReplicaSet, a ReplicaSet becomes pods.',
  },
};

function Facts({ facts }: { facts: readonly (readonly [name: string, value: string])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Because({ events }: { events: readonly StoryEvent[] }) {
  const first = events[0];
  const last = events.at(-1);
  const lasted = first === undefined || last === undefined ? 0 : last.atMs - first.atMs;
  const title = `How it came about, in ${span(Math.max(0, lasted))}`;
  return <Events title={title} events={events} none="" isOrdered />;
}

interface EventsProps {
  readonly title: string;
  readonly events: readonly StoryEvent[];
  readonly none: string;
  readonly isOrdered?: boolean;
}

function Events({ title, events, none, isOrdered = false }: EventsProps): ComponentChildren {
  const List = isOrdered ? 'ol' : 'ul';
  return (
    <section class="because">
      <h3>{title}</h3>
      {events.length === 0 && <p class="hint">{none}</p>}
      <List class="events">
        {events.map((event) => (
          <li key={event.key}>
            <EventLink event={event} />
          </li>
        ))}
      </List>
    </section>
  );
}

function EventLink({ event }: { event: StoryEvent }) {
  const isHere = selection.value?.of === 'event' && selection.value.key === event.key;
  return (
    <button
      type="button"
      aria-current={isHere ? 'true' : undefined}
      data-event={event.type}
      onClick={() => {
        selection.value = { of: 'event', key: event.key };
      }}
    >
      <i class={`dot dot-${dotOf(event)}`} /> {event.what}{' '}
      <small>
        {event.type === 'step' ? shortened(event.lane, 44) : ''} {clock(event.atMs)}
      </small>
    </button>
  );
}

const dotOf = ({ type, lane }: StoryEvent): string =>
  type === 'write' ? 'write' : type === 'request' || lane === 'apiserver' ? 'request' : 'news';
