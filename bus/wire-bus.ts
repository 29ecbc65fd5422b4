/**
 * The bus over a wire: tells, requests, subscriptions and channels.
 *
 * Whatever the wire is, the rules are here, so that NATS and the in-process wire cannot differ in them.
 */
import { Assurance } from './assurance.ts';
import type { Bus, Message, Opening, OpenResult, Reply, Respond, Subscription } from './bus.ts';
import { Channels } from './channels.ts';
import type { Clock } from './clock.ts';
import type { Envelope } from './envelope.ts';
import type { Ids } from './ids.ts';
import { Stillness } from './stillness.ts';
import { bare, type ConnectionState, guarded, type Wire } from './wire.ts';

/** A bus on a wire. */
export class WireBus implements Bus {
  readonly #wire: Wire;
  readonly #channels: Channels;
  readonly #clock: Clock;
  readonly #assurance: Assurance;
  #stillness: Stillness | undefined;
  #stopAwaits: (() => void) | undefined;

  constructor(wire: Wire, clock: Clock, ids: Ids) {
    this.#wire = wire;
    this.#clock = clock;
    this.#assurance = new Assurance(clock, ({ reply, token }) => {
      wire.publish(reply, bare('assure'), `${this.#awaits()}${token}`);
    });
    this.#channels = new Channels(wire, clock, ids);
  }

  tell(subject: string, body: unknown, envelope: Envelope): void {
    this.#wire.publish(subject, { kind: 'message', envelope, details: '', body });
  }

  async request(
    subject: string,
    body: unknown,
    envelope: Envelope,
    timeoutMs: number,
    silentMs?: number,
  ): Promise<Reply> {
    const frame = { kind: 'message', envelope, details: '', body } as const;
    const answer = await this.#wire.request(subject, frame, timeoutMs, silentMs);
    if (typeof answer === 'string') return { ok: false, error: answer };
    // An answer without an envelope is the network's own: nobody listens.
    if (answer.envelope === undefined) return { ok: false, error: 'no responders' };
    return { ok: true, body: answer.body, envelope: answer.envelope };
  }

  subscribe(
    subject: string,
    handler: (message: Message, respond: Respond) => void,
    options: { readonly queue?: string; readonly assures?: boolean } = {},
  ): Subscription {
    const { queue, assures = false } = options;
    if (assures) {
      this.#stillness ??= new Stillness(this.#clock, (token) => {
        this.#wire.publish(`${this.#awaits()}${token}`, bare('await'));
      });
    }
    const run = guarded(handler);
    const stop = this.#wire.subscribe(subject, queue, (frame) => {
      const { envelope, body } = frame;
      if (frame.kind !== 'message' || envelope === undefined) return;
      const message = { subject: frame.subject, envelope, body };
      if (frame.reply === undefined) run(message, () => {});
      else if (assures) this.#serve(message, frame.reply, run);
      else run(message, this.#respondTo(frame.reply));
    });
    return { close: stop };
  }

  #respondTo(reply: string): Respond {
    let answered = false;
    return (body, envelope) => {
      if (!answered) this.tell(reply, body, envelope);
      answered = true;
    };
  }

  /** Hands on a request whose sender is assured until it is answered. */
  #serve(message: Message, reply: string, run: (message: Message, respond: Respond) => void): void {
    const open = this.#assurance.begin(reply);
    const respond = this.#respondTo(reply);
    const isStale = this.#stillness?.isStale === true;
    const isAwaited = () => !isStale && this.#assurance.isAwaited(open);
    run({ ...message, isAwaited }, (body, envelope) => {
      this.#assurance.end(open);
      respond(body, envelope);
    });
  }

  /** Where those who asked say that they wait, but for the token; listens from the first use on. */
  #awaits(): string {
    const prefix = `${this.#wire.inbox}.w.`;
    this.#stopAwaits ??= this.#wire.subscribe(`${prefix}*`, undefined, ({ kind, subject }) => {
      const token = subject.slice(prefix.length);
      if (kind !== 'await') return;
      this.#assurance.heard(token);
      this.#stillness?.cameRound(token);
    });
    return prefix;
  }

  open(subject: string, body: unknown, envelope: Envelope, timeoutMs: number): Promise<OpenResult> {
    return this.#channels.open(subject, body, envelope, timeoutMs);
  }

  serve(
    subject: string,
    handler: (opening: Opening) => void,
    options?: { readonly queue?: string },
  ): Subscription {
    return this.#channels.serve(subject, handler, options);
  }

  onConnection(handler: (state: ConnectionState) => void): Subscription {
    return { close: this.#wire.onState(guarded(handler)) };
  }

  close(): Promise<void> {
    this.#stillness?.close();
    this.#channels.close();
    return this.#wire.close();
  }
}
