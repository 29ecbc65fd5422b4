/**
 * Sends spans to an OTLP receiver over HTTP, in JSON: a queue with a bound, batches, tries again with back-off where the
 * receiver asks for that or cannot be reached. Whoever has spans never waits; what is given up is counted.
 *
 * Ours, and not OpenTelemetry's exporter: OTLP/HTTP in JSON is one POST of a fixed shape, and the exporter's packages
 * bring an SDK, whose spans are made while something runs and cannot be told ids and times of what has been.
 */
import { type OtlpResource, otlpJson } from '../../machines/trace/otlp-json.ts';
import type { Span } from '../../machines/trace/span.ts';
import type { Clock } from '../clock.ts';
import { CommandError, EXIT } from '../cluster/command-error.ts';

/** Spans that wait; of more, the newest are dropped. */
export const QUEUE_MAX = 16_384;
/** Spans of one request. */
export const BATCH_MAX = 512;
/** Tries of one request, and how long between two of them, milliseconds: doubled each time. */
const TRIES_MAX = 7;
const BACK_OFF_MS_FIRST = 500;
const BACK_OFF_MS_MAX = 30_000;
const ANSWER_MS_MAX = 10_000;
/** Answers after which a request is to be sent again, by the OTLP specification. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface OtlpSenderOptions {
  /** As `otlpTarget` gives it. */
  readonly target: OtlpTarget;
  readonly resource: OtlpResource;
  readonly clock: Clock;
  /** Draws from 0 up to 1; spreads tries of several senders. */
  readonly random: () => number;
  /** Tries of one request; 7 where absent. */
  readonly triesMax?: number;
  /** Told, once for a row of failures, that the receiver refuses or is away; and that it is back. */
  readonly onTrouble?: (what: string) => void;
  readonly onBack?: () => void;
}

/** Where spans go. */
export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<{ [name: string]: string }>;
}

/** What became of spans so far. */
export interface SentCounts {
  readonly sent: number;
  /** By the receiver, which had got them. */
  readonly rejected: number;
  /** Given up: the queue was full, or the receiver away for too long. */
  readonly dropped: number;
  readonly waiting: number;
}

type Attempt =
  | { readonly end: 'taken'; readonly rejected: number; readonly message: string }
  | { readonly end: 'refused'; readonly message: string }
  | { readonly end: 'again'; readonly afterMs: number; readonly message: string };

/** See the file comment. */
export class OtlpSender {
  readonly #options: OtlpSenderOptions;
  #queue: Span[] = [];
  #sent = 0;
  #rejected = 0;
  #dropped = 0;
  #inFlight = 0;
  #working: Promise<void> | undefined;
  #isTroubled = false;
  #trouble: string | undefined;
  readonly #ended = new AbortController();

  constructor(options: OtlpSenderOptions) {
    this.#options = options;
  }

  get counts(): SentCounts {
    const waiting = this.#queue.length + this.#inFlight;
    return { sent: this.#sent, rejected: this.#rejected, dropped: this.#dropped, waiting };
  }

  /** What went wrong last; undefined: nothing did. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Takes spans to send; never waits. */
  push(spans: readonly Span[]): void {
    const room = Math.max(0, QUEUE_MAX - this.#queue.length);
    for (const span of spans.slice(0, room)) this.#queue.push(span);
    this.#dropped += Math.max(0, spans.length - room);
    if (this.#queue.length === 0) return;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when all that was pushed has been sent or given up. */
  async drained(): Promise<void> {
    await this.#working;
  }

  /** Sends no more; what waits is dropped. */
  close(): void {
    this.#ended.abort();
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, BATCH_MAX);
      this.#queue = this.#queue.slice(BATCH_MAX);
      this.#inFlight = batch.length;
      await this.#deliver(batch);
      this.#inFlight = 0;
    }
  }

  async #deliver(batch: readonly Span[]): Promise<void> {
    const body = JSON.stringify(otlpJson(batch, this.#options.resource));
    for (let tries = 1; !this.#ended.signal.aborted; tries += 1) {
      const attempt = await this.#post(body);
      if (attempt.end === 'taken') return this.#taken(batch.length, attempt);
      this.#troubled(attempt.message);
      if (attempt.end === 'refused' || tries >= (this.#options.triesMax ?? TRIES_MAX)) break;
      await this.#pause(Math.max(attempt.afterMs, this.#backOffMs(tries)));
    }
    this.#dropped += batch.length;
  }

  #taken(count: number, { rejected, message }: Attempt & { readonly end: 'taken' }): void {
    this.#sent += count - rejected;
    this.#rejected += rejected;
    if (rejected > 0 || message !== '') {
      this.#troubled(`the receiver rejected ${rejected} spans: ${message}`);
    } else if (this.#isTroubled) {
      this.#isTroubled = false;
      this.#options.onBack?.();
    }
  }

  #troubled(what: string): void {
    this.#trouble = what;
    if (!this.#isTroubled) this.#options.onTrouble?.(what);
    this.#isTroubled = true;
  }

  #backOffMs(tries: number): number {
    const whole = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_FIRST * 2 ** (tries - 1));
    return whole * (0.5 + this.#options.random() / 2);
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#ended;
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = clock.at(clock.nowMs() + ms, end);
      signal.addEventListener('abort', end);
    });
  }

  async #post(body: string): Promise<Attempt> {
    const { url, headers } = this.#options.target;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
      });
      return attemptOf(answer, await answer.text(), this.#options.clock.nowMs());
    } catch (error) {
      const { message, cause } = error as Error & { readonly cause?: Error };
      const what = cause?.message || message;
      // A port that fetch never connects to, by the Fetch standard: 1, 22, 6000.
      if (what === 'bad port')
        return { end: 'refused', message: `${url}: this port is not allowed` };
      return { end: 'again', afterMs: 0, message: `${url}: ${what}` };
    }
  }
}

function attemptOf(answer: Response, text: string, nowMs: number): Attempt {
  if (answer.ok) return takenOf(text);
  const said = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  const message = `the receiver answers ${answer.status}${said === '' ? '' : `: ${said}`}`;
  if (!RETRYABLE.has(answer.status)) return { end: 'refused', message };
  return { end: 'again', afterMs: retryAfterMs(answer.headers.get('retry-after'), nowMs), message };
}

function takenOf(text: string): Attempt {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      readonly partialSuccess?: {
        readonly rejectedSpans?: string | number;
        readonly errorMessage?: string;
      };
    };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0) || 0;
    return { end: 'taken', rejected, message: partialSuccess?.errorMessage ?? '' };
  } catch {
    // Its status says that it took them; not every receiver says more.
    return { end: 'taken', rejected: 0, message: '' };
  }
}

/** Seconds, or a date; never longer than the longest back-off. */
function retryAfterMs(value: string | null, nowMs: number): number {
  if (value === null) return 0;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - nowMs : seconds * 1_000;
  return Number.isNaN(ms) ? 0 : Math.min(BACK_OFF_MS_MAX, Math.max(0, ms));
}

/** The target that a user's URL means; headers from `OTEL_EXPORTER_OTLP_HEADERS`. Throws CommandError. */
export function otlpTarget(text: string, env: NodeJS.ProcessEnv): OtlpTarget {
  const address = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(address) || !/^https?:/i.test(address)) {
    throw new CommandError(
      `${text} is no address of an OTLP receiver`,
      EXIT.usage,
      'Give its address over HTTP, as http://127.0.0.1:4318; gRPC (port 4317) is not spoken.',
    );
  }
  const url = new URL(address);
  if (!url.pathname.endsWith('/v1/traces')) {
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  }
  return { url: url.href, headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS ?? '') };
}

/** `name=value,name=value` with percent-encoded values, as OpenTelemetry's SDKs read it. */
function headersOf(text: string): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    headers[pair.slice(0, at).trim().toLowerCase()] = decodeURIComponent(pair.slice(at + 1).trim());
  }
  return headers;
}
