/**
 * A story as one HTML file: a tree of what led to what beside a time axis, the critical path marked, details of each row
 * on demand. Opens from a disk and loads nothing; without its script it shows the story as text.
 *
 * Pure. Nothing in a name or a message becomes markup.
 */
import { escapeShort, scriptJson } from '../chaos/report/html-text.ts';
import type { Story } from './episodes.ts';
import { storyData } from './story-html-data.ts';
import { STORY_SCRIPT } from './story-html-script.ts';
import { STORY_STYLE } from './story-html-style.ts';
import { renderStory } from './story-text.ts';

/** What the page says of itself. */
export interface StoryPage {
  /** What was asked for: `deploy/web`. */
  readonly asked: string;
  /** Where it is from: `cluster kabuki`, a file's name. */
  readonly of: string;
  readonly version: string;
}

/** Nothing is loaded, sent or embedded. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const TEXT_MAX = 2_000_000;

const PARTS = ['client', 'apiserver', 'controller', 'scheduler', 'kubelet', 'proxy'] as const;

/** The whole file; also of an empty story. */
export function renderStoryHtml(story: Story, page: StoryPage): string {
  const asked = escapeShort(page.asked, 200);
  const isEmpty = story.episodes.length === 0;
  const data = isEmpty ? undefined : storyData(story);
  return [
    '<!DOCTYPE html>',
    '<html lang="en"><head><meta charset="utf-8"/>',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}"/>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    `<title>${asked}: kabuki trace</title>`,
    `<style>${STORY_STYLE}</style></head><body>`,
    `<header><h1>${asked}</h1><p class="muted">${escapeShort(page.of, 300)}`,
    ` · <time id="when"></time><span id="sum"></span></p></header>`,
    data === undefined ? '<main><p>Nothing is on record.</p></main>' : MAIN,
    data === undefined ? '' : noScript(story),
    data === undefined
      ? ''
      : `<script type="application/json" id="data">${scriptJson(data)}</script><script>${STORY_SCRIPT}</script>`,
    `<footer class="muted">kabuki ${escapeShort(page.version, 100)}</footer>`,
    '</body></html>\n',
  ].join('\n');
}

function noScript(story: Story): string {
  const text = escapeLines(renderStory(story).slice(0, TEXT_MAX));
  return `<noscript><main><pre>${text}</pre></main></noscript>`;
}

/** Each line escaped, its break kept. */
const escapeLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => escapeShort(line, 2_000))
    .join('\n');

const MAIN = `<div class="bar" id="bar" hidden>
<label>Filter <input type="search" id="filter" placeholder="who, what, event, revision" autocomplete="off" spellcheck="false"/></label>
<label><input type="checkbox" id="critical"/> critical path only</label>
<span class="buttons"><button type="button" id="open">Expand all</button><button type="button" id="shut">Collapse all</button>
<button type="button" id="zoom">Zoom to selected</button><button type="button" id="whole">Whole</button></span>
<span class="muted" id="count" role="status"></span>
</div>
<main hidden id="main"><div class="axis" id="axis" aria-hidden="true"><span></span><div id="ticks"></div></div>
<div id="tree" role="tree" aria-label="What led to what"></div>
<p class="muted" id="left"></p>
<ul class="legend">${PARTS.map((part) => `<li><i class="${part}"></i>${part}</li>`).join('')}
<li>solid: at work, pale: waiting for others</li><li><i class="waits"></i>on the way and in the mailbox</li><li><i class="crit"></i>critical path</li>
<li>keys: ↑ ↓ ← → Enter, z zoom, / filter, Esc</li></ul></main>
<aside id="detail" aria-label="Details" hidden><button type="button" id="close" aria-label="Close details">×</button><div id="body" tabindex="-1"></div></aside>`;
