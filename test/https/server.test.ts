/** The listener in front of a real apiserver: who may ask, what comes back, and in which form. */
import { once } from 'node:events';
import { type ConnectionOptions, connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, issueClient } from '../../actors/pki/certificate.ts';
import { decodeProtobuf, encodeProtobuf } from '../../machines/api/protobuf.ts';
import { type Answer, type Ask, createHttpsWorld, type HttpsWorld, until } from './world.ts';

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
  await world.ask('POST', '/api/v1/namespaces', { body: { metadata: { name: 'web' } } });
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

const configMaps = '/api/v1/namespaces/web/configmaps';
const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';

/** Code, reason and message of a Status. */
function short(answer: Answer): string {
  const { reason = '', message = '' } = answer.json as { reason?: string; message?: string };
  return `${answer.code} ${reason}: ${message}`;
}

function configMap(name: string, data: Record<string, string> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

describe('authentication', () => {
  test('nobody sees health and version alone', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/livez/ping', '/version']) {
      expect((await world.ask('GET', path, { client: null })).code).toBe(200);
    }
    for (const path of ['/', '/api', '/apis', '/metrics', '/api/v1/pods', '/openapi/v3', '/x']) {
      const answer = await world.ask('GET', path, { client: null });
      expect(short(answer)).toBe('401 Unauthorized: Unauthorized');
    }
  });

  test('a certificate of another authority is nobody, even for health', async () => {
    const other = issueAuthority('kubernetes', Date.now());
    const name = { user: 'kubernetes-admin', groups: ['system:masters'] };
    const client = issueClient(other, 'kubernetes', name, Date.now());
    for (const path of ['/healthz', '/api/v1/pods']) {
      expect(short(await world.ask('GET', path, { client }))).toBe(
        '401 Unauthorized: Unauthorized',
      );
    }
  });

  test('a wrong token is refused everywhere', async () => {
    for (const authorization of ['Bearer x', 'Bearer a.b.c', 'bearer ']) {
      const answer = await world.ask('GET', '/api', { client: null, headers: { authorization } });
      expect(answer.code).toBe(401);
    }
  });

  test('a ServiceAccount token works until its account is deleted', async () => {
    const accounts = '/api/v1/namespaces/web/serviceaccounts';
    await world.ask('POST', accounts, { body: { metadata: { name: 'robot' } } });
    const granted = await world.ask('POST', `${accounts}/robot/token`, { body: {} });
    expect(granted.code).toBe(201);
    const headers = { authorization: `Bearer ${granted.json.status.token}` };
    const reviewed = await world.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      client: null,
      headers,
      body: {},
    });
    expect(reviewed.json.status.userInfo).toMatchObject({
      username: 'system:serviceaccount:web:robot',
      groups: expect.arrayContaining(['system:serviceaccounts:web', 'system:authenticated']),
    });
    await world.ask('DELETE', `${accounts}/robot`);
    const refused = await world.ask('GET', '/api', { client: null, headers });
    expect(refused.code).toBe(401);
  });

  test('a user without rights is forbidden', async () => {
    const client = world.client({ user: 'eve', groups: [] });
    expect(short(await world.ask('GET', configMaps, { client }))).toBe(
      '403 Forbidden: configmaps is forbidden: User "eve" cannot list resource "configmaps" in API group "" in the namespace "web"',
    );
  });

  test('system:masters impersonate, others do not', async () => {
    const headers = { 'impersonate-user': 'eve', 'impersonate-group': ['a', 'b'] };
    const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const asEve = await world.ask('POST', review, { headers, body: {} });
    expect(asEve.json.status.userInfo).toMatchObject({
      username: 'eve',
      groups: ['a', 'b', 'system:authenticated'],
    });
    const client = world.client({ user: 'mallory', groups: [] });
    expect(short(await world.ask('POST', review, { headers, body: {}, client }))).toBe(
      '403 Forbidden: users "eve" is forbidden: User "mallory" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });
});

describe('health', () => {
  test('says what it checked', async () => {
    const answer = await world.ask('GET', '/readyz?verbose', { client: null });
    expect(answer.text).toBe(
      '[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    );
    expect((await world.ask('GET', '/livez/nope', { client: null })).code).toBe(404);
  });
});

describe('answers', () => {
  beforeAll(async () => {
    await world.ask('POST', configMaps, { body: configMap('one', { a: 'b' }) });
    await world.ask('POST', configMaps, { body: configMap('two') });
  });

  test('carry the usual headers', async () => {
    const answer = await world.ask('GET', `${configMaps}/one`, { headers: { 'audit-id': 'mine' } });
    expect(answer.headers).toMatchObject({
      'audit-id': 'mine',
      'cache-control': 'no-cache, private',
      'content-type': 'application/json',
    });
  });

  test('one object and its like from JSON and YAML, and from protobuf', async () => {
    const json = (await world.ask('GET', `${configMaps}/one`)).json;
    expect(json).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: 'b' } });
    const yaml = await world.ask('GET', `${configMaps}/one`, {
      headers: { accept: 'application/yaml' },
    });
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(yaml.text).toContain('kind: ConfigMap\n');
    const binary = await world.ask('GET', `${configMaps}/one`, { headers: { accept: protobuf } });
    expect(binary.headers['content-type']).toBe(protobuf);
    expect(decodeProtobuf(binary.bytes)).toEqual(json);
  });

  test('lists as JSON and protobuf', async () => {
    const json = (await world.ask('GET', `${configMaps}?labelSelector=!x`)).json;
    expect(json.kind).toBe('ConfigMapList');
    const named = json.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(named).toEqual(expect.arrayContaining(['one', 'two']));
    const binary = await world.ask('GET', configMaps, { headers: { accept: protobuf } });
    const list = decodeProtobuf(binary.bytes) as { items: { data?: object }[] };
    expect(list.items).toHaveLength(named.length);
    expect(list.items.find((item) => item.data !== undefined)?.data).toEqual({ a: 'b' });
  });

  test('pages carry continue and remainingItemCount', async () => {
    const first = (await world.ask('GET', `${configMaps}?limit=1`)).json;
    expect(first.items).toHaveLength(1);
    const { continue: token, remainingItemCount } = first.metadata;
    expect(remainingItemCount).toBeGreaterThan(0);
    const path = `${configMaps}?limit=500&continue=${encodeURIComponent(token)}`;
    const rest = (await world.ask('GET', path)).json;
    expect(rest.items).toHaveLength(remainingItemCount);
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    const asTable = await world.ask('GET', `${configMaps}?limit=1`, {
      headers: { accept: tableAccept },
    });
    expect(asTable.json.metadata.remainingItemCount).toBe(remainingItemCount);
    expect(asTable.json.metadata.continue).not.toBe('');
  });

  test('tables, with the row objects asked for', async () => {
    const headers = { accept: tableAccept };
    const table = (await world.ask('GET', configMaps, { headers })).json;
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(table.columnDefinitions.map((column: { name: string }) => column.name)).toEqual([
      'Name',
      'Data',
      'Age',
    ]);
    const row = table.rows.find((one: { cells: unknown[] }) => one.cells[0] === 'one');
    expect(row.cells.slice(0, 2)).toEqual(['one', 1]);
    expect(row.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'one' } });
    const none = await world.ask('GET', `${configMaps}/one?includeObject=None`, { headers });
    expect(none.json.rows[0].object).toBeNull();
    const full = await world.ask('GET', `${configMaps}/one?includeObject=Object`, { headers });
    expect(full.json.rows[0].object.data).toEqual({ a: 'b' });
    const wrong = await world.ask('GET', `${configMaps}/one?includeObject=Some`, { headers });
    expect(wrong.code).toBe(422);
  });

  test('metadata alone, as JSON and protobuf', async () => {
    const as = 'as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const json = await world.ask('GET', configMaps, {
      headers: { accept: `application/json;${as}` },
    });
    expect(json.json.kind).toBe('PartialObjectMetadataList');
    expect(json.json.items[0]).not.toHaveProperty('data');
    const binary = await world.ask('GET', configMaps, { headers: { accept: `${protobuf};${as}` } });
    const list = decodeProtobuf(binary.bytes) as { kind: string; items: object[] };
    expect(list.kind).toBe('PartialObjectMetadataList');
    expect(list.items).toHaveLength(json.json.items.length);
  });

  test('large lists are compressed where the client asks', async () => {
    const big = 'x'.repeat(200_000);
    await world.ask('POST', configMaps, { body: configMap('big', { big }) });
    for (const path of [configMaps, `${configMaps}/big`]) {
      const answer = await world.ask('GET', path, { headers: { 'accept-encoding': 'gzip' } });
      const packed = answer.headers['content-encoding'] === 'gzip';
      const text = packed ? gunzipSync(answer.bytes).toString() : answer.text;
      expect(JSON.parse(text).kind).toMatch(/^ConfigMap/);
      if (path.endsWith('/big')) expect(packed).toBe(true);
    }
    await world.ask('DELETE', `${configMaps}/big`);
  });

  test('refusals in the form that was asked for', async () => {
    const answer = await world.ask('GET', `${configMaps}/none`, { headers: { accept: protobuf } });
    expect([answer.code, answer.headers['content-type']]).toEqual([404, protobuf]);
    expect(decodeProtobuf(answer.bytes)).toMatchObject({ kind: 'Status', reason: 'NotFound' });
  });

  test('pretty where asked, or for curl', async () => {
    const pretty = await world.ask('GET', `${configMaps}/one?pretty=true`);
    expect(pretty.text).toContain('{\n  "');
    const curl = await world.ask('GET', configMaps, { headers: { 'user-agent': 'curl/8.0' } });
    expect(curl.text).toContain('{\n  "');
    const plain = await world.ask('GET', `${configMaps}/one`);
    expect(plain.text.trimEnd()).not.toContain('\n');
  });
});

describe('bodies', () => {
  test('are read as JSON, YAML and protobuf', async () => {
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {a: "1"}\n';
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'from-protobuf' } };
    const bodies: readonly (readonly [string, string | Uint8Array])[] = [
      ['application/yaml', yaml],
      [protobuf, encodeProtobuf(object)],
      ['application/json', JSON.stringify({ metadata: { name: 'no-kind' } })],
    ];
    for (const [type, body] of bodies) {
      const answer = await world.ask('POST', configMaps, {
        body,
        headers: { 'content-type': type },
      });
      expect([type, answer.code]).toEqual([type, 201]);
      expect(answer.json.kind).toBe('ConfigMap');
    }
  });

  test('patches come in four types, each with its own content type', async () => {
    await world.ask('POST', configMaps, { body: configMap('patched', { a: '1' }) });
    const patches: readonly (readonly [string, unknown, object])[] = [
      ['application/merge-patch+json', { data: { b: '2' } }, { a: '1', b: '2' }],
      ['application/strategic-merge-patch+json', { data: { a: null } }, { b: '2' }],
      [
        'application/json-patch+json',
        [{ op: 'add', path: '/data/c', value: '3' }],
        { b: '2', c: '3' },
      ],
    ];
    for (const [type, patch, data] of patches) {
      const answer = await world.ask('PATCH', `${configMaps}/patched`, {
        body: JSON.stringify(patch),
        headers: { 'content-type': type },
      });
      expect([type, answer.code, answer.json.data]).toEqual([type, 200, data]);
    }
  });

  test('unknown fields are warned of, or refused when strict', async () => {
    const body = JSON.stringify({ metadata: { name: 'odd' }, bogus: 1 });
    const headers = { 'content-type': 'application/json' };
    const strict = await world.ask('POST', `${configMaps}?fieldValidation=Strict`, {
      body,
      headers,
    });
    expect(short(strict)).toBe(
      '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "bogus"',
    );
    const duplicate = '{"metadata":{"name":"odd"},"data":{"a":"1","a":"2"}}';
    const twice = await world.ask('POST', configMaps, { body: duplicate, headers });
    expect([twice.code, twice.headers.warning]).toEqual([
      201,
      '299 - "duplicate field \\"data.a\\""',
    ]);
    const ignored = await world.ask('PUT', `${configMaps}/odd?fieldValidation=Ignore`, {
      body,
      headers,
    });
    expect([ignored.code, ignored.headers.warning]).toEqual([200, undefined]);
  });

  /** Method, path, ask, the Status in short (a prefix of it). */
  const json = { 'content-type': 'application/json' };
  const wrong: readonly (readonly [string, string, Ask, string])[] = [
    [
      'POST',
      configMaps,
      { body: '{', headers: json },
      "400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({)",
    ],
    [
      'POST',
      configMaps,
      { body: '', headers: json },
      '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): ',
    ],
    [
      'POST',
      configMaps,
      { body: '[]', headers: json },
      '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): ',
    ],
    [
      'POST',
      configMaps,
      { body: 'null', headers: json },
      '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): ',
    ],
    [
      'POST',
      configMaps,
      { body: 'a: [', headers: { 'content-type': 'application/yaml' } },
      '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): error converting YAML to JSON: yaml: ',
    ],
    [
      'POST',
      configMaps,
      { body: 'k8s', headers: { 'content-type': protobuf } },
      '400 BadRequest: the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message',
    ],
    [
      'POST',
      configMaps,
      { body: '{}', headers: { 'content-type': 'text/html' } },
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
    [
      'POST',
      configMaps,
      { body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } } },
      '400 BadRequest: Secret in version "v1" cannot be handled as a ConfigMap: ',
    ],
    [
      'POST',
      configMaps,
      { body: { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } } },
      '400 BadRequest: the API version in the data (v2) does not match the expected API version (v1)',
    ],
    [
      'POST',
      configMaps,
      { body: { metadata: { name: 'x' }, data: 'text' } },
      '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal string into ',
    ],
    [
      'PATCH',
      `${configMaps}/one`,
      { body: '{}', headers: json },
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json',
    ],
    [
      'PATCH',
      `${configMaps}/one`,
      { body: '{', headers: { 'content-type': 'application/merge-patch+json' } },
      '400 BadRequest: ',
    ],
    [
      'GET',
      configMaps,
      { headers: { accept: 'text/html' } },
      '406 NotAcceptable: only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
    [
      'GET',
      '/api/v1/namespaces/web/nosuch',
      {},
      '404 NotFound: the server could not find the requested resource',
    ],
    ['GET', '/apis/apps/v9', {}, '404 NotFound: the server could not find the requested resource'],
    [
      'GET',
      `${configMaps}/one/status`,
      {},
      '404 NotFound: the server could not find the requested resource',
    ],
    ['GET', `${configMaps}/nosuch`, {}, '404 NotFound: configmaps "nosuch" not found'],
    [
      'POST',
      '/api/v1/configmaps',
      { body: {} },
      '405 MethodNotAllowed: the server does not allow this method on the requested resource',
    ],
    ['PUT', configMaps, { body: {} }, '405 MethodNotAllowed: '],
    ['OPTIONS', configMaps, {}, '405 MethodNotAllowed: '],
    ['GET', '/api/v1/pods/%zz', {}, '400 BadRequest: '],
    [
      'GET',
      '/api/v1/namespaces/web/pods/p/exec?command=ls',
      {},
      '400 BadRequest: Upgrade request required',
    ],
    ['GET', '/api/v1/namespaces/web/pods/p/log', {}, '404 NotFound: pods "p" not found'],
    [
      'GET',
      '/api/v1/namespaces/web/pods/p/log?tailLines=x',
      {},
      '400 BadRequest: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      'GET',
      '/api/v1/namespaces/web/pods/p/log?sinceTime=noon',
      {},
      '400 BadRequest: parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
    ],
    [
      'GET',
      '/api/v1/namespaces/web/pods/p/log?tailLines=-1',
      {},
      '422 Invalid: PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['DELETE', `${configMaps}/one?gracePeriodSeconds=x`, {}, '400 BadRequest: '],
  ];
  test.each(wrong)('%s %s %#', async (method, path, ask, expected) => {
    const text = short(await world.ask(method, path, ask));
    expect(text.slice(0, expected.length)).toBe(expected);
  });

  test('are refused where they are too large, announced or not', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024 + 1, 'x');
    const answer = await world.ask('POST', configMaps, { body });
    expect(short(answer)).toBe(
      '413 RequestEntityTooLarge: Request entity too large: limit is 3145728',
    );
    const chunked = await world.ask('POST', configMaps, {
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(chunked.code).toBe(413);
  });
});

describe('connections that are kept', () => {
  test('carry a large body while the answer before it is still being read', async () => {
    const data = { pad: 'x'.repeat(1_000_000) };
    const paths = Array.from({ length: 12 }, (_, index) => `${configMaps}/kept-${index}`);
    for (const path of paths) {
      const metadata = { name: path.slice(configMaps.length + 1) };
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
      expect((await world.ask('POST', configMaps, { body })).code).toBe(201);
    }
    const { host, port, ca, cert, key } = world.requestOptions() as ConnectionOptions;
    const socket = connect({ host: host!, port: port!, ca, cert, key });
    const lines: string[] = [];
    const closed = new Promise<void>((resolve, reject) => {
      socket.once('close', () => resolve()).once('error', reject);
    });
    socket.write(`GET ${configMaps} HTTP/1.1\r\nHost: kabuki\r\n\r\n`);
    await once(socket, 'readable');
    const patch = JSON.stringify({ data: { pad: 'y'.repeat(900_000) } });
    socket.write(
      `PATCH ${paths[0]} HTTP/1.1\r\nHost: kabuki\r\nConnection: close\r\n` +
        'Content-Type: application/merge-patch+json\r\n' +
        `Content-Length: ${patch.length}\r\n\r\n${patch}`,
    );
    await until('the patch is on its way', () => socket.writableLength < patch.length / 2);
    socket.on('data', (chunk: Buffer) => {
      lines.push(...(chunk.toString('latin1').match(/HTTP\/1\.1 \d+/g) ?? []));
    });
    await closed;
    expect(lines).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
    for (const path of paths) await world.ask('DELETE', path);
  }, 30_000);

  test('carry the first of several YAML documents', async () => {
    const body = 'kind: ConfigMap\nmetadata:\n  name: first\n---\nkind: [\n';
    const headers = { 'content-type': 'application/yaml' };
    const made = await world.ask('POST', `${configMaps}?dryRun=All`, { body, headers });
    expect([made.code, made.json.metadata.name]).toEqual([201, 'first']);
  });

  test('carry long selectors and commands', async () => {
    const values = Array.from({ length: 10_000 }, (_, index) => `v${index}`).join(',');
    const query = new URLSearchParams({ labelSelector: `app in (${values})` });
    const answer = await world.ask('GET', `${configMaps}?${query}`);
    expect([answer.code, answer.json.items]).toEqual([200, []]);
  });
});

describe('documents', () => {
  test('discovery in both forms, with a tag that spares the second transfer', async () => {
    expect((await world.ask('GET', '/api')).json.versions).toEqual(['v1']);
    expect((await world.ask('GET', '/apis')).json.kind).toBe('APIGroupList');
    expect((await world.ask('GET', '/apis/apps')).json.preferredVersion.version).toBe('v1');
    const pods = (await world.ask('GET', '/api/v1')).json.resources;
    expect(pods.map((one: { name: string }) => one.name)).toContain('pods/log');
    const accept =
      'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const whole = await world.ask('GET', '/apis', { headers: { accept } });
    expect(whole.json.kind).toBe('APIGroupDiscoveryList');
    expect(whole.headers['content-type']).toContain('as=APIGroupDiscoveryList');
    const again = await world.ask('GET', '/apis', {
      headers: { accept, 'if-none-match': String(whole.headers.etag) },
    });
    expect([again.code, again.bytes.length]).toEqual([304, 0]);
  });

  test('OpenAPI in both versions', async () => {
    const index = (await world.ask('GET', '/openapi/v3')).json;
    const { serverRelativeURL } = index.paths['apis/apps/v1'];
    const apps = await world.ask('GET', serverRelativeURL);
    expect(apps.json.components.schemas).toHaveProperty(['io.k8s.api.apps.v1.Deployment']);
    expect((await world.ask('GET', '/openapi/v2')).json.swagger).toBe('2.0');
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const binary = await world.ask('GET', '/openapi/v2', { headers: { accept } });
    expect(binary.headers['content-type']).toContain('protobuf');
  });

  test('the token issuer and its keys', async () => {
    const found = (await world.ask('GET', '/.well-known/openid-configuration')).json;
    expect(found.issuer).toBe('https://kubernetes.default.svc.cluster.local');
    const keys = (await world.ask('GET', new URL(found.jwks_uri).pathname)).json;
    expect(keys.keys[0]).toMatchObject({ kty: 'EC', alg: 'ES256' });
  });

  test('counters', async () => {
    const { text } = await world.ask('GET', '/metrics');
    expect(text).toMatch(
      /_total\{code="201",component="apiserver",group="",resource="configmaps",scope="namespace",subresource="",verb="POST",version="v1"\} \d/,
    );
  });
});
