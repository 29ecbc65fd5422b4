/** Serves the page of a trace file until it is told to end. Knows nothing of flags or terminals. */
import { basename } from 'node:path';
import { readTraceFile } from '../trace/trace-file.ts';
import { linkObserver } from './observer-link.ts';
import { servePage } from './page-server.ts';

/** What is shown, and how. */
export interface ViewPage {
  readonly file: string;
  /** Play it, 1 as fast as it was; undefined: all of it at once. */
  readonly speed: number | undefined;
  readonly port: number;
  readonly ended: AbortSignal;
  /** Told the link, and what of the file could not be read. */
  readonly onServing: (link: string, warnings: readonly string[]) => void;
}

/** Throws CommandError where the file or the port cannot be had. */
export async function viewPage({ file, speed, port, ended, onServing }: ViewPage): Promise<void> {
  const { warnings } = readTraceFile(file);
  const source = { of: 'file', file, speed } as const;
  const observer = linkObserver(() => ({ cluster: basename(file), source }));
  const page = await servePage({ port, observer });
  onServing(page.link, warnings);
  await new Promise<void>((resolve) => {
    ended.addEventListener('abort', () => resolve(), { once: true });
    if (ended.aborted) resolve();
  });
  await page.close();
}
