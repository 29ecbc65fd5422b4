/**
 * A story as a Mermaid sequence diagram: who told whom what, in the order of time, the critical path in colour. Of
 * branches that are alike the first few are drawn, and a note tells how many were not. Pure.
 */
import { formatMany, printable } from '../chaos/report/format.ts';
import { kindOfWhat, whatOf, whoOf } from './episode-words.ts';
import type { Episode, Story } from './episodes.ts';
import { formatMs } from './story-text.ts';

/** Branches of one kind that are drawn before the others are counted. */
const LIKE_MAX = 3;
/** Messages of one diagram: beyond, Mermaid draws slowly and nobody reads it. */
export const MESSAGES_MAX = 120;
const LABEL_MAX = 96;
/** Kinds of left-out branches that are named. */
const NAMED_MAX = 6;
const APISERVER = 'apiserver';
/** Seen on white and on black. */
const CRITICAL = 'rect rgba(240, 170, 40, 0.25)';

/** The diagram with its line breaks; `all` draws every branch, whatever their number. Empty for an empty story. */
export function renderMermaid(story: Story, all = false): string {
  if (story.episodes.length === 0) return '';
  const { drawn, left } = choose(story, all);
  const ids = new Map<string, string>();
  for (const episode of drawn) {
    // A request goes to the apiserver, which answers it by what follows.
    const to = episode.request === undefined ? whoOf(episode) : APISERVER;
    for (const who of [senderOf(story, episode), to]) {
      if (!ids.has(who)) ids.set(who, `p${ids.size + 1}`);
    }
  }
  const startMs = Math.min(...drawn.map(({ beganMs }) => beganMs));
  return [
    'sequenceDiagram',
    ...[...ids].map(([who, id]) => `  participant ${id} as ${alias(who)}`),
    ...messages(story, drawn, ids, startMs),
    ...noteOf(left, [...ids.values()]),
    '',
  ].join('\n');
}

/** What is drawn, in the order of time; and what is not, by what it is. */
function choose({ episodes }: Story, all: boolean) {
  const seen = new Map<string, number>();
  const left = new Map<string, number>();
  const isOut = new Set<number>();
  const drawn: Episode[] = [];
  for (const episode of [...episodes].sort((one, other) => one.beganMs - other.beganMs)) {
    const { index, parent, isCritical } = episode;
    const like = `${whoOf(episode)}: ${kindOfWhat(episode)}`;
    const count = (seen.get(like) ?? 0) + 1;
    const isMany = !all && (count > LIKE_MAX || drawn.length >= MESSAGES_MAX);
    const hangsOff = parent !== undefined && isOut.has(parent);
    if (!isCritical && (isMany || hangsOff)) {
      isOut.add(index);
      left.set(like, (left.get(like) ?? 0) + 1);
      continue;
    }
    seen.set(like, count);
    drawn.push(episode);
  }
  return { drawn, left };
}

/** Who the message came from: who did what led to it, or the client itself. */
function senderOf({ episodes }: Story, episode: Episode): string {
  if (episode.request !== undefined) return whoOf(episode);
  const parent = episode.parent === undefined ? undefined : episodes[episode.parent];
  if (parent === undefined) return whoOf(episode);
  return parent.request === undefined ? whoOf(parent) : APISERVER;
}

function messages(
  story: Story,
  drawn: readonly Episode[],
  ids: ReadonlyMap<string, string>,
  startMs: number,
): readonly string[] {
  const lines: string[] = [];
  let isOpen = false;
  for (const episode of drawn) {
    const { request, isCritical, beganMs } = episode;
    if (isCritical !== isOpen) lines.push(isCritical ? `  ${CRITICAL}` : '  end');
    isOpen = isCritical;
    const from = ids.get(senderOf(story, episode));
    const to = ids.get(request === undefined ? whoOf(episode) : APISERVER);
    const at = formatMs(beganMs - startMs)
      .trim()
      .replace(/^-$/, '0 ms');
    lines.push(`  ${isCritical ? '  ' : ''}${from}->>${to}: +${at} ${label(whatOf(episode))}`);
  }
  return isOpen ? [...lines, '  end'] : lines;
}

function noteOf(left: ReadonlyMap<string, number>, ids: readonly string[]): readonly string[] {
  if (left.size === 0) return [];
  const total = [...left.values()].reduce((sum, count) => sum + count, 0);
  const most = [...left].sort(([, one], [, other]) => other - one).slice(0, NAMED_MAX);
  const named = most.map(([name, count]) => `${count} x ${name}`).join(', ');
  const more = left.size > most.length ? ', ...' : '';
  const over = ids.length > 1 ? `${ids[0]},${ids.at(-1)}` : `${ids[0]}`;
  const text = `${formatMany(total, 'more message')} not drawn: ${named}${more}`;
  return [`  Note over ${over}: ${label(text, 400)}`];
}

/** Text of a message or a note: everything that Mermaid could read as more than text becomes an entity code. */
function label(text: string, max = LABEL_MAX): string {
  const whole = printable(text).replaceAll(' -> ', ' → ');
  const short = whole.length > max ? `${whole.slice(0, max)}…` : whole;
  return short.replace(/[^A-Za-z0-9 :.,/_()+=*'@…→-]/gu, (one) => `#${one.codePointAt(0)};`);
}

/** The name of a participant: a colon would begin its configuration. */
const alias = (text: string): string => label(text).replaceAll(':', '#58;') || '-';
