/**
 * `kabuki trace at`: reads the past and makes of it what `kubectl get` prints. Throws CommandError for what a user can
 * mend; prints nothing itself.
 */
import { Document, parse, visit } from 'yaml';
import { parseSelector } from '../../machines/api/labels.ts';
import type { AnyObject } from '../../machines/api/view.ts';
import { isNamespaced } from '../../machines/trace/about.ts';
import { canonical } from '../../machines/trace/digest.ts';
import { formatMoment } from '../../machines/trace/moment.ts';
import { parseWords } from '../../machines/trace/object-words.ts';
import { type Found, readPast } from '../../machines/trace/past.ts';
import { pastTable, resourceName } from '../../machines/trace/past-table.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { locateIn, readHistory } from './history-source.ts';
import type { SourceOptions } from './source.ts';

/** What is printed. */
export type PastOutput = 'table' | 'wide' | 'yaml' | 'json' | 'name';

/** The command as it was given. */
export interface AtCommand extends SourceOptions {
  readonly when: string;
  /** What follows `get`. */
  readonly words: readonly string[];
  /** Undefined: all. */
  readonly namespace: string | undefined;
  readonly selector: string;
  readonly output: PastOutput;
}

/** What goes where. */
export interface Printed {
  readonly stdout: string;
  /** Lines for people: which revision it is, what is missing. */
  readonly notes: readonly string[];
}

/** Carries the command out. */
export async function readAt(command: AtCommand): Promise<Printed> {
  const words = parseWords(command.words);
  if (!words.ok) throw new CommandError(words.error, EXIT.usage);
  const selector = parseSelector(command.selector);
  if (!selector.ok) {
    throw new CommandError(`the selector cannot be read: ${selector.error}`, EXIT.usage);
  }
  const known = await readHistory(command);
  const { history, wall, warnings } = known;
  const located = locateIn(known, command.when);
  const { namespace } = command;
  const query = { asked: words.asked, namespace, requirements: selector.requirements };
  const past = readPast(history, located.revision, query, wall);
  if (!past.ok) throw new CommandError(past.error);
  const { found } = past;
  const notes = [
    `revision ${located.revision}, ${formatMoment(located.atMs, wall)}:`,
    ...[...warnings, ...secretsNote(found, command.output), ...nothingNote(found, namespace)],
  ];
  return { stdout: print(found, command, located.atMs), notes };
}

function print(found: readonly Found[], command: AtCommand, atMs: number): string {
  const { output, words, namespace } = command;
  const all = found.flatMap(({ objects }) => objects);
  if (output === 'name') {
    const names = found.flatMap(({ storage, objects }) =>
      objects.map(({ metadata }) => `${resourceName(storage)}/${metadata?.name}\n`),
    );
    return names.join('');
  }
  if (output === 'json' || output === 'yaml') {
    const named = words.length > 1 || words[0]?.includes('/');
    const shown = named && all.length === 1 ? all[0] : listOf(all);
    const sorted: unknown = JSON.parse(canonical(shown));
    return output === 'yaml' ? yamlText(sorted) : jsonText(sorted);
  }
  const namespaces = namespace === undefined && found.some(({ storage }) => isNamespaced(storage));
  const kinds = found.length > 1 || (words[0]?.includes('/') === true && words.length > 1);
  return pastTable(found, { atMs, wide: output === 'wide', namespaces, kinds });
}

/** As kubectl writes it: YAML 1.1, where what is no text without its quotes gets double ones. */
function yamlText(value: unknown): string {
  const document = new Document(value, { version: '1.1' });
  visit(document, {
    Scalar(_, scalar) {
      const { value: text } = scalar;
      if (typeof text === 'string' && isOther(text)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true });
}

/** True of nothing, a tab, `12`, `yes`, `2026-01-31T12:00:00Z`. */
function isOther(text: string): boolean {
  if (text === '' || text.includes('\t')) return true;
  if (!/^[\w.+~-][\w.:+-]*$/.test(text)) return false;
  return typeof parse(text, { version: '1.1', logLevel: 'silent' }) !== 'string';
}

/** As Go's encoder writes it, safe inside HTML. */
function jsonText(value: unknown): string {
  const escaped = (char: string) => `\\u00${char.charCodeAt(0).toString(16)}`;
  return `${JSON.stringify(value, undefined, 4).replace(/[<>&]/g, escaped)}\n`;
}

function listOf(items: readonly AnyObject[]): AnyObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } };
}

/** What is told where values of Secrets would be shown. */
export const SECRETS_NOTE =
  'values of Secrets are not recorded: what stands for one tells it from others, ' +
  'but only as long as the apiserver was not started again';

function secretsNote(found: readonly Found[], output: PastOutput): readonly string[] {
  const isShown = output === 'yaml' || output === 'json';
  const has = found.some((one) => one.storage === 'core/secrets' && one.objects.length > 0);
  return isShown && has ? [SECRETS_NOTE] : [];
}

function nothingNote(found: readonly Found[], namespace: string | undefined): readonly string[] {
  if (found.some(({ objects }) => objects.length > 0)) return [];
  const scoped = found.some(({ storage }) => isNamespaced(storage));
  if (!scoped || namespace === undefined) return ['No resources found'];
  return [`No resources found in ${namespace} namespace.`];
}
