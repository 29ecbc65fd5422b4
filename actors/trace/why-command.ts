/**
 * `kabuki trace why` and `history`: reads what is on record and explains an object's fields by it. Throws CommandError
 * for what a user can mend; prints nothing itself.
 */
import { storeKey } from '../../machines/api/resources.ts';
import { isNamespaced } from '../../machines/trace/about.ts';
import { parsePath, pathError } from '../../machines/trace/field-path.ts';
import { formatMoment } from '../../machines/trace/moment.ts';
import { parseObject } from '../../machines/trace/object-words.ts';
import { beginningOf, notFound } from '../../machines/trace/past.ts';
import { isSecretKey } from '../../machines/trace/redact.ts';
import { lastState, storyOf } from '../../machines/trace/why.ts';
import { historyJson, storyJson } from '../../machines/trace/why-json.ts';
import { historyText, lastWriteText, storyText } from '../../machines/trace/why-text.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { type Printed, SECRETS_NOTE } from './at-command.ts';
import { type RecordedPast, readHistory } from './history-source.ts';
import type { SourceOptions } from './source.ts';

/** An object as it was named. */
export interface ObjectCommand extends SourceOptions {
  /** `pod/web`. */
  readonly object: string;
  readonly namespace: string;
  readonly output: 'text' | 'json';
}

/** Explains a field; where none is named, the last write. */
export async function readWhy(command: ObjectCommand, field?: string): Promise<Printed> {
  const key = keyOf(command);
  const parsed = field === undefined ? undefined : parsePath(field);
  if (parsed?.ok === false) throw pathFailure(field, parsed);
  const past = await readHistory(command);
  const known = knownState(past, key);
  if (parsed === undefined || field === undefined) {
    const stdout = command.output === 'json' ? historyJson(key, past, 1) : lastWriteText(key, past);
    return { stdout, notes: notesOf(key, past) };
  }
  const wrong = pathError(known.object, parsed.parts);
  if (wrong !== undefined) throw pathFailure(field, wrong);
  const story = storyOf(past.history, key, parsed.parts);
  if (story === undefined) throw new CommandError(`no state of ${command.object} is on record`);
  const render = command.output === 'json' ? storyJson : storyText;
  return { stdout: render(key, field, story, past), notes: notesOf(key, past) };
}

/** The revisions of an object. */
export async function readObjectHistory(command: ObjectCommand): Promise<Printed> {
  const key = keyOf(command);
  const past = await readHistory(command);
  knownState(past, key);
  const stdout = command.output === 'json' ? historyJson(key, past) : historyText(key, past);
  return { stdout, notes: notesOf(key, past) };
}

const notesOf = (key: string, { warnings }: RecordedPast): readonly string[] =>
  isSecretKey(key) ? [...warnings, SECRETS_NOTE] : warnings;

/** The key of the object that was named. */
export function keyOf({ object, namespace }: ObjectCommand): string {
  const parsed = parseObject(object);
  if (!parsed.ok) throw new CommandError(parsed.error, EXIT.usage);
  const { storage, name } = parsed;
  return storeKey(storage, isNamespaced(storage) ? namespace : '', name);
}

/** The last state of the object. Throws where there is none, and says how far back that is known. */
export function knownState({ history, wall }: RecordedPast, key: string) {
  const known = lastState(history, key);
  if (known !== undefined) return known;
  const [group = '', resource = ''] = key.split('/');
  const { revision, atMs } = beginningOf(history, []);
  const begins = `revision ${revision}, ${formatMoment(atMs, wall)}`;
  const since =
    revision === 0
      ? 'there never was one'
      : Number.isFinite(revision)
        ? `none was there since ${begins}, where history begins`
        : 'there is no history on record';
  throw new CommandError(`${notFound(`${group}/${resource}`, key)}: ${since}`);
}

function pathFailure(
  field: string | undefined,
  { error, at }: { readonly error: string; readonly at: number },
): CommandError {
  const advice = `  ${field}\n  ${' '.repeat(Math.max(0, at - 1))}^`;
  return new CommandError(`the field cannot be read: ${error} (at ${at})`, EXIT.usage, advice);
}
