/** The process runtime with real processes, through a whole kubelet. */
import { expect, test } from 'vitest';
import { isReady, openStream, readStream, sh, startNode, statusOf, until } from './support.ts';

const WEB = { namespace: 'default', pod: 'web' };

test('a simple pod runs, is ready with one status write, logs, and leaves', async () => {
  const node = startNode();
  const { api } = node;
  await until(() => api.objects.get('core/nodes//n1'), 'the Node object');
  api.createPod('web', { containers: [sh('main', 'echo hello; echo oops >&2; exec sleep 1000')] });
  await until(
    () => isReady(api.pod('web')),
    () => `ready\n${node.steps.join('\n')}${node.crashes}${api.events.join('\n')}`,
  );
  const pod = api.pod('web');
  expect(pod?.status).toMatchObject({
    phase: 'Running',
    podIP: '127.200.1.1',
    qosClass: 'BestEffort',
    containerStatuses: [{ name: 'main', ready: true, started: true, restartCount: 0 }],
  });
  const log = await openStream(node, 'logs', { ...WEB, follow: true });
  await until(() => log.out.includes('hello') && log.out.includes('oops'), 'the output');
  expect(log.out.split('\n').sort()).toEqual(['', 'hello', 'oops']);
  expect(api.writes.filter(({ type }) => type === 'patch').length).toBe(1);
  api.deletePod('web', 1);
  await until(() => api.pod('web') === undefined, 'gone');
  expect(api.events).toEqual([
    'n1 Normal Starting Starting kubelet.',
    'web Normal Pulled Container image "busybox" already present on machine and can be accessed by the pod',
    'web Normal Created Container created',
    'web Normal Started Container started',
    'web Normal Killing Stopping container main',
  ]);
  expect(node.crashes).toEqual([]);
});

test('exec reports output, exit codes, input and a terminal', async () => {
  const node = startNode();
  node.api.createPod('web', {
    containers: [
      sh('main', 'sleep 1000', { env: [{ name: 'WHO', value: 'me' }], workingDir: '/tmp' }),
    ],
  });
  await until(() => isReady(node.api.pod('web')), 'ready');
  const plain = await readStream(node, 'exec', {
    ...WEB,
    command: ['sh', '-c', 'echo $WHO; pwd; echo err >&2; exit 3'],
  });
  expect(plain).toMatchObject({ out: 'me\n/tmp\n', err: 'err\n' });
  expect(plain.end).toEqual({ kind: 'ended', body: { exitCode: 3 } });
  const piped = await readStream(
    node,
    'exec',
    { ...WEB, command: ['cat'], stdin: true },
    (send) => {
      send({ stdin: Buffer.from('typed') });
      send({ closeStdin: true });
    },
  );
  expect(piped.out).toBe('typed');
  const tty = await readStream(
    node,
    'exec',
    { ...WEB, command: ['sh', '-c', 'stty size; tty'], stdin: true, tty: true },
    (send) => send({ resize: { width: 100, height: 40 } }),
  );
  expect(tty.out).toContain('/dev/pts/');
  const missing = await readStream(node, 'exec', { ...WEB, command: ['no-such-program'] });
  expect(missing.end).toMatchObject({ body: { reason: 'InternalError' } });
  expect(JSON.stringify(missing.end)).toContain('executable file not found in $PATH');
});

test('logs can be followed, cut and dated', async () => {
  const node = startNode();
  node.api.createPod('web', {
    restartPolicy: 'Never',
    containers: [
      sh('main', 'for i in 1 2 3 4 5; do echo line $i; done; read go; echo last', { stdin: true }),
    ],
  });
  await until(() => statusOf(node.api.pod('web'))?.state?.running, 'running');
  const live = await openStream(node, 'logs', { ...WEB, follow: true });
  await until(() => live.out.includes('line 5'), 'the first lines');
  const followed = await openStream(node, 'logs', { ...WEB, follow: true, tailLines: 2 });
  await readStream(node, 'attach', { ...WEB, stdin: true }, (send) =>
    send({ stdin: Buffer.from('go\n') }),
  );
  await until(() => followed.end, 'the end of the log');
  expect(followed.out).toBe('line 4\nline 5\nlast\n');
  const dated = await readStream(node, 'logs', { ...WEB, timestamps: true, tailLines: 1 });
  expect(dated.out).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z last\n$/);
  const cut = await readStream(node, 'logs', { ...WEB, limitBytes: 4 });
  expect(cut.out).toBe('line');
  await until(() => node.api.pod('web')?.status?.phase === 'Succeeded', 'succeeded');
  expect(statusOf(node.api.pod('web'))?.state?.terminated).toMatchObject({
    exitCode: 0,
    reason: 'Completed',
  });
  const previous = await readStream(node, 'logs', { ...WEB, previous: true });
  expect(previous.refused).toMatchObject({
    code: 400,
    message: 'previous terminated container "main" in pod "web" not found',
  });
});

test('a container with stdin and a terminal can be attached to', async () => {
  const node = startNode();
  node.api.createPod('web', {
    restartPolicy: 'Never',
    containers: [
      sh('main', 'read a; echo got $a', { stdin: true, stdinOnce: true }),
      sh('term', 'read a; echo term $a; tty', { stdin: true, tty: true }),
    ],
  });
  await until(() => isReady(node.api.pod('web')), 'ready');
  const plain = await readStream(node, 'attach', { ...WEB, stdin: true }, (send) =>
    send({ stdin: Buffer.from('this\n') }),
  );
  expect(plain.out).toBe('got this\n');
  const term = await readStream(
    node,
    'attach',
    { ...WEB, container: 'term', stdin: true, tty: true },
    (send) => send({ stdin: Buffer.from('that\n') }),
  );
  expect(term.out).toContain('term that');
  expect(term.out).toContain('/dev/pts/');
  expect(term.end).toMatchObject({ body: { exitCode: 0 } });
});

test('stopping sends the signal first and SIGKILL after the grace', async () => {
  const node = startNode();
  node.api.createPod('web', {
    terminationGracePeriodSeconds: 2,
    containers: [sh('main', 'trap "echo term" TERM; echo up; while :; do sleep 0.05; done')],
  });
  await until(() => isReady(node.api.pod('web')), 'ready');
  const log = await openStream(node, 'logs', { ...WEB, follow: true });
  await until(() => log.out.includes('up'), 'the trap');
  const startedMs = Date.now();
  node.api.deletePod('web', 2);
  await until(() => node.api.pod('web') === undefined, 'gone');
  expect(Date.now() - startedMs).toBeGreaterThan(1_900);
  expect(log.out).toBe('up\nterm\n');
  const last = node.api.writes.filter(({ type }) => type === 'patch').at(-1);
  expect(JSON.stringify(last)).toContain('"exitCode":137');
});
