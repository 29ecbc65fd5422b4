/**
 * The page's server: on the loopback address, for whoever knows its token. Serves the built page, questions as JSON and
 * the feed as server-sent events. Only reads; nothing that is sent here changes anything in the cluster.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommandError, EXIT } from '../cluster/command-error.ts';
import { createEntry, type Entry, judge } from './entry.ts';
import type { ObserverLink } from './observer-link.ts';
import { type StaticFile, staticFiles } from './static-files.ts';

const LOOPBACK = '127.0.0.1';
/** Browsers that may watch at the same time. */
const WATCHERS_MAX = 16;
/** How long a browser waits before it comes again, milliseconds. */
const RETRY_MS = 1_000;

const HTML = 'text/html; charset=utf-8';

/** Nothing from anywhere else, in no frame, and told to nobody. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

export interface PageOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly observer: ObserverLink;
  readonly entry?: Entry;
  /** Reads the built page's files. */
  readonly files?: (path: string) => StaticFile | undefined;
}

/** A served page. */
export interface Page {
  /** With the token in it: whoever has it may look. */
  readonly link: string;
  close(): Promise<void>;
}

/** Serves until closed. Throws CommandError where the port is taken. */
export async function servePage(options: PageOptions): Promise<Page> {
  const page = new PageServer(options);
  const port = await page.listen(options.port);
  return {
    link: `http://${LOOPBACK}:${port}/?token=${page.entry.token}`,
    close: () => page.close(),
  };
}

class PageServer {
  readonly entry: Entry;
  readonly #observer: ObserverLink;
  readonly #files: (path: string) => StaticFile | undefined;
  readonly #server: Server;
  #port = 0;
  #watchers = 0;

  constructor({ observer, entry, files }: PageOptions) {
    this.entry = entry ?? createEntry();
    this.#observer = observer;
    this.#files = files ?? staticFiles();
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE') return reject(error);
        const advice = 'Choose another with --page-port; 0 takes a free one.';
        const message = `port ${port} of ${LOOPBACK}, for the page, is taken`;
        return reject(new CommandError(message, EXIT.portTaken, advice));
      });
      this.#server.listen(port, LOOPBACK, () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve(this.#port);
      });
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#observer.close();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { headers, url = '/', method } = request;
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const verdict = URL.canParse(url, 'http://127.0.0.1')
      ? judge(this.entry, this.#port, { headers, url })
      : ({ do: 'refuse', code: 401 } as const);
    if (verdict.do === 'refuse') {
      end(response, verdict.code, 'The link that `kabuki status` prints opens this page.\n');
    } else if (method !== 'GET') end(response, 405, 'Only GET is served here.\n');
    else if (verdict.do === 'enter') {
      // No redirect: of one that began at another site's link the browser would keep back the cookie.
      response.writeHead(200, { 'Content-Type': HTML, 'Set-Cookie': verdict.setCookie });
      // Browsers ask for an icon of every page, at the root where none is named.
      const icon = `<link rel="icon" href="${verdict.location}icon.svg">`;
      response.end(`${icon}<meta http-equiv="refresh" content="0; url=${verdict.location}">`);
    } else if (verdict.path === 'feed') this.#feed(response, verdict.query);
    else if (verdict.path.startsWith('ask/')) {
      const words = Object.fromEntries(verdict.query);
      void this.#answer(response, verdict.path.slice('ask/'.length), words);
    } else this.#file(response, verdict.path);
  }

  #file(response: ServerResponse, path: string): void {
    const file = this.#files(path);
    if (file === undefined) {
      end(response, 404, 'There is no such file.\n');
      return;
    }
    response.writeHead(200, { 'Content-Type': file.type });
    response.end(file.body);
  }

  async #answer(
    response: ServerResponse,
    what: string,
    words: Readonly<{ [name: string]: string }>,
  ): Promise<void> {
    try {
      const text = await this.#observer.ask({ what, words });
      if (text === undefined) return end(response, 404, 'It is not held (any more).\n');
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(text);
    } catch (error) {
      end(response, 503, `${(error as Error).message}\n`);
    }
  }

  #feed(response: ServerResponse, query: URLSearchParams): void {
    if (this.#watchers >= WATCHERS_MAX) {
      end(response, 429, 'Too many browsers look.\n');
      return;
    }
    this.#watchers += 1;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    const filter = {
      text: query.get('text') ?? '',
      without: (query.get('without') ?? '').split(','),
    };
    const watching = this.#observer.watch(filter, {
      receive: (text) => {
        // The next batch is made when this one has gone out.
        if (response.write(`data: ${text}\n\n`)) watching.taken();
        else response.once('drain', () => watching.taken());
      },
      failed: (why) => {
        response.write(`event: trouble\ndata: ${JSON.stringify(why)}\n\n`);
        response.end();
      },
    });
    response.once('close', () => {
      this.#watchers -= 1;
      watching.close();
    });
  }
}

function end(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(text);
}
