import { expect, test } from 'vitest';
import { redact, redactObject } from '../../machines/trace/redact.ts';

const VALUE = 'aHVudGVyMg==';
const replace = (value: unknown): string => `hidden(${JSON.stringify(value).length})`;
const data = { password: VALUE };
const metadata = {
  name: 'pw',
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":"${VALUE}"}` },
};
const bare = { metadata, type: 'Opaque', data, stringData: { plain: VALUE } };
const secret = { apiVersion: 'v1', kind: 'Secret', ...bare };

const places: readonly (readonly [string, object])[] = [
  ['by itself', secret],
  ['without a version', { ...secret, apiVersion: undefined }],
  ['deep inside', { type: 'plan.made', stages: [[{ type: 'create', object: secret }]] }],
  ['in a list of its kind', { kind: 'SecretList', items: [bare, bare] }],
  ['in a list', { kind: 'List', items: [secret] }],
  ['a write without a kind', { key: 'core/secrets/default/pw', operation: 'put', object: bare }],
  ['a change without a kind', { type: 'create', resource: 'core/secrets', object: bare }],
  [
    'a patch',
    { type: 'patch', key: { resource: 'core/secrets', name: 'pw' }, patch: { data, metadata } },
  ],
  ['a patch as a list', { key: 'core/secrets/default/pw', patch: [{ op: 'add', value: VALUE }] }],
  ['a body as text', { resource: 'core/secrets', body: JSON.stringify(secret) }],
  ['a body as bytes', { resource: 'core/secrets', body: Buffer.from(VALUE) }],
  ['values that are no record', { ...secret, data: VALUE, stringData: [VALUE] }],
  [
    'in what was noted of something else',
    {
      metadata: {
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
            manifests: [secret],
          }),
        },
      },
    },
  ],
  ['a token that was made', { kind: 'TokenRequest', status: { token: VALUE } }],
  ['a token that was shown', { kind: 'TokenReview', spec: { token: VALUE } }],
];

test.each(places)('no value is left of a Secret: %s', (_, place) => {
  const before = JSON.stringify(place);
  const clean = JSON.stringify(redact(place, replace));
  expect(clean).not.toContain(VALUE);
  expect(clean).not.toContain(JSON.stringify([...Buffer.from(VALUE)]).slice(1, -1));
  expect(JSON.stringify(place), 'what was given is as it was').toBe(before);
});

test('objects of the store that are Secrets, or hold some, go without their values', () => {
  const experiment = { spec: { scenario: { workload: { manifests: [secret] } } } };
  const cases = {
    'core/secrets/default/pw': bare,
    'chaos.kabuki.dev/chaosexperiments/_/x': experiment,
  };
  for (const [key, object] of Object.entries(cases)) {
    expect(JSON.stringify(redactObject(key, object, replace)), key).not.toContain(VALUE);
  }
  const pod = { kind: 'Pod' };
  expect(redactObject('core/pods/default/web', pod, replace)).toBe(pod);
});

test('what is no value stays, and is shared where nothing in it changes', () => {
  const pod = { kind: 'Pod', spec: { volumes: [{ secret: { secretName: 'pw' } }] } };
  expect(redact(pod, replace)).toBe(pod);
  const both = redact({ pod, secret }, replace);
  expect(both.pod).toBe(pod);
  expect(both.secret.metadata.name).toBe('pw');
  expect(Object.keys(both.secret.data)).toEqual(['password']);
});

test('a Secret that comes with its key is redacted once: equal values stay equal', () => {
  const count = (value: unknown): string => `x${String(value)}`;
  const write = redact({ key: 'core/secrets/default/pw', object: secret }, count);
  expect(write.object.data.password).toBe(redact(secret, count).data.password);
});
