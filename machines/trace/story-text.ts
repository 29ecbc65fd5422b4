/**
 * A story as text for people: one line an episode. What leads to the end of the story goes straight down and is marked;
 * what branches off it is indented. Like branches are counted, not listed. Pure.
 */
import { formatMany, printable } from '../chaos/report/format.ts';
import { renderState } from '../step-record.ts';
import { kindOf, renderKey } from './about.ts';
import { type Episode, nameOf, type Story } from './episodes.ts';

/** How the text looks. */
export interface StoryTextSettings {
  /** ANSI colours. */
  readonly color?: boolean | undefined;
  /** List every branch. */
  readonly all?: boolean | undefined;
}

/** Branches of one kind that are listed before the others are counted. */
const LIKE_MAX = 3;
/** Indentation goes no deeper. */
const DEPTH_MAX = 12;
const HEADER = '         at      wait      took      work';

/** The text, with its line breaks; empty for an empty story. */
export function renderStory(story: Story, settings: StoryTextSettings = {}): string {
  const { episodes, roots } = story;
  if (episodes.length === 0) return '';
  const painter = new Painter(story, settings);
  const critical = roots.filter((root) => episodes[root]?.isCritical);
  const others = roots.filter((root) => !episodes[root]?.isCritical);
  for (const root of critical) painter.trunk(root, 0);
  if (others.length > 0 && critical.length > 0) painter.line('besides:');
  painter.branches(others, 0);
  return `${HEADER}\n${painter.lines.join('\n')}\n`;
}

class Painter {
  readonly lines: string[] = [];
  readonly #story: Story;
  readonly #settings: StoryTextSettings;
  readonly #startMs: number;

  constructor(story: Story, settings: StoryTextSettings) {
    this.#story = story;
    this.#settings = settings;
    const critical = story.episodes.filter(({ isCritical }) => isCritical);
    const from = critical.length > 0 ? critical : story.episodes;
    this.#startMs = Math.min(...from.map(({ beganMs }) => beganMs));
  }

  line(text: string): void {
    this.lines.push(text);
  }

  /** An episode and all it led to: the last way of several goes straight on, or the critical one. */
  trunk(index: number, depth: number): void {
    let at: number | undefined = index;
    while (at !== undefined) {
      const episode: Episode = this.#at(at);
      this.#episode(episode, depth);
      const next = this.#straight(episode);
      const branches = episode.children.filter((child) => child !== next);
      this.branches(branches, Math.min(depth + 1, DEPTH_MAX));
      at = next;
    }
  }

  #straight({ children }: Episode): number | undefined {
    const critical = children.find((child) => this.#at(child).isCritical);
    return critical ?? (children.length === 1 ? children[0] : undefined);
  }

  /** Episodes side by side; of many that are alike the first ones. */
  branches(indexes: readonly number[], depth: number): void {
    const seen = new Map<string, number>();
    const hidden = new Map<string, Episode[]>();
    for (const index of indexes) {
      const episode = this.#at(index);
      const like = likeness(episode);
      const count = (seen.get(like) ?? 0) + 1;
      seen.set(like, count);
      const many = indexes.length > LIKE_MAX + 1 && this.#settings.all !== true;
      if (!many || count <= LIKE_MAX || episode.isCritical) this.trunk(index, depth);
      else hidden.set(like, [...(hidden.get(like) ?? []), episode]);
    }
    for (const episodes of hidden.values()) this.#more(episodes, depth);
  }

  #more(episodes: readonly Episode[], depth: number): void {
    const last = Math.max(...episodes.map(({ endedMs }) => endedMs));
    const name = nameOf(episodes[0]?.actor ?? '');
    const until = formatMs(last - this.#startMs).trim();
    this.line(
      `${' '.repeat(HEADER.length + 2)}${pad(depth)}... ${episodes.length} more of ${name}, until ${until}`,
    );
  }

  #episode(episode: Episode, depth: number): void {
    const { isCritical, beganMs, endedMs, waitMs, workMs } = episode;
    const times = [beganMs - this.#startMs, waitMs, endedMs - beganMs, workMs].map(formatMs);
    const text = `${isCritical ? '*' : ' '}${times.join('')}  ${pad(depth)}${describe(episode)}`;
    this.line(this.#settings.color === true && isCritical ? `\u001b[1m${text}\u001b[0m` : text);
  }

  #at(index: number): Episode {
    return this.#story.episodes[index] as Episode;
  }
}

const pad = (depth: number): string => '  '.repeat(depth);

/** What two branches must have in common to be counted as one. */
function likeness({ actor, object, steps, request }: Episode): string {
  const resource = object?.split('/', 2).join('/') ?? '';
  const event = steps[0]?.event ?? request?.verb ?? '';
  return `${nameOf(actor)} ${resource} ${event}`;
}

/** Ten columns: `  12.34 ms`. */
export function formatMs(ms: number): string {
  if (ms < 0.005) return '         -';
  if (ms < 1_000) return `${ms.toFixed(ms < 100 ? 2 : 0)} ms`.padStart(10);
  return `${(ms / 1_000).toFixed(2)} s`.padStart(10);
}

/** What happened, in one line. */
export function describe(episode: Episode): string {
  const { times, others, missing } = episode;
  const notes = [
    ...(times > 1 ? [`${times} times`] : []),
    ...(others > 0 ? [`and because of ${formatMany(others, 'other message')}`] : []),
    ...(missing.length > 0 && episode.parent === undefined ? ['its cause is not on record'] : []),
    ...leftOutText(episode),
  ];
  const text = titleOf(episode);
  return printable(notes.length === 0 ? text : `${text}  (${notes.join('; ')})`);
}

function leftOutText({ leftOut }: Episode): readonly string[] {
  const kinds = Object.entries(leftOut).map(([kind, count]) =>
    count === 1 ? kind : `${count} ${kind}`,
  );
  return kinds.length === 0 ? [] : [`seen by ${kinds.join(', ')}`];
}

function titleOf(episode: Episode): string {
  const { request, steps, writes, actor } = episode;
  if (request !== undefined) {
    const { method, path, code, user, userAgent, auditId } = request;
    const agent = userAgent.split(' ', 1)[0] ?? '';
    return `${method} ${path.split('?', 1)[0]} ${code}  ${user} with ${agent}, request ${auditId}`;
  }
  const first = steps[0];
  if (first === undefined) return writes.map(writeText).join(', ');
  if (kindOf(actor) === 'api-request') return requestText(episode);
  if (kindOf(actor) === 'reconciler') return reconcileText(episode);
  return stepText(episode);
}

function writeText({ operation, key, revision }: Episode['writes'][number]): string {
  return `${operation === 'put' ? 'wrote' : 'deleted'} ${renderKey(key)}, revision ${revision}`;
}

function requestText({ actor, process, steps, writes }: Episode): string {
  const [, , verb = '', ...key] = actor.split('/');
  const [plain = '', subresource] = verb.split('.');
  const what = subresource === undefined ? plain : `${plain} ${subresource} of`;
  const about = key.join('/');
  const own = writes.find((write) => write.key.startsWith(about));
  const asked = `${process}: ${what} ${renderKey(own?.key ?? about)}`;
  if (own !== undefined && writes.length === 1) return `${asked}: revision ${own.revision}`;
  if (writes.length > 0) return `${asked}: ${writes.map(writeText).join(', ')}`;
  const state = steps.at(-1);
  return `${asked}: nothing written, ${state === undefined ? '' : renderState(state.after)}`;
}

function reconcileText({ actor, process, steps }: Episode): string {
  const [, controller = '', ...key] = actor.split('/');
  const states = steps.flatMap((step, index) =>
    index === 0 && step.before !== undefined
      ? [renderState(step.before), renderState(step.after)]
      : [renderState(step.after)],
  );
  const path = states.filter((state, index) => state !== states[index - 1]);
  return `${process}: ${controller} ${key.join('/')}  ${path.join(' -> ')}`;
}

function stepText({ actor, process, steps }: Episode): string {
  const step = steps[0];
  if (step === undefined) return actor;
  const before = step.before === undefined ? '(new)' : renderState(step.before);
  const after = renderState(step.after);
  const move = before === after ? after : `${before} -> ${after}`;
  const effects = step.effects.length === 0 ? '' : `  ! ${step.effects.join(', ')}`;
  return `${process}: ${actor}  ${move}  <- ${step.event}${effects}`;
}
