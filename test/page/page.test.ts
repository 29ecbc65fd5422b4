/** The page of a real cluster in a real browser: what a person does with it, and what nobody else may. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';
import { noBrowser, openBrowser, openPage, screenshot } from './browser.ts';

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: kabuki/pause }]
`;

if (noBrowser !== undefined) process.stderr.write(`the page is not tested: ${noBrowser}\n`);

describe.skipIf(noBrowser !== undefined)('the page', () => {
  let cluster: RunningCluster;
  let kubectl: Kubectl;
  let browser: Browser;
  let page: Page;
  let errors: readonly string[] = [];
  let link = '';

  beforeAll(async () => {
    const binary = await kubectlBinary('1.36');
    if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
    [cluster, browser] = await Promise.all([startCluster(['--nodes', '3']), openBrowser()]);
    kubectl = kubectlFor(cluster, binary.path);
    link = cluster.page ?? '';
    ({ page, errors } = await openPage(browser));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  const pods = (state: string) => page.locator(`[data-pod^="default/web-"][data-state="${state}"]`);
  const said = () => page.getByTestId('said').textContent();
  const view = (name: string) => page.getByRole('button', { name, exact: true }).click();

  /** True where something is drawn on the diagram. The browser's code is text: there is no DOM here. */
  const isDrawn = () =>
    page.getByTestId('diagram').evaluate<boolean, unknown>(`(canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value !== 0);
    }`);

  test('without the token there is nothing, whatever is asked for', async () => {
    const { origin } = new URL(link);
    for (const path of ['/', '/index.html', '/feed', '/ask/scene', '/?token=', '/?token=guess']) {
      const answer = await fetch(`${origin}${path}`, { redirect: 'manual' });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.text()).not.toMatch(/script|revision/);
    }
  });

  test('the link opens it, and `kabuki status` prints the link again', async () => {
    await page.goto(link);
    await page.locator('[data-place="node/node-3"][data-state="ready"]').waitFor();
    await page.getByTestId('state').getByText('live').waitFor();
    // The token is gone from what the browser shows and remembers.
    expect(page.url()).not.toContain('token');
    const status = await run(process.execPath, [kabukiScript, 'status', '--data', cluster.data]);
    expect(status.stdout).toContain(link);
    await screenshot(page, 'map');
  });

  test('a rollout is seen while it happens, on the map and in space-time', async () => {
    const file = join(cluster.data, 'web.yaml');
    writeFileSync(file, DEPLOYMENT);
    // What happens all the time would be said next, before anybody has read it.
    const search = page.getByLabel('Show only messages that contain');
    await search.fill('pods default/web');
    await page.getByTestId('rate').getByText('every message with “pods default/web”').waitFor();
    await page.getByTestId('state').getByText('live').waitFor();
    await kubectl(`apply -f ${file}`);
    await pods('ready').nth(2).waitFor();
    await eventually(async () => /→ .*pods default\/web/.test((await said()) ?? ''));
    await search.fill('');
    await page
      .getByTestId('rate')
      .getByText(/message ·/)
      .waitFor();
    await screenshot(page, 'rollout-map');
    await view('Space-time');
    await eventually(async () => {
      const shown = await page.getByTestId('shown').textContent();
      return /\d{2,} (of [\d,]+ )?events/.test(shown ?? '');
    });
    await eventually(isDrawn);
    await screenshot(page, 'rollout-time');
    await view('Map');
  });

  test('slowed down it can be stepped through, message by message', async () => {
    await page.getByLabel('Speed of the map').selectOption('0.001');
    await kubectl('scale deployment/web --replicas=4');
    await page.getByText(/[1-9]\d* wait/).waitFor();
    const heard = new Set<string>();
    await eventually(async () => {
      await page.keyboard.press('.');
      heard.add((await said()) ?? '');
      return heard.size > 8;
    });
    await page.getByTestId('state').getByText('paused').waitFor();
    await screenshot(page, 'step');
    await page.keyboard.press('l');
    await page.getByTestId('state').getByText('live').waitFor();
    await pods('ready').nth(3).waitFor();
  });

  test('clicks lead from a pod to the request that it is because of', async () => {
    await pods('ready').first().click();
    await page.getByRole('button', { name: 'What caused it' }).click();
    await page
      .getByTestId('about')
      .getByText(/What led to pods default\/web-/)
      .waitFor();
    await page.getByText(/critical path: \d+ events/).waitFor();
    await eventually(isDrawn);
    await screenshot(page, 'pod-cause');
    // Keys go from event to event, and from an effect to its cause.
    const selected = () => page.getByTestId('selected').textContent();
    for (const key of ['k', 'c', 'c']) {
      const before = await selected();
      await page.keyboard.press(key);
      await eventually(async () => (await selected()) !== before);
    }
    await screenshot(page, 'pod-cause-keys');
    await page.goBack();
    await page.getByRole('button', { name: 'Close' }).click();
    await pods('ready').first().click();
    const chain = page.locator('.because ol [data-event]');
    await chain.first().waitFor();
    // What began it all is what somebody asked for.
    await eventually(async () => (await chain.first().getAttribute('data-event')) === 'request');
    await chain.first().click();
    await page
      .getByTestId('selected')
      .getByText(/kubernetes-admin: (create|patch) deployments/)
      .waitFor();
    await page.getByText('Nothing: it began here.').waitFor();
    // And on again, to what came of it.
    await page.locator('.because ul [data-event]').first().click();
    await page
      .getByTestId('selected')
      .getByText(/deployments/)
      .waitFor();
    await page.keyboard.press('Escape');
  });

  test('a machine is drawn, with the state lit that it is in', async () => {
    await view('Machines');
    await page.getByLabel('Actors that contain').fill('node/node-1');
    await page.locator('[data-name="node/node-1"]').click();
    await page.locator('[data-state="ready"][data-lit="true"]').waitFor();
    await page.getByText('Its last steps').waitFor();
    await screenshot(page, 'machine');
  });

  test('an object tells who wrote each of its revisions, and why', async () => {
    await view('Objects');
    await page.getByLabel('Objects that contain').fill('deployments/');
    await page.locator('[data-name="apps/deployments/default/web"]').click();
    await page
      .locator('article', { hasText: 'kubernetes-admin: kubectl asked: patch' })
      .first()
      .waitFor();
    const scaled = page.locator('article', { hasText: 'spec.replicas' }).first();
    await scaled.locator('del', { hasText: '3' }).waitFor();
    await scaled.locator('ins', { hasText: '4' }).waitFor();
    await screenshot(page, 'object');
  });

  test('the value of a Secret never reaches it', async () => {
    await kubectl('create secret generic hidden --from-literal=word=open-sesame');
    const { origin, searchParams } = new URL(link);
    const headers = { authorization: `Bearer ${searchParams.get('token')}` };
    const ask = async (path: string) => (await fetch(`${origin}/ask/${path}`, { headers })).text();
    const told = await eventually(async () => {
      const text = await ask('object?key=core/secrets/default/hidden');
      return text.includes('"revision"') && text;
    });
    expect(told).toContain('redacted');
    const about = await ask('about?key=core/secrets/default/hidden');
    expect(about).toContain('kubernetes-admin: create secrets');
    for (const text of [told, about]) {
      expect(text).not.toContain('open-sesame');
      expect(text).not.toContain(Buffer.from('open-sesame').toString('base64'));
    }
  });

  test('the slider goes back to before there was anything, and on to now', async () => {
    await view('Map');
    const slider = page.getByLabel(/Time travel/);
    const last = Number(await slider.getAttribute('max'));
    await slider.focus();
    await slider.press('Home');
    await page.getByTestId('state').getByText('the past').waitFor();
    await eventually(async () => (await page.locator('[data-pod]').count()) === 0);
    await screenshot(page, 'time-travel-first');
    // Somewhere there are some of the pods.
    await slider.fill(String(last - 1));
    await pods('ready').first().waitFor();
    expect(await page.getByTestId('revision').textContent()).toContain(
      (last - 1).toLocaleString('en'),
    );
    await screenshot(page, 'time-travel');
    // The other views are there and then, too.
    await view('Machines');
    await page.getByLabel('Actors that contain').fill('node/node-1');
    await page.locator('[data-name="node/node-1"]').click();
    await page.getByText('It was ready').waitFor();
    await view('Objects');
    await page.getByText(/up to revision/).waitFor();
    await view('Map');
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByTestId('state').getByText('live').waitFor();
    await pods('ready').nth(3).waitFor();
  });

  test('a node that is killed is seen to die, and its pods to come up elsewhere', async () => {
    const victim = cluster.processes.find(({ name }) => name === 'node-3');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const card = page.locator('[data-place="node/node-3"]');
    await card.getByText('process ended').waitFor();
    await page.locator('[data-place="node/node-3"][data-state="unknown"]').waitFor();
    await screenshot(page, 'node-killed');
    await eventually(async () => {
      const elsewhere = page.locator(
        ':is([data-place="node/node-1"], [data-place="node/node-2"]) [data-pod][data-state="ready"]',
      );
      return (await elsewhere.count()) === 4;
    }, 60_000);
    await screenshot(page, 'node-replaced');
  });

  test('it is to be read on a small screen, in the dark, and with what keys do', async () => {
    const small = await openPage(browser, {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      reducedMotion: 'reduce',
    });
    await small.page.goto(link);
    await small.page.locator('[data-pod]').first().waitFor();
    for (const key of ['2', '3', '4', '1']) {
      await small.page.keyboard.press(key);
      const wide = await small.page.evaluate('document.documentElement.scrollWidth');
      expect([key, wide]).toEqual([key, 390]);
    }
    await screenshot(small.page, 'small-dark');
    await small.page.keyboard.press('?');
    await small.page.getByText('What you see').waitFor();
    await screenshot(small.page, 'small-help');
    expect(small.errors).toEqual([]);
    await small.page.close();
  });

  test('nothing went wrong in the browser, and nothing came from outside', async () => {
    const urls = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
    );
    expect(new Set(urls)).toEqual(new Set([new URL(link).origin]));
    expect(errors).toEqual([]);
  });
});
