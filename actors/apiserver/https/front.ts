/**
 * What every part of the HTTPS front shares: the API behind it, the clock, the counters. Holds no
 * request.
 */
import type { Bus } from '../../../bus/bus.ts';
import type { Envelope } from '../../../bus/envelope.ts';
import type { RequestTraced } from '../../../machines/trace/record.ts';
import type { Clock } from '../../clock.ts';
import type { Api } from '../api.ts';
import type { Metrics } from './metrics.ts';

/** The surroundings of a request. */
export interface Front {
  readonly api: Api;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Name of the cluster: the first token of every subject. */
  readonly cluster: string;
  /** Our own version, such as `0.1.0`. */
  readonly version: string;
  readonly metrics: Metrics;
  /** A new envelope, in the trace of a W3C trace context where one is given. */
  readonly envelope: (traceparent?: string) => Envelope;
  /** Told of every request that was authenticated: at its end, of a watch when it is opened. */
  readonly onRequest?: ((request: Omit<RequestTraced, 'process'>) => void) | undefined;
  /** Who issues ServiceAccount tokens. */
  readonly tokenIssuer: string;
  /** The public keys of ServiceAccount tokens. */
  readonly keySet: () => Promise<object>;
  /** Where clients reach this server, for example `https://127.0.0.1:6443`. */
  readonly url: () => string;
  /** True once `close` was called: health says so, and new requests are refused. */
  readonly closing: () => boolean;
}
