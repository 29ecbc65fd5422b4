/** What was said last on the map, and which messages are shown. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { Search, Tick } from './fields.tsx';
import { number } from './format.ts';
import { feedText, feedWithout, lastMessage, moment, rate, selection } from './state.ts';

/** How long the reader writes on before the feed is chosen anew, milliseconds. */
const WRITES_MS = 400;

/** See the file comment. */
export function MapFooter() {
  return (
    <div class="map-footer">
      <Said />
      <Choice />
    </div>
  );
}

function Said() {
  const last = lastMessage.value;
  const past = moment.value;
  const key = past === undefined ? last?.id : past.write;
  const said =
    last === undefined ? 'Nothing has moved yet.' : `${last.from} → ${last.to}: ${last.what}`;
  return (
    <button
      type="button"
      class="link said"
      data-testid="said"
      disabled={key === undefined}
      title="Look at this message"
      onClick={() => {
        if (key !== undefined) selection.value = { of: 'event', key };
      }}
    >
      {past === undefined ? said : `revision ${number(past.revision)}: ${past.what}. Why?`}
    </button>
  );
}

function Choice() {
  const text = useSignal(feedText.value);
  const beats = useSignal(!feedWithout.value.includes('beat'));
  useSignalEffect(() => {
    const next = text.value.trim();
    const timer = setTimeout(() => {
      feedText.value = next;
    }, WRITES_MS);
    return () => clearTimeout(timer);
  });
  useSignalEffect(() => {
    if (beats.value === feedWithout.peek().includes('beat')) {
      feedWithout.value = beats.value ? [] : ['beat'];
    }
  });
  const told = useComputed(() => {
    const { messages, shown } = rate.value;
    const every = Math.ceil(messages / Math.max(1, shown));
    const which =
      messages > shown && every > 1 ? `1 of ${number(every)} messages` : 'every message';
    const chosen = feedText.value === '' ? '' : ` with “${feedText.value}”`;
    return `showing ${which}${chosen} · ${number(messages)}/s`;
  });
  return (
    <div class="choice">
      <Search label="Show only messages that contain" hint="only messages with …" text={text} />
      <Tick label="heartbeats" value={beats} />
      <span class="rate" data-testid="rate">
        {told}
      </span>
    </div>
  );
}
