/** A kubelet that is started again finds what its predecessor ran. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { killContainers } from '../../actors/chaos/containers.ts';
import {
  freshDir,
  isReady,
  MemoryApi,
  onEnd,
  openStream,
  readStream,
  sh,
  startNode,
  statusOf,
  until,
} from './support.ts';

const WEB = { namespace: 'default', pod: 'web' };

/** Counts to a file a line at a time, so that a gap or a restart would show. */
const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.02; done';

test('containers go on running without a kubelet, and are taken over with their logs', async () => {
  const first = startNode();
  first.api.createPod('web', { containers: [sh('main', COUNT)] });
  await until(() => isReady(first.api.pod('web')), 'ready');
  const before = statusOf(first.api.pod('web'));
  const early = await openStream(first, 'logs', { ...WEB, follow: true });
  await until(() => early.out.includes('5'), 'output before the change');
  await first.kubelet.stop('leave');
  const second = startNode({ api: first.api, dataDir: first.dataDir });
  await until(() => second.host.state('pod', 'default/web')?.value === 'running', 'taken over');
  const lines = async () => (await readStream(second, 'logs', WEB)).out.trim().split('\n');
  const seen = (await lines()).length;
  let all: string[] = [];
  await until(() => {
    void lines().then((now) => {
      all = now;
    });
    return all.length > seen + 5;
  }, 'more output');
  expect(all).toEqual(all.map((_, index) => String(index + 1)));
  const after = statusOf(first.api.pod('web'));
  expect(after?.containerID).toBe(before?.containerID);
  expect(after?.restartCount).toBe(0);
  expect(isReady(first.api.pod('web'))).toBe(true);
  first.api.deletePod('web', 1);
  await until(() => first.api.pod('web') === undefined, 'gone');
});

test('a container that ended meanwhile is told of, and started again', async () => {
  const first = startNode();
  const dir = freshDir();
  first.api.createPod('web', {
    volumes: [{ name: 'v', hostPath: { path: dir } }],
    containers: [
      sh('main', 'echo run; while [ ! -e /v/stop ]; do sleep 0.02; done; rm /v/stop; exit 7', {
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
      }),
    ],
  });
  await until(() => isReady(first.api.pod('web')), 'ready');
  await first.kubelet.stop('leave');
  spawn('touch', [`${dir}/stop`]);
  await until(() => existsSync(`${first.dataDir}/pods/uid-web/containers/main/0/exit`), 'the exit');
  const second = startNode({ api: first.api, dataDir: first.dataDir });
  await until(() => statusOf(first.api.pod('web'))?.restartCount === 1, 'the second run');
  await until(() => isReady(first.api.pod('web')), 'ready again');
  expect(statusOf(first.api.pod('web'))?.lastState?.terminated).toMatchObject({
    exitCode: 7,
    reason: 'Error',
  });
  const previous = await readStream(second, 'logs', { ...WEB, previous: true });
  expect(previous.out).toBe('run\n');
});

test('after an orderly shutdown the workload comes back, counted as a restart', async () => {
  const first = startNode();
  first.api.createPod('web', { containers: [sh('main', 'sleep 1000')] });
  await until(() => isReady(first.api.pod('web')), 'ready');
  await first.kubelet.stop('terminate', 1_000);
  expect(first.api.pod('web')?.status?.phase).toBe('Running');
  const second = startNode({ api: first.api, dataDir: first.dataDir });
  await until(() => statusOf(first.api.pod('web'))?.restartCount === 1, 'started again');
  expect(second.api.events).toContain(
    'web Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.',
  );
});

/**
 * A node in a process of its own, over the built code, with an API that knows one pod and prints
 * its statuses.
 */
const CHILD = `
const [root, dataDir, pod] = process.argv.slice(1);
const load = (path) => import(root + '/dist/' + path);
const { createHost } = await load('actors/host.js');
const { createClock } = await load('actors/clock.js');
const { createVirtualBus } = await load('bus/virtual-bus.js');
const { createIds, systemRandom } = await load('bus/ids.js');
const { createKubelet } = await load('actors/kubelet/kubelet.js');
const { createProcessRuntime } = await load('actors/kubelet/process/runtime.js');
const bus = createVirtualBus();
const host = createHost({ clock: createClock(), bus, ids: createIds(systemRandom()) });
const node = JSON.parse(process.env.NODE_CONFIG);
const runtime = createProcessRuntime({ dataDir, podCidr: node.podCidr, hostIp: node.hostIp, nodeName: node.name, version: '1' });
const api = {
  async change(change) {
    if (change.subresource === 'status' && change.patch?.status?.phase) console.log(JSON.stringify(change.patch.status));
    return { ok: true, object: change.object, revision: 1 };
  },
  async get() { return { ok: false, code: 404, reason: 'NotFound', message: '' }; },
  watchPods(name, handlers) { setImmediate(() => handlers.onSync([JSON.parse(pod)])); return { close() {} }; },
  async services() { return []; },
};
createKubelet({ host, bus, api, runtime, node, dataDir, cluster: 'test' }).start();
`;

test('a kubelet killed with SIGKILL leaves its containers to the next', async () => {
  const { nodeConfig } = await import('./support.ts');
  const root = resolve(import.meta.dirname, '../..');
  expect(existsSync(`${root}/dist/actors/kubelet/kubelet.js`), 'run the build first').toBe(true);
  const dataDir = freshDir();
  const api = new MemoryApi();
  const pod = api.createPod('web', { containers: [sh('main', COUNT)] });
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module', '-e', CHILD, root, dataDir, JSON.stringify(pod)],
    {
      env: { ...process.env, NODE_CONFIG: JSON.stringify(nodeConfig('n1')) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onEnd(() => void child.kill('SIGKILL'));
  let told = '';
  child.stdout?.on('data', (data) => {
    told += data;
  });
  await until(
    () => told.includes('"Running"'),
    () => told,
  );
  child.kill('SIGKILL');
  await until(() => child.exitCode !== null || child.signalCode !== null, 'killed');
  const status = JSON.parse(told.trim().split('\n').at(-1) as string);
  api.put({ resource: 'core/pods', namespace: 'default', name: 'web' }, { ...pod, status });
  const node = startNode({ api, dataDir });
  await until(() => node.host.state('pod', 'default/web')?.value === 'running', 'taken over');
  const log = await readStream(node, 'logs', WEB);
  const lines = log.out.trim().split('\n');
  expect(lines).toEqual(lines.map((_, index) => String(index + 1)));
  expect(statusOf(api.pod('web'))?.containerID).toBe(status.containerStatuses[0].containerID);
  const exec = await readStream(node, 'exec', { ...WEB, command: ['true'] });
  expect(exec.end).toMatchObject({ body: { exitCode: 0 } });
});

test('what loses power with its machine is started again, what is built in too', async () => {
  const first = startNode();
  const containers = [sh('main', 'sleep 1000'), { name: 'builtin', image: 'pause:1' }];
  first.api.createPod('web', { containers });
  await until(() => isReady(first.api.pod('web')), 'ready');
  await first.kubelet.stop('leave');
  expect(killContainers(first.dataDir)).toBe(2);
  startNode({ api: first.api, dataDir: first.dataDir });
  for (const { name } of containers) {
    await until(() => statusOf(first.api.pod('web'), name)?.restartCount === 1, `${name} again`);
    const { lastState } = statusOf(first.api.pod('web'), name) ?? {};
    expect(lastState?.terminated?.exitCode).toBe(137);
  }
  expect(killContainers(freshDir())).toBe(0);
});

function fetchText(url: string): Promise<string> {
  return new Promise((done, fail) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (data) => {
        text += data;
      });
      response.on('end', () => done(text));
    }).on('error', fail);
  });
}

test('built-in images: echo answers on its pod address, logs, stops and is resumed; pause waits', async () => {
  const first = startNode();
  const echo = { name: 'echo', image: 'kabuki/echo:1', env: [{ name: 'PORT', value: '8099' }] };
  first.api.createPod('web', {
    containers: [echo, { name: 'wait', image: 'registry.k8s.io/pause:3.10' }],
  });
  await until(() => isReady(first.api.pod('web')), 'ready');
  const ip = first.api.pod('web')?.status?.podIP;
  expect(await fetchText(`http://${ip}:8099/path?x=1`)).toContain('Request: GET /path?x=1');
  const log = await readStream(first, 'logs', { ...WEB, container: 'echo' });
  expect(log.out).toContain('GET /path?x=1');
  const id = statusOf(first.api.pod('web'), 'echo')?.containerID;
  await first.kubelet.stop('leave');
  startNode({ api: first.api, dataDir: first.dataDir });
  let answer = '';
  await until(() => {
    fetchText(`http://${ip}:8099/`).then(
      (text) => {
        answer = text;
      },
      () => undefined,
    );
    return answer.includes('Pod: default/web');
  }, 'the answer');
  expect(statusOf(first.api.pod('web'), 'echo')).toMatchObject({
    containerID: id,
    restartCount: 0,
  });
  first.api.deletePod('web');
  await until(() => first.api.pod('web') === undefined, 'gone');
  const free = createServer();
  await new Promise<void>((done, fail) => free.once('error', fail).listen(8099, ip, done));
  free.close();
});

test('an image that cannot be run says what can be done', async () => {
  const node = startNode();
  node.api.createPod('web', { containers: [{ name: 'main', image: 'nginx:1.27' }] });
  await until(
    () => statusOf(node.api.pod('web'))?.state?.waiting?.reason === 'ErrImagePull',
    'ErrImagePull',
  );
  expect(statusOf(node.api.pod('web'))?.state?.waiting?.message).toContain(
    'Give the container a command',
  );
  const log = await readStream(node, 'logs', WEB);
  expect(log.refused).toMatchObject({
    code: 400,
    message: `container "main" in pod "web" is waiting to start: image can't be pulled`,
  });
});
