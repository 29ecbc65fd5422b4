/** The page's server over HTTP: what it serves, with which headers, and what a slow browser is not sent. */
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEntry } from '../../actors/page/entry.ts';
import type { ObserverLink, Watcher } from '../../actors/page/observer-link.ts';
import { type Page, servePage } from '../../actors/page/page-server.ts';

const entry = createEntry();
const asked: string[] = [];
let watcher: Watcher | undefined;
let taken = 0;
let closed = 0;

const observer: ObserverLink = {
  async ask({ what, words }) {
    asked.push(`${what} ${JSON.stringify(words)}`);
    if (what === 'away') throw new Error('the trail cannot be read: away');
    return what === 'scene' ? '{"revision":1}' : undefined;
  },
  watch(_filter, watching) {
    watcher = watching;
    return {
      taken: () => {
        taken += 1;
      },
      close: () => {
        closed += 1;
      },
    };
  },
  close: async () => {},
};

let page: Page;
let origin = '';
const bearer = { authorization: `Bearer ${entry.token}` };

beforeAll(async () => {
  const files = (path: string) =>
    path === '' ? { body: Buffer.from('<html>'), type: 'text/html; charset=utf-8' } : undefined;
  page = await servePage({ port: 0, observer, entry, files });
  origin = new URL(page.link).origin;
});

afterAll(() => page.close());

test('the link enters, and what is below its path is served to the cookie alone', async () => {
  const entered = await fetch(page.link, { redirect: 'manual' });
  expect(entered.status).toBe(200);
  const cookie = entered.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const at = `${origin}${/url=([^"]+)/.exec(await entered.text())?.[1]}`;
  const shown = await fetch(at, { headers: { cookie } });
  expect([shown.status, await shown.text()]).toEqual([200, '<html>']);
  expect((await fetch(at)).status).toBe(401);
});

test('nothing from outside is let in, nobody frames it, no other origin reads it', async () => {
  for (const path of ['/', '/ask/scene', '/nothing']) {
    const { headers } = await fetch(`${origin}${path}`, { headers: bearer });
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|unsafe|\*/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
  }
});

test('another host’s name is refused before anything else', async () => {
  const { port } = new URL(origin);
  const status = await new Promise((resolve) => {
    const headers = { ...bearer, host: `evil.example:${port}` };
    request({ host: '127.0.0.1', port, path: '/ask/scene', headers }, ({ statusCode }) =>
      resolve(statusCode),
    ).end();
  });
  expect(status).toBe(403);
});

test('questions are answered, or it is said why not; nothing but GET is served', async () => {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { headers: bearer, ...init });
  expect(await (await ask('/ask/scene?revision=3')).json()).toEqual({ revision: 1 });
  expect(asked.at(-1)).toBe('scene {"revision":"3"}');
  expect((await ask('/ask/nothing')).status).toBe(404);
  const away = await ask('/ask/away');
  expect([away.status, await away.text()]).toEqual([503, 'the trail cannot be read: away\n']);
  expect((await ask('/ask/scene', { method: 'POST' })).status).toBe(405);
  expect((await ask('/..%2f..%2fpackage.json')).status).toBe(404);
});

test('a batch is asked for when the one before has gone out, and no more when nobody looks', async () => {
  const ended = new AbortController();
  const feed = await fetch(`${origin}/feed`, { headers: bearer, signal: ended.signal });
  expect(feed.headers.get('content-type')).toBe('text/event-stream');
  watcher?.receive('{"steps":1}');
  expect(taken).toBe(1);
  const reader = feed.body?.getReader();
  let text = '';
  while (!text.includes('steps')) {
    const { value } = (await reader?.read()) ?? {};
    text += new TextDecoder().decode(value);
  }
  expect(text).toContain('data: {"steps":1}\n\n');
  ended.abort();
  await expect.poll(() => closed).toBe(1);
});
