/**
 * One API request, however it came (HTTPS or NATS), and its answers. Plain data; decoded, not yet judged.
 *
 * The same shapes travel on `<cluster>.api.<user>.<verb>` and are produced by the HTTPS listener.
 */
import type { AnyObject } from './view.ts';

export type Verb =
  | 'get'
  | 'list'
  | 'watch'
  | 'create'
  | 'update'
  | 'patch'
  | 'delete'
  | 'deletecollection';

/** Who asks, as authentication found it. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<{ [key: string]: readonly string[] }>;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/**
 * What a leader acts under: one acquisition of a Lease in kube-system. A request that carries one is refused once the
 * Lease has been acquired again, by whomever; renewing it changes nothing.
 */
export interface Fence {
  /** Name of the Lease: `kube-scheduler`. */
  readonly lease: string;
  /** Its `spec.holderIdentity`. */
  readonly holder: string;
  /** Its `spec.acquireTime`, which every acquisition sets anew. */
  readonly acquireTime: string;
  /** Revision of the write that acquired it; a view that is older cannot judge the fence. */
  readonly token: number;
}

/** One request for a resource. Namespace, name and subresource are '' where absent. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Options as they stand in the URL (`fieldSelector`, `limit`, `dryRun`, ...), each with its last value. */
  readonly query: Readonly<{ [option: string]: string }>;
  /** The decoded body: an object to create or update, or DeleteOptions. */
  readonly body?: AnyObject;
  readonly patch?: { readonly type: PatchType; readonly body: unknown };
  /** What a strict decoder found in the body: paths of unknown and duplicate fields. */
  readonly findings?: {
    readonly unknown: readonly string[];
    readonly duplicate: readonly string[];
  };
  readonly user: UserInfo;
  readonly userAgent: string;
  /** Set by leaders inside the cluster; never by an HTTPS client. */
  readonly fence?: Fence;
}

/** Answer to a request for one object or of a mutation: an object or a `Status`. */
export interface ApiReply {
  /** HTTP status code. */
  readonly code: number;
  readonly object: AnyObject;
  /** Texts for `Warning` headers. */
  readonly warnings: readonly string[];
  /** Revision of the write that this answers, where something was written (not for Events). */
  readonly revision?: number;
}
