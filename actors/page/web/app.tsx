/** The page's frame: what is shown, the controls of time, the legend, and what is looked at more closely. */

import { theme } from './colours.ts';
import { clock, number, span } from './format.ts';
import { Inspector } from './inspector.tsx';
import { KEYS, nextTheme, SPEEDS } from './keys.ts';
import { MachineView } from './machine-view.tsx';
import { MapView } from './map-view.tsx';
import { ObjectView } from './object-view.tsx';
import type { Speed } from './playback.ts';
import {
  cluster,
  connected,
  extent,
  goLive,
  helpShown,
  lost,
  moment,
  pause,
  paused,
  playback,
  rate,
  selection,
  setSpeed,
  speed,
  step,
  travel,
  trouble,
  VIEWS,
  type View,
  view,
} from './state.ts';
import { TimeView } from './time-view.tsx';

const TITLES: Readonly<{ [view in View]: string }> = {
  map: 'Map',
  time: 'Space-time',
  machines: 'Machines',
  objects: 'Objects',
};

/** See the file comment. */
export function App() {
  return (
    <>
      <header class="top">
        <h1>
          Kabuki <span>{cluster.value}</span>
        </h1>
        <nav aria-label="Views">
          {VIEWS.map((name) => (
            <button
              type="button"
              key={name}
              aria-current={view.value === name ? 'page' : undefined}
              onClick={() => {
                view.value = name;
              }}
            >
              {TITLES[name]}
            </button>
          ))}
        </nav>
        <State />
        <button type="button" class="icon" aria-label={`Theme: ${theme.value}`} onClick={nextTheme}>
          {theme.value === 'auto' ? '◐' : theme.value === 'light' ? '○' : '●'}
        </button>
        <button
          type="button"
          class="icon"
          aria-label="Keys and help"
          aria-expanded={helpShown.value}
          onClick={() => {
            helpShown.value = !helpShown.value;
          }}
        >
          ?
        </button>
      </header>
      <TimeBar />
      {trouble.value !== '' && (
        <p class="trouble" role="alert">
          {trouble.value}
        </p>
      )}
      <div class={`body ${selection.value === undefined ? '' : 'with-inspector'}`}>
        <main>
          {view.value === 'map' && <MapView />}
          {view.value === 'time' && <TimeView />}
          {view.value === 'machines' && <MachineView />}
          {view.value === 'objects' && <ObjectView />}
        </main>
        <Inspector />
      </div>
      <Legend />
      {helpShown.value && <Help />}
    </>
  );
}

function State() {
  const { steps, bytes } = rate.value;
  const words = !connected.value
    ? 'not connected'
    : moment.value !== undefined
      ? 'the past'
      : paused.value
        ? 'paused'
        : speed.value === 1
          ? 'live'
          : `slowed down ${number(1 / speed.value)} times`;
  const kind = !connected.value ? 'bad' : words === 'live' ? 'good' : 'other';
  return (
    <p class="live" title={`${number(bytes)} bytes a second reach this page`}>
      <span class={`lamp lamp-${kind}`} />
      <span data-testid="state">{words}</span>
      <span class="wide"> · {number(steps)} steps/s</span>
      {lost.value > 0 && <span> · {number(lost.value)} records or more were dropped</span>}
    </p>
  );
}

function TimeBar() {
  const known = extent.value;
  const at = moment.value;
  const last = known?.lastRevision ?? 0;
  const shown = at?.revision ?? last;
  return (
    <fieldset class="timebar">
      <legend class="hidden">Time</legend>
      <button
        type="button"
        aria-label={paused.value ? 'Go on' : 'Pause'}
        disabled={at !== undefined}
        onClick={() => pause()}
      >
        {paused.value ? '▶ Go on' : '❚❚ Pause'}
      </button>
      <button type="button" disabled={at !== undefined} onClick={step}>
        Step
      </button>
      <select
        aria-label="Speed of the map"
        value={String(speed.value)}
        disabled={at !== undefined}
        onChange={({ currentTarget }) => setSpeed(Number(currentTarget.value) as Speed)}
      >
        {SPEEDS.map((one) => (
          <option key={one} value={String(one)}>
            {one === 1 ? 'real time' : `1/${number(1 / one)} speed`}
          </option>
        ))}
      </select>
      <input
        type="range"
        class="slider"
        aria-label="Time travel: revision of the store"
        min={known?.firstRevision ?? 0}
        max={last}
        value={shown}
        aria-valuetext={`revision ${shown}${at === undefined ? ', now' : `, ${clock(at.atMs)}, ${at.what}`}`}
        onInput={({ currentTarget }) => {
          const to = Number(currentTarget.value);
          if (to >= last) void goLive();
          else void travel(to);
        }}
      />
      <output data-testid="revision">
        revision {number(shown)}
        {at !== undefined && (
          <span>
            {' '}
            · {clock(at.atMs)} · {at.what}
          </span>
        )}
      </output>
      {(at !== undefined || paused.value || speed.value !== 1) && (
        <button type="button" class="primary" onClick={() => void goLive()}>
          Back to now
        </button>
      )}
      {at === undefined && speed.value !== 1 && (
        <span class="hint">
          {span(playback.behindMs)} behind, {number(playback.waiting)} wait
          {playback.skipped > 0 && `, ${number(playback.skipped)} left out`}
        </span>
      )}
    </fieldset>
  );
}

function Legend() {
  return (
    <section class="legend" aria-label="Legend">
      <span>
        <i class="dot dot-request" /> asks the API server
      </span>
      <span>
        <i class="dot dot-write" /> is written to the store
      </span>
      <span>
        <i class="dot dot-news" /> tells somebody of a change
      </span>
      <span>
        <i class="dot dot-beat" /> heartbeat
      </span>
      <span>
        <i class="pod pod-waiting" /> waits
      </span>
      <span>
        <i class="pod pod-starting" /> starts
      </span>
      <span>
        <i class="pod pod-ready" /> ready
      </span>
      <span>
        <i class="pod pod-ending" /> ends
      </span>
      <span>
        <i class="pod pod-failed" /> failed
      </span>
      <span class="wide">A moving dot is one message. Click anything to see why it is so.</span>
    </section>
  );
}

function Help() {
  return (
    <dialog open class="help" aria-label="Keys and help">
      <h2>What you see</h2>
      <p>
        Everybody in a cluster is an actor: it waits for a message, changes its state, and sends
        messages on. The <b>map</b> shows messages on their way; <b>space-time</b> shows which
        message led to which; <b>machines</b> shows the states an actor can be in; <b>objects</b>{' '}
        shows what is stored, who wrote it, and why.
      </p>
      <p>
        Drag the slider to see the cluster as it was. Nothing here changes anything in the cluster.
      </p>
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h2>Limits</h2>
      <p>
        This page holds the newest {number(extent.value?.heldMax ?? 0)} records
        {extent.value !== undefined &&
          ` (now ${number(extent.value.held)}, since ${clock(extent.value.firstMs)})`}
        . It is sent at most 200 messages a second, and says how many there were.
      </p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          helpShown.value = false;
        }}
      >
        Close
      </button>
    </dialog>
  );
}
