/**
 * Turns objects into what clients may ask for instead: Tables and PartialObjectMetadata.
 *
 * Pure but for the tables' ages, for which the caller brings the time.
 */
import { type TableShape, tableShape } from '../../../machines/api/table/table.ts';
import type { AnyObject } from '../../../machines/api/view.ts';

/** What a table's rows carry besides their cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** The values `includeObject` may have; '' means Metadata. */
export const includeObjectValues: readonly string[] = ['', 'None', 'Metadata', 'Object'];

/** How to make tables for one request. */
export interface TableOptions {
  /** meta.k8s.io/v1 or meta.k8s.io/v1beta1. */
  readonly version: string;
  readonly include: IncludeObject;
  readonly nowMs: number;
}

/** One row of a table. */
export interface Row {
  readonly cells: readonly unknown[];
  readonly conditions?: readonly unknown[];
  readonly object: AnyObject | null;
}

/** The columns and cells for an object of this apiVersion and kind. */
export function shapeOf(apiVersion: string, kind: string): TableShape {
  const slash = apiVersion.indexOf('/');
  return tableShape(slash < 0 ? '' : apiVersion.slice(0, slash), kind);
}

/** One object as a row. */
export function rowOf(shape: TableShape, object: AnyObject, options: TableOptions): Row {
  const conditions = shape.conditions?.(object);
  return {
    cells: shape.cells(object, options.nowMs),
    ...(conditions === undefined ? {} : { conditions }),
    object: included(object, options),
  };
}

function included(object: AnyObject, options: TableOptions): AnyObject | null {
  if (options.include === 'None') return null;
  return options.include === 'Object' ? object : partial(object, options.version);
}

/** A table of one object; `headers` is false for all but the first table of a watch. */
export function tableOf(object: AnyObject, options: TableOptions, headers = true): AnyObject {
  const shape = shapeOf(object.apiVersion ?? '', object.kind ?? '');
  const { resourceVersion } = object.metadata ?? {};
  return {
    kind: 'Table',
    apiVersion: options.version,
    metadata: resourceVersion === undefined ? {} : { resourceVersion },
    columnDefinitions: headers ? shape.columns : null,
    rows: [rowOf(shape, object, options)],
  };
}

/** The metadata of an object alone. */
export function partial(object: AnyObject, version: string): AnyObject {
  return { kind: 'PartialObjectMetadata', apiVersion: version, metadata: object.metadata };
}
