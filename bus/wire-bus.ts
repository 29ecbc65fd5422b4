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
import { type Arrived, type ConnectionState, guarded, type Wire } from './wire.ts';

/** A bus on a wire. */
export class WireBus implements Bus {
  readonly #wire: Wire;
  readonly #channels: Channels;
  readonly #assurance: Assurance;

  constructor(wire: Wire, clock: Clock, ids: Ids) {
    this.#wire = wire;
    this.#assurance = new Assurance(clock, (reply) => {
      wire.publish(reply, { kind: 'assure', envelope: undefined, details: '', body: undefined });
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
    const run = guarded(handler);
    const stop = this.#wire.subscribe(subject, queue, (frame) => {
      const { envelope, body } = frame;
      if (frame.kind !== 'message' || envelope === undefined) return;
      run({ subject: frame.subject, envelope, body }, this.#respondTo(frame, assures));
    });
    return { close: stop };
  }

  #respondTo({ reply }: Arrived, assures: boolean): Respond {
    if (reply === undefined) return () => {};
    if (assures) this.#assurance.begin(reply);
    let answered = false;
    return (body, envelope) => {
      if (answered) return;
      answered = true;
      if (assures) this.#assurance.end(reply);
      this.tell(reply, body, envelope);
    };
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
    this.#channels.close();
    return this.#wire.close();
  }
}
