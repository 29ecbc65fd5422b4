/** Stories of fields, and the revisions of an object, as text. Pure. */
import { formatDuration, printable } from '../chaos/report/format.ts';
import { renderKey } from './about.ts';
import { type Author, authorOf, type Chain, chainOf } from './chain.ts';
import { chainLines, shortRequestText } from './chain-text.ts';
import { fieldChanges } from './field-changes.ts';
import type { TraceGraph } from './graph.ts';
import type { History, Span } from './history.ts';
import { formatMoment, type Wall } from './moment.ts';
import type { WriteTraced } from './record.ts';
import type { FieldStory } from './why.ts';

/** Longest value that is shown, characters. */
const VALUE_MAX = 120;

/** What texts are told from. */
export interface Told {
  readonly graph: TraceGraph;
  readonly history: History;
  readonly wall: Wall;
}

/** A value in one line; `(none)` where there is none. */
export function valueText(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const clean = printable(text === '' ? '""' : text);
  return clean.length <= VALUE_MAX ? clean : `${clean.slice(0, VALUE_MAX)}... (${clean.length})`;
}

/** `13:31:08.685 (12 s ago)`. */
export function whenText(atMs: number, wall: Wall): string {
  const ago = Math.max(0, wall.nowMs - atMs);
  return `${formatMoment(atMs, wall)} (${formatDuration(ago)} ago)`;
}

/** The story of a field, with its chain of causes. */
export function storyText(key: string, path: string, story: FieldStory, told: Told): string {
  const { write, value } = story;
  const lines = [`${renderKey(key)}  ${printable(path)} = ${valueText(value)}`];
  if (story.deleted !== undefined) lines.push(`  ${deletedText(story.deleted, told.wall)}`);
  lines.push(...howLines(story, told));
  if (write === undefined || story.how === 'never' || story.how === 'older') {
    return `${lines.join('\n')}\n`;
  }
  const chain = chainOf(told.graph, nodeOf(told.graph, write));
  lines.push(`  by ${authorText(authorOf(chain))}`);
  lines.push('', 'because, from the write back to what began it:');
  lines.push(...chainLines(told.graph, chain));
  return `${lines.join('\n')}\n`;
}

function deletedText({ revision, atMs }: WriteTraced, wall: Wall): string {
  return `the object is gone: it was deleted at revision ${revision}, ${whenText(atMs, wall)}`;
}

function howLines(story: FieldStory, { history, wall }: Told): readonly string[] {
  const { how, since, write, before } = story;
  const atMs = write?.atMs ?? history.timeOf(since);
  const when = `revision ${since}${atMs === undefined ? '' : `, ${whenText(atMs, wall)}`}`;
  switch (how) {
    case 'never':
      return ['  it never had a value, since the object was created'];
    case 'older': {
      const what = story.value === undefined ? 'no value' : 'this value';
      return [
        `  it had ${what} already at ${when}; what was before is not on record any more`,
        "  (an object's history is as long as the cluster's trail, and at least its last few writes)",
      ];
    }
    case 'created':
      return [
        `  set when the object was created, at ${when}`,
        '  (whether its creator asked for it or it was defaulted, records do not tell)',
      ];
    case 'removed':
      return [`  removed at ${when}; before it was ${valueText(before)}`];
    default:
      return [`  since ${when}; before it was ${valueText(before)}`];
  }
}

/** The node of a write; -1 where the graph has none. */
export function nodeOf(graph: TraceGraph, write: WriteTraced): number {
  const nodes = graph.ofMessage(write.messageId);
  return nodes.find((node) => isSame(graph, node, write)) ?? graph.records.indexOf(write);
}

function isSame(graph: TraceGraph, node: number, { revision }: WriteTraced): boolean {
  const record = graph.records[node];
  return record?.type === 'write' && record.revision === revision;
}

/** Who asked for a write. */
export function authorText(author: Author): string {
  if (author.type === 'client') return `the client of ${shortRequestText(author.request)}`;
  if (author.type === 'unknown') {
    const what = author.verb === '' ? 'a request' : `a request to ${author.verb} it`;
    return printable(`${what}, of which no more is on record`);
  }
  return printable(author.name);
}

/** When an object was last written, and by whom: what is told where no field is asked about. */
export function lastWriteText(key: string, told: Told): string {
  const span = told.history.spans(key).findLast(({ write }) => write !== undefined);
  const write = span?.write;
  if (write === undefined) return `${renderKey(key)}: no write is on record\n`;
  const chain = chainOf(told.graph, nodeOf(told.graph, write));
  const verb = write.operation === 'delete' ? 'deleted' : 'last written';
  const when = whenText(write.atMs, told.wall);
  return [
    `${renderKey(key)} was ${verb} at revision ${write.revision}, ${when}`,
    `  by ${authorText(authorOf(chain))}`,
    '',
    'because, from the write back to what began it:',
    ...chainLines(told.graph, chain),
    '',
  ].join('\n');
}

/** Every revision of an object on record: what differed, who wrote it, and for whom. */
export function historyText(key: string, told: Told): string {
  const spans = told.history.spans(key);
  const blocks = spans.flatMap((span, index) => revisionBlock(span, spans[index - 1], told));
  const count = spans.filter(({ write }) => write !== undefined).length;
  const head = `${renderKey(key)}: ${count} revision${count === 1 ? '' : 's'} on record`;
  return `${[head, ...blocks].join('\n')}\n`;
}

function revisionBlock(span: Span, previous: Span | undefined, told: Told): readonly string[] {
  const { write } = span;
  if (span.state === 'unknown') return [`until revision ${span.until}: not on record any more`];
  if (write === undefined) {
    if (span.state === 'absent') return [];
    return [`revision ${span.from}: known from its deletion alone`];
  }
  const chain = chainOf(told.graph, nodeOf(told.graph, write));
  const author = authorOf(chain);
  const when = formatMoment(write.atMs, told.wall);
  const verb = verbOf(write, previous);
  return [
    `revision ${write.revision}, ${when}: ${verb} by ${authorText(author)}`,
    ...forLine(chain, author),
    `    message ${write.messageId || '(unknown)'}`,
    ...changeLines(span, previous),
  ];
}

/** The request it was done for, where that is not told already. */
function forLine({ request }: Chain, author: Author): readonly string[] {
  if (request === undefined || author.type === 'client') return [];
  return [`    for ${shortRequestText(request)}`];
}

/** `written` where it is not known whether the object was there before. */
function verbOf({ operation }: WriteTraced, previous: Span | undefined): string {
  if (operation === 'delete') return 'deleted';
  if (previous === undefined || previous.state === 'absent') return 'created';
  return previous.state === 'present' ? 'changed' : 'written';
}

function changeLines(span: Span, previous: Span | undefined): readonly string[] {
  if (span.object === undefined || previous?.object === undefined) return [];
  return fieldChanges(previous.object, span.object).map(
    ({ path, before, after }) =>
      `  ${printable(path)}: ${valueText(before)} -> ${valueText(after)}`,
  );
}
