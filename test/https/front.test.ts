/** What the front answers to clients that are not kubectl get: health, HEAD, flags, raw paths. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { kubectlBinary } from '../tools/kubectl.ts';
import { createHttpsWorld, type HttpsWorld, until } from './world.ts';

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld();
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the stock kubectl; the test is skipped where there is none. */
async function kubectl(args: readonly string[], context: TestContext): Promise<Output> {
  const found = await kubectlBinary('1.36');
  if (!found.ok) return context.skip(found.reason);
  const flags = ['--kubeconfig', world.kubeconfig, '--cache-dir', join(world.directory, 'cache')];
  return new Promise((resolve) => {
    execFile(found.path, [...flags, ...args], (_, stdout, stderr) => resolve({ stdout, stderr }));
  });
}

const pods = '/api/v1/namespaces/default/pods';
const plain = 'text/plain; charset=utf-8';
const notFound = '404 page not found\n';

describe('health', () => {
  test.each([
    ['/livez', 200, 'ok'],
    ['/livez/ping', 200, 'ok'],
    ['/readyz/etcd', 200, 'ok'],
    ['/readyz/nope', 404, notFound],
    ['/livez?verbose', 200, '[+]ping ok\n[+]log ok\nlivez check passed\n'],
    ['/livez?verbose=0', 200, '[+]ping ok\n[+]log ok\nlivez check passed\n'],
    [
      '/livez?verbose&exclude=log&exclude=b&exclude=a',
      200,
      '[+]ping ok\n[+]log excluded: ok\n' +
        'warn: some health checks cannot be excluded: no matches for "a","b"\n' +
        'livez check passed\n',
    ],
  ])('%s', async (path, code, text) => {
    const answer = await world.ask('GET', path, { client: null });
    expect([answer.code, answer.text]).toEqual([code, text]);
    expect(answer.headers['content-type']).toBe(plain);
  });

  test('HEAD has no body', async () => {
    const answer = await world.ask('HEAD', '/readyz', { client: null });
    expect([answer.code, answer.text]).toEqual([200, '']);
  });
});

describe('paths that nothing is served at', () => {
  const status = '"message":"the server could not find the requested resource"';
  test.each([
    ['/nosuch', notFound],
    ['/apis/no.such', notFound],
    ['/apis/no.such/v1/things', notFound],
    ['/apis/apps/v9', status],
    ['/apis/apps/v9/deployments', status],
    ['/api/v9', status],
    ['/api/v1/things', status],
  ])('%s', async (path, text) => {
    const answer = await world.ask('GET', path);
    expect(answer.code).toBe(404);
    expect(answer.text).toContain(text);
  });
});

describe('methods', () => {
  test.each([
    ['HEAD', pods],
    ['HEAD', `${pods}/web`],
    ['HEAD', `${pods}?watch=true`],
    ['OPTIONS', pods],
    ['POST', '/version/x/y'],
  ])('%s %s', async (method, path) => {
    const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET' };
    const answer = await world.ask(method, path, { headers });
    expect(answer.code).toBe(405);
    const names = Object.keys(answer.headers).filter((name) => name.startsWith('access-control'));
    expect(names).toEqual([]);
    if (method === 'HEAD') expect(answer.text).toBe('');
  });
});

describe('the watch flag', () => {
  test.each(['watch', 'watch=1', 'watch=True', 'watch=yes', 'watch=true&limit=1'])(
    '%s',
    async (flag) => {
      const response = await world.open('GET', `/api/v1/namespaces?${flag}`);
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await until('all namespaces', () => text.split('\n').length > 4);
      expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ type: 'ADDED' });
      response.destroy();
    },
  );

  test.each(['watch=0', 'watch=FALSE'])('%s', async (flag) => {
    const answer = await world.ask('GET', `/api/v1/namespaces?${flag}`);
    expect(answer.json.kind).toBe('NamespaceList');
  });
});

test('/metrics is Prometheus text', async () => {
  const answer = await world.ask('GET', '/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const line of answer.text.trimEnd().split('\n')) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)*\})? [\d.e+-]+)$/);
  }
});

describe('kubectl', () => {
  test.for([
    [['get', '--raw', '/livez/ping'], 'ok'],
    [['get', '--raw', '/apis/apps/v1'], '"groupVersion":"apps/v1"'],
    [['get', '--raw', '/api/v1/namespaces/default'], '"kind":"Namespace"'],
    [['get', 'ns', 'default', '--server-print=false', '--no-headers'], /^default +\S+\n$/],
  ] as const)('%j', async ([args, expected], context) => {
    const { stdout, stderr } = await kubectl(args, context);
    expect(stderr).toBe('');
    if (typeof expected === 'string') expect(stdout).toContain(expected);
    else expect(stdout).toMatch(expected);
  });

  test('is told how to do without server-side apply', async (context) => {
    const file = join(world.directory, 'map.yaml');
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } };
    writeFileSync(file, JSON.stringify(object));
    const refused =
      'server-side apply is not served: apply on the client (kubectl apply without ' +
      '--server-side, helm with --server-side=false), or send a PATCH of type ';
    for (const round of ['absent', 'there']) {
      const applied = await kubectl(['apply', '--server-side', '-f', file], context);
      expect(applied.stderr, round).toContain(
        `error: Server-side apply not available on the server: (${refused}`,
      );
      const diff = await kubectl(['diff', '--server-side', '-f', file], context);
      expect(diff.stderr, round).toContain(`Error from server (UnsupportedMediaType): ${refused}`);
      await kubectl(['apply', '-f', file], context);
    }
  });

  test('says what is wrong with a raw path', async (context) => {
    const { stderr } = await kubectl(['get', '--raw', '/nosuch'], context);
    expect(stderr).toBe(
      'Error from server (NotFound): the server could not find the requested resource\n',
    );
  });
});
