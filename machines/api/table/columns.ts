/**
 * How tables are described: columns, and the texts that several kinds' cells share.
 *
 * Pure. Nothing here throws for an object that lacks a field.
 */
import type { LabelSelector, ObjectMeta, TableColumnDefinition } from '../types.ts';
import type { AnyObject } from '../view.ts';
import { age } from './duration.ts';

/** What a cell may hold. */
export type Cell = string | number | boolean;

/** How one kind is shown: columns, and the cells of an object in the columns' order. */
export interface Printer<T> {
  readonly columns: readonly TableColumnDefinition[];
  readonly cells: (object: T, nowMs: number) => readonly Cell[];
  readonly conditions?: (object: T) => readonly RowCondition[] | undefined;
}

/** A condition of a row: `Completed` rows can be hidden by clients. */
export interface RowCondition {
  readonly type: 'Completed';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

/** Printers by group and kind, `apps/Deployment`; core kinds by `/Pod`. */
export type Printers = Readonly<{ [groupKind: string]: Printer<AnyObject> }>;

/**
 * Registers a printer for objects of one type; whoever looks it up has the kind, and so the type.
 */
export function printer<T>(typed: Printer<T>): Printer<AnyObject> {
  return typed as unknown as Printer<AnyObject>;
}

/** A text column that is always shown. */
export function text(name: string, description: string): TableColumnDefinition {
  return { name, type: 'string', format: '', description, priority: 0 };
}

/** A text column that is shown by `-o wide` alone. */
export function wide(name: string, description: string): TableColumnDefinition {
  return { name, type: 'string', format: '', description, priority: 1 };
}

/** A column of whole numbers. */
export function integer(name: string, description: string): TableColumnDefinition {
  return { name, type: 'integer', format: '', description, priority: 0 };
}

/** A column of true and false. */
export function boolean(name: string, description: string): TableColumnDefinition {
  return { name, type: 'boolean', format: '', description, priority: 0 };
}

/** The first column of nearly every kind. */
export const nameColumn: TableColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among objects of its kind in its namespace.',
  priority: 0,
};

/** Time since creation. */
export const ageColumn = text('Age', 'Time since the object was created.');

/** The wide columns of kinds with a pod template. */
export const templateColumns: readonly TableColumnDefinition[] = [
  wide('Containers', 'Names of the containers in the pod template.'),
  wide('Images', 'Images of the containers in the pod template.'),
];

/** The wide column of kinds with a selector. */
export const selectorColumn = wide('Selector', 'Selects the pods that belong to the object.');

/** The name, '' where there is none. */
export function nameOf(object: { readonly metadata?: ObjectMeta | undefined }): string {
  return object.metadata?.name ?? '';
}

/** Time since creation. */
export function ageOf(
  object: { readonly metadata?: ObjectMeta | undefined },
  nowMs: number,
): string {
  return age(object.metadata?.creationTimestamp, nowMs);
}

interface Named {
  readonly name: string;
  readonly image?: string | undefined;
}

/** Names and images of containers, as two cells. */
export function containerCells(containers: readonly Named[] | undefined): [string, string] {
  const list = containers ?? [];
  return [
    list.map((container) => container.name).join(','),
    list.map((container) => container.image ?? '').join(','),
  ];
}

/** Labels as `a=b,c=d` in key order, `<none>` where there are none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const list = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return list.length === 0 ? '<none>' : list.sort().join(',');
}

/** A selector as text, '' where it selects everything or nothing. */
export function selectorText(selector: LabelSelector | undefined): string {
  const requirements: { key: string; text: string }[] = [];
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    requirements.push({ key, text: `${key}=${value}` });
  }
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    const list = `(${[...(values ?? [])].sort().join(',')})`;
    const texts: Readonly<Record<string, string>> = {
      In: `${key} in ${list}`,
      NotIn: `${key} notin ${list}`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    requirements.push({ key, text: texts[operator] ?? key });
  }
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return requirements.map((requirement) => requirement.text).join(',');
}

/** A selector as text, `<none>` where it selects everything or nothing. */
export function formatSelector(selector: LabelSelector | undefined): string {
  return selectorText(selector) || '<none>';
}

/** The first three of a list and how many more there are. */
export function firstThree(list: readonly string[], count: number): string {
  const shown = list.slice(0, 3).join(',');
  return count > 3 ? `${shown} + ${count - 3} more...` : shown;
}
