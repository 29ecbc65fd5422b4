/**
 * What the request path costs over the memory store, in process: creates, status patches, bindings,
 * watches. Run it with `node --import` of a TypeScript loader, or after the build: `node
 * dist/test/bench/api.js`.
 */
import { isReply } from '../../actors/apiserver/api.ts';
import type { Verb } from '../../machines/api/request.ts';
import { type ApiWorld, createApiWorld, podOf, requestOf } from '../api/world.ts';

const inFlight = 64;

async function measure(name: string, count: number, run: (index: number) => Promise<unknown>) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await run(index);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const each = (user + system) / count;
  const rate = Math.round(count / seconds);
  console.log(
    `${name.padEnd(42)} ${String(rate).padStart(7)}/s  ${each.toFixed(0).padStart(5)} us CPU`,
  );
}

const inDefault = { namespace: 'default' };

async function must(world: ApiWorld, verb: Verb, path: string, more: object) {
  const reply = await world.api.handle(requestOf({ verb, path, ...inDefault, ...more }));
  if (reply.code >= 400) throw new Error(JSON.stringify(reply.object));
}

function richPod(name: string) {
  return podOf(name, {
    metadata: {
      name,
      labels: { app: 'web', 'pod-template-hash': 'abc12345' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-abc',
          uid: 'u-1',
          controller: true,
        },
      ],
    },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example/echo:1',
          env: [{ name: 'A', value: 'b' }],
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: '100m', memory: '64Mi' } },
          readinessProbe: { httpGet: { path: '/', port: 80 } },
        },
      ],
    },
  });
}

const statusPatch = {
  status: {
    phase: 'Running',
    podIP: '127.0.1.1',
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
      { type: 'ContainersReady', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
    containerStatuses: [
      { name: 'main', ready: true, restartCount: 0, image: 'x', imageID: 'y', started: true },
    ],
  },
};

/** A kubelet's watch; it keeps no event, as a socket does not. */
async function watchNode(world: ApiWorld, node: string): Promise<void> {
  const query = { fieldSelector: `spec.nodeName=${node}` };
  const request = requestOf({ verb: 'watch', path: 'v1/pods', query });
  const handle = await world.api.watch(request, { event: () => true, end: () => {} });
  if (isReply(handle)) throw new Error(JSON.stringify(handle.object));
  handle.start();
}

const pod = (prefix: string, index: number) => richPod(`${prefix}-${index}`);

/** Every kind of request, so many times each, over pods of this prefix. */
async function run(world: ApiWorld, prefix: string, count: number): Promise<void> {
  const named = (index: number) => ({ name: `${prefix}-${index}` });
  await measure(`${prefix}: create pod (body unchecked)`, count, (index) =>
    must(world, 'create', 'v1/pods', { body: pod(prefix, index) }),
  );
  await measure(`${prefix}: create pod (body decoded)`, count, (index) =>
    must(world, 'create', 'v1/pods', {
      body: pod(`${prefix}-decoded`, index),
      findings: { unknown: [], duplicate: [] },
    }),
  );
  await measure(`${prefix}: bind pod`, count, (index) =>
    must(world, 'create', 'v1/pods/binding', {
      ...named(index),
      body: { target: { kind: 'Node', name: `n${index % 1000}` } },
    }),
  );
  await measure(`${prefix}: patch pod status (strategic)`, count, (index) =>
    must(world, 'patch', 'v1/pods/status', {
      ...named(index),
      patch: { type: 'strategic', body: statusPatch },
    }),
  );
  await measure(`${prefix}: get pod`, count, (index) =>
    must(world, 'get', 'v1/pods', named(index)),
  );
  for (const [what, more] of [
    ['', ''],
    [' unbound', '-decoded'],
  ]) {
    await measure(`${prefix}: delete pod${what} (grace 0)`, count, (index) =>
      must(world, 'delete', 'v1/pods', {
        name: `${prefix}${more}-${index}`,
        query: { gracePeriodSeconds: '0' },
      }),
    );
  }
}

async function main(): Promise<void> {
  const world = await createApiWorld();
  await must(world, 'create', 'v1/serviceaccounts', { body: { metadata: { name: 'default' } } });
  for (let node = 0; node < 1000; node += 1) await watchNode(world, `n${node}`);
  // The compiler's work is measured apart.
  await run(world, 'cold', 4_000);
  await run(world, 'warm', 8_000);
  world.close();
}

await main();
