/** URLs to requests, by Kubernetes' rules; content negotiation by Accept. */
import { describe, expect, test } from 'vitest';
import { negotiate } from '../../actors/apiserver/https/negotiation.ts';
import { parseTarget } from '../../actors/apiserver/https/routes.ts';

/** verb group/version namespace resource name subresource, `-` for ''. */
function shown(method: string, target: string): string {
  const parsed = parseTarget(method, target);
  if (parsed === undefined) return 'malformed';
  const { info } = parsed;
  if (!info.isResource) return `path ${info.verb}`;
  const { verb, group, version, namespace, resource, name, subresource, rest } = info;
  const parts = [`${group}/${version}`, namespace, resource, name, subresource, rest];
  return `${verb} ${parts.map((part) => (part === '' ? '-' : part)).join(' ')}`;
}

describe('request info', () => {
  const table: readonly (readonly [string, string, string])[] = [
    ['GET', '/api/v1/pods', 'list /v1 - pods - - -'],
    ['GET', '/api/v1/namespaces', 'list /v1 - namespaces - - -'],
    ['GET', '/api/v1/namespaces/a', 'get /v1 a namespaces a - -'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update /v1 a namespaces a finalize -'],
    ['GET', '/api/v1/namespaces/a/status', 'get /v1 a namespaces a status -'],
    ['GET', '/api/v1/namespaces/a/pods', 'list /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=1', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=true', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods?watch=0', 'list /v1 a pods - - -'],
    ['GET', '/api/v1/namespaces/a/pods/b?watch=1', 'get /v1 a pods b - -'],
    ['GET', '/api/v1/watch/namespaces/a/pods', 'watch /v1 a pods - - -'],
    ['GET', '/api/v1/watch/namespaces/a/pods/b', 'watch /v1 a pods b - -'],
    ['POST', '/api/v1/namespaces/a/pods', 'create /v1 a pods - - -'],
    ['POST', '/api/v1/namespaces/a/pods/b/binding', 'create /v1 a pods b binding -'],
    ['GET', '/api/v1/namespaces/a/pods/b/log?follow=true', 'get /v1 a pods b log -'],
    ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection /v1 a pods - - -'],
    ['DELETE', '/api/v1/namespaces/a/pods/b', 'delete /v1 a pods b - -'],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b', 'patch apps/v1 a deployments b - -'],
    [
      'GET',
      '/apis/apps/v1/namespaces/a/deployments/b/scale',
      'get apps/v1 a deployments b scale -',
    ],
    [
      'GET',
      '/apis/storage.k8s.io/v1/storageclasses/x',
      'get storage.k8s.io/v1 - storageclasses x - -',
    ],
    ['GET', '/api/v1/namespaces/a/services/b/proxy/c/d', 'get /v1 a services b proxy c/d'],
    ['GET', '/api/v1/nodes/n%3A1', 'get /v1 - nodes n:1 - -'],
    ['HEAD', '/api/v1/nodes/n', 'get /v1 - nodes n - -'],
    ['GET', '/api/v1', 'path get'],
    ['GET', '/api', 'path get'],
    ['GET', '/apis/apps/v1', 'path get'],
    ['POST', '/version', 'path post'],
    ['GET', '/', 'path get'],
    ['GET', '/api/v1/watch', 'path get'],
    ['GET', '/api/v1/pods/%zz', 'malformed'],
  ];
  test.each(table)('%s %s', (method, target, expected) => {
    expect(shown(method, target)).toBe(expected);
  });

  test('long targets, to a bound', () => {
    expect(shown('GET', `/api/v1/pods?labelSelector=${'x'.repeat(100_000)}`)).not.toBe('malformed');
    expect(shown('GET', `/api/v1/pods?labelSelector=${'x'.repeat(2 ** 20)}`)).toBe('malformed');
  });
});

describe('negotiation', () => {
  const tableV1 = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const tableBeta = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';
  const partial =
    'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const table: readonly (readonly [string | undefined, string])[] = [
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/json', 'json'],
    ['application/yaml', 'yaml'],
    ['application/vnd.kubernetes.protobuf', 'protobuf'],
    ['application/vnd.kubernetes.protobuf,application/json', 'protobuf'],
    ['application/json;q=0.5, application/vnd.kubernetes.protobuf', 'protobuf'],
    ['application/json,application/vnd.kubernetes.protobuf;q=0.9', 'json'],
    [`${tableV1},${tableBeta},application/json`, 'json Table meta.k8s.io/v1'],
    [tableBeta, 'json Table meta.k8s.io/v1beta1'],
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json', 'json'],
    [partial, 'protobuf PartialObjectMetadataList meta.k8s.io/v1'],
    ['application/json;as=Table;v=v7;g=meta.k8s.io,application/json', 'json'],
    ['application/json;as=Chair;v=v1;g=meta.k8s.io', 'none'],
    ['application/json;q=0', 'none'],
    ['text/html', 'none'],
    ['text/html,*/*;q=0.1', 'json'],
    ['application/json;stream=watch', 'json'],
    [';;;,,,=', 'none'],
  ];
  test.each(table)('%s', (accept, expected) => {
    const found = negotiate(accept, { pretty: false, protobuf: true, transform: true });
    const text = found && [found.encoding, found.as, found.asVersion].join(' ').trim();
    expect(text ?? 'none').toBe(expected);
  });
});
