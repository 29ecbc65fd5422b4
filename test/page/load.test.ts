/**
 * The page while much happens: it goes on drawing, and what it is sent is bounded. A modest cluster in the suite;
 * `KABUKI_PAGE_NODES=1000 KABUKI_PAGE_PODS=5000 npx vitest run test/page/load` is the large one.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eventually,
  type Kubectl,
  kubectlFor,
  type RunningCluster,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';
import { noBrowser, openBrowser, openPage, screenshot } from './browser.ts';

const NODES = Number(process.env.KABUKI_PAGE_NODES ?? 100);
const PODS = Number(process.env.KABUKI_PAGE_PODS ?? 500);
const MEASURED_MS = Number(process.env.KABUKI_PAGE_MS ?? 3_000);
/** What `docs/tracing-page.md` promises. */
const BYTES_MAX = 256 * 1024;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: many, namespace: default }
spec:
  replicas: ${PODS}
  selector: { matchLabels: { app: many } }
  template:
    metadata: { labels: { app: many } }
    spec:
      containers: [{ name: web, image: kabuki/pause }]
`;

interface Measured {
  /** Times between frames, milliseconds, sorted. */
  readonly frames: readonly number[];
  readonly bytesMax: number;
  readonly stepsMax: number;
}

/** What the browser draws and gets for some seconds; the rates are those that the page itself shows. */
async function measure(page: Page): Promise<Measured> {
  return page.evaluate<Measured>(`new Promise((resolve) => {
    const frames = [];
    let [before, bytesMax, stepsMax] = [performance.now(), 0, 0];
    const since = before;
    const live = document.querySelector('.live');
    const number = (text) => Number(text.replace(/\\D/g, ''));
    const frame = (now) => {
      frames.push(now - before);
      before = now;
      bytesMax = Math.max(bytesMax, number(live.title));
      stepsMax = Math.max(stepsMax, number(/([\\d,]+) steps/.exec(live.textContent)?.[1] ?? '0'));
      if (now - since < ${MEASURED_MS}) requestAnimationFrame(frame);
      else resolve({ frames: frames.sort((a, b) => a - b), bytesMax, stepsMax });
    };
    requestAnimationFrame(frame);
  })`);
}

const at = (frames: readonly number[], share: number): number =>
  Math.round(frames[Math.floor((frames.length - 1) * share)] ?? 0);

function told(what: string, { frames, bytesMax, stepsMax }: Measured): string {
  const times = `median ${at(frames, 0.5)} ms, 95 % ${at(frames, 0.95)} ms, longest ${at(frames, 1)} ms`;
  return `${what}: ${frames.length} frames, ${times}; at most ${bytesMax} bytes/s, ${stepsMax} steps/s`;
}

describe.skipIf(noBrowser !== undefined)(`the page of ${NODES} nodes`, () => {
  let cluster: RunningCluster;
  let kubectl: Kubectl;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const binary = await kubectlBinary('1.36');
    if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
    const nodes = ['--nodes', '0', '--hollow-nodes', String(NODES)];
    [cluster, browser] = await Promise.all([startCluster(nodes), openBrowser()]);
    kubectl = kubectlFor(cluster, binary.path);
    ({ page } = await openPage(browser));
    page.setDefaultTimeout(90_000);
    await page.goto(cluster.page ?? '');
    await page.getByText(new RegExp(`^${NODES.toLocaleString('en')} nodes`)).waitFor();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await cluster?.stop();
  });

  function check(what: string, measured: Measured): void {
    process.stderr.write(`${told(what, measured)}\n`);
    expect(measured.bytesMax).toBeLessThan(BYTES_MAX);
  }

  test('it draws on while nothing but heartbeats goes by', async () => {
    check('at rest', await measure(page));
  });

  test('it draws on while pods are started, and says what it leaves out', async () => {
    const file = join(cluster.data, 'many.yaml');
    writeFileSync(file, DEPLOYMENT);
    await kubectl(`apply -f ${file}`);
    const measuring = measure(page);
    await page
      .getByTestId('rate')
      .getByText(/showing 1 of \d+ messages/)
      .waitFor();
    check('starting pods', await measuring);
    await screenshot(page, `load-${NODES}`);
    await eventually(async () => {
      const text = await page.locator('.quiet-title').first().textContent();
      return text?.endsWith(`${PODS.toLocaleString('en')} pods`) === true;
    }, 90_000);
  });

  test('questions about the past are answered meanwhile', async () => {
    await page.getByRole('button', { name: 'Space-time', exact: true }).click();
    await page
      .getByTestId('shown')
      .getByText(/showing [\d,]+ of [\d,]+ events/)
      .waitFor();
    check('space-time', await measure(page));
    await page.getByLabel(/Time travel/).press('Home');
    await page.getByTestId('state').getByText('the past').waitFor();
    await screenshot(page, `load-${NODES}-time`);
  });
});
