/** The page's server, as the browser asks it. */
import type { FeedBatch, Hello } from '../protocol.ts';

/** What could not be answered, in words for the reader. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
}

/** An answer; undefined where there is no such thing (any more). Throws NotAnswered. */
export async function ask<T>(
  what: string,
  words: Readonly<{ [name: string]: string | number | undefined }> = {},
  signal?: AbortSignal,
): Promise<T | undefined> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(words)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const response = await fetch(`./ask/${what}?${query}`, signal === undefined ? {} : { signal });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new NotAnswered((await response.text()).trim());
  return (await response.json()) as T;
}

/** What a feed leaves out. */
export interface FeedChoice {
  readonly text: string;
  readonly without: readonly string[];
}

/** Told of what the feed brings. */
export interface FeedListener {
  readonly hello: (hello: Hello) => void;
  readonly batch: (batch: FeedBatch, bytes: number) => void;
  /** Why nothing comes; '' once it does again. */
  readonly trouble: (why: string) => void;
}

/** Follows the cluster until told to end; comes again by itself when the connection is lost. */
export function follow({ text, without }: FeedChoice, listener: FeedListener): () => void {
  const query = new URLSearchParams({ text, without: without.join(',') });
  const source = new EventSource(`./feed?${query}`);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const message = JSON.parse(data) as Hello | FeedBatch;
    if ('scene' in message) listener.hello(message);
    else listener.batch(message, data.length);
  };
  source.onerror = () =>
    listener.trouble(
      'The cluster does not answer. Has it ended? A new start has a new link: see `kabuki status`.',
    );
  source.addEventListener('trouble', ({ data }) => listener.trouble(JSON.parse(data) as string));
  return () => source.close();
}
