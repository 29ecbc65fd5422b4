/**
 * Text in HTML: nothing that a name or a message says can become markup, script or style. Pure.
 */
import { printable } from './format.ts';

const ENTITIES: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** The text as it may stand between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** The text escaped, in at most so many bytes; what is longer ends with an ellipsis. */
export function escapeShort(text: string, bytesMax: number): string {
  const whole = escapeHtml(text.slice(0, bytesMax + 1));
  if (text.length <= bytesMax && byteLength(whole) <= bytesMax) return whole;
  let short = '';
  let bytes = byteLength(ELLIPSIS);
  for (const character of text) {
    const escaped = escapeHtml(character);
    bytes += byteLength(escaped);
    if (bytes > bytesMax) break;
    short += escaped;
  }
  return `${short}${ELLIPSIS}`;
}

const ELLIPSIS = '…';

/** The value as JSON that may stand in a script element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

/** Bytes of the text in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    bytes += code < 0x80 ? 1 : code < 0x800 || surrogate ? 2 : 3;
  }
  return bytes;
}
