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
  const graph = held.graph(performance.now());
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
      return actorNames(graph, text, untilMs);
    case 'actor':
      return actorHistory(graph, actor, untilMs, placeOf);
    case 'objects':
      return objectNames(held, text, revision);
    case 'object':
      return objectHistory(graph, held, key, revision);
    case 'recent': {
      const limit = Math.min(numberOf(words.limit, 400), STORY_MAX);
      return recentStory(graph, { untilMs, text, limit, withQuiet: words.quiet === '1' }, placeOf);
    }
    case 'about':
      return storyAbout(graph, key, placeOf);
    case 'around': {
      const node = findKey(graph, key);
      return node === undefined ? undefined : storyAround(graph, node, placeOf);
    }
    case 'detail': {
      const node = findKey(graph, key) ?? graph.ofMessage(key)[0];
      return node === undefined ? undefined : detailOf(graph, node, placeOf);
    }
    default:
      return undefined;
  }
}

function numberOf(text: string | undefined, otherwise: number): number {
  const value = text === undefined || text === '' ? otherwise : Number(text);
  return Number.isFinite(value) ? value : otherwise;
}
