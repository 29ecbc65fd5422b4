/**
 * Logs over HTTP and exec over WebSocket, against a node on the bus; with stock kubectl where it is
 * to be had.
 */
import { execFile } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { kubectlBinary } from '../tools/kubectl.ts';
import { serveNode, type TestNode } from './node.ts';
import { createHttpsWorld, type HttpsWorld, until } from './world.ts';

let world: HttpsWorld;
let node: TestNode;
const pods = '/api/v1/namespaces/default/pods';

beforeAll(async () => {
  world = await createHttpsWorld();
  node = serveNode(world.bus, 'n1');
  await world.ask('POST', '/api/v1/nodes', { body: { metadata: { name: 'n1' } } });
  await world.ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
  });
  await makePod('one', 'n1', ['main']);
  await makePod('two', 'n1', ['main', 'side']);
  await makePod('unbound', '', ['main']);
  await makePod('lost', 'n2', ['main']);
});
beforeEach(() => {
  node.refusal = undefined;
  node.log = [];
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

async function makePod(name: string, nodeName: string, containers: string[]): Promise<void> {
  const spec = { nodeName, containers: containers.map((one) => ({ name: one, image: 'i' })) };
  const made = await world.ask('POST', pods, { body: { metadata: { name }, spec } });
  expect([name, made.code, made.json.message]).toEqual([name, 201, undefined]);
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
  const status = {
    phase: 'Running',
    containerStatuses: containers.map((one) => ({
      name: one,
      image: 'i',
      imageID: '',
      ready: true,
      restartCount: 0,
      state: running,
    })),
  };
  if (nodeName === '') return;
  const patched = await world.ask('PATCH', `${pods}/${name}/status`, {
    body: JSON.stringify({ status }),
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(patched.code).toBe(200);
}

describe('logs', () => {
  test('are text, with the options handed to the node', async () => {
    node.log = ['a\n', 'b\n'];
    const query = 'tailLines=5&limitBytes=100&timestamps=true&previous=true&sinceSeconds=10';
    const answer = await world.ask('GET', `${pods}/one/log?${query}`);
    expect([answer.code, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/plain',
      'a\nb\n',
    ]);
    expect(node.logs.at(-1)).toMatchObject({
      namespace: 'default',
      pod: 'one',
      container: 'main',
      follow: false,
      previous: true,
      timestamps: true,
      tailLines: 5,
      limitBytes: 100,
      stream: 'All',
    });
    expect(Math.abs(Date.now() - 10_000 - (node.logs.at(-1)?.sinceMs ?? 0))).toBeLessThan(5_000);
  });

  test('are followed until the container ends', async () => {
    node.log = ['first\n'];
    const response = await world.open('GET', `${pods}/one/log?follow=true`);
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await until('the first line', () => text === 'first\n');
    const channel = node.logChannels.at(-1);
    channel?.send(Buffer.from('second\n'));
    await until('the second line', () => text === 'first\nsecond\n');
    channel?.end();
    await until('the end', () => response.complete);
  });

  test('of a client that reads slowly hold the node back, and arrive whole', async () => {
    node.log = Array.from({ length: 400 }, (_, index) => String(index % 10).repeat(20_000));
    const response = await world.open('GET', `${pods}/one/log`);
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    expect(length).toBe(400 * 20_000);
  });

  const refusals: readonly (readonly [string, string])[] = [
    ['one/log?container=nope', '400 container nope is not valid for pod one'],
    ['two/log', '400 a container name must be specified for pod two, choose one of: [main side]'],
    ['none/log', '404 pods "none" not found'],
    ['one/log?stream=Odd', '422 PodLogOptions "one" is invalid: stream: Unsupported value: "Odd"'],
    ['lost/log', '500 Internal error occurred: error dialing node "n2": no responders'],
  ];
  test.each(refusals)('%s is refused', async (path, expected) => {
    const answer = await world.ask('GET', `${pods}/${path}`);
    expect(`${answer.code} ${answer.json.message}`.slice(0, expected.length)).toBe(expected);
  });

  test('say what the node says', async () => {
    const message = 'container "main" in pod "one" is waiting to start: ContainerCreating';
    node.refusal = { code: 400, reason: 'BadRequest', message };
    const answer = await world.ask('GET', `${pods}/one/log`);
    expect(answer.json).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });

  test('of a pod without a node are empty', async () => {
    const answer = await world.ask('GET', `${pods}/unbound/log`);
    expect([answer.code, answer.text]).toEqual([200, '']);
  });
});

interface Session {
  readonly socket: WebSocket;
  readonly out: { 1: string; 2: string };
  status: { status?: string; reason?: string; details?: object; message?: string } | undefined;
  closed: boolean;
}

/** Opens an exec; rejects with code and message of a refused upgrade. */
async function exec(query: string, protocol = 'v5.channel.k8s.io', pod = 'one'): Promise<Session> {
  const { host, port } = world.server;
  const options = { ...world.requestOptions(), agent: undefined };
  const url = `wss://${host}:${port}${pods}/${pod}/exec?${query}`;
  const socket = new WebSocket(url, [protocol], options);
  const session: Session = { socket, out: { 1: '', 2: '' }, status: undefined, closed: false };
  socket.on('message', (data: Buffer) => {
    const text = data.subarray(1).toString();
    if (data[0] === 1 || data[0] === 2) session.out[data[0]] += text;
    else if (data[0] === 3 && text !== '') session.status = JSON.parse(text);
  });
  socket.on('close', () => {
    session.closed = true;
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', async (_, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      reject(new Error(`${response.statusCode} ${JSON.parse(body).message}`));
    });
  });
  return session;
}

const words = (...command: string[]) =>
  command.map((word) => `command=${encodeURIComponent(word)}`).join('&');

describe('exec', () => {
  test('brings output and the end, each on its channel', async () => {
    const session = await exec(`${words('sh', '-c', 'echo out; echo err >&2')}&stdout=1&stderr=1`);
    await until('the end', () => session.closed);
    expect(session.out).toEqual({ 1: 'out\n', 2: 'err\n' });
    expect(session.status).toEqual({ metadata: {}, status: 'Success' });
  });

  test('tells the exit code as a cause', async () => {
    for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io']) {
      const session = await exec(`${words('sh', '-c', 'exit 3')}&stdout=1`, protocol);
      await until('the end', () => session.closed);
      expect(session.socket.protocol).toBe(protocol);
      expect(session.status).toMatchObject({
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: '3' }] },
      });
    }
  });

  test('takes stdin and its end, and resizes', async () => {
    const session = await exec(`${words('cat')}&stdin=1&stdout=1`);
    session.socket.send(Buffer.from('\u0000hello '));
    session.socket.send(Buffer.from('\u0000world'));
    session.socket.send(Buffer.from('\u0004{"Width":80,"Height":24}'));
    session.socket.send(Buffer.from('\u0004nonsense'));
    session.socket.send(Uint8Array.of(255, 0));
    await until('the end', () => session.closed);
    expect(session.out[1]).toBe('hello world');
    expect(node.resizes.at(-1)).toEqual({ width: 80, height: 24 });
  });

  test('moves megabytes both ways through a slow reader', async () => {
    const session = await exec(`${words('cat')}&stdin=1&stdout=1`);
    session.socket.pause();
    const piece = Buffer.concat([Uint8Array.of(0), Buffer.alloc(60_000, 'x')]);
    for (let index = 0; index < 200; index += 1) session.socket.send(piece);
    session.socket.send(Uint8Array.of(255, 0));
    setTimeout(() => session.socket.resume(), 100);
    await until('the end', () => session.closed, 30_000);
    expect(session.out[1].length).toBe(200 * 60_000);
    expect(session.status).toMatchObject({ status: 'Success' });
  });

  test('ends the process when the client goes', async () => {
    const session = await exec(`${words('sleep', '1000')}&stdout=1`);
    const open = () => world.server.metrics.text().includes('{verb="CONNECT"} 0');
    expect(open()).toBe(false);
    session.socket.terminate();
    await until('the stream is gone', open);
  });

  const refusals: readonly (readonly [string, string, string])[] = [
    ['none', 'command=ls&stdout=1', '404 pods "none" not found'],
    ['one', 'stdout=1', '400 you must specify at least one command for the container'],
    ['one', 'command=ls', '400 you must specify at least 1 of stdin, stdout, stderr'],
    ['one', 'command=ls&stdout=1&container=x', '400 container x is not valid for pod one'],
    ['unbound', 'command=ls&stdout=1', '400 pod unbound does not have a host assigned'],
  ];
  test.each(refusals)('%s?%s is refused before the upgrade', async (pod, query, expected) => {
    const refused = await exec(query, 'v5.channel.k8s.io', pod).catch((error: Error) => error);
    expect((refused as Error).message.slice(0, expected.length)).toBe(expected);
  });

  test("a node's refusal, or its absence, comes on the error channel", async () => {
    node.refusal = { code: 404, reason: 'NotFound', message: 'container not found ("main")' };
    const head = 'Internal error occurred: unable to upgrade connection: ';
    for (const [pod, detail] of [
      ['one', 'container not found ("main")'],
      ['lost', 'error dialing node "n2": no responders'],
    ] as const) {
      const session = await exec('command=ls&stdout=1', 'v5.channel.k8s.io', pod);
      await until('the end', () => session.closed);
      expect(session.status).toMatchObject({ code: 500, message: `${head}${detail}` });
    }
  });

  test('SPDY, unknown protocols and strangers are refused', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
    const path = `${pods}/one/exec?command=ls&stdout=1`;
    const spdy = await world.ask('POST', path, { headers });
    expect([spdy.code, spdy.json.reason]).toEqual([400, 'BadRequest']);
    expect(spdy.json.message).toContain('WebSocket');
    await expect(exec('command=ls&stdout=1', 'v9.channel.k8s.io')).rejects.toThrow('400 unable');
    const eve = world.client({ user: 'eve', groups: [] });
    const forbidden = await world.ask('POST', path, { headers, client: eve });
    expect(forbidden.code).toBe(403);
    const nobody = await world.ask('POST', path, { headers, client: null });
    expect(nobody.code).toBe(401);
  });
});

describe.each(['1.32', '1.36'] as const)('kubectl %s', (version) => {
  test('execs, copies and reads logs', async (context) => {
    const kubectl = await kubectlBinary(version);
    if (!kubectl.ok) return context.skip(kubectl.reason);
    const run = (input: string, ...args: string[]) =>
      new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
        const env = { ...process.env, KUBECONFIG: world.kubeconfig, HOME: world.directory };
        const child = execFile(kubectl.path, args, { env }, (error, stdout, stderr) => {
          resolve({ code: Number(error?.code ?? 0), stdout, stderr });
        });
        child.stdin?.end(input);
      });
    const failed = await run('', 'exec', 'one', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7');
    expect([failed.code, failed.stdout]).toEqual([7, 'out\n']);
    expect(failed.stderr).toContain('err\n');
    expect(failed.stderr).toContain('command terminated with exit code 7');
    const piped = await run('to cat', 'exec', '-i', 'one', '--', 'cat');
    expect(piped).toMatchObject({ code: 0, stdout: 'to cat' });
    node.log = ['hello\n'];
    expect(await run('', 'logs', 'one')).toMatchObject({ code: 0, stdout: 'hello\n' });
    const which = await run('', 'exec', 'none', '--', 'true');
    expect(which.stderr).toContain('pods "none" not found');
    node.refusal = { code: 404, reason: 'NotFound', message: 'container not found ("main")' };
    const gone = await run('', 'exec', 'one', '--', 'true');
    expect(gone.stderr).toContain('container not found ("main")');
  }, 60_000);
});
