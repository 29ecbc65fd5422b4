/** Names of objects: which rule each kind has, and what is said of a name that breaks it. */
import { describe, expect, it } from 'vitest';
import { nameErrors } from '../../machines/api/metadata.ts';
import { strategyOf } from '../../machines/api/strategies.ts';
import { dnsLabelErrors } from '../../machines/api/validation/names.ts';

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and " +
  "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used " +
  "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const tooLong = 'must be no more than 63 characters';
const dots = 'must not contain dots';

describe('a DNS label', () => {
  it.each([
    ['web', []],
    ['web.one', [dots]],
    ['web..one', [label]],
    ['Web', [label]],
    ['a'.repeat(64), [tooLong]],
    [`a.${'b'.repeat(300)}`, [tooLong, dots]],
  ])('%s', (name, expected) => {
    expect(nameErrors('dnsLabel', name)).toEqual(expected);
    expect(dnsLabelErrors(name)).toEqual(expected);
  });

  it('may end in a dash where a suffix follows', () => {
    expect(nameErrors('dnsLabel', 'web-', true)).toEqual([]);
    expect(nameErrors('dnsLabel', 'web.', true)).toEqual([label]);
  });
});

describe('the rule of a kind', () => {
  it.each([
    ['core/pods', 'web.one', []],
    ['apps/deployments', 'web.one', []],
    ['apps/statefulsets', 'web.one', [dots]],
    ['core/namespaces', 'web.one', [dots]],
    ['core/services', '1web', [expect.stringContaining('a DNS-1035 label')]],
    ['rbac.authorization.k8s.io/clusterroles', 'system:node', []],
    ['certificates.k8s.io/certificatesigningrequests', 'node:a_B', []],
  ])('%s %s', (resource, name, expected) => {
    expect(nameErrors(strategyOf(resource).nameRule ?? 'dnsSubdomain', name)).toEqual(expected);
  });
});
