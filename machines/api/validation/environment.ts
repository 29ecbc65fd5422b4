/**
 * Environment variables of containers and where their values come from.
 *
 * Follows pkg/apis/core/validation/validation.go. Never throws.
 */
import type { Loose } from '../defaults/loose.ts';
import type { EnvFromSource, EnvVar } from '../types.ts';
import { type Causes, invalid, invalidFor, required } from './field-errors.ts';
import {
  checkFieldReference,
  checkResourceReference,
  environmentFields,
} from './field-references.ts';
import {
  checkUnreservedPath,
  configKeyErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  environmentNameErrors,
} from './names.ts';

/** Adds what is wrong with environment variables. */
export function checkEnvironment(
  causes: Causes,
  field: string,
  variables: readonly Loose<EnvVar>[],
): void {
  for (let index = 0; index < variables.length; index += 1) {
    const variable = variables[index]!;
    const name = variable.name ?? '';
    if (name === '') required(causes, `${field}[${index}].name`);
    else {
      const errors = environmentNameErrors(name);
      if (errors.length > 0) invalidFor(causes, `${field}[${index}].name`, name, errors);
    }
    if (variable.valueFrom !== undefined) {
      checkValueFrom(causes, `${field}[${index}].valueFrom`, variable);
    }
  }
}

function checkValueFrom(
  causes: Causes,
  field: string,
  { value, valueFrom = {} }: Loose<EnvVar>,
): void {
  let count = 0;
  const { fieldRef, resourceFieldRef, fileKeyRef } = valueFrom;
  if (fieldRef !== undefined) {
    count += 1;
    checkFieldReference(causes, `${field}.fieldRef`, fieldRef, environmentFields);
  }
  if (resourceFieldRef !== undefined) {
    count += 1;
    checkResourceReference(causes, `${field}.resourceFieldRef`, resourceFieldRef, false);
  }
  for (const kind of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = valueFrom[kind];
    if (reference === undefined) continue;
    count += 1;
    const { name = '', key = '' } = reference;
    invalidFor(causes, `${field}.${kind}.name`, name, dnsSubdomainErrors(name));
    if (key === '') required(causes, `${field}.${kind}.key`);
    else invalidFor(causes, `${field}.${kind}.key`, key, configKeyErrors(key));
  }
  if (fileKeyRef !== undefined) {
    count += 1;
    const { key, volumeName, path } = fileKeyRef;
    const refPath = `${field}.fileKeyRef`;
    if (!key) required(causes, `${refPath}.key`);
    else invalidFor(causes, `${refPath}.key`, key, environmentNameErrors(key));
    if (!volumeName) required(causes, `${refPath}.volumeName`);
    else invalidFor(causes, `${refPath}.volumeName`, volumeName, dnsLabelErrors(volumeName));
    if (!path) required(causes, `${refPath}.path`);
    else checkUnreservedPath(causes, `${refPath}.path`, path);
  }
  if (count === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or ' +
      '`fileKeyRef`';
    invalid(causes, field, '', detail);
  } else if (value) {
    invalid(causes, field, '', 'may not be specified when `value` is not empty');
  } else if (count > 1) {
    invalid(causes, field, '', 'may not have more than one field specified at a time');
  }
}

/** Adds what is wrong with whole objects taken into the environment. */
export function checkEnvironmentFrom(
  causes: Causes,
  field: string,
  sources: readonly Loose<EnvFromSource>[],
): void {
  sources.forEach((source, index) => {
    const path = `${field}[${index}]`;
    if (source.prefix) {
      invalidFor(causes, `${path}.prefix`, source.prefix, environmentNameErrors(source.prefix));
    }
    let count = 0;
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const reference = source[kind];
      if (reference === undefined) continue;
      count += 1;
      const { name } = reference;
      if (!name) required(causes, `${path}.${kind}.name`);
      else invalidFor(causes, `${path}.${kind}.name`, name, dnsSubdomainErrors(name));
    }
    if (count === 0) {
      invalid(causes, field, '', 'must specify one of: `configMapRef` or `secretRef`');
    } else if (count > 1) {
      invalid(causes, field, '', 'may not have more than one field specified at a time');
    }
  });
}
