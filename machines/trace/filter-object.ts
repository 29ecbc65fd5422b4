/** Objects as filters name them: by whatever kubectl takes for a kind, then the name, with its namespace or without. */
import { allServed } from '../api/resources.ts';
import { isNamespaced, resourceOfWord } from './about.ts';
import { globTest } from './glob.ts';
import { didYouMean } from './nearest.ts';

/**
 * A test of keys of the store for `pod`, `pod/web` (in any namespace), `pod/shop/web`, `node/n1` or a whole key; why
 * there is none otherwise.
 */
export function objectTest(value: string): ((key: string) => boolean) | string {
  const [word = '', ...rest] = value.split('/');
  const storage = resourceOfWord(word);
  if (storage === undefined) return rest.length === 3 ? globTest(value) : unknown(word);
  const most = isNamespaced(storage) ? 2 : 1;
  if (rest.length > most) {
    return `${value} has more parts than ${word}/${most === 2 ? '<namespace>/' : ''}<name>`;
  }
  const [name = '*', namespace = '*'] = [...rest].reverse();
  return globTest(`${storage}/${namespace}/${name}`);
}

function unknown(word: string): string {
  const words = Array.from(allServed(), ({ info }) => [info.plural, info.singular]).flat();
  return `there is no resource ${word}${didYouMean(word, words)}`;
}
