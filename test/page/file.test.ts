/** The page of a trace file in a real browser: all of it at once, and played from its beginning. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, kabukiScript, kubectlFor, run, startCluster } from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';
import { noBrowser, openBrowser, openPage, screenshot } from './browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'kabuki-file-page-'));
const file = join(folder, 'run.ktrace');

describe.skipIf(noBrowser !== undefined)('the page of a file', () => {
  let browser: Browser;
  const serving: ChildProcess[] = [];

  beforeAll(async () => {
    const binary = await kubectlBinary('1.36');
    if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
    const cluster = await startCluster(['--nodes', '0', '--hollow-nodes', '2']);
    const kubectl = kubectlFor(cluster, binary.path);
    await eventually(async () => {
      const nodes = await kubectl('get nodes --no-headers');
      return nodes.match(/ Ready /g)?.length === 2;
    });
    await kubectl('create deployment web --image=pause --replicas=2');
    await kubectl('rollout status deployment/web --timeout=30s');
    await kubectl('delete deployment web --wait=true');
    const record = ['trace', 'record', '-o', file, '--for', '1s', '--data', cluster.data];
    const { code } = await run(process.execPath, [kabukiScript, ...record]);
    expect(code).toBe(0);
    // What the file holds must be enough: the cluster is gone.
    await cluster.stop();
    browser = await openBrowser();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    for (const child of serving) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Serves it and gives the link. */
  async function view(...args: string[]): Promise<string> {
    const child = spawn(process.execPath, [kabukiScript, 'trace', 'view', file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    serving.push(child);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    return line as string;
  }

  test('shows the end, and with the slider what was before', async () => {
    const { page, errors } = await openPage(browser);
    await page.goto(await view('--page'));
    await page.getByTestId('state').getByText('a file', { exact: true }).waitFor();
    await page.locator('[data-place="node/hollow-2"][data-state="ready"]').waitFor();
    const pods = page.locator('[data-pod^="default/web-"]');
    expect(await pods.count()).toBe(0);
    await page.getByRole('slider').focus();
    // Back from the deletion, a revision a key, to when both pods were there.
    for (let presses = 0; presses < 60 && (await pods.count()) < 2; presses += 1) {
      await page.keyboard.press('ArrowLeft');
      await page.getByTestId('said').getByText('revision').waitFor();
    }
    expect(await pods.count()).toBe(2);
    await page.getByRole('button', { name: 'Space-time', exact: true }).click();
    await page.getByTestId('diagram').waitFor();
    await screenshot(page, 'file');
    expect(errors).toEqual([]);
  });

  test('is played from its beginning: what came comes again', async () => {
    const { page, errors } = await openPage(browser);
    // Looks at every change: the pods were ready for a tenth of a second.
    await page.addInitScript(`
      const seen = new Set();
      globalThis.seen = seen;
      new MutationObserver(() => {
        const pods = document.querySelectorAll('[data-pod^="default/web-"]');
        for (const { dataset } of pods) seen.add(dataset.state);
        if (pods.length === 0 && seen.size > 0) seen.add('gone');
      }).observe(document, { subtree: true, childList: true, attributes: true });
    `);
    await page.goto(await view('--play', '0.2'));
    await page.getByTestId('state').getByText('a file, played').waitFor();
    const seen = () => page.evaluate<string[]>('[...seen]');
    await eventually(async () => expect(await seen()).toContain('gone'));
    expect(await seen()).toContain('ready');
    expect(errors).toEqual([]);
  });

  test('a file that is none is refused before anything is served', async () => {
    const told = await run(process.execPath, [
      kabukiScript,
      'trace',
      'view',
      kabukiScript,
      '--page',
    ]);
    expect(told.code).not.toBe(0);
    expect(told.stderr).toMatch(/^kabuki: /);
    const slow = await run(process.execPath, [kabukiScript, 'trace', 'view', file, '--play', '0']);
    expect(slow.code).toBe(2);
  });
});
