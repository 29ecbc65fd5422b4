/**
 * Embedded servers on a real nats-server: start, restart on the same data, keys, permissions, a data
 * directory in use, a leftover of a dead owner, a cluster of three.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { DataDirectoryInUseError, lockDataDirectory } from '../../bus/server/data-lock.ts';
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../../bus/server/embedded.ts';
import { processStartTime } from '../../bus/server/process-table.ts';
import { ServerStartError } from '../../bus/server/server-process.ts';
import { embeddedConnection, ReplicasChangedError } from '../../bus/server/server-state.ts';
import { type BusUser, inboxPrefix } from '../../bus/server/users.ts';
import { testNatsServer } from './binary.ts';
import { tempDir } from './temp-dir.ts';

const admin: BusUser = { name: 'admin', publish: ['>'], subscribe: ['>'] };
const worker: BusUser = {
  name: 'worker.one',
  publish: ['job.done.one'],
  subscribe: ['job.one.>'],
  answer: true,
};

const inKeys = (file: string): string => `keys/${file}`;

async function start(dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<Embedded> {
  const { path } = await testNatsServer();
  const embedded = await startEmbedded({ binary: path, dataDir, users: [admin, worker], ...more });
  onTestFinished(() => embedded.stop());
  return embedded;
}

async function client(urls: readonly string[], seed: string, user: string) {
  const connection = await connect({
    servers: [...urls],
    reconnect: false,
    inboxPrefix: inboxPrefix(user),
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
  });
  onTestFinished(() => connection.close());
  return connection;
}

function clientOf(embedded: Embedded, user: string): Promise<NatsConnection> {
  return client(embedded.urls, embedded.credentials.get(user) ?? '', user);
}

/** The first permission violation that the server reports to a connection. */
async function violation(connection: NatsConnection): Promise<string> {
  for await (const event of connection.status()) {
    if (event.type === 'error') return event.error.message;
  }
  return 'closed without a word';
}

async function waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}

test('an acknowledged write is there after a restart, on the same port, with the same keys', async () => {
  const dataDir = await tempDir();
  const first = await start(dataDir);
  const before = await clientOf(first, 'admin');
  await (await jetstreamManager(before)).streams.add({ name: 'S', subjects: ['s.>'] });
  await jetstream(before).publish('s.a', 'kept');
  await before.close();
  await first.stop();

  const second = await start(dataDir);
  expect(second.urls).toEqual(first.urls);
  expect(second.credentials).toEqual(first.credentials);
  const after = await clientOf(second, 'admin');
  const message = await (await jetstreamManager(after)).streams.getMessage('S', {
    last_by_subj: 's.a',
  });
  expect(message?.string()).toBe('kept');
  expect(after.info?.max_payload).toBe(4 * 1024 * 1024);
});

test('files with secrets are readable by their owner alone, listeners are on loopback', async () => {
  const dataDir = await tempDir();
  await start(dataDir);
  const nats = join(dataDir, 'nats');
  const secret = ['n1.conf', 'state.json', ...(await readdir(join(nats, 'keys'))).map(inKeys)];
  expect(secret).toContain('keys/worker=2Eone.nk');
  for (const file of secret) {
    expect([file, (await stat(join(nats, file))).mode & 0o077]).toEqual([file, 0]);
  }
  const config = JSON.parse(await readFile(join(nats, 'n1.conf'), 'utf8'));
  expect(config.host).toBe('127.0.0.1');
  expect(config.jetstream.sync_interval).toBe('always');
});

test('durability interval writes to the disk once a second', async () => {
  const dataDir = await tempDir();
  await start(dataDir, { durability: 'interval' });
  const config = JSON.parse(await readFile(join(dataDir, 'nats', 'n1.conf'), 'utf8'));
  expect(config.jetstream.sync_interval).toBe('1s');
});

test('a user reaches its own subjects and may answer, nothing else', async () => {
  const embedded = await start(await tempDir());
  const boss = await clientOf(embedded, 'admin');
  const hand = await clientOf(embedded, 'worker.one');
  hand.subscribe('job.one.>', { callback: (_, message) => void message.respond('done') });
  await hand.flush();
  expect((await boss.request('job.one.dig', '')).string()).toBe('done');

  const seen = boss.subscribe('job.done.>', { max: 1 });
  await boss.flush();
  const refusedWrite = violation(hand);
  hand.publish('job.done.two', 'not mine');
  hand.publish('job.done.one', 'mine');
  for await (const message of seen) expect(message.string()).toBe('mine');
  expect(await refusedWrite).toMatch(/permissions violation for publish to "job.done.two"/i);
});

const forbidden: { title: string; subject: string }[] = [
  { title: "another user's inbox", subject: `${inboxPrefix('admin')}.>` },
  { title: 'everything', subject: '>' },
  { title: 'the stored log', subject: '$KV.>' },
];

for (const { title, subject } of forbidden) {
  test(`a user may not read ${title}`, async () => {
    const hand = await clientOf(await start(await tempDir()), 'worker.one');
    const refused = violation(hand);
    hand.subscribe(subject);
    expect(await refused).toMatch(/permissions violation for subscription/i);
  });
}

test('a user with empty lists can do nothing, and no stream is open to it', async () => {
  const mute: BusUser = { name: 'mute', publish: [], subscribe: [] };
  const embedded = await start(await tempDir(), { users: [mute] });
  const connection = await clientOf(embedded, 'mute');
  const refused = violation(connection);
  connection.publish('$JS.API.STREAM.NAMES', '');
  expect(await refused).toMatch(/permissions violation for publish/i);
});

test('without a key of ours nobody gets in', async () => {
  const { urls } = await start(await tempDir());
  await expect(connect({ servers: [...urls], reconnect: false })).rejects.toThrow(/authoriz/i);
});

test('a user added later gets in at once, open connections stay, and a restart keeps it', async () => {
  const dataDir = await tempDir();
  const embedded = await start(dataDir);
  const boss = await clientOf(embedded, 'admin');
  const late: BusUser = { name: 'late', publish: ['late.>'], subscribe: [] };
  const seed = await embedded.addUser(late);
  const seen = boss.subscribe('late.>', { max: 1 });
  await boss.flush();
  (await client(embedded.urls, seed, 'late')).publish('late.hello', 'hi');
  for await (const message of seen) expect(message.string()).toBe('hi');
  expect(boss.isClosed()).toBe(false);
  await boss.close();
  await embedded.stop();

  await start(dataDir);
  const own = await embeddedConnection(dataDir, 'late');
  expect(own.seed).toBe(seed);
  expect((await client(own.urls, own.seed, 'late')).isClosed()).toBe(false);
});

test('a changed user is held to its new permissions', async () => {
  const embedded = await start(await tempDir());
  const seed = embedded.credentials.get('worker.one') ?? '';
  expect(await embedded.addUser({ ...worker, publish: ['job.done.two'] })).toBe(seed);
  const hand = await clientOf(embedded, 'worker.one');
  const refused = violation(hand);
  hand.publish('job.done.one', 'no more mine');
  expect(await refused).toMatch(/permissions violation for publish to "job.done.one"/i);
});

test('a killed server is reported and can be started again on its port and data', async () => {
  const exits: string[] = [];
  const embedded = await start(await tempDir(), {
    onExit: (exit) => exits.push(String(exit.signal)),
  });
  const [server] = embedded.servers;
  const killed = server?.pid ?? 0;
  process.kill(killed, 'SIGKILL');
  await waitFor('the exit is reported', async () => exits.length > 0);
  expect(exits).toEqual(['SIGKILL']);
  expect(server?.running).toBe(false);
  await server?.restart();
  expect(server?.running).toBe(true);
  expect(server?.pid).not.toBe(killed);
  expect((await clientOf(embedded, 'admin')).isClosed()).toBe(false);
});

test('a data directory that a live process holds is refused by name, and free after stop', async () => {
  const dataDir = await tempDir();
  const embedded = await start(dataDir);
  await expect(start(dataDir)).rejects.toThrow(
    `the data directory ${dataDir} is in use by process ${process.pid}`,
  );
  await expect(start(dataDir)).rejects.toBeInstanceOf(DataDirectoryInUseError);
  await embedded.stop();
  await (await start(dataDir)).stop();
});

test('a caller that holds the data directory already keeps holding it', async () => {
  const dataDir = await tempDir();
  const lock = await lockDataDirectory(dataDir);
  const embedded = await start(dataDir, { lock });
  await embedded.stop();
  await expect(start(dataDir)).rejects.toBeInstanceOf(DataDirectoryInUseError);
  await lock.release();
});

test('a server that a dead owner left running is stopped before the next start', async () => {
  const dataDir = await tempDir();
  const first = await start(dataDir);
  await first.stop();
  const { path } = await testNatsServer();
  const config = join(dataDir, 'nats', 'n1.conf');
  const orphan = spawn(path, ['-c', config], { detached: true, stdio: 'ignore' });
  onTestFinished(() => void orphan.kill('SIGKILL'));
  const gone = once(orphan, 'exit');
  const pidFile = join(dataDir, 'nats', 'n1.pid');
  await waitFor('the orphan has written its pid file', async () => {
    return (await readFile(pidFile, 'utf8').catch(() => '')).trim() === String(orphan.pid);
  });

  const lines: string[] = [];
  const second = await start(dataDir, { onLog: (line) => lines.push(line) });
  await gone;
  expect(lines[0]).toBe(`stopped nats-server ${orphan.pid}, left behind by a dead owner`);
  expect(second.urls).toEqual(first.urls);
});

test('stop ends the process', async () => {
  const embedded = await start(await tempDir());
  const pid = embedded.pids[0] ?? 0;
  expect(await processStartTime(pid)).toBeDefined();
  const [server] = embedded.servers;
  await embedded.stop();
  expect(await processStartTime(pid)).toBeUndefined();
  await expect(server?.restart()).rejects.toThrow('the servers were stopped');
});

test('a wanted port that is taken is an error, a remembered one is replaced', async () => {
  const holder = await start(await tempDir());
  const port = Number(new URL(holder.urls[0] ?? '').port);
  const dataDir = await tempDir();
  await expect(start(dataDir, { ports: [port] })).rejects.toSatisfy(
    (error) => error instanceof ServerStartError && error.portTaken,
  );
  const other = await start(dataDir);
  expect(other.urls).not.toEqual(holder.urls);
});

test('a binary that is no server fails with what it said', async () => {
  const dataDir = await tempDir();
  const binary = join(dataDir, 'fake');
  await writeFile(binary, '#!/bin/sh\necho "cannot run on this machine" >&2; exit 3\n', {
    mode: 0o755,
  });
  await expect(start(dataDir, { binary })).rejects.toThrow(/cannot run on this machine/);
  await expect(start(dataDir, { binary: '/nonexistent' })).rejects.toThrow(/ENOENT/);
});

test('three servers elect a leader and hold a stream in three copies', async () => {
  const dataDir = await tempDir();
  const embedded = await start(dataDir, { replicas: 3 });
  expect(embedded.urls).toHaveLength(3);
  const system = await embeddedConnection(dataDir, 'system');
  const asking = await client(system.urls, system.seed, 'system');
  const leader = await asking.request('$SYS.REQ.SERVER.PING.JSZ', '{"leader_only":true}');
  expect(leader.json()).toMatchObject({
    data: { meta_cluster: { cluster_size: 3, replicas: [{ current: true }, { current: true }] } },
  });
  const connection = await clientOf(embedded, 'admin');
  const manager = await jetstreamManager(connection);
  const info = await manager.streams.add({ name: 'S', subjects: ['s.>'], num_replicas: 3 });
  expect(info.config.num_replicas).toBe(3);
  expect((await jetstream(connection).publish('s.a', 'x')).seq).toBe(1);
  const seed = await embedded.addUser({ name: 'late', publish: ['s.>'], subscribe: [] });
  for (const url of embedded.urls) await client([url], seed, 'late');
  await connection.close();
  await embedded.stop();
  await expect(start(dataDir)).rejects.toBeInstanceOf(ReplicasChangedError);
}, 60_000);
