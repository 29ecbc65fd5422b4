/**
 * What the request path costs over the memory store, in process: creates, status patches, bindings,
 * watches. Run it with `node --import` of a TypeScript loader, or after the build: `node
 * dist/test/bench/api.js`.
 */
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
    `${name.padEnd(34)} ${String(rate).padStart(7)}/s  ${each.toFixed(0).padStart(5)} us CPU`,
  );
}

const inDefault = { namespace: 'default' };

async function must(world: ApiWorld, verb: Verb, path: string, more: object) {
  const reply = await world.api.handle(requestOf({ verb, path, ...inDefault, ...more }));
  if (reply.code >= 400) throw new Error(JSON.stringify(reply.object));
}

function richPod(index: number) {
  return podOf(`pod-${index}`, {
    metadata: {
      name: `pod-${index}`,
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

async function main(): Promise<void> {
  const world = await createApiWorld();
  await must(world, 'create', 'v1/serviceaccounts', { body: { metadata: { name: 'default' } } });
  for (let node = 0; node < 1000; node += 1) {
    await world.watch({ path: 'v1/pods', query: { fieldSelector: `spec.nodeName=n${node}` } });
  }
  const bodies = Array.from({ length: 20_000 }, (_, index) => richPod(index));
  await measure('create pod (warm-up)', 2_000, (index) =>
    must(world, 'create', 'v1/pods', {
      body: { ...richPod(index), metadata: { name: `warm-${index}` } },
    }),
  );
  const requests = bodies.map((body) =>
    requestOf({ verb: 'create', path: 'v1/pods', ...inDefault, body }),
  );
  await measure('create pod (body unchecked)', 8_000, async (index) => {
    const reply = await world.api.handle(requests[index] as (typeof requests)[0]);
    if (reply.code !== 201) throw new Error(JSON.stringify(reply.object));
  });
  await measure('create pod (body decoded by front)', 8_000, async (index) => {
    const request = requests[index + 8_000] as (typeof requests)[0];
    const reply = await world.api.handle({ ...request, findings: { unknown: [], duplicate: [] } });
    if (reply.code !== 201) throw new Error(JSON.stringify(reply.object));
  });
  await measure('bind pod', 8_000, (index) =>
    must(world, 'create', 'v1/pods/binding', {
      name: `pod-${index}`,
      body: { target: { kind: 'Node', name: `n${index % 1000}` } },
    }),
  );
  await measure('patch pod status (strategic)', 8_000, (index) =>
    must(world, 'patch', 'v1/pods/status', {
      name: `pod-${index}`,
      patch: { type: 'strategic', body: statusPatch },
    }),
  );
  await measure('get pod', 20_000, (index) =>
    must(world, 'get', 'v1/pods', { name: `pod-${index % 8_000}` }),
  );
  await measure('delete pod (grace 0)', 8_000, (index) =>
    must(world, 'delete', 'v1/pods', {
      name: `pod-${index}`,
      query: { gracePeriodSeconds: '0' },
    }),
  );
  world.close();
}

await main();
