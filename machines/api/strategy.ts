/**
 * What is particular to one resource on its way into the store, as data: one strategy a resource, one table.
 *
 * The request path is the same for all resources (decode, default, admit, prepare, validate, write); everything
 * that differs stands in a `Strategy`. A resource without one gets the general behaviour: spec and status
 * separated where the resource has a status subresource, generation counted on spec changes, metadata validated.
 * Pure: no function here reads the clock or draws randomness; what they need arrives in `StrategyEnv`.
 */
import type { AnyObject, View } from './view.ts';

/** One cause of a 422, in Kubernetes' words. */
export interface Cause {
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, `FieldValueDuplicate`, ... */
  readonly reason: string;
  /** For example `spec.containers[0].image`. */
  readonly field: string;
  /** For example `Required value` or `Invalid value: -1: must be greater than or equal to 0`. */
  readonly message: string;
}

/** What a strategy may know besides the object. */
export interface StrategyEnv {
  readonly view: View;
  readonly nowMs: number;
}

export interface Strategy {
  /** Fills in Kubernetes' defaults; changes the object in place (it is the request's own copy). */
  readonly defaults?: (object: AnyObject) => void;
  /** Drops what a client may not set on create (status) and sets what the server sets. In place. */
  readonly prepareForCreate?: (object: AnyObject, env: StrategyEnv) => void;
  /** Keeps what a client may not change on update. In place; `old` is never changed. */
  readonly prepareForUpdate?: (object: AnyObject, old: AnyObject, env: StrategyEnv) => void;
  /** What is wrong with the object; `old` is there on updates. */
  readonly validate?: (object: AnyObject, old?: AnyObject) => readonly Cause[];
  /** What an update may not change; `subresource` is '' for the object itself. */
  readonly validateUpdate?: (
    object: AnyObject,
    old: AnyObject,
    subresource?: string,
  ) => readonly Cause[];
  readonly validateStatusUpdate?: (object: AnyObject, old: AnyObject) => readonly Cause[];
  /** Texts for Warning headers. */
  readonly warnings?: (object: AnyObject, old: AnyObject | undefined) => readonly string[];
  /** Grace period of a delete in seconds, where deletion is graceful (pods): default and adjustment. */
  readonly graceSeconds?: (object: AnyObject, requested: number | undefined) => number;
  /** Fields that `fieldSelector` knows besides metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<{ [path: string]: (object: AnyObject) => string }>;
  /** Unconditional updates (without resourceVersion) are refused where false. Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** PUT creates where absent (leases, endpoints, nodes ...). Default false. */
  readonly allowCreateOnUpdate?: boolean;
  /** Metadata name validation: default is a DNS subdomain. */
  readonly nameRule?: 'dnsSubdomain' | 'dnsLabel' | 'dns1035Label' | 'pathSegment';
}
