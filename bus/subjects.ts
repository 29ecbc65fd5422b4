/**
 * Names on the wire: how tokens are escaped, and how store keys become subjects.
 *
 * A token is escaped as `=XX` for each UTF-8 byte outside `[A-Za-z0-9_-]`, so that names with dots, colons or
 * wildcards stay one token. A store key is its tokens joined by `/`, on the wire joined by `.`.
 */

const PLAIN_TOKEN = /^[A-Za-z0-9_-]+$/;
const PLAIN_KEY = /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+){0,5}$/;
const SPECIAL = /[^A-Za-z0-9_-]+/gu;

/** Tokens a store key may have at most. */
export const KEY_TOKENS_MAX = 6;

/** Escapes one token; the empty token is a bug of the caller. */
export function escapeToken(token: string): string {
  if (PLAIN_TOKEN.test(token)) return token;
  if (token === '') throw new Error('a subject token must not be empty');
  return token.replace(SPECIAL, (run) =>
    Array.from(
      Buffer.from(run, 'utf8'),
      (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    ).join(''),
  );
}

/** Reverses `escapeToken`. */
export function unescapeToken(token: string): string {
  if (!token.includes('=')) return token;
  return token.replace(/(?:=[0-9A-F]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('=', ''), 'hex').toString('utf8'),
  );
}

/** A subject of the cluster: `subject('kabuki', 'node', 'n1.example', 'exec')` is `kabuki.node.n1=2Eexample.exec`. */
export function subject(cluster: string, ...tokens: string[]): string {
  return [cluster, ...tokens].map(escapeToken).join('.');
}

/** The tokens of a subject, unescaped. */
export function subjectTokens(text: string): string[] {
  return text.split('.').map(unescapeToken);
}

/** A store key as escaped tokens joined by `.`; throws on a malformed key, which is a bug of the caller. */
export function keyToTokens(key: string): string {
  if (PLAIN_KEY.test(key)) return key.replaceAll('/', '.');
  const tokens = key.split('/');
  if (tokens.length > KEY_TOKENS_MAX) throw new Error(`key has too many tokens: ${key}`);
  return tokens.map(escapeToken).join('.');
}

/** Reverses `keyToTokens`. */
export function tokensToKey(tokens: string): string {
  const key = tokens.replaceAll('.', '/');
  return key.includes('=') ? key.split('/').map(unescapeToken).join('/') : key;
}

/** The subject a bucket stores a key under: `$KV.<bucket>.<t1>.<t2>`. */
export function storeSubject(bucket: string, key: string): string {
  return `$KV.${bucket}.${keyToTokens(key)}`;
}

/** True where a pattern with `*` and `>` matches a subject. */
export function subjectMatches(pattern: string, text: string): boolean {
  if (pattern === text) return true;
  const want = pattern.split('.');
  const have = text.split('.');
  for (const [i, token] of want.entries()) {
    if (token === '>') return have.length > i;
    if (i >= have.length || (token !== '*' && token !== have[i])) return false;
  }
  return want.length === have.length;
}
