/**
 * What a kubelet asks of the API, and nothing else of it: an interface that is implemented over the
 * bus, and by a small in-memory API in tests. Errors that are to be expected are values.
 */
import type { Envelope } from '../../bus/envelope.ts';
import type { Change, ChangeResult, ObjectKey } from '../../machines/api/change.ts';
import type { Pod, Service } from '../../machines/api/types.ts';
import type { AnyObject } from '../../machines/api/view.ts';

/** Something that can be ended; ending it twice does nothing. */
export interface Closeable {
  close(): void;
}

/** What one read found. */
export type GetResult =
  | { readonly ok: true; readonly object: AnyObject }
  | {
      readonly ok: false;
      readonly code: number;
      readonly reason: string;
      readonly message: string;
    };

/** A ServiceAccount token, and when it expires. */
export type TokenResult =
  | { readonly ok: true; readonly token: string; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: string; readonly message: string };

export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
  readonly podName: string;
  readonly podUid: string;
}

/** What a watch of a node's pods tells. */
export interface PodHandlers {
  /**
   * All pods of the node as of now; first, and again after the watch was lost and has been taken up
   * anew.
   */
  onSync(pods: readonly Pod[], causeOf?: (pod: Pod) => Envelope | undefined): void;
  /**
   * A pod was bound, changed, or has gone (its last state). The envelope is the cause, where known.
   */
  onPod(pod: Pod, deleted: boolean, cause?: Envelope): void;
  /** The watch is interrupted; `onSync` follows when it is back. */
  onLost(): void;
}

export interface KubeletApi {
  change(change: Change, envelope: Envelope): Promise<ChangeResult>;
  get(key: ObjectKey): Promise<GetResult>;
  /** The pods bound to a node, until closed. Reconnects by itself. */
  watchPods(node: string, handlers: PodHandlers): Closeable;
  /** Services of a namespace, and `default/kubernetes`; may answer from a cache. */
  services(namespace: string): Promise<readonly Service[]>;
  token(request: TokenRequest): Promise<TokenResult>;
  /** Tells of changes of one object; where absent, the kubelet asks again from time to time. */
  watchObject?(key: ObjectKey, onChange: () => void): Closeable;
}
