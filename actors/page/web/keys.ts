/** What keys do, wherever the reader is, but in a field that is written in. */
import { setTheme, theme } from './colours.ts';
import type { Speed } from './playback.ts';
import {
  extent,
  goLive,
  helpShown,
  moment,
  pause,
  selection,
  setSpeed,
  speed,
  step,
  travel,
  VIEWS,
  view,
} from './state.ts';

export const SPEEDS: readonly Speed[] = [1, 0.1, 0.01, 0.001];

/** What the help says; in its order. */
export const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['1 2 3 4', 'map, space-time, machines, objects'],
  ['Space', 'pause the map, and go on'],
  ['.', 'one message further'],
  ['− +', 'slower, faster'],
  ['[ ]', 'one revision back, one on: time travel'],
  ['l', 'back to now'],
  ['j k', 'in the space-time diagram: next event, event before'],
  ['c e', 'there: to its cause, to its first effect'],
  ['/', 'to the search field of the view'],
  ['t', 'light, dark, as the system has it'],
  ['Esc', 'close what is open'],
  ['?', 'this list'],
];

const THEMES = ['auto', 'light', 'dark'] as const;

/** The next theme of the three. */
export function nextTheme(): void {
  setTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'auto');
}

function changeSpeed(by: number): void {
  const next = SPEEDS[SPEEDS.indexOf(speed.value) + by];
  if (next !== undefined) setSpeed(next);
}

function travelBy(by: number): void {
  const known = extent.value;
  if (known === undefined) return;
  const next = (moment.value?.revision ?? known.lastRevision) + by;
  if (next > known.lastRevision) void goLive();
  else if (next >= known.firstRevision) void travel(next);
}

/** Keys of a view, while it is shown. */
export const viewKeys = new Map<string, () => void>();

const ACTS: Readonly<{ [key: string]: () => void }> = {
  ' ': () => pause(),
  '.': step,
  '-': () => changeSpeed(1),
  '+': () => changeSpeed(-1),
  '=': () => changeSpeed(-1),
  '[': () => travelBy(-1),
  ']': () => travelBy(1),
  l: () => void goLive(),
  t: nextTheme,
  '?': () => {
    helpShown.value = !helpShown.value;
  },
  '/': () => document.querySelector<HTMLInputElement>('main input[type=search]')?.focus(),
  Escape: () => {
    if (helpShown.value) helpShown.value = false;
    else selection.value = undefined;
  },
};

/** Listens from now on. */
export function startKeys(): void {
  addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const element = target instanceof HTMLElement ? target : undefined;
    if (element?.matches('input:not([type=range], [type=checkbox]), select, textarea')) {
      if (key === 'Escape') element.blur();
      return;
    }
    // A button is pressed with it.
    if (key === ' ' && element?.matches('button, input, summary')) return;
    const at = VIEWS[Number(key) - 1];
    const act = viewKeys.get(key) ?? ACTS[key];
    if (at !== undefined) view.value = at;
    else if (act === undefined) return;
    else act();
    event.preventDefault();
  });
}
