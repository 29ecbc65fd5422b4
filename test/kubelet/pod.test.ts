/** The pod's machine, alone: golden runs, and what its status says in the documented cases. */
import { expect, test } from 'vitest';
import type { Container } from '../../machines/api/types.ts';
import { Drive, exit, podOf, type Runs, type World } from './drive.ts';

const A: Container = { name: 'a', image: 'app:1' };
const OFTEN = {
  initialDelaySeconds: 0,
  periodSeconds: 10,
  failureThreshold: 2,
  httpGet: { port: 80 },
};

/** Each run is written down: its steps, the events it recorded, and how many writes it made. */
const GOLDEN: { readonly [name: string]: () => Drive } = {
  'a pod that runs and is deleted': () => new Drive(podOf({})).run(5).delete(30).run(5),
  'a container that crashes': () =>
    new Drive(podOf({}), { runs: { main: [{ ms: 1000, code: 1 }] } }).run(100),
  'a container that crashes seldom starts afresh': () =>
    new Drive(podOf({}), {
      runs: {
        main: [
          { ms: 100, code: 1 },
          { ms: 700_000, code: 1 },
          { ms: 0, code: 0 },
        ],
      },
    }).run(800),
  'a pod that its node evicts': () =>
    new Drive(podOf({}))
      .run(5)
      .tell({ type: 'pod.evicted', message: 'The node was low on resource: memory. ' })
      .run(5),
  'a job that fails once': () =>
    new Drive(podOf({ restartPolicy: 'OnFailure' }), {
      runs: {
        main: [
          { ms: 1000, code: 2 },
          { ms: 1000, code: 0 },
        ],
      },
    }).run(30),
  'a pod that is never restarted': () =>
    new Drive(podOf({ restartPolicy: 'Never', containers: [A, { ...A, name: 'b' }] }), {
      runs: { a: [{ ms: 1000, code: 0 }], b: [{ ms: 2000, code: 3 }] },
    })
      .run(10)
      .delete(30)
      .run(5),
  'init containers, a sidecar, and the end': () =>
    new Drive(
      podOf({
        restartPolicy: 'Never',
        initContainers: [
          { name: 'first', image: 'i' },
          {
            name: 'side',
            image: 's',
            restartPolicy: 'Always',
            startupProbe: { ...OFTEN, periodSeconds: 1 },
          },
          { name: 'second', image: 'i' },
        ],
      }),
      {
        runs: {
          first: [{ ms: 500, code: 0 }],
          second: [{ ms: 500, code: 0 }],
          main: [{ ms: 2000, code: 0 }],
        },
      },
    ).run(20),
  'an init container that fails for good': () =>
    new Drive(podOf({ restartPolicy: 'Never', initContainers: [{ name: 'first', image: 'i' }] }), {
      runs: { first: [{ ms: 100, code: 9 }] },
    }).run(5),
  'an image that cannot be pulled at first': () => {
    let pulls = 0;
    const world: World = (effect) => {
      if (effect.type !== 'container.run' || ++pulls > 2) return undefined;
      const container = 'main';
      return [
        [0, { type: 'image.pulling', container }],
        [
          100,
          { type: 'image.failed', container, reason: 'ErrImagePull', message: 'no such image' },
        ],
      ];
    };
    return new Drive(podOf({}), { world }).run(60);
  },
  'a missing ConfigMap': () => {
    let tries = 0;
    const world: World = (effect) => {
      if (effect.type !== 'container.run' || ++tries > 1) return undefined;
      const message = 'configmap "x" not found';
      return [
        [
          0,
          {
            type: 'container.startFailed',
            container: 'main',
            reason: 'CreateContainerConfigError',
            message,
          },
        ],
      ];
    };
    return new Drive(podOf({}), { world }).run(30);
  },
  'a liveness probe that fails': () => {
    const world: World = (effect, drive) =>
      effect.type === 'probe.run' && effect.probe === 'liveness' && drive.nowMs % 100_000 > 20_000
        ? [[0, { ...effect, type: 'probe.result', outcome: 'failure', output: 'statuscode: 500' }]]
        : undefined;
    return new Drive(podOf({ containers: [{ ...A, livenessProbe: OFTEN }] }), { world }).run(60);
  },
  'a readiness probe that comes and goes, behind a startup probe': () => {
    let runs = 0;
    const world: World = (effect) => {
      if (effect.type !== 'probe.run') return undefined;
      runs++;
      const bad = effect.probe === 'startup' ? runs < 2 : runs === 5 || runs === 6;
      const outcome = bad ? 'failure' : 'success';
      return [[0, { ...effect, type: 'probe.result', outcome, output: bad ? 'refused' : '' }]];
    };
    const containers = [{ ...A, startupProbe: OFTEN, readinessProbe: OFTEN }];
    return new Drive(podOf({ containers }), { world }).run(75);
  },
  'hooks around a slow end': () => {
    const world: World = (effect) => {
      if (effect.type === 'container.stop') return [[3000, exit('a', effect.id, 0, 0)]];
      if (effect.type !== 'hook.run' || effect.hook !== 'preStop') return undefined;
      return [[5000, { type: 'hook.done', container: 'a', hook: 'preStop', ok: true }]];
    };
    const lifecycle = { postStart: { exec: {} }, preStop: { exec: {} } };
    return new Drive(podOf({ containers: [{ ...A, lifecycle }] }), { world })
      .run(2)
      .delete(20)
      .run(30);
  },
  'a grace that is shortened': () => {
    const world: World = (effect) =>
      effect.type === 'container.stop' && effect.graceMs > 5000 ? [] : undefined;
    return new Drive(podOf({}), { world }).run(1).delete(30).run(5).delete(1).run(5);
  },
  'a pod that is active for too long': () => new Drive(podOf({ activeDeadlineSeconds: 5 })).run(10),
  'volumes that cannot be mounted at first': () => {
    let tries = 0;
    const world: World = (effect) =>
      effect.type === 'pod.prepare' && ++tries < 3
        ? [
            [
              0,
              {
                type: 'pod.prepareFailed',
                reason: 'FailedMount',
                message: 'MountVolume.SetUp failed',
              },
            ],
          ]
        : undefined;
    return new Drive(podOf({}), { world }).run(5);
  },
  'an API that refuses status writes for a while': () => {
    let tries = 0;
    const world: World = (effect) =>
      effect.type === 'change.make' && ++tries < 3
        ? [
            [
              0,
              { type: 'change.settled', what: 'status', ok: false, reason: 'Timeout', revision: 0 },
            ],
          ]
        : undefined;
    return new Drive(podOf({}), { world }).run(10);
  },
  'a store without a quiet moment, at the start and at the end': () => {
    const busy = { status: 2, delete: 6 };
    const world: World = (effect) => {
      if (effect.type !== 'change.make' || busy[effect.what]-- <= 0) return undefined;
      const { what } = effect;
      return [[0, { type: 'change.settled', what, ok: false, reason: 'Conflict', revision: 0 }]];
    };
    return new Drive(podOf({}), { world }).run(10).delete(30).run(90);
  },
  'a pod that is gone from the API while it runs': () =>
    new Drive(podOf({})).run(2).tell({ type: 'pod.removed' }).run(5),
  'a node that shuts down': () =>
    new Drive(podOf({})).run(2).tell({ type: 'node.stopping', graceMs: 5000 }).run(5),
  'a pod that the node does not take': () =>
    new Drive(podOf({}), { input: { rejection: { reason: 'OutOfpods', message: 'full' } } })
      .run(2)
      .delete(30)
      .run(2),
  'a container whose image is changed': () =>
    new Drive(podOf({}))
      .run(2)
      .update({ spec: { containers: [{ name: 'main', image: 'app:2' }] } })
      .run(2),
};

for (const [name, play] of Object.entries(GOLDEN)) {
  test(`golden: ${name}`, async () => {
    const drive = play();
    const text = [
      ...drive.lines,
      '',
      'events:',
      ...drive.notes.map((note) => `  ${note}`),
      '',
      `writes: ${drive.writes.length}`,
      `phase: ${drive.status.phase}`,
      '',
    ].join('\n');
    await expect(text).toMatchFileSnapshot(
      `golden/${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}.txt`,
    );
  });
}

/** The status after some seconds. */
function statusAfter(seconds: number, spec: Parameters<typeof podOf>[0], runs: Runs = {}) {
  return new Drive(podOf(spec), { runs }).run(seconds).status;
}

function conditions(status: ReturnType<typeof statusAfter>): { [type: string]: string } {
  return Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason }) => [
      type,
      reason === undefined ? is : `${is} ${reason}`,
    ]),
  );
}

test('status: a pod that runs', () => {
  const status = statusAfter(5, {});
  expect(status).toMatchObject({
    observedGeneration: 1,
    phase: 'Running',
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    podIP: '10.1.0.5',
    podIPs: [{ ip: '10.1.0.5' }],
    startTime: '2025-01-01T00:00:00Z',
    qosClass: 'BestEffort',
    containerStatuses: [
      {
        name: 'main',
        image: 'app:1',
        imageID: 'img',
        containerID: 'test://main-0',
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: '2025-01-01T00:00:00Z' } },
        lastState: {},
      },
    ],
  });
  expect(conditions(status)).toEqual({
    PodReadyToStartContainers: 'True',
    Initialized: 'True',
    Ready: 'True',
    ContainersReady: 'True',
    PodScheduled: 'True',
  });
});

test('status: a crash loop', () => {
  const status = statusAfter(5, {}, { main: [{ ms: 1000, code: 1 }] });
  expect(status.phase).toBe('Running');
  expect(status.containerStatuses?.[0]).toMatchObject({
    restartCount: 1,
    ready: false,
    started: false,
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: 'back-off 10s restarting failed container=main pod=web_default(u1)',
      },
    },
    lastState: { terminated: { exitCode: 1, reason: 'Error', containerID: 'test://main-1' } },
  });
  expect(conditions(status)).toMatchObject({
    Ready: 'False ContainersNotReady',
    ContainersReady: 'False ContainersNotReady',
  });
  expect(status.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
    'containers with unready status: [main]',
  );
});

test('status: succeeded and failed', () => {
  const never = { restartPolicy: 'Never' } as const;
  const succeeded = statusAfter(5, never, { main: [{ ms: 100, code: 0 }] });
  expect(succeeded.phase).toBe('Succeeded');
  expect(conditions(succeeded)).toMatchObject({
    Initialized: 'True PodCompleted',
    Ready: 'False PodCompleted',
    ContainersReady: 'False PodCompleted',
    PodReadyToStartContainers: 'False',
  });
  const failed = statusAfter(5, never, { main: [{ ms: 100, code: 3 }] });
  expect(failed.phase).toBe('Failed');
  expect(failed.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 3,
    reason: 'Error',
    startedAt: '2025-01-01T00:00:00Z',
    finishedAt: '2025-01-01T00:00:00Z',
  });
  expect(conditions(failed)).toMatchObject({ Ready: 'False PodFailed' });
});

test('status: init containers hold the others back', () => {
  const status = statusAfter(
    1,
    { initContainers: [{ name: 'i', image: 'x' }] },
    { i: [{ ms: 5000, code: 0 }] },
  );
  expect(status.phase).toBe('Pending');
  expect(status.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  expect(status.initContainerStatuses?.[0]).toMatchObject({ ready: false, started: true });
  expect(conditions(status)).toMatchObject({ Initialized: 'False ContainersNotInitialized' });
});

test('status: deadline exceeded', () => {
  const status = statusAfter(10, { activeDeadlineSeconds: 5 });
  expect(status).toMatchObject({
    phase: 'Failed',
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
});

test('status: readiness gates', () => {
  const drive = new Drive(podOf({ readinessGates: [{ conditionType: 'x.io/ok' }] })).run(5);
  const ready = () => drive.status.conditions?.find(({ type }) => type === 'Ready');
  expect(ready()).toMatchObject({
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: 'corresponding condition of pod readiness gate "x.io/ok" does not exist.',
  });
  const own = drive.status.conditions ?? [];
  drive.update({ status: { conditions: [...own, { type: 'x.io/ok', status: 'True' }] } }).run(5);
  expect(ready()?.status).toBe('True');
  expect(ready()?.message ?? null).toBe(null);
});

test('a simple pod takes one status write, and none without a change', () => {
  const drive = new Drive(podOf({})).run(60);
  expect(drive.writes.length).toBe(1);
  drive.update({ metadata: { labels: { a: 'b' } } }).run(60);
  expect(drive.writes.length).toBe(1);
  expect(drive.effects.filter(({ type }) => type === 'pod.refresh').length).toBe(1);
});

test('status: ephemeral containers join, run once, and change nothing about the pod', () => {
  const runs = { debug: [{ ms: 2000, code: 7 }] };
  const init = [{ name: 'i', image: 'x' }];
  const drive = new Drive(podOf({ initContainers: init }), {
    runs: { ...runs, i: [{ ms: 5000, code: 0 }] },
  }).run(2);
  const ephemeralContainers = [{ name: 'debug', image: 'tools' }];
  drive.update({ metadata: { generation: 2 }, spec: { ephemeralContainers } }).run(1);
  expect(drive.status.phase).toBe('Pending');
  const [debug] = drive.status.ephemeralContainerStatuses ?? [];
  expect(debug).toMatchObject({ name: 'debug', ready: false, state: { running: {} } });
  expect(debug).not.toHaveProperty('started');
  drive.run(10);
  expect(drive.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [{ ready: true }],
    ephemeralContainerStatuses: [{ restartCount: 0, state: { terminated: { exitCode: 7 } } }],
  });
  expect(conditions(drive.status)).toMatchObject({ Ready: 'True', Initialized: 'True' });
  expect(drive.status.containerStatuses).toHaveLength(1);
  expect(drive.notes).toContain('Normal Started Container started');
});

test('status: ephemeral containers end with their pod', () => {
  const spec = { restartPolicy: 'Never' } as const;
  const drive = new Drive(podOf(spec), { runs: { main: [{ ms: 5000, code: 0 }] } }).run(1);
  const ephemeralContainers = [{ name: 'debug', image: 'tools' }];
  drive.update({ metadata: { generation: 2 }, spec: { ephemeralContainers } }).run(60);
  expect(drive.status).toMatchObject({
    phase: 'Succeeded',
    ephemeralContainerStatuses: [{ state: { terminated: {} } }],
  });
});

test.each([
  ['is made', true, 0, {}, 1],
  [
    'fails',
    false,
    1,
    {
      main: [
        { ms: 1_000, code: 1 },
        { ms: 0, code: 0 },
      ],
    },
    2,
  ],
])('what others write while a write %s is seen', (_, ok, before, runs, writes) => {
  const settled = { type: 'change.settled', what: 'status', ok, reason: 'Timeout', revision: 3 };
  let made = 0;
  const world: World = (effect) =>
    effect.type === 'change.make' && made++ === before ? [[5_000, settled]] : undefined;
  const drive = new Drive(podOf({}), { world, runs }).run(2);
  const status = drive.context.writing as object;
  drive.update({ status: { ...status, conditions: [{ type: 'Ready', status: 'False' }] } }).run(20);
  const ready = drive.status.conditions?.find(({ type }) => type === 'Ready');
  expect(ready?.status).toBe('True');
  expect(drive.writes.length).toBe(writes);
});

test('a status names the version it was made from: the one that was shown, or written last', () => {
  const drive = new Drive(podOf({}), { runs: { main: [{ ms: 1000, code: 1 }] } }).run(60);
  const made = drive.effects.flatMap((effect) =>
    effect.type === 'change.make' && effect.change.type === 'patch' ? [effect.change.patch] : [],
  ) as { metadata: { resourceVersion?: string } }[];
  expect(made.length).toBeGreaterThan(3);
  const versions = made.map(({ metadata }) => Number(metadata.resourceVersion ?? 0));
  // Nobody else writes here: each status is made from the one before.
  const [first = 0] = versions;
  expect(first).toBeGreaterThan(0);
  expect(versions).toEqual(versions.map((_, index) => first + index));
});
