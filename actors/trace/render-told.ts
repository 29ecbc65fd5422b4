/** A story in each format there is. */

import type { Story } from '../../machines/trace/episodes.ts';
import type { TraceGraph } from '../../machines/trace/graph.ts';
import { otlpJson } from '../../machines/trace/otlp-json.ts';
import { spansOf } from '../../machines/trace/spans.ts';
import { renderStoryHtml } from '../../machines/trace/story-html.ts';
import { storyJson } from '../../machines/trace/story-json.ts';
import { renderMermaid } from '../../machines/trace/story-mermaid.ts';
import { renderStory, type StoryTextSettings } from '../../machines/trace/story-text.ts';

/** How a story can be printed. */
export const STORY_FORMATS = ['text', 'json', 'mermaid', 'otlp', 'html'] as const;
export type StoryFormat = (typeof STORY_FORMATS)[number];

/** A story with what it was read from. */
export interface ToldStory {
  readonly story: Story;
  readonly graph: TraceGraph;
  /** `cluster kabuki`, or a file's name. */
  readonly of: string;
}

export interface ToldSettings extends StoryTextSettings {
  /** What was asked for: `deploy/web`. */
  readonly asked: string;
  /** Version of this program. */
  readonly version: string;
}

/** The story in a format, with its line break. */
export function renderTold(told: ToldStory, format: StoryFormat, settings: ToldSettings): string {
  const { story, of } = told;
  switch (format) {
    case 'text':
      return renderStory(story, settings);
    case 'json':
      return `${JSON.stringify(storyJson(story), undefined, 2)}\n`;
    case 'mermaid':
      return renderMermaid(story, settings.all);
    case 'otlp':
      return `${JSON.stringify(storyOtlp(told, settings.version))}\n`;
    case 'html':
      return renderStoryHtml(story, { of, asked: settings.asked, version: settings.version });
  }
}

function storyOtlp({ story, graph, of }: ToldStory, version: string): object {
  const nodes = new Set(story.episodes.flatMap((episode) => episode.nodes));
  return otlpJson(spansOf(graph, nodes), { cluster: clusterOf(of), version });
}

/** The cluster's name; '' of a file, which does not tell. */
export function clusterOf(of: string): string {
  return of.startsWith('cluster ') ? of.slice('cluster '.length) : '';
}
