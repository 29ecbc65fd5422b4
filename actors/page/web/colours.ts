/** The page's colours where a canvas needs them: the style sheet's own, for the theme that is on. */
import { signal } from '@preact/signals';
import type { MessageKind } from '../protocol.ts';

export type Theme = 'auto' | 'light' | 'dark';

const STORED = 'kabuki-theme';

/** Changes whenever colours do. */
export const themed = signal(0);
export const theme = signal<Theme>(readStored());

let known = new Map<string, string>();

function readStored(): Theme {
  const stored = localStorage.getItem(STORED);
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

function forget(): void {
  known = new Map();
  themed.value += 1;
}

/** Puts the theme on the page, and looks for what the system says. */
export function startTheme(): void {
  setTheme(theme.value);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', forget);
}

export function setTheme(next: Theme): void {
  theme.value = next;
  localStorage.setItem(STORED, next);
  document.documentElement.dataset.theme = next;
  forget();
}

/** A colour by the name it has in the style sheet. */
export function themeColour(name: string): string {
  let colour = known.get(name);
  if (colour === undefined) {
    // The sheet says it for both themes: an element knows which is on.
    document.body.style.outlineColor = `var(${name})`;
    colour = getComputedStyle(document.body).outlineColor;
    known.set(name, colour);
  }
  return colour;
}

/** The colours of the map. */
export function coloursOf(): Readonly<{
  [kind in MessageKind | 'way' | 'text' | 'paper']: string;
}> {
  return {
    request: themeColour('--request'),
    write: themeColour('--write'),
    news: themeColour('--news'),
    beat: themeColour('--beat'),
    other: themeColour('--other'),
    way: themeColour('--way'),
    text: themeColour('--ink'),
    paper: themeColour('--paper'),
  };
}
