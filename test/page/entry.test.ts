/** Who gets in: the token, the cookie, and nothing else. */
import { expect, test } from 'vitest';
import { createEntry, judge } from '../../actors/page/entry.ts';

const PORT = 4321;
const entry = createEntry('the-token');
const host = `127.0.0.1:${PORT}`;

const ask = (url: string, headers: { readonly [name: string]: string } = {}) =>
  judge(entry, PORT, { url, headers: { host, ...headers } });

const refused = { do: 'refuse', code: 401 };

test('the link becomes a cookie for one path', () => {
  const verdict = ask('/?token=the-token');
  expect(verdict).toMatchObject({ do: 'enter', location: entry.base });
  expect(verdict.do === 'enter' && verdict.setCookie).toBe(
    `kabuki-page=${entry.cookie}; Path=${entry.base}; HttpOnly; SameSite=Strict`,
  );
});

test('the cookie serves what is below the path, and a bearer token whatever there is', () => {
  const cookie = `a=b; kabuki-page=${entry.cookie}`;
  expect(ask(`${entry.base}ask/scene?revision=3`, { cookie })).toMatchObject({
    ...{ do: 'serve', path: 'ask/scene' },
  });
  expect(ask('/ask/scene', { authorization: 'Bearer the-token' })).toMatchObject({
    ...{ do: 'serve', path: 'ask/scene' },
  });
});

test.each([
  ['nothing', '/', {}],
  ['a wrong token', '/?token=another', {}],
  ['an empty token', '/?token=', {}],
  ['the token anywhere else', '/ask/scene?token=the-token', {}],
  ['the path alone', entry.base, {}],
  ['the cookie without the path', '/ask/scene', { cookie: `kabuki-page=${entry.cookie}` }],
  ['the token for a cookie', entry.base, { cookie: 'kabuki-page=the-token' }],
  ['a wrong cookie', entry.base, { cookie: 'kabuki-page=x' }],
  ['another scheme', '/', { authorization: 'Basic the-token' }],
])('%s is refused', (_what, url, headers) => {
  expect(ask(url, headers)).toEqual(refused);
});

test('another name of this host is refused even with the token', () => {
  for (const other of ['evil.example', `evil.example:${PORT}`, '127.0.0.1:1', '']) {
    expect(ask('/?token=the-token', { host: other })).toEqual({ do: 'refuse', code: 403 });
  }
  expect(ask('/?token=the-token', { host: `localhost:${PORT}` })).toMatchObject({ do: 'enter' });
});

test('every start has a token, a path and a cookie of its own', () => {
  const one = createEntry();
  const other = createEntry();
  expect(one.token).not.toBe(other.token);
  expect(one.base).not.toBe(other.base);
  expect(one.cookie).not.toBe(other.cookie);
  expect(one.cookie).not.toContain(one.token);
});
