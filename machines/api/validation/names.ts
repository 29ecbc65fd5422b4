/**
 * The syntax of names, keys, ports and paths inside objects, and apimachinery's messages for wrong
 * ones.
 *
 * Every function returns what is wrong, empty where nothing is; none throws.
 */

import type { Loose } from '../defaults/loose.ts';
import { labelKeyErrors, labelValueErrors } from '../label-syntax.ts';
import { nameErrors } from '../metadata.ts';
import type { LabelSelector } from '../types.ts';
import { type Causes, forbidden, invalid, invalidFor, required } from './field-errors.ts';

const none: readonly string[] = [];
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelLengthMax = 63;
const subdomainLengthMax = 253;
const portNameLengthMax = 15;

/** What is wrong with a DNS label. */
export function dnsLabelErrors(name: string): readonly string[] {
  return name.length <= labelLengthMax && label.test(name) ? none : nameErrors('dnsLabel', name);
}

/** What is wrong with a DNS subdomain. */
export function dnsSubdomainErrors(name: string): readonly string[] {
  return name.length <= labelLengthMax && label.test(name)
    ? none
    : nameErrors('dnsSubdomain', name);
}

const underscoreLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoreSubdomain = `${underscoreLabel}(\\.${underscoreLabel})*`;
const underscorePattern = new RegExp(`^${underscoreSubdomain}$`);

/** What is wrong with a DNS subdomain that may hold underscores. */
export function dnsUnderscoreErrors(name: string): readonly string[] {
  const errors: string[] = [];
  if (name.length > subdomainLengthMax) {
    errors.push(`must be no more than ${subdomainLengthMax} characters`);
  }
  if (!underscorePattern.test(name)) {
    errors.push(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', " +
        "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', " +
        `regex used for validation is '${underscoreSubdomain}')`,
    );
  }
  return errors;
}

const wildcardFormat = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const wildcardPattern = new RegExp(`^${wildcardFormat}$`);

/** What is wrong with a DNS subdomain that begins with a wildcard. */
export function wildcardErrors(name: string): readonly string[] {
  const errors: string[] = [];
  if (name.length > subdomainLengthMax) {
    errors.push(`must be no more than ${subdomainLengthMax} characters`);
  }
  if (!wildcardPattern.test(name)) {
    errors.push(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, " +
        "which must consist of lower case alphanumeric characters, '-' or '.' and end with an " +
        `alphanumeric character (e.g. '*.example.com', regex used for validation is ` +
        `'${wildcardFormat}')`,
    );
  }
  return errors;
}

/** What is wrong with a port number. */
export function portErrors(port: number | undefined): readonly string[] {
  const number = port ?? 0;
  if (number >= 1 && number <= 65535) return none;
  return ['must be between 1 and 65535, inclusive'];
}

/** What is wrong with a user or group id. */
export function idErrors(id: number): readonly string[] {
  return id >= 0 && id <= 2147483647 ? none : ['must be between 0 and 2147483647, inclusive'];
}

/** What is wrong with the name of a port. */
export function portNameErrors(name: string): readonly string[] {
  const errors: string[] = [];
  if (name.length > portNameLengthMax) {
    errors.push(`must be no more than ${portNameLengthMax} characters`);
  }
  if (!/^[-a-z0-9]+$/.test(name)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) {
    errors.push('must not begin or end with a hyphen');
  }
  return errors;
}

/** Adds what is wrong with a port that is given by number or by name. */
export function checkPort(causes: Causes, field: string, port: number | string | undefined): void {
  if (typeof port === 'string') invalidFor(causes, field, port, portNameErrors(port));
  else invalidFor(causes, field, port ?? 0, portErrors(port));
}

const environmentName = /^[ -<>-~]+$/;

/** What is wrong with the name of an environment variable. */
export function environmentNameErrors(name: string): readonly string[] {
  if (environmentName.test(name)) return none;
  if (name === '') return ['environment variable name must be non-empty'];
  return [
    'a valid environment variable name must consist only of printable ASCII characters ' +
      "other than '='",
  ];
}

const configKey = /^[-._a-zA-Z0-9]+$/;

/** What is wrong with a key of a ConfigMap or a Secret. */
export function configKeyErrors(key: string): readonly string[] {
  if (key.length <= subdomainLengthMax && configKey.test(key) && !key.startsWith('.')) return none;
  const errors: string[] = [];
  if (key.length > subdomainLengthMax) {
    errors.push(`must be no more than ${subdomainLengthMax} characters`);
  }
  if (!configKey.test(key)) {
    errors.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
        "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is " +
        "'[-._a-zA-Z0-9]+')",
    );
  }
  if (key === '.') errors.push("must not be '.'");
  else if (key === '..') errors.push("must not be '..'");
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}

const headerName = /^[-A-Za-z0-9]+$/;

/** What is wrong with the name of an HTTP header. */
export function headerNameErrors(name: string): readonly string[] {
  if (headerName.test(name)) return none;
  return [
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name'," +
      " regex used for validation is '[-A-Za-z0-9]+')",
  ];
}

const percent = /^[0-9]+%$/;

/** What is wrong with a percentage. */
export function percentErrors(text: string): readonly string[] {
  if (percent.test(text)) return none;
  return [
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%', " +
      " or '93%', regex used for validation is '[0-9]+%')",
  ];
}

/** Adds what is wrong with a number or percentage that may not be negative. */
export function checkIntOrPercent(
  causes: Causes,
  field: string,
  value: number | string | undefined,
): void {
  if (typeof value === 'string') invalidFor(causes, field, value, percentErrors(value));
  else if ((value ?? 0) < 0) invalid(causes, field, value, 'must be greater than or equal to 0');
}

/** Adds an error for a percentage above 100. */
export function checkAtMost100(
  causes: Causes,
  field: string,
  value: number | string | undefined,
): void {
  if (typeof value === 'string' && percent.test(value) && Number.parseInt(value, 10) > 100) {
    invalid(causes, field, value, 'must not be greater than 100%');
  }
}

/** The number of a count or a percentage; 0 for anything else. */
export function intOrPercent(value: number | string | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  const number = Number.parseInt(value, 10);
  return Number.isNaN(number) ? 0 : number;
}

/** Adds what is wrong with a label key, also called a qualified name. */
export function checkLabelKey(causes: Causes, field: string, key: string | undefined): void {
  invalidFor(causes, field, key ?? '', labelKeyErrors(key ?? ''));
}

/** Adds what is wrong with a map of labels. */
export function checkLabels(
  causes: Causes,
  field: string,
  labels: { [key: string]: string | undefined } | undefined,
): void {
  for (const key in labels) {
    const value = labels[key] ?? '';
    invalidFor(causes, field, key, labelKeyErrors(key));
    invalidFor(causes, field, value, labelValueErrors(value));
  }
}

/** Adds what is wrong with a label selector. */
export function checkSelector(
  causes: Causes,
  field: string,
  selector: Loose<LabelSelector> | undefined,
): void {
  if (selector === undefined) return;
  if (selector.matchLabels !== undefined) {
    checkLabels(causes, `${field}.matchLabels`, selector.matchLabels);
  }
  selector.matchExpressions?.forEach(({ key, operator, values = [] }, index) => {
    const path = `${field}.matchExpressions[${index}]`;
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) {
        const detail = "must be specified when `operator` is 'In' or 'NotIn'";
        required(causes, `${path}.values`, detail);
      }
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) {
        const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        forbidden(causes, `${path}.values`, detail);
      }
    } else invalid(causes, `${path}.operator`, operator ?? '', 'not a valid selector operator');
    checkLabelKey(causes, `${path}.key`, key);
    values.forEach((value, position) => {
      invalidFor(causes, `${path}.values[${position}]`, value, labelValueErrors(value));
    });
  });
}

/** Adds an error for a path with `..` in it. */
export function checkNoBacksteps(causes: Causes, field: string, path: string): void {
  if (path.includes('..') && path.split('/').includes('..')) {
    invalid(causes, field, path, "must not contain '..'");
  }
}

/** Adds what keeps a path from being relative and downwards. */
export function checkDescendingPath(causes: Causes, field: string, path: string): void {
  if (path.startsWith('/')) invalid(causes, field, path, 'must be a relative path');
  checkNoBacksteps(causes, field, path);
}

/** The same, for paths that may not begin with two dots either. */
export function checkUnreservedPath(causes: Causes, field: string, path: string): void {
  checkDescendingPath(causes, field, path);
  if (path.startsWith('..') && path !== '..' && !path.startsWith('../')) {
    invalid(causes, field, path, "must not start with '..'");
  }
}
