/**
 * What the HTML page of a story is told: rows by position, times in milliseconds since the first. Bounded: of a longer
 * story the critical path and the first rows. Pure.
 */
import { printable } from '../chaos/report/format.ts';
import { renderState } from '../step-record.ts';
import { objectOf, renderKey } from './about.ts';
import { whatOf, whoOf } from './episode-words.ts';
import type { Episode, Story } from './episodes.ts';
import type { StepTraced, WriteTraced } from './record.ts';
import { rowsOf, type StoryRow } from './story-rows.ts';

/** Rows of one page; a row is some hundred bytes. */
export const ROWS_MAX = 4_000;
/** Steps of one row. */
const STEPS_MAX = 60;

/** The data of the page. */
export interface StoryData {
  readonly rows: readonly object[];
  readonly rowsLeftOut: number;
  /** From the first beginning to the last end, and to where the critical path ends. */
  readonly wholeMs: number;
  readonly criticalMs: number;
  /** When the first began, milliseconds since the epoch. */
  readonly startMs: number;
}

/** The data of a story that has episodes. */
export function storyData(story: Story): StoryData {
  const all = rowsOf(story);
  const critical = story.episodes.filter(({ isCritical }) => isCritical);
  const startMs = Math.min(...(critical.length > 0 ? critical : story.episodes).map(began));
  const chosen = choose(all);
  return {
    rows: chosen.map((row) => printed(rowData(row, startMs)) as object),
    rowsLeftOut: all.length - chosen.length,
    wholeMs: round(Math.max(...chosen.map(({ episode }) => episode.endedMs)) - startMs),
    criticalMs: round(Math.max(startMs, ...critical.map(({ endedMs }) => endedMs)) - startMs),
    startMs,
  };
}

const began = ({ beganMs }: Episode): number => beganMs;

function choose(rows: readonly StoryRow[]): readonly StoryRow[] {
  let room = ROWS_MAX - rows.filter(({ episode }) => episode.isCritical).length;
  return rows.filter(({ episode }) => episode.isCritical || room-- > 0);
}

function rowData({ episode, depth, begins }: StoryRow, startMs: number): object {
  const { index, parent, isCritical, process, actor, waitMs, mailboxMs, workMs } = episode;
  const { others, missing, leftOut, steps, writes, request, times } = episode;
  const about = writes[0]?.key ?? episode.object ?? objectOf(actor);
  return {
    ...{ id: index, parent: parent ?? null, depth, begins: begins ? 1 : 0 },
    critical: isCritical ? 1 : 0,
    ...{
      who: whoOf(episode),
      what: whatOf(episode).replaceAll(' -> ', ' → '),
      part: partOf(episode),
      process,
      actor,
    },
    object: about === undefined || about.endsWith('/') ? '' : renderKey(about),
    ...{ at: round(episode.beganMs - startMs), end: round(episode.endedMs - startMs) },
    ...{ wait: round(waitMs), mailbox: round(mailboxMs), work: round(workMs), times, others },
    ...{ missing, seen: Object.entries(leftOut) },
    steps: steps.slice(0, STEPS_MAX).map((step) => stepData(step, startMs)),
    stepsLeftOut: Math.max(0, steps.length - STEPS_MAX),
    writes: writes.map((write) => writeData(write, startMs)),
    request: request === undefined ? null : requestData(request),
  };
}

/** Which colour it has. */
function partOf(episode: Episode): string {
  if (episode.request !== undefined) return 'client';
  const who = whoOf(episode).split(' ', 1)[0] ?? '';
  if (['apiserver', 'scheduler', 'kubelet', 'proxy'].includes(who)) return who;
  return who.endsWith('-controller') ? 'controller' : 'other';
}

function stepData(step: StepTraced, startMs: number): readonly unknown[] {
  const { atMs, event, before, after, effects, waitMs, tookMs, messageId, from, causes } = step;
  return [
    ...[round(atMs - startMs), event, before === undefined ? '(new)' : renderState(before)],
    ...[renderState(after), effects, round(waitMs), round(tookMs), messageId, from, causes],
    step.handled ? 1 : 0,
  ];
}

function writeData(write: WriteTraced, startMs: number): readonly unknown[] {
  const { atMs, operation, key, revision, previous, messageId } = write;
  return [round(atMs - startMs), operation, renderKey(key), revision, previous ?? null, messageId];
}

function requestData(request: NonNullable<Episode['request']>): object {
  const { method, path, code, user, userAgent, auditId, messageId, traceparent, parent } = request;
  return { method, path, code, user, userAgent, auditId, messageId, traceparent, parent };
}

/** The same with every text printable: nothing in a name turns the page's own text around. */
function printed(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (Array.isArray(value)) return value.map(printed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, printed(one)]));
}

/** To the microsecond: the clock has no more. */
const round = (ms: number): number => Math.round(ms * 1_000) / 1_000;
