/** A story in each format there is. */
import type { Story } from '../../machines/trace/story.ts';
import { storyJson } from '../../machines/trace/story-json.ts';
import { renderStory, type StoryTextSettings } from '../../machines/trace/story-text.ts';

/** How a story can be printed. */
export const STORY_FORMATS = ['text', 'json'] as const;
export type StoryFormat = (typeof STORY_FORMATS)[number];

/** The story in a format, with its line break. */
export function renderTold(story: Story, format: StoryFormat, settings: StoryTextSettings): string {
  switch (format) {
    case 'text':
      return renderStory(story, settings);
    case 'json':
      return `${JSON.stringify(storyJson(story), undefined, 2)}\n`;
  }
}
