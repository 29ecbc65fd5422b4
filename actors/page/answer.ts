/** Which question of the page is answered by what. What is asked comes from a browser: none of it is trusted to fit. */
import { chartOf } from './charts.ts';
import type { PlaceOf } from './flow.ts';
import type { HeldTrace } from './held-trace.ts';
import {
  actorHistory,
  actorNames,
  detailOf,
  objectHistory,
  objectNames,
  sceneAt,
} from './queries.ts';
import { findKey, recentStory, STORY_MAX, storyAbout, storyAround } from './story.ts';

/** A question: its name, and words with it. */
export interface Question {
  readonly what: string;
  readonly words: Readonly<{ [name: string]: string }>;
}

/** The answer, as `protocol.ts` has it; undefined where there is no such thing. */
export function answer({ what, words }: Question, held: HeldTrace, placeOf: PlaceOf): unknown {
  const revision = numberOf(words.revision, held.extent().lastRevision);
  const untilMs = numberOf(words.until, Number.POSITIVE_INFINITY);
  const { text = '', key = '', actor = '', kind = '' } = words;
  switch (what) {
    case 'scene':
      return sceneAt(held, revision);
    case 'extent':
      return held.extent();
    case 'chart':
      return chartOf(kind);
    case 'actors':
      return actorNames(held, text, untilMs);
    case 'actor':
      return actorHistory(held, actor, untilMs, placeOf);
    case 'objects':
      return objectNames(held, text, revision);
    case 'object':
      return objectHistory(held, key, revision);
    case 'recent': {
      const limit = Math.min(numberOf(words.limit, 400), STORY_MAX);
      return recentStory(held, { untilMs, text, limit, withQuiet: words.quiet === '1' }, placeOf);
    }
    case 'about':
      return storyAbout(held.graph(), key, placeOf);
    case 'around': {
      const found = find(held, key);
      return found === undefined ? undefined : storyAround(found.graph, found.node, placeOf);
    }
    case 'detail': {
      const found = find(held, key);
      return found === undefined ? undefined : detailOf(found.graph, found.node, placeOf);
    }
    default:
      return undefined;
  }
}

/** A record by its key or by its message; of what has come just now, too. */
function find(held: HeldTrace, key: string) {
  for (const whole of [false, true]) {
    const graph = held.graph(whole);
    const node = findKey(graph, key) ?? graph.ofMessage(key)[0];
    if (node !== undefined) return { graph, node };
  }
  return undefined;
}

function numberOf(text: string | undefined, otherwise: number): number {
  const value = text === undefined || text === '' ? otherwise : Number(text);
  return Number.isFinite(value) ? value : otherwise;
}
