/**
 * What `kabuki trace OBJECT` and `kabuki trace request` do: find what is asked for in the records, and tell its story.
 * Knows nothing of flags or terminals.
 */
import { isNamespaced, keyOf, resourceOfWord } from '../../machines/trace/about.ts';
import type { Story } from '../../machines/trace/episodes.ts';
import type { TraceGraph } from '../../machines/trace/graph.ts';
import type { RequestTraced, TraceRecord } from '../../machines/trace/record.ts';
import { ownedKeys, storyOfMessages, storyOfObject } from '../../machines/trace/story.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { type Recorded, readGraph, type SourceOptions } from './source.ts';

/** What is asked for. */
export interface StoryCommand {
  readonly source: SourceOptions;
  readonly all: boolean;
}

/** A story, and what there is to say about where it comes from. */
export interface Told extends Recorded {
  readonly story: Story;
  readonly graph: TraceGraph;
}

/** Words of a user as a key of the store: `pod/web`, `pod web`; throws CommandError. */
export function keyOfWords(words: readonly string[], namespace: string): string {
  const [first = '', second] = words;
  const slash = first.indexOf('/');
  const [word, name] =
    second === undefined && slash > 0
      ? [first.slice(0, slash), first.slice(slash + 1)]
      : [first, second ?? ''];
  const resource = resourceOfWord(word);
  if (resource === undefined) {
    const message = `the server doesn't have a resource type "${word}"`;
    throw new CommandError(message, EXIT.usage, 'Name an object as kubectl does: pod/web.');
  }
  if (name === '') throw new CommandError(`which ${word}? Say ${word}/NAME`, EXIT.usage);
  return `${resource}/${isNamespaced(resource) ? namespace : '_'}/${name}`;
}

/** The story of an object; of what others are made from, with all that it owns. */
export async function objectStory(
  words: readonly string[],
  namespace: string,
  { source, all }: StoryCommand,
): Promise<Told> {
  const key = keyOfWords(words, namespace);
  const recorded = await readGraph(source);
  const { graph } = recorded;
  const keys = ownedKeys(graph, key);
  const story = storyOfObject(graph, keys, { all });
  if (story.episodes.length === 0) throw unknownObject(words.join(' '), key, recorded);
  return { ...recorded, story };
}

/** What a request led to: by its id or its Audit-Id, or the `last` one that was to change something. */
export async function requestStory(id: string, { source, all }: StoryCommand): Promise<Told> {
  const recorded = await readGraph(source);
  const { graph } = recorded;
  const starts =
    id === 'last' ? lastRequest(graph) : [...graph.ofMessage(id), ...ofAuditId(graph, id)];
  if (starts.length === 0) {
    const what = id === 'last' ? 'no request that changes something' : `no message ${id}`;
    throw new CommandError(`${what} is on record${since(recorded)}`);
  }
  return { ...recorded, story: storyOfMessages(graph, [...new Set(starts)], { all }) };
}

const READS = new Set(['get', 'list', 'watch', 'head']);

const isChange = (record: TraceRecord): record is RequestTraced =>
  record.type === 'request' && record.key !== '' && !READS.has(record.verb);

function lastRequest({ records }: TraceGraph): readonly number[] {
  const at = records.findLastIndex(isChange);
  return at < 0 ? [] : [at];
}

function ofAuditId({ records }: TraceGraph, id: string): readonly number[] {
  return records.flatMap((record, index) =>
    record.type === 'request' && record.auditId === id ? [index] : [],
  );
}

/** Says what there is instead: others of that name, and from when on there is something at all. */
export function unknownObject(asked: string, key: string, recorded: Recorded): CommandError {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const resource = key.split('/', 2).join('/');
  const known = new Set<string>();
  for (const record of recorded.records) {
    const other = keyOf(record);
    if (other === undefined || other.endsWith('/')) continue;
    if (!other.startsWith(`${resource}/`)) continue;
    const [, , namespace = '', otherName = ''] = other.split('/');
    if (otherName.startsWith(name) || otherName === name) known.add(`${namespace}/${otherName}`);
  }
  const like = [...known].slice(0, 5).join(', ');
  return new CommandError(
    `nothing is on record of ${asked}${since(recorded)}`,
    EXIT.failed,
    like === '' ? '' : `There is something of ${like}.`,
  );
}

/** ` since 12:03:41`, where anything is on record. */
export function since({ sinceMs, of }: Recorded): string {
  if (sinceMs === undefined) return ` (${of} has no records)`;
  return `; ${of} has records since ${new Date(sinceMs).toISOString()}`;
}
