/** A hollow node lives on its host's clock alone: nothing real is touched, whatever its pods ask for. */
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { expect, test } from 'vitest';
import { isReady, onEnd } from './support.ts';
import { VirtualNode } from './virtual-node.ts';

type Calls = { [name: string]: (...args: unknown[]) => unknown };

/** Notes every call of these functions that our code makes itself; the host's queue is given to it. */
function watch(owner: object, names: readonly string[], noted: Set<string>): void {
  const calls = owner as Calls;
  for (const name of names) {
    const real = calls[name] as (...args: unknown[]) => unknown;
    calls[name] = function noting(this: unknown, ...args: unknown[]) {
      const caller = new Error('who calls').stack?.split('\n')[2] ?? '';
      if (/\/(actors\/kubelet|machines)\//.test(caller)) noted.add(`${name} ${caller.trim()}`);
      return real.apply(this, args);
    };
    onEnd(() => {
      calls[name] = real;
      syncBuiltinESMExports();
    });
  }
}

function watchAll(): Set<string> {
  const noted = new Set<string>();
  watch(globalThis, ['setTimeout', 'setInterval', 'setImmediate', 'fetch'], noted);
  watch(Date, ['now'], noted);
  watch(Math, ['random'], noted);
  const files = Object.keys(fs).filter((name) => /^[a-z]/.test(name) && name !== 'promises');
  watch(
    fs,
    files.filter((name) => typeof (fs as unknown as Calls)[name] === 'function'),
    noted,
  );
  watch(net, ['connect', 'createConnection'], noted);
  watch(http, ['request'], noted);
  syncBuiltinESMExports();
  return noted;
}

const POD = {
  initContainers: [{ name: 'first', image: 'job' }],
  containers: [
    {
      name: 'main',
      image: 'app',
      env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'none', key: 'x' } } }],
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
      lifecycle: { postStart: { exec: { command: ['x'] } }, preStop: { sleep: { seconds: 7 } } },
      readinessProbe: { httpGet: { port: 80 }, periodSeconds: 1 },
      livenessProbe: { exec: { command: ['x'] }, periodSeconds: 1 },
      startupProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
      securityContext: { runAsNonRoot: true },
    },
  ],
  volumes: [{ name: 'v', emptyDir: {} }],
};

test('a hollow node touches no file, socket, real timer or chance', async () => {
  const noted = watchAll();
  const rules = [{ match: { image: 'job' }, runMs: 500, pullMs: 100, startMs: 100 }];
  const node = new VirtualNode({ script: { seed: 1, rules } });
  const { api } = node;
  for (const name of ['p', 'q', 'r']) api.createPod(name, POD);
  await node.pass(10_000);
  expect(['p', 'q', 'r'].map((name) => isReady(api.pod(name)))).toEqual([true, true, true]);
  const log = node.runtime.logs(node.changes.at(-1)?.id ?? '', {
    ...{ follow: true, tailLines: undefined, sinceMs: undefined, timestamps: false },
    ...{ limitBytes: undefined, stream: undefined },
  });
  let over = false;
  const ended = () => {
    over = true;
  };
  if (log.ok) log.value.onEnd = ended;
  await node.pass(1_000);
  expect(over).toBe(true);
  node.crashKubelet();
  node.startKubelet();
  await node.pass(5_000);
  node.kubelet.pressure('memory', true);
  await node.pass(5_000);
  node.kubelet.pressure('memory', false);
  await node.reboot();
  await node.pass(400_000);
  for (const name of ['p', 'q', 'r']) api.deletePod(name, 30);
  const left = () => ['p', 'q', 'r'].filter((name) => api.pod(name) !== undefined);
  await node.pass(5_000);
  expect(left().length).toBe(2); // the sleeps before the stop; one was evicted
  await node.pass(5_000);
  expect(left()).toEqual([]);
  expect(node.crashes).toEqual([]);
  expect([...noted]).toEqual([]);
});

test('what is watched would be seen', () => {
  const noted = new Set<string>();
  const own = { now: () => 1 };
  watch(own, ['now'], noted);
  // The name of a frame is what tells where a call comes from.
  const caller = new Function('own', 'return own.now();\n//# sourceURL=/x/actors/kubelet/x.ts');
  expect(caller(own)).toBe(1);
  expect(noted.size).toBe(1);
});
