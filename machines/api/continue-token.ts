/**
 * Continue tokens: where the next page of a list starts, and at which revision. The client sees
 * base64.
 *
 * The form is Kubernetes' own (version, revision, start key). A forged token can only make its own
 * list start elsewhere. Pure; never throws on what a client sent.
 */
import { isRecord } from './json.ts';

const formatVersion = 'meta.k8s.io/v1';
/** Longer tokens are refused unread. */
const tokenLengthMax = 4096;

/** A decoded token; revision -1 continues at whatever revision is current. */
export interface ContinuePoint {
  readonly revision: number;
  /** The key (below the resource) after which the page starts: `namespace/name` or `name`. */
  readonly startKey: string;
}

/** The token of a page that starts after this key. */
export function encodeContinue({ revision, startKey }: ContinuePoint): string {
  const json = JSON.stringify({ v: formatVersion, rv: revision, start: startKey });
  const ascii = json.replaceAll(/[^\x20-\x7e]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return btoa(ascii).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The point a token stands for, or the message of a 400. */
export function decodeContinue(token: string): ContinuePoint | { readonly error: string } {
  const wrong = (detail: string) => ({ error: `continue key is not valid: ${detail}` });
  if (token.length > tokenLengthMax) return wrong('token is too long');
  if (!/^[A-Za-z0-9_-]*$/.test(token)) return wrong('illegal base64 data');
  const json = parse(token);
  if (json === undefined) return wrong('illegal base64 data');
  if (!isRecord(json)) return wrong('json: cannot unmarshal into Go value of type continueToken');
  const { v, rv, start } = json;
  if (v !== formatVersion) {
    const shown = JSON.stringify(typeof v === 'string' ? v : '');
    return wrong(`server does not recognize this encoded version ${shown}`);
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1) {
    return wrong(`incorrect encoded start resourceVersion (version ${formatVersion})`);
  }
  if (typeof start !== 'string' || start === '') {
    return wrong(`encoded start key empty (version ${formatVersion})`);
  }
  const steps = start.split('/');
  if (steps.length > 2 || steps.some((step) => step === '' || step === '..')) {
    return wrong(`encoded start key is invalid (version ${formatVersion})`);
  }
  return { revision: rv, startKey: start };
}

function parse(token: string): unknown {
  try {
    return JSON.parse(atob(token.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return undefined;
  }
}
