/** A story as data for programs: one document, times in milliseconds. Pure. */

import type { Episode, Story } from './episodes.ts';
import { describe } from './story-text.ts';

/** The document. */
export function storyJson(story: Story): object {
  return { end: story.end ?? null, roots: story.roots, episodes: story.episodes.map(plain) };
}

function plain(episode: Episode): object {
  const { nodes: _, request, steps, writes, leftOut, ...rest } = episode;
  return {
    ...rest,
    title: describe({ ...episode, leftOut: {} }),
    request: request ?? null,
    seenBy: leftOut,
    steps: steps.map(({ full: __, type: ___, ...step }) => step),
    writes: writes.map(({ object: __, type: ___, ...write }) => write),
  };
}
