import { describe, expect, test } from 'vitest';
import { diffTraces } from '../../machines/trace/diff.ts';
import { renderDiff } from '../../machines/trace/diff-text.ts';
import { normalActor, normalName } from '../../machines/trace/normal-name.ts';
import type {
  RequestTraced,
  StepTraced,
  TraceRecord,
  WriteTraced,
} from '../../machines/trace/record.ts';

let count = 0;
const message = () => ({
  ...{ messageId: `m${++count}`, from: 'host', causes: [], traceparent: '' },
});

/** `running -> backingOff <- container.exited`, with the event's data where it is given. */
function step(
  atMs: number,
  actor: string,
  move: string,
  { effects = [], data }: { effects?: readonly string[]; data?: object } = {},
): StepTraced {
  const [, before = '', after, event = ''] = /^(\S+)(?: -> (\S+))? <- (\S+)$/.exec(move) ?? [];
  return {
    ...{ type: 'step', process: 'node-1', atMs, actor, ...message(), event },
    before: before === '(new)' ? undefined : before,
    ...{ after: after ?? before, effects, handled: true, done: false, waitMs: 0, tookMs: 0 },
    full:
      data === undefined
        ? undefined
        : { event: { type: event, ...data }, effects: [], context: {} },
  };
}

const write = (atMs: number, key: string, previous = 0): WriteTraced => ({
  ...{ type: 'write', process: 'apiserver', atMs, revision: atMs, key, operation: 'put', previous },
  ...{ ...message(), object: undefined },
});

const request = (atMs: number, verb: string, key: string, code: number): RequestTraced => ({
  ...{ type: 'request', process: 'apiserver', atMs, messageId: `r${++count}`, auditId: '' },
  ...{ traceparent: '', parent: '', method: 'POST', path: '/', verb, key, user: 'admin' },
  ...{ userAgent: 'kubectl', code, tookMs: 1 },
});

/** A rollout of two pods that works; names and times are as drawn. */
function rollout(startMs: number, names: readonly string[], stepMs = 10): TraceRecord[] {
  const at = (n: number) => startMs + n * stepMs;
  return [
    request(at(0), 'create', 'apps/deployments/default/web', 201),
    write(at(0), 'apps/deployments/default/web'),
    ...names.flatMap((name, index) => {
      const pod = `pod/default/${name}`;
      return [
        write(at(index + 1), `core/pods/default/${name}`),
        step(at(index + 2), pod, '(new) -> preparing <- (start)', { effects: ['pod.prepare'] }),
        step(at(index + 3), pod, 'preparing -> running <- pod.prepared', {
          effects: ['container.run web'],
        }),
        step(at(index + 4), pod, 'running <- container.started', {
          effects: ['event.record Started', 'change.make'],
        }),
      ];
    }),
  ];
}

const good = rollout(1_000, ['web-79cc94b998-ctwqm', 'web-79cc94b998-x2k4q']);
const again = () => rollout(77_000, ['web-79cc94b998-bbbbb', 'web-79cc94b998-zzzzz'], 25);
const subjects = (one: readonly TraceRecord[], other: readonly TraceRecord[], actor?: string) =>
  diffTraces(one, other, actor).partings.map(({ subject }) => subject);

const text = (one: readonly TraceRecord[], other: readonly TraceRecord[]): string =>
  renderDiff(diffTraces(one, other), [
    { name: 'good', records: one },
    { name: 'bad', records: other },
  ]);

test('a run is the same as itself, and as another of the same workload', () => {
  expect(subjects(good, good)).toEqual([]);
  expect(subjects(good, again())).toEqual([]);
  expect(text(good, again())).toMatch(/^The two traces are the same: 4 actors/);
});

test('traces without anything to compare are not the same', () => {
  expect(text([], [])).toMatch(/nothing in common/);
});

describe('timing makes no difference', () => {
  const cases: readonly (readonly [string, readonly TraceRecord[]])[] = [
    ['notices and their order', [step(9, 'reconciler/job-controller/a', 'queued <- work.noticed')]],
    [
      'cycles of the scheduler',
      [step(9, 'scheduler/scheduler', 'idle -> cycling <- pods.waiting')],
    ],
    [
      'an object that was seen once more',
      [step(9, 'pod/default/web-79cc94b998-aaaaa', 'running <- pod.updated')],
    ],
    [
      'what comes too late',
      [
        {
          ...step(9, 'pod/default/web-79cc94b998-aaaaa', 'deleting <- probe.result'),
          handled: false,
        },
      ],
    ],
    ['status writes', [write(9, 'core/pods/default/web-79cc94b998-ctwqm', 3)]],
    [
      'events and leases',
      [write(9, 'core/events/default/web.18a'), write(9, 'coordination.k8s.io/leases/x/y')],
    ],
    [
      'renewals',
      [
        step(9, 'leader/kube-scheduler', 'leading -> renewing <- timer.fired', {
          effects: ['lease.write'],
        }),
      ],
    ],
    ['reads', [request(9, 'get', 'core/pods/default/web', 200)]],
  ];
  test.each(cases)('%s', (_, more) => expect(subjects(good, [...again(), ...more])).toEqual([]));

  test('something that repeats, however often', () => {
    const pod = 'pod/default/web-79cc94b998-bbbbb';
    const started = () =>
      step(77_500, pod, 'running <- container.started', { effects: ['event.record Started'] });
    expect(subjects(good, [...again(), started(), started()])).toEqual([]);
  });
});

describe('the first step that only one run took is found', () => {
  const pod = 'pod/default/web-79cc94b998-zzzzz';
  const failed = step(77_110, pod, 'running <- image.failed', {
    effects: ['event.record Failed', 'timer.set container/web'],
    data: { container: 'web', reason: 'ErrImagePull' },
  });

  test('a pod whose image cannot be pulled', () => {
    const bad = again().filter(({ atMs, type }) => type !== 'step' || atMs < 77_100);
    expect(subjects(good, [...bad, failed])[0]).toBe('pod/default/web-*-*');
    const shown = text(good, [...bad, failed]);
    expect(shown).toContain('The runs part at pod/default/web-*-*');
    expect(shown).toMatch(/^ {2}> .*image\.failed.*reason=ErrImagePull/m);
    expect(shown).toMatch(/^ {2}> .*container\.started/m);
  });

  test('an exit with another code, where both have data; where one has none it is not told', () => {
    const exit = (exitCode: number) => (atMs: number, data: boolean) =>
      step(
        atMs,
        'pod/default/one',
        'running <- container.exited',
        data ? { data: { exitCode } } : {},
      );
    const zero = exit(0);
    const three = exit(3);
    expect(subjects([zero(1, true)], [three(1, true)])).toEqual(['pod/default/one']);
    expect(subjects([zero(1, true)], [three(1, false)])).toEqual([]);
  });

  test('a request that was refused', () => {
    const refused = again().map((record) =>
      record.type === 'request' ? { ...record, code: 403 } : record,
    );
    expect(subjects(good, refused)).toEqual(['request of admin to create deployment default/web']);
  });

  test('a node that fell silent, with what led there', () => {
    const silent = step(77_200, 'nodeHealth/node-2', 'heard -> silent <- beat.checked', {
      effects: ['health.changed'],
    });
    const shown = text(good, [...again(), silent]);
    expect(shown).toMatch(/^The runs part at nodeHealth\/node-2/);
    expect(shown).toContain('nothing of it');
  });

  test('one pod more', () => {
    const more = rollout(
      77_000,
      ['a', 'b', 'c'].map((end) => `web-79cc94b998-${end.repeat(5).replaceAll('a', 'x')}`),
      25,
    );
    const diff = diffTraces(good, more);
    expect(diff.partings.map(({ subject }) => subject)).toEqual(['pod/default/web-*-*']);
    expect(diff.partings[0]?.sides[1].alone[0]?.happening.what).toBe('one more');
  });

  test('the earliest comes first, on whichever side it is', () => {
    const late = step(77_900, 'pod/default/late', '(new) -> preparing <- (start)');
    const early = step(1_005, 'pod/default/early', '(new) -> preparing <- (start)');
    expect(subjects([...good, early], [...again(), late])).toEqual([
      'pod/default/early',
      'pod/default/late',
    ]);
    expect(subjects([...good, early], [...again(), late], 'pod/default/late')).toEqual([
      'pod/default/late',
    ]);
  });

  test('objects that only one run has', () => {
    expect(subjects(good, [...again(), write(77_300, 'core/configmaps/default/extra')])).toEqual([
      'configmap default/extra',
    ]);
  });
});

describe('names without what is drawn', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['pod/default/web-79cc94b998-ctwqm', 'pod/default/web-*-*'],
    ['apps/replicasets/default/web-79cc94b998', 'apps/replicasets/default/web-*'],
    ['pod/default/db-0', 'pod/default/db-0'],
    ['pod/ns/ds-2z7zq', 'pod/ns/ds-*'],
    ['pod/ns/cj-29401234-x2k4q', 'pod/ns/cj-*'],
    ['pod/ns/my-front', 'pod/ns/my-front'],
    ['node/node-1', 'node/node-1'],
    ['api-request/47/create/core/pods/default/', 'api-request/create/core/pods/default/'],
    ['pod/a/b/5fe1ced5-fc34-46d1-8021-2eb80411ca8c', 'pod/a/b/*'],
    ['listener/tcp/127.10.0.3:80', 'listener/tcp/*'],
  ];
  test.each(cases)('%s', (name, normal) => expect(normalActor(name)).toBe(normal));

  test('containers', () => {
    expect(normalName('container.stop 4eefac1b15acfac2bae3dd03f3cc6712 web')).toBe(
      'container.stop * web',
    );
  });
});
