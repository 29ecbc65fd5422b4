/** Probes, hooks, init containers and restarts with real processes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { isReady, onEnd, readStream, sh, startNode, statusOf, until } from './support.ts';

const WEB = { namespace: 'default', pod: 'web' };

/** An HTTP server whose answer can be changed. */
async function answering(): Promise<{ port: number; code: number }> {
  const state = { port: 0, code: 200 };
  const server: Server = createServer((_, response) => {
    response.statusCode = state.code;
    response.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onEnd(() => void server.close());
  state.port = (server.address() as AddressInfo).port;
  return state;
}

test('readiness by HTTP, TCP and command', async () => {
  const web = await answering();
  const often = { periodSeconds: 1, failureThreshold: 1 };
  const node = startNode();
  node.api.createPod('web', {
    containers: [
      sh('http', 'sleep 1000', {
        ports: [{ name: 'web', containerPort: web.port }],
        readinessProbe: { ...often, httpGet: { port: 'web', path: '/ok', host: '127.0.0.1' } },
      }),
      sh('tcp', 'sleep 1000', {
        readinessProbe: { ...often, tcpSocket: { port: web.port, host: '127.0.0.1' } },
      }),
      sh('exec', 'sleep 1000', { readinessProbe: { ...often, exec: { command: ['true'] } } }),
    ],
  });
  await until(
    () => isReady(node.api.pod('web')),
    () => node.api.events.join('\n'),
  );
  web.code = 500;
  await until(() => !isReady(node.api.pod('web')), 'unready');
  const bad =
    'web Warning Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 500';
  expect(node.api.events).toContain(bad);
  web.code = 302;
  await until(() => isReady(node.api.pod('web')), 'ready again');
});

test('a failing liveness probe restarts the container', async () => {
  const node = startNode();
  node.api.createPod('web', {
    terminationGracePeriodSeconds: 2,
    containers: [
      sh('main', 'touch $KABUKI_ROOT/alive; sleep 1000', {
        livenessProbe: {
          periodSeconds: 1,
          failureThreshold: 1,
          exec: { command: ['sh', '-c', 'cat /tmp/no-such-file-here'] },
        },
      }),
    ],
  });
  await until(() => (statusOf(node.api.pod('web'))?.restartCount ?? 0) > 0, 'the restart');
  expect(node.api.events).toContain(
    'web Normal Killing Container main failed liveness probe, will be restarted',
  );
  expect(node.api.events.join('\n')).toContain('Unhealthy Liveness probe failed: cat:');
});

test('init containers run in order, sidecars beside, hooks around, last words are kept', async () => {
  const node = startNode();
  node.api.createPod('web', {
    restartPolicy: 'Never',
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [
      sh('one', 'echo one >>/v/order', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
      sh('side', 'trap "exit 0" TERM; echo side >>/v/order; while :; do sleep 0.1; done', {
        restartPolicy: 'Always',
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        startupProbe: { periodSeconds: 1, exec: { command: ['grep', 'side', '/v/order'] } },
      }),
      sh('two', 'echo two >>/v/order', { volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    ],
    containers: [
      sh(
        'main',
        'while [ ! -e /v/hooked ]; do sleep 0.05; done; cat /v/order; echo bye >/dev/termination-log; exit 3',
        {
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
          lifecycle: { postStart: { exec: { command: ['touch', '/v/hooked'] } } },
        },
      ),
    ],
  });
  await until(
    () => node.api.pod('web')?.status?.phase === 'Failed',
    () => node.steps.join('\n'),
  );
  const log = await readStream(node, 'logs', { ...WEB, container: 'main' });
  expect(log.out).toBe('one\nside\ntwo\n');
  expect(statusOf(node.api.pod('web'), 'main')?.state?.terminated).toMatchObject({
    exitCode: 3,
    message: 'bye\n',
  });
  expect(statusOf(node.api.pod('web'), 'side')?.state?.terminated).toMatchObject({ exitCode: 0 });
});

test('a preStop hook runs before the end, and the log tells it', async () => {
  const node = startNode();
  node.api.createPod('web', {
    containers: [
      sh('main', 'trap "exit 0" TERM; while :; do sleep 0.05; done', {
        lifecycle: { preStop: { exec: { command: ['sh', '-c', 'exit 1'] } } },
      }),
    ],
  });
  await until(() => isReady(node.api.pod('web')), 'ready');
  node.api.deletePod('web', 10);
  await until(() => node.api.pod('web') === undefined, 'gone');
  expect(node.api.events).toContain('web Warning FailedPreStopHook PreStopHook failed');
});

test('what cannot be started says why, and is tried again', async () => {
  const node = startNode();
  node.api.createPod('web', {
    containers: [{ name: 'main', image: 'x', command: ['no-such-program'] }],
  });
  const waiting = () => statusOf(node.api.pod('web'))?.state?.waiting;
  await until(() => waiting()?.reason === 'RunContainerError', 'RunContainerError');
  expect(waiting()?.message).toContain(
    'exec: "no-such-program": executable file not found in $PATH',
  );
  expect(statusOf(node.api.pod('web'))?.lastState?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
  });
});

test('the whole process group ends with the main process', async () => {
  const node = startNode();
  node.api.createPod('web', {
    restartPolicy: 'Never',
    containers: [sh('main', 'sleep 1234.5 & echo $!; exit 0')],
  });
  await until(() => node.api.pod('web')?.status?.phase === 'Succeeded', 'succeeded');
  const log = await readStream(node, 'logs', WEB);
  const pid = Number(log.out);
  expect(pid).toBeGreaterThan(1);
  const alive = () => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  await until(() => !alive(), 'the child is gone');
});
