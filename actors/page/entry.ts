/**
 * Who may read the page: whoever knows its token, and nobody else, whatever other programs and users there are on this
 * host. Decides by a request's head alone.
 *
 * The link carries the token once and becomes a cookie. Browsers send a cookie of 127.0.0.1 to every port of it, other
 * users' too; so the page lives below a path that nobody can guess, and the cookie is for that path alone.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a page is opened with; a new one for every start. */
export interface Entry {
  readonly token: string;
  /** `/<32 characters>/`: everything is below. */
  readonly base: string;
  /** The cookie that stands for the token. */
  readonly cookie: string;
}

const COOKIE = 'kabuki-page';

/** What is to be done with a request. */
export type Verdict =
  | { readonly do: 'serve'; readonly path: string; readonly query: URLSearchParams }
  /** It has the token: go there, with this cookie. */
  | { readonly do: 'enter'; readonly location: string; readonly setCookie: string }
  | { readonly do: 'refuse'; readonly code: 401 | 403 };

/** A random entry; the cookie tells nothing of the token, nor does the path. */
export function createEntry(token: string = randomBytes(24).toString('base64url')): Entry {
  const derive = (what: string): string =>
    createHmac('sha256', token).update(what).digest('base64url').slice(0, 32);
  return { token, base: `/${derive('path')}/`, cookie: derive('cookie') };
}

/** Judges a request to a server on `port` of the loopback address. */
export function judge(
  { token, base, cookie }: Entry,
  port: number,
  request: { readonly url: string; readonly headers: IncomingHttpHeaders },
): Verdict {
  // A name that resolves to this host is how another site's page would get here.
  if (!isOwnHost(request.headers.host, port)) return { do: 'refuse', code: 403 };
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
  const given = searchParams.get('token');
  if (pathname === '/' && given !== null && isSame(given, token)) {
    const setCookie = `${COOKIE}=${cookie}; Path=${base}; HttpOnly; SameSite=Strict`;
    return { do: 'enter', location: base, setCookie };
  }
  const isBelow = isSame(pathname.slice(0, base.length), base);
  const path = pathname.slice(isBelow ? base.length : 1);
  const isBearer = isSame(bearerOf(request.headers.authorization), token);
  const hasCookie = isSame(cookieOf(request.headers.cookie), cookie);
  if (!isBearer && !(isBelow && hasCookie)) return { do: 'refuse', code: 401 };
  return { do: 'serve', path, query: searchParams };
}

const isOwnHost = (host: string | undefined, port: number): boolean =>
  host === `127.0.0.1:${port}` || host === `localhost:${port}`;

const bearerOf = (header = ''): string => /^Bearer (\S+)$/.exec(header)?.[1] ?? '';

function cookieOf(header = ''): string {
  for (const one of header.split(';')) {
    const [name, value = ''] = one.trim().split('=');
    if (name === COOKIE) return value;
  }
  return '';
}

/** In a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const of = (text: string): Buffer => createHmac('sha256', KEY).update(text).digest();
  return timingSafeEqual(of(one), of(other));
}

const KEY = randomBytes(32);
