/**
 * What every object's metadata must be: names, labels, annotations, owners, finalizers, and what an
 * update may not change. Follows apimachinery's api/validation package to the letter of its
 * messages. Never throws.
 */
import { labelKeyErrors, labelValueErrors } from './label-syntax.ts';
import { forbiddenField, invalidValue, required, tooLong } from './status.ts';
import type { Cause, Strategy } from './strategy.ts';
import type { ObjectMeta, OwnerReference } from './types.ts';

/** Bound of all annotations of one object together, in bytes. */
export const annotationsBytesMax = 256 * 1024;

export const finalizerOrphan = 'orphan';
export const finalizerForeground = 'foregroundDeletion';

type NameRule = NonNullable<Strategy['nameRule']>;

const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainFormat = `${labelFormat}(\\.${labelFormat})*`;
const label1035Format = '[a-z]([-a-z0-9]*[a-z0-9])?';

interface NameFormat {
  readonly pattern: RegExp;
  readonly lengthMax: number;
  readonly message: string;
}

const formats: Readonly<Record<Exclude<NameRule, 'pathSegment'>, NameFormat>> = {
  dnsSubdomain: {
    pattern: new RegExp(`^${subdomainFormat}$`),
    lengthMax: 253,
    message:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or " +
      "'.', and " +
      "must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
      'validation is ' +
      `'${subdomainFormat}')`,
  },
  dnsLabel: {
    pattern: new RegExp(`^${labelFormat}$`),
    lengthMax: 63,
    message:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and " +
      'must start ' +
      "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for " +
      'validation is ' +
      `'${labelFormat}')`,
  },
  dns1035Label: {
    pattern: new RegExp(`^${label1035Format}$`),
    lengthMax: 63,
    message:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an " +
      'alphabetic ' +
      "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex " +
      'used for ' +
      `validation is '${label1035Format}')`,
  },
};

/** What is wrong with a name; `prefix` for a generateName, which may end in a dash. */
export function nameErrors(rule: NameRule, name: string, prefix = false): readonly string[] {
  if (rule === 'pathSegment') return pathSegmentErrors(name, prefix);
  const format = formats[rule];
  const text = prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
  const errors: string[] = [];
  if (text.length > format.lengthMax) {
    errors.push(`must be no more than ${format.lengthMax} characters`);
  }
  if (!format.pattern.test(text)) {
    const dotted = rule === 'dnsLabel' && formats.dnsSubdomain.pattern.test(text);
    errors.push(dotted ? 'must not contain dots' : format.message);
  }
  return errors;
}

function pathSegmentErrors(name: string, prefix: boolean): readonly string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  const errors: string[] = [];
  for (const part of ['/', '%']) if (name.includes(part)) errors.push(`may not contain '${part}'`);
  return errors;
}

/** What is wrong with the metadata of an object to store; empty where it is valid. */
export function metadataErrors(
  meta: ObjectMeta,
  namespaced: boolean,
  rule: NameRule,
): readonly Cause[] {
  const causes: Cause[] = [];
  if (meta.generateName) {
    for (const text of nameErrors(rule, meta.generateName, true)) {
      causes.push(invalidValue('metadata.generateName', meta.generateName, text));
    }
  }
  if (!meta.name) causes.push(required('metadata.name', 'name or generateName is required'));
  else {
    for (const text of nameErrors(rule, meta.name)) {
      causes.push(invalidValue('metadata.name', meta.name, text));
    }
  }
  namespaceErrors(meta.namespace, namespaced, causes);
  if ((meta.generation ?? 0) < 0) {
    const detail = 'must be greater than or equal to 0';
    causes.push(invalidValue('metadata.generation', meta.generation, detail));
  }
  commonErrors(meta, causes);
  finalizerErrors(meta.finalizers, causes);
  return causes;
}

function namespaceErrors(namespace: string | undefined, namespaced: boolean, causes: Cause[]) {
  if (!namespaced) {
    if (namespace) causes.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
    return;
  }
  if (!namespace) {
    causes.push(required('metadata.namespace'));
    return;
  }
  for (const text of nameErrors('dnsLabel', namespace)) {
    causes.push(invalidValue('metadata.namespace', namespace, text));
  }
}

function commonErrors(meta: ObjectMeta, causes: Cause[]): void {
  if (meta.labels !== undefined) labelErrors(meta.labels, 'metadata.labels', causes);
  if (meta.annotations !== undefined) annotationErrors(meta.annotations, causes);
  if (meta.ownerReferences !== undefined) ownerErrors(meta.ownerReferences, causes);
}

/** What is wrong with a map of labels at this path. */
export function labelErrors(
  labels: Readonly<Record<string, string>>,
  path: string,
  causes: Cause[],
): void {
  for (const key in labels) {
    const value = labels[key] ?? '';
    for (const text of labelKeyErrors(key)) causes.push(invalidValue(path, key, text));
    for (const text of labelValueErrors(value)) causes.push(invalidValue(path, value, text));
  }
}

function annotationErrors(annotations: Readonly<Record<string, string>>, causes: Cause[]): void {
  let bytes = 0;
  for (const key in annotations) {
    const value = annotations[key] ?? '';
    bytes += byteLength(key) + byteLength(value);
    for (const text of labelKeyErrors(key.toLowerCase())) {
      causes.push(invalidValue('metadata.annotations', key, text));
    }
  }
  if (bytes > annotationsBytesMax) {
    causes.push(tooLong('metadata.annotations', annotationsBytesMax));
  }
}

/** Length in UTF-8, without encoding. */
function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 0x7ff) bytes += code >= 0xd800 && code <= 0xdfff ? 1 : 2;
    else if (code > 0x7f) bytes += 1;
  }
  return bytes;
}

function ownerErrors(owners: readonly OwnerReference[], causes: Cause[]): void {
  const path = 'metadata.ownerReferences';
  let controller = '';
  for (const owner of owners) {
    const { apiVersion, kind, name, uid } = owner;
    if (!apiVersion || apiVersion.endsWith('/')) {
      const detail = 'version must not be empty';
      causes.push(invalidValue(`${path}.apiVersion`, apiVersion ?? '', detail));
    }
    for (const [field, value] of Object.entries({ kind, name, uid })) {
      if (value) continue;
      causes.push(invalidValue(`${path}.${field}`, value ?? '', 'must not be empty'));
    }
    if (apiVersion === 'v1' && kind === 'Event') {
      const detail = '/v1, Kind=Event is disallowed from being an owner';
      causes.push(invalidValue(path, owner, detail));
    }
    if (owner.controller !== true) continue;
    const current = `${kind}/${name}`;
    if (controller === '') controller = current;
    else {
      const detail =
        'Only one reference can have Controller set to true. Found "true" in references for ' +
        `${controller} and ${current}`;
      causes.push(invalidValue(path, owners, detail));
    }
  }
}

function finalizerErrors(finalizers: readonly string[] | undefined, causes: Cause[]): void {
  if (finalizers === undefined) return;
  const path = 'metadata.finalizers';
  for (const finalizer of finalizers) {
    for (const text of labelKeyErrors(finalizer)) causes.push(invalidValue(path, finalizer, text));
  }
  if (finalizers.includes(finalizerOrphan) && finalizers.includes(finalizerForeground)) {
    const detail = `finalizer ${finalizerOrphan} and ${finalizerForeground} cannot be both set`;
    causes.push(invalidValue(path, finalizers, detail));
  }
}

/** What an update of the metadata breaks; both are complete. */
export function metadataUpdateErrors(meta: ObjectMeta, old: ObjectMeta): readonly Cause[] {
  const causes: Cause[] = [];
  if (old.deletionTimestamp !== undefined) {
    const before = old.finalizers ?? [];
    const added = (meta.finalizers ?? []).filter((one) => !before.includes(one)).sort();
    if (added.length > 0) {
      const list = `[]string{${added.map((one) => JSON.stringify(one)).join(', ')}}`;
      const detail =
        'no new finalizers can be added if the object is being deleted, ' +
        `found new finalizers ${list}`;
      causes.push(forbiddenField('metadata.finalizers', detail));
    }
  }
  for (const field of immutableFields) {
    if (meta[field] === old[field]) continue;
    causes.push(invalidValue(`metadata.${field}`, meta[field], 'field is immutable'));
  }
  return causes;
}

const immutableFields = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;
