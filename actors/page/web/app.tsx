/** The page's frame: what is shown, the controls of time, the legend, and what is looked at more closely. */

import { theme } from './colours.ts';
import { number } from './format.ts';
import { Inspector } from './inspector.tsx';
import { nextTheme } from './keys.ts';
import { Help, Legend } from './legend.tsx';
import { MachineView } from './machine-view.tsx';
import { MapView } from './map-view.tsx';
import { ObjectView } from './object-view.tsx';
import {
  cluster,
  connected,
  helpShown,
  lost,
  moment,
  paused,
  rate,
  selection,
  shown,
  speed,
  trouble,
  VIEWS,
  type View,
  view,
} from './state.ts';
import { TimeBar } from './time-bar.tsx';
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

/** What the present is called. */
const PRESENT = { cluster: 'live', file: 'a file', played: 'a file, played' } as const;

function State() {
  const { steps, bytes } = rate.value;
  const words = !connected.value
    ? 'not connected'
    : moment.value !== undefined
      ? 'the past'
      : paused.value
        ? 'paused'
        : speed.value === 1
          ? PRESENT[shown.value]
          : `slowed down ${number(1 / speed.value)} times`;
  const kind = !connected.value ? 'bad' : words === PRESENT.cluster ? 'good' : 'other';
  return (
    <p class="live" title={`${number(bytes)} bytes a second reach this page`}>
      <span class={`lamp lamp-${kind}`} />
      <span data-testid="state">{words}</span>
      <span class="wide"> · {number(steps)} steps/s</span>
      {lost.value > 0 && <span> · {number(lost.value)} records or more were dropped</span>}
    </p>
  );
}
