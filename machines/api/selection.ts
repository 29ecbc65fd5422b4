/** Whether a selection (namespace, name, labels, fields) covers an object. Pure; never throws. */
import { matchesFields } from './field-selector.ts';
import { matchesRequirements } from './labels.ts';
import type { Selection } from './list-options.ts';
import type { AnyObject } from './view.ts';

/** True where a selection covers the object. */
export function selects(selection: Selection, object: AnyObject): boolean {
  const { namespace, name, labels, fields } = selection;
  const meta = object.metadata;
  if (namespace !== '' && meta?.namespace !== namespace) return false;
  if (name !== '' && meta?.name !== name) return false;
  if (labels.length > 0 && !matchesRequirements(labels, meta?.labels)) return false;
  return fields.length === 0 || matchesFields(fields, object);
}
