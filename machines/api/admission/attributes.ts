/**
 * What admission sees of a request, and what a step may answer.
 *
 * Steps are pure: they read the view, change the request's own object in place, add writes to its
 * transaction, or refuse. Time, randomness and ids arrive in the environment.
 */
import type { Draw } from '../draw.ts';
import type { ApiReply, ApiRequest } from '../request.ts';
import type { Served } from '../resources.ts';
import type { StrategyEnv } from '../strategy.ts';
import type { AnyObject } from '../view.ts';
import type { CheckScenario } from './chaos.ts';

/** Settings that admission and allocation read. */
export interface AdmissionSettings {
  readonly serviceCidr: string;
  readonly nodePortFirst: number;
  readonly nodePortLast: number;
  readonly defaultTolerationSeconds: number;
  readonly eventTtlSeconds: number;
  readonly tokenIssuer: string;
  readonly tokenAudiences: readonly string[];
  /** True where the cluster was started to be broken on purpose. */
  readonly chaos: boolean;
}

/** What the request path knows besides the request. */
export interface AdmitEnv extends StrategyEnv {
  readonly draw: Draw;
  /** A fresh uid for an object that this request creates. */
  readonly uid: string;
  readonly settings: AdmissionSettings;
  /** W3C trace context of the request, where it has one. */
  readonly traceparent?: string | undefined;
  /** Judges scenarios of chaos experiments; there where `settings.chaos` is true. */
  readonly checkScenario?: CheckScenario | undefined;
}

/** One guarded write of an object; `expected` 0 means that it must not exist. */
export interface ObjectWrite {
  readonly key: string;
  readonly operation: 'put' | 'delete';
  /** Without resourceVersion, in the storage version; for a delete the last state. */
  readonly object: AnyObject;
  readonly expected: number;
  readonly ttlSeconds?: number;
}

/**
 * A refusal. `stale`: perhaps only because the view lags behind the store, so worth a second look.
 */
export interface Refusal {
  readonly refused: ApiReply;
  readonly stale: boolean;
}

/** One request on its way through admission. */
export interface Attributes {
  readonly request: ApiRequest;
  readonly served: Served;
  readonly operation: 'create' | 'update' | 'delete';
  readonly namespace: string;
  /** Empty on create with generateName; messages then show the generateName. */
  readonly name: string;
  /** The object to store, the request's own; the stored one on delete. */
  readonly object: AnyObject;
  readonly old: AnyObject | undefined;
  readonly env: AdmitEnv;
  /** Further writes of the same transaction (allocations). */
  readonly writes: ObjectWrite[];
  readonly warnings: string[];
}

export type AdmissionStep = (attributes: Attributes) => Refusal | undefined;

/** Refuses. */
export function refuse(reply: ApiReply, stale = false): Refusal {
  return { refused: reply, stale };
}
