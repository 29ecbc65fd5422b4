/** The way of one message through three real servers, as they tell it; and how what they tell is read. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inOrder, missingServers, readHops, type ServerHops } from '../../machines/trace/hops.ts';
import { renderHops } from '../../machines/trace/hops-text.ts';
import {
  eventually,
  kabukiScript,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { askApi } from './api-user.ts';

let cluster: RunningCluster;
beforeAll(async () => {
  cluster = await startCluster(['--nodes', '0', '--hollow-nodes', '1', '--store-replicas', '3']);
}, 30_000);
afterAll(() => cluster?.stop());

const hops = (...args: readonly string[]) =>
  run(process.execPath, [kabukiScript, 'trace', 'hops', '--data', cluster.data, ...args]);

interface Told {
  readonly subject: string;
  readonly delivered: boolean;
  readonly servers: readonly ServerHops[];
}

async function told(...args: readonly string[]): Promise<Told> {
  const { code, stdout, stderr } = await hops(...args, '-o', 'json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Told;
}

const clientsOf = ({ servers }: Told) =>
  servers
    .flatMap((one) => one.hops)
    .filter(({ type, by }) => type === 'eg' && by === 'client')
    .map(({ name }) => name)
    .sort();

const PROCESSES = ['kabuki control-plane', 'kabuki hollow'];

test('what goes to every process is seen to, over the servers they are connected to', async () => {
  const way = (await eventually(async () => {
    const found = await told('status');
    // Nodes may still be on their way up.
    return clientsOf(found).length === PROCESSES.length && found;
  })) as Told;
  expect(way).toMatchObject({ subject: 'kabuki.status', delivered: false });
  expect(clientsOf(way)).toEqual(PROCESSES);
  const [first] = way.servers;
  expect(first?.hops[0]).toMatchObject({ type: 'in', by: 'client', name: 'kabuki trace hops' });
  for (const { version } of way.servers) expect(version).toMatch(/^2\.\d+\.\d+/);
});

test('it arrives where that is asked for', async () => {
  const way = await told('status', '--deliver');
  expect([way.delivered, clientsOf(way)]).toEqual([true, PROCESSES]);
});

test('a request goes to one apiserver, by its queue group', async () => {
  const { stdout } = await hops('api.system=3Akube-scheduler.get');
  expect(stdout).toMatch(/-> client \d+ "kabuki control-plane", who .* in queue group apiserver/);
  expect(stdout).toMatch(/; it would go to 1 client\n$/);
});

test('a write is seen to the stream that would keep it, and is not kept', async () => {
  const way = await told('configmap/web');
  expect(way.subject).toBe('$KV.kabuki.core.configmaps.default.web');
  const kept = way.servers.flatMap((one) => one.hops).find(({ type }) => type === 'js');
  expect(kept).toMatchObject({ stream: 'KV_kabuki', subject: way.subject, error: '' });
  const path = '/api/v1/namespaces/default/configmaps';
  // A list waits for everything that was stored before.
  await askApi(cluster, path);
  expect((await askApi(cluster, `${path}/web`)).code).toBe(404);
});

test('a request on record means the write it led to', async () => {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'asked' } };
  const path = '/api/v1/namespaces/default/configmaps';
  const { auditId } = await askApi(cluster, path, { method: 'POST', body });
  await eventually(async () => {
    const { code, stdout } = await hops(auditId);
    return (
      code === 0 && stdout.startsWith('$KV.kabuki.core.configmaps.default.asked  (traced only')
    );
  });
});

test('a subject that nobody listens on says so', async () => {
  const { code, stdout } = await hops('nobody.here');
  expect(code).toBe(0);
  expect(stdout).toMatch(/1 server; nobody subscribes to it, and no stream keeps it\n$/);
});

test.each([
  [['a.>'], 2, 'nothing can be published to "a.>"'],
  [['node.*.logs'], 2, 'nothing can be published to "node.*.logs"'],
  [['a..b'], 2, 'nothing can be published to "a..b"'],
  [['frob/web'], 2, 'the server doesn\'t have a resource type "frob"'],
  [['$KV.kabuki.core.pods.a.b', '--deliver'], 2, 'may do something: it is only traced'],
  [['beat.node-1', '--deliver'], 2, 'may do something: it is only traced'],
  [['00000000000000-1'], 1, 'no message 00000000000000-1 is on record'],
])('%j is refused', async (args, code, says) => {
  const result = await hops(...args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(says);
  expect(result.stderr).not.toContain('    at ');
});

test('without a cluster there is nothing to ask', async () => {
  const args = [kabukiScript, 'trace', 'hops', '--data', '/nonexistent', 'status'];
  const { code, stderr } = await run(process.execPath, args);
  expect([code, stderr]).toEqual([7, expect.stringContaining('no cluster is running')]);
});

const at = (fraction: string) => `2026-11-30T13:59:01.${fraction}Z`;

/** What a server publishes, as nats-server 2.15 does. */
function telling(name: string, hop: string, events: readonly object[]): unknown {
  return {
    server: { name, host: '127.0.0.1', ver: '2.15.1', jetstream: true },
    request: { header: hop === '' ? {} : { 'Nats-Trace-Hop': [hop] }, msgsize: 98 },
    hops: 1,
    events,
  };
}

const FIRST = telling('n1', '', [
  { type: 'in', ts: at('340871450'), kind: 0, cid: 34, name: 'me', acc: 'A', subj: 'a.b' },
  { type: 'sm', ts: at('340880'), to: 'a.c' },
  { type: 'eg', ts: at('340927393'), kind: 1, cid: 14, name: 'n2', hop: '1' },
  { type: 'eg', ts: at('34093'), kind: 4, cid: 15, name: 'leaf', hop: '2' },
]);
const SECOND = telling('n2', '1', [
  { type: 'in', ts: at('341'), kind: 1, cid: 15, name: 'n1', acc: 'A', subj: 'a.c' },
  { type: 'js', ts: at('3411'), stream: 'S', subject: 'a.c' },
  { type: 'js', ts: at('3412'), stream: 'T', nointerest: true },
  { type: 'eg', ts: at('3413'), kind: 0, cid: 9, name: 'you', sub: 'a.*', queue: 'q' },
  { type: 'eg', ts: at('3414'), kind: 0, cid: 8, sub: 'a.>', error: 'Client Closed' },
]);
const read = (body: unknown) => readHops(body) as ServerHops;

test('times are kept to the microsecond', () => {
  const [one, other] = read(FIRST).hops;
  expect((other?.atMs ?? 0) - (one?.atMs ?? 0)).toBeCloseTo(0.00855, 3);
});

test('what a server sent on to is missing until it has told', () => {
  expect(missingServers([])).toBeUndefined();
  expect(missingServers([read(SECOND)])).toBeUndefined();
  expect(missingServers([read(FIRST)])).toEqual(['n2', 'leaf']);
  expect(missingServers([read(SECOND), read(FIRST)])).toEqual(['leaf']);
});

test('servers are in the order of their hops, the tenth after the second', () => {
  const ways = ['10', '2', '2.1', '', '1'].map((hop) => read(telling(hop, hop, [])));
  expect(inOrder(ways).map(({ hop }) => hop)).toEqual(['', '1', '2', '2.1', '10']);
});

test('every kind of hop as text', () => {
  const head = { subject: 'a.b', delivered: true };
  expect(renderHops([read(SECOND), read(FIRST)], head)).toBe(`a.b  (delivered)
         -  n1 (2.15.1)  <- client 34 "me"
   0.01 ms      mapped to a.c
   0.06 ms      -> route 14 "n2"
   0.06 ms      -> leafnode 15 "leaf"
   0.13 ms      n2 (2.15.1)  <- route 15 "n1"
   0.23 ms          -> stream S, which keeps it as a.c
   0.33 ms          -> stream T, which does not keep it: nobody is interested
   0.43 ms          -> client 9 "you", who subscribes to a.* in queue group q
   0.53 ms          -> client 8, who subscribes to a.>  ! Client Closed
2 servers; it went to 1 client and stream S
`);
});

test.each([undefined, 'text', {}, { server: {}, events: 'no' }])('%j tells nothing', (body) => {
  expect(readHops(body)).toBeUndefined();
});

test('what is unknown in a telling is left out', () => {
  expect(read(telling('n1', '', [{ type: 'new' }, { type: 'eg', kind: 42 }])).hops).toMatchObject([
    { type: 'eg', by: 'connection of kind 42' },
  ]);
});
