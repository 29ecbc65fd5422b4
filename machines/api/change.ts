/**
 * Changes: what plans, the scheduler and kubelets ask of the API, as data. An executor turns each into one API
 * request; the API's semantics (defaults, validation, admission, conflicts) apply as for any client.
 */
import type { ObjectReference } from './types.ts';
import type { AnyObject } from './view.ts';

/** Names one object. `resource` is the store's name of it: `core/pods`, `apps/deployments`. */
export interface ObjectKey {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** An event to record with the result of a change; `{name}` and `{error}` in the note are filled in. */
export interface Record {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
  readonly action?: string;
  readonly related?: ObjectReference;
}

/** Events to record when a change has been made, or has failed. */
export interface Records {
  readonly done?: Record;
  readonly failed?: Record;
}

export type Change =
  /** POST. `metadata.name` or `metadata.generateName` is set. */
  | {
      readonly type: 'create';
      readonly resource: string;
      readonly namespace: string;
      readonly object: AnyObject;
      readonly subresource?: string;
      readonly name?: string;
      readonly records?: Records;
    }
  /** PUT; `metadata.resourceVersion` in the object guards it (absent: unconditional). */
  | {
      readonly type: 'update';
      readonly key: ObjectKey;
      readonly object: AnyObject;
      readonly subresource?: string;
      readonly records?: Records;
    }
  /** PATCH with a JSON merge or strategic merge patch; put `metadata.resourceVersion` or uid in it to guard. */
  | {
      readonly type: 'patch';
      readonly key: ObjectKey;
      readonly patch: AnyObject;
      readonly strategy: 'merge' | 'strategic';
      readonly subresource?: string;
      readonly records?: Records;
    }
  | {
      readonly type: 'delete';
      readonly key: ObjectKey;
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly graceSeconds?: number;
      readonly propagation?: 'Foreground' | 'Background' | 'Orphan';
      readonly records?: Records;
    }
  /** Records an event alone. */
  | { readonly type: 'record'; readonly record: Record };

/** What became of a change. `reason` is a Kubernetes status reason (`Conflict`, `NotFound`, `AlreadyExists`, ...). */
export type ChangeResult =
  | { readonly ok: true; readonly object: AnyObject | undefined; readonly revision: number }
  | {
      readonly ok: false;
      readonly code: number;
      readonly reason: string;
      readonly message: string;
    };
