/** Events as a list to go on from, and facts about what is selected. */
import type { ComponentChildren } from 'preact';
import type { StoryEvent } from '../protocol.ts';
import { clock, shortened, span } from './format.ts';
import { selection } from './state.ts';

/** Names and values; those without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: string])[] }) {
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

/** From what began it, to what is selected. */
export function Because({ events }: { events: readonly StoryEvent[] }) {
  const first = events[0];
  const last = events.at(-1);
  const lasted = first === undefined || last === undefined ? 0 : last.atMs - first.atMs;
  const title = `How it came about, in ${span(Math.max(0, lasted))}`;
  return <Events title={title} events={events} none="" isOrdered />;
}

export interface EventsProps {
  readonly title: string;
  readonly events: readonly StoryEvent[];
  readonly none: string;
  readonly isOrdered?: boolean;
}

/** A list of events, each a button that selects it. */
export function Events({ title, events, none, isOrdered = false }: EventsProps): ComponentChildren {
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
