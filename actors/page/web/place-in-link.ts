/** Where the reader is, kept in the link behind `#`: a link can be sent on, and the browser's back button works. */
import { effect } from '@preact/signals';
import { actor, focus, objectKey, VIEWS, type View, view } from './state.ts';

function read(): void {
  const words = new URLSearchParams(location.hash.slice(1));
  const named = words.get('view') as View | null;
  if (named !== null && VIEWS.includes(named)) view.value = named;
  actor.value = words.get('actor') ?? '';
  objectKey.value = words.get('object') ?? '';
  const about = words.get('about');
  const around = words.get('around');
  if (about !== null) focus.value = { of: 'about', key: about };
  else if (around !== null) focus.value = { of: 'around', key: around };
  else focus.value = { of: 'recent' };
}

function write(): void {
  const words = new URLSearchParams({ view: view.value });
  if (view.value === 'machines' && actor.value !== '') words.set('actor', actor.value);
  if (view.value === 'objects' && objectKey.value !== '') words.set('object', objectKey.value);
  if (view.value === 'time' && focus.value.of !== 'recent') {
    words.set(focus.value.of, focus.value.key);
  }
  const next = `#${words}`;
  if (next !== location.hash) history.pushState(undefined, '', next);
}

/** Reads the link, and keeps it true. */
export function startPlace(): void {
  if (location.hash !== '') read();
  addEventListener('popstate', read);
  effect(write);
}
