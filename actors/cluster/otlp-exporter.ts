/**
 * The component that exports a cluster's spans: reads the trail as it grows and sends what is complete of it to an OTLP
 * receiver. A process of its own, so that a receiver that is slow or away costs the cluster nothing.
 */
import { setPriority } from 'node:os';
import { StoreUnavailable } from '../../bus/store/store.ts';
import type { TraceRecord } from '../../machines/trace/record.ts';
import { SpanFeed } from '../../machines/trace/span-feed.ts';
import { OtlpSender, otlpTarget } from '../trace/otlp-sender.ts';
import { TrailCursor } from '../trace/trail-cursor.ts';
import { type ComponentOptions, openProcess } from './open-process.ts';
import type { KabukiProcess } from './process.ts';
import { OTLP_EXPORTER } from './users.ts';

/** Spans tell nothing of objects: they are not decoded. */
const NO_OBJECTS = { decode: () => undefined };
/** It gets what the others leave of the processors. */
const NICE = 10;
/** How often it looks for more, milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** What was recorded before it started is left to `kabuki trace export`, but for the start of the cluster. */
const BEFORE_MS = 15_000;
/** How long it goes on sending when it is to end. */
const LAST_MS = 2_000;

/** Exports until told to end. */
export async function runOtlpExporter(
  options: ComponentOptions & { readonly otlp: string },
): Promise<void> {
  const target = otlpTarget(options.otlp, globalThis.process.env);
  setPriority(NICE);
  const { process, bus } = await openProcess(options, OTLP_EXPORTER, OTLP_EXPORTER, OTLP_EXPORTER);
  const { clock, log, random, cluster } = process;
  const sender = new OtlpSender({
    ...{ target, clock, random: () => random() / 2 ** 32 },
    resource: { cluster, version: options.version },
    onTrouble: (what) => log.warn({ url: target.url, what }, 'spans are not taken'),
    onBack: () => log.info({ url: target.url }, 'spans are taken again'),
  });
  const feed = new SpanFeed();
  tellCounts(process, target.url, sender, feed);
  const cursor = new TrailCursor(bus.link, cluster, NO_OBJECTS);
  const sinceMs = clock.nowMs() - BEFORE_MS;
  options.onReady();
  while (!options.ended.aborted) {
    feed.take(await readSince(cursor, sinceMs), clock.nowMs());
    sender.push(feed.due(clock.nowMs()));
    await pause(process, LOOK_EVERY_MS, options.ended);
  }
  // What has not settled yet is sent as it is.
  sender.push(feed.rest());
  await Promise.race([sender.drained(), pause(process, LAST_MS)]);
  sender.close();
  await process.close();
}

function tellCounts(process: KabukiProcess, url: string, sender: OtlpSender, feed: SpanFeed): void {
  process.addDetail('otlp', () => url);
  process.addDetail('spans', () => {
    const { sent, rejected, dropped, waiting } = sender.counts;
    const lost = dropped + feed.forgotten;
    return `${sent} sent, ${waiting} waiting, ${lost} dropped, ${rejected} rejected`;
  });
  process.addDetail('trouble', () => sender.trouble ?? 'none');
}

function pause({ clock }: KabukiProcess, ms: number, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      ended?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.at(clock.nowMs() + ms, done);
    ended?.addEventListener('abort', done);
  });
}

/** What has come since the last time; nothing while the trail cannot be read. */
async function readSince(cursor: TrailCursor, sinceMs: number): Promise<readonly TraceRecord[]> {
  try {
    return (await cursor.read()).filter(({ atMs }) => atMs > sinceMs);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return [];
  }
}
