/**
 * The API as its fronts see it: the HTTPS listener, the NATS endpoint and the in-process client all
 * call this one interface with decoded requests of authenticated users. Authorization, admission,
 * validation, writing and watching happen behind it.
 *
 * Never throws for what a client did: every refusal is an `ApiReply` whose object is a Kubernetes
 * `Status`. Never encodes: fronts keep the bytes they made in the entry's `encodings`, so that each
 * is made once.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { ApiReply, ApiRequest, UserInfo } from '../../machines/api/request.ts';
import type { AnyObject, View } from '../../machines/api/view.ts';

/**
 * One object in the version it was asked for, with room for the bytes fronts make of it. Shared,
 * immutable.
 */
export interface ApiEntry {
  /** Complete: apiVersion, kind and metadata.resourceVersion are set. Never change it. */
  readonly object: AnyObject;
  readonly revision: number;
  /** The message that this state was written with: the cause of what a watcher does about it. */
  readonly envelope?: Envelope | undefined;
  /**
   * Bytes by media type or any other name a front chooses (`json`, `protobuf`, `json.watch.ADDED`);
   * a lazily filled slot shared by every list and watch that answers this same entry. Holds at most
   * `encodingsPerEntryMax` names.
   */
  readonly encodings: Map<string, Uint8Array>;
}

/** Fronts keep no more than this many encodings with one entry. */
export const encodingsPerEntryMax = 8;

/** Answer to a list: the entries of one page. */
export interface ListReply {
  /** apiVersion and kind of the list object, for example `v1` and `PodList`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** metadata.resourceVersion of the list. */
  readonly revision: number;
  /** metadata.continue, '' on the last page. */
  readonly continueToken: string;
  /** metadata.remainingItemCount, undefined where there is none or it is not known. */
  readonly remaining: number | undefined;
  readonly entries: readonly ApiEntry[];
  readonly warnings: readonly string[];
}

export type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/**
 * Why a watch ended: its timeoutSeconds, a sink that did not drain, a hole in history, the server's
 * shutdown.
 */
export type WatchEndReason = 'timeout' | 'overrun' | 'gone' | 'shutdown';

/**
 * Receives the events of one watch, in order, each once. Nothing arrives before `start` or after
 * `end`.
 */
export interface WatchSink {
  /**
   * One event; the ERROR event's object is a Status. False: full, call `drained` when there is room
   * again.
   */
  event(type: WatchType, entry: ApiEntry): boolean;
  /** The watch is over (not called after `close`): end the response. */
  end(reason: WatchEndReason): void;
}

/** An accepted watch. Events wait, bounded, until `start`. */
export interface WatchHandle {
  /** Begins delivery; call it once the response's head is written. */
  start(): void;
  /** The sink has room again after `event` returned false. */
  drained(): void;
  /** Stops the watch; idempotent. */
  close(): void;
}

/**
 * Narrows an answer: true for a refusal (or any one-object answer), false for lists, entries and
 * watches.
 */
export function isReply(answer: ApiReply | object): answer is ApiReply {
  return 'code' in answer && 'object' in answer && !('encodings' in answer);
}

/** The API of one apiserver process. */
export interface Api {
  /**
   * Carries out get, create, update, patch, delete, deletecollection and every subresource that is
   * not a stream (status, scale, binding, eviction, token, finalize, approval, resize,
   * ephemeralcontainers).
   */
  handle(request: ApiRequest, cause?: Envelope, isAwaited?: () => boolean): Promise<ApiReply>;
  /** A get whose encodings can be reused. */
  getEntry(request: ApiRequest): Promise<ApiEntry | ApiReply>;
  list(request: ApiRequest): Promise<ListReply | ApiReply>;
  watch(request: ApiRequest, sink: WatchSink): Promise<WatchHandle | ApiReply>;
  /**
   * Undefined where the user may make this request; for streams (exec, log, attach, port-forward,
   * proxy).
   */
  authorize(request: ApiRequest): ApiReply | undefined;
  /**
   * The same for paths that are no resource (`/version`, `/metrics`, `/openapi/v3`); verb as HTTP's
   * in lower case.
   */
  authorizePath(user: UserInfo, verb: string, path: string): ApiReply | undefined;
  /** The user a bearer token stands for, or undefined where it is wrong, expired or revoked. */
  authenticateToken(token: string): Promise<UserInfo | undefined>;
  /** True once the replica is complete and the bootstrap objects exist. */
  ready(): boolean;
  /** Resolves when `ready` becomes true. */
  readonly whenReady: Promise<void>;
  /** The revision that reads without a wait are answered from. */
  revision(): number;
  /**
   * The live state, for readers inside this process (the HTTPS front's log and exec need the pod).
   */
  view(): View;
  /** Ends every watch with `shutdown` and refuses what comes later with 503. */
  close(): void;
}

/** Signs and checks ServiceAccount tokens (JWTs); keys and algorithm are its own. */
export interface TokenSigner {
  sign(claims: Readonly<{ [claim: string]: unknown }>): Promise<string>;
  /** The claims where signature and `exp` hold at this time, in seconds. */
  verify(
    token: string,
    nowSeconds: number,
  ): Promise<Readonly<{ [claim: string]: unknown }> | undefined>;
}

/** Randomness of the request path; a simulation seeds it. */
export interface Random {
  /** A new UUID (v4). */
  uuid(): string;
  /** An unsigned 32 bit integer. */
  uint32(): number;
}

/** What an operator may set; `defaultApiSettings` holds Kubernetes' (or our) defaults. */
export interface ApiSettings {
  readonly serviceCidr: string;
  readonly nodePortFirst: number;
  readonly nodePortLast: number;
  /** tolerationSeconds of the default not-ready and unreachable tolerations. Kubernetes: 300. */
  readonly defaultTolerationSeconds: number;
  /** Lifetime of Events in seconds. */
  readonly eventTtlSeconds: number;
  readonly tokenIssuer: string;
  readonly tokenAudiences: readonly string[];
  /** The cluster was started to be broken on purpose: ChaosExperiments may be created. */
  readonly chaos: boolean;
  /** Where the `kubernetes` Service's endpoint is; no Endpoints are written where undefined. */
  readonly advertise: { readonly address: string; readonly port: number } | undefined;
}

/** Defaults of `ApiSettings`. */
export const defaultApiSettings: ApiSettings = {
  serviceCidr: '127.96.0.0/12',
  nodePortFirst: 30000,
  nodePortLast: 32767,
  defaultTolerationSeconds: 300,
  eventTtlSeconds: 3600,
  tokenIssuer: 'https://kubernetes.default.svc.cluster.local',
  tokenAudiences: ['https://kubernetes.default.svc.cluster.local'],
  chaos: false,
  advertise: undefined,
};
