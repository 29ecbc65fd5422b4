/**
 * JSON as Kubernetes' strict decoder reads it: duplicate fields are reported by path (the last one
 * counts), and what is not JSON is refused in the words of Go's encoding/json. Nesting is bounded.
 */

/** How deeply a document may nest. */
export const jsonDepthMax = 1000;

/** A parsed document with the paths of fields that occur twice, or why it is not JSON. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown; readonly duplicate: readonly string[] }
  | { readonly ok: false; readonly error: string };

interface Scan {
  readonly text: string;
  at: number;
  depth: number;
  readonly path: (string | number)[];
  readonly duplicate: string[];
}

class SyntaxFault extends Error {}

/** Parses a JSON text, looking for duplicate fields on the way. */
export function strictJsonParse(text: string): ParsedJson {
  const scan: Scan = { text, at: 0, depth: 0, path: [], duplicate: [] };
  try {
    scanValue(scan);
    blanks(scan);
    if (scan.at < text.length) unexpected(scan, 'after top-level value');
  } catch (error) {
    if (error instanceof SyntaxFault) return { ok: false, error: error.message };
    throw error;
  }
  const value: unknown = JSON.parse(wellFormed(text));
  return { ok: true, value, duplicate: scan.duplicate };
}

/** An escape in a JSON text: a whole surrogate pair, half of one, or any other. */
const escapes =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[dD][89a-fA-F][\da-fA-F]{2}|.)/gs;
const halfLength = '\\ud800'.length;

/** Halves of surrogate pairs are no characters and have no UTF-8; as in Go U+FFFD stands for them. */
function wellFormed(text: string): string {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return text;
  return text.replace(escapes, (found) => (found.length === halfLength ? '\\ufffd' : found));
}

/** Joins a path as Kubernetes' messages do: `spec.containers[0].name`. */
export function joinPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

function unexpected(scan: Scan, context: string): never {
  if (scan.at >= scan.text.length) throw new SyntaxFault('unexpected end of JSON input');
  const found = String.fromCodePoint(scan.text.codePointAt(scan.at)!);
  throw new SyntaxFault(`invalid character ${quoted(found)} ${context}`);
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return `'"'`;
  const escaped = JSON.stringify(character).slice(1, -1);
  return `'${escaped.replace(/\\u00(..)/, '\\x$1')}'`;
}

function blanks(scan: Scan): void {
  const { text } = scan;
  for (;;) {
    const code = text.charCodeAt(scan.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    scan.at++;
  }
}

function scanValue(scan: Scan): void {
  blanks(scan);
  const first = scan.text[scan.at];
  if (first === '{') nested(scan, scanObject);
  else if (first === '[') nested(scan, scanArray);
  else if (first === '"') scanText(scan);
  else if (first === 't') scanLiteral(scan, 'true');
  else if (first === 'f') scanLiteral(scan, 'false');
  else if (first === 'n') scanLiteral(scan, 'null');
  else if (first === '-' || (first !== undefined && first >= '0' && first <= '9')) scanNumber(scan);
  else unexpected(scan, 'looking for beginning of value');
}

function nested(scan: Scan, inner: (scan: Scan) => void): void {
  if (++scan.depth > jsonDepthMax) throw new SyntaxFault('exceeded max depth');
  scan.at++;
  inner(scan);
  scan.depth--;
}

function scanObject(scan: Scan): void {
  const { text } = scan;
  const seen = new Set<string>();
  blanks(scan);
  if (text[scan.at] === '}') {
    scan.at++;
    return;
  }
  for (;;) {
    blanks(scan);
    if (text[scan.at] !== '"') unexpected(scan, 'looking for beginning of object key string');
    const start = scan.at;
    scanText(scan);
    const raw = text.slice(start, scan.at);
    const key = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
    scan.path.push(key);
    if (seen.has(key)) scan.duplicate.push(joinPath(scan.path));
    seen.add(key);
    blanks(scan);
    if (text[scan.at] !== ':') unexpected(scan, 'after object key');
    scan.at++;
    scanValue(scan);
    scan.path.pop();
    blanks(scan);
    const next = text[scan.at];
    if (next !== ',' && next !== '}') unexpected(scan, 'after object key:value pair');
    scan.at++;
    if (next === '}') return;
  }
}

function scanArray(scan: Scan): void {
  const { text } = scan;
  blanks(scan);
  if (text[scan.at] === ']') {
    scan.at++;
    return;
  }
  for (let index = 0; ; index++) {
    scan.path.push(index);
    scanValue(scan);
    scan.path.pop();
    blanks(scan);
    const next = text[scan.at];
    if (next !== ',' && next !== ']') unexpected(scan, 'after array element');
    scan.at++;
    if (next === ']') return;
  }
}

function scanText(scan: Scan): void {
  const { text } = scan;
  for (scan.at++; ; scan.at++) {
    const code = text.charCodeAt(scan.at);
    if (code === 34) break;
    if (Number.isNaN(code) || code < 32) unexpected(scan, 'in string literal');
    if (code === 92) scanEscape(scan);
  }
  scan.at++;
}

function scanEscape(scan: Scan): void {
  scan.at++;
  if (scan.text[scan.at] !== 'u') {
    if (!/["\\/bfnrt]/.test(scan.text[scan.at] ?? '')) unexpected(scan, 'in string escape code');
    return;
  }
  for (let digit = 0; digit < 4; digit++) {
    scan.at++;
    if (!/[0-9a-fA-F]/.test(scan.text[scan.at] ?? '')) {
      unexpected(scan, 'in \\u hexadecimal character escape');
    }
  }
}

function scanLiteral(scan: Scan, literal: string): void {
  for (const letter of literal) {
    if (scan.text[scan.at] !== letter) {
      unexpected(scan, `in literal ${literal} (expecting '${letter}')`);
    }
    scan.at++;
  }
}

function scanNumber(scan: Scan): void {
  const { text } = scan;
  if (text[scan.at] === '-') scan.at++;
  if (text[scan.at] === '0') scan.at++;
  else scanDigits(scan, 'in numeric literal');
  if (text[scan.at] === '.') {
    scan.at++;
    scanDigits(scan, 'after decimal point in numeric literal');
  }
  if (text[scan.at] === 'e' || text[scan.at] === 'E') {
    scan.at++;
    if (text[scan.at] === '+' || text[scan.at] === '-') scan.at++;
    scanDigits(scan, 'in exponent of numeric literal');
  }
}

function scanDigits(scan: Scan, context: string): void {
  const start = scan.at;
  while (scan.text[scan.at]! >= '0' && scan.text[scan.at]! <= '9') scan.at++;
  if (scan.at === start) unexpected(scan, context);
}
