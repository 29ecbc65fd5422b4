/**
 * How objects are shown as rows of a meta.k8s.io Table, as `kubectl get` prints them: columns by
 * kind, cells by object, ages by the time given.
 *
 * A kind without a printer of its own shows its name and when it was created, or, where Kubernetes
 * has it so, its age. Pure; never throws for an object that lacks fields.
 */
import type { TableColumnDefinition } from '../types.ts';
import type { AnyObject } from '../view.ts';
import { chaosPrinters } from './chaos.ts';
import { clusterPrinters } from './cluster.ts';
import {
  ageColumn,
  ageOf,
  type Cell,
  nameColumn,
  nameOf,
  type Printer,
  type Printers,
  printer,
  type RowCondition,
  text,
} from './columns.ts';
import { networkingPrinters } from './networking.ts';
import { podPrinters } from './pods.ts';
import { policyPrinters } from './policy.ts';
import { storagePrinters } from './storage.ts';
import { workloadPrinters } from './workloads.ts';

/** Columns and cells of one kind. */
export interface TableShape {
  readonly columns: readonly TableColumnDefinition[];
  /** One cell a column. */
  readonly cells: (object: AnyObject, nowMs: number) => readonly Cell[];
  readonly conditions?: (object: AnyObject) => readonly RowCondition[] | undefined;
}

const aged: Printer<AnyObject> = {
  columns: [nameColumn, ageColumn],
  cells: (object, nowMs) => [nameOf(object), ageOf(object, nowMs)],
};

const plain: Printer<AnyObject> = {
  columns: [nameColumn, { ...text('Created At', 'When the object was created.'), type: 'date' }],
  cells: (object) => [nameOf(object), object.metadata?.creationTimestamp ?? ''],
};

interface StatusLike extends AnyObject {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

const printers: Printers = {
  ...podPrinters,
  ...workloadPrinters,
  ...clusterPrinters,
  ...networkingPrinters,
  ...storagePrinters,
  ...policyPrinters,
  ...chaosPrinters,
  'resource.k8s.io/DeviceClass': aged,
  'resource.k8s.io/ResourceClaimTemplate': aged,
  '/Status': printer<StatusLike>({
    columns: [
      text('Status', 'Success or Failure.'),
      text('Reason', 'Short reason, for machines.'),
      text('Message', 'What happened, for people.'),
    ],
    cells: (object) => [object.status ?? '', object.reason ?? '', object.message ?? ''],
  }),
};

/** How objects of this group and kind are shown; the group is '' for core. */
export function tableShape(group: string, kind: string): TableShape {
  return printers[`${group}/${kind}`] ?? plain;
}
