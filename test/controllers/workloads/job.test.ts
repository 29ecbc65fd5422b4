/** Jobs: how many pods run, how they are counted, and when a Job is over and why. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Job, JobSpec } from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { jobController } from '../../../machines/controllers/job.ts';
import { formatIndexes, parseIndexes } from '../../../machines/controllers/job-indexes.ts';
import { TRACKING } from '../../../machines/controllers/job-pods.ts';
import { isPodActive } from '../../../machines/controllers/pods.ts';
import { ttlAfterFinishedController } from '../../../machines/controllers/ttl-after-finished.ts';
import { describePlan, envOf, settle, World } from '../view.ts';
import { advance, advanceAll, end, makeReady, podsOf, type TestPod } from './kubelet.ts';

const labels = { 'batch.kubernetes.io/controller-uid': 'job' };

function jobOf(spec: Partial<JobSpec> = {}): AnyObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'pi', namespace: 'default', uid: 'job', generation: 1 },
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, 'job-name': 'pi' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
      },
      ...spec,
    },
  };
}

const run = (world: World) => settle(world, jobController, 'default/pi');
const job = (world: World) => world.get<Job & AnyObject>('batch/jobs', 'default', 'pi');
const status = (world: World) => job(world).status ?? {};
const active = (world: World) => podsOf(world).filter(isPodActive);
const conditions = (world: World) =>
  (status(world).conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);
const indexOf = (pod: TestPod) =>
  Number(pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index']);

function change(world: World, spec: Partial<JobSpec>): void {
  world.edit<Job & AnyObject>('batch/jobs', 'default', 'pi', (old) => ({
    ...old,
    spec: { ...old.spec, ...spec },
  }));
}

/** Runs the back-off out. */
function wait(world: World): void {
  world.nowMs += 600_000;
  run(world);
}

describe('a Job', () => {
  it('goes from its pod to Complete in steps that survive a crash', () => {
    const world = new World([jobOf()]);
    expect(run(world)).toEqual([
      'create core/pods pi-aaaa0',
      'event Normal SuccessfulCreate Created pod: pi-aaaa0',
      'patch batch/jobs pi status={startTime:2023-11-14T22:13:20Z active:1 ready:0 terminating:0}',
    ]);
    const [pod] = podsOf(world);
    expect(pod?.metadata).toMatchObject({
      generateName: 'pi-',
      finalizers: [TRACKING],
      labels: {
        'batch.kubernetes.io/controller-uid': 'job',
        'batch.kubernetes.io/job-name': 'pi',
        'controller-uid': 'job',
        'job-name': 'pi',
      },
    });
    makeReady(world, pod!);
    expect(run(world)).toEqual(['patch batch/jobs pi status={ready:1}']);
    end(world, podsOf(world)[0]!, 'Succeeded');
    expect(run(world)).toEqual([
      `patch batch/jobs pi status={active:null ready:0 uncountedTerminatedPods:{succeeded:[${pod?.metadata.uid}]} conditions:[SuccessCriteriaMet=True/CompletionsReached]}`,
      `patch core/pods pi-aaaa0 $deleteFromPrimitiveList/finalizers=[${TRACKING}]`,
      'patch batch/jobs pi status={uncountedTerminatedPods:{succeeded:null} conditions:[SuccessCriteriaMet=True/CompletionsReached Complete=True/CompletionsReached] succeeded:1 completionTime:2023-11-14T22:13:20Z}',
      'event Normal Completed Job completed',
    ]);
    expect(conditions(world)[1]).toBe(
      'Complete=True CompletionsReached: Reached expected number of succeeded pods',
    );
    expect(run(world)).toEqual([]);
  });

  it('runs parallelism pods, and no more than are still to complete', () => {
    const world = new World([jobOf({ completions: 5, parallelism: 3 })]);
    run(world);
    expect(active(world)).toHaveLength(3);
    for (const pod of active(world)) end(world, pod, 'Succeeded');
    run(world);
    expect(active(world)).toHaveLength(2);
    change(world, { parallelism: 1 });
    run(world);
    expect(active(world)).toHaveLength(1);
    expect(status(world).failed).toBeUndefined();
  });

  it('as a work queue ends when one pod has succeeded and the others have ended', () => {
    const { completions: _, ...spec } = jobOf({ parallelism: 2 }).spec as JobSpec;
    const world = new World([{ ...jobOf(), spec }]);
    run(world);
    end(world, active(world)[0]!, 'Succeeded');
    run(world);
    expect(active(world)).toHaveLength(1);
    end(world, active(world)[0]!, 'Failed');
    run(world);
    expect(conditions(world)[1]).toContain('Complete=True');
    expect(status(world)).toMatchObject({ succeeded: 1, failed: 1 });
  });

  it('of no completions is complete at once', () => {
    const world = new World([jobOf({ completions: 0 })]);
    run(world);
    expect(conditions(world)[1]).toContain('Complete=True');
  });

  it('managed by somebody else is left alone', () => {
    const world = new World([jobOf({ managedBy: 'example.com/queue' })]);
    expect(run(world)).toEqual([]);
  });
});

describe('failure', () => {
  it('is retried with a delay that doubles, up to backoffLimit', () => {
    const world = new World([jobOf({ backoffLimit: 2 })]);
    run(world);
    for (const delayMs of [10_000, 20_000]) {
      end(world, active(world)[0]!, 'Failed');
      run(world);
      expect(active(world)).toHaveLength(0);
      const { againAtMs } = jobController.plan('default/pi', world.view(), envOf(world));
      expect(againAtMs).toBe(world.nowMs + delayMs);
      world.nowMs += delayMs;
      run(world);
      expect(active(world)).toHaveLength(1);
    }
    end(world, active(world)[0]!, 'Failed');
    expect(run(world).at(-1)).toBe(
      'event Warning BackoffLimitExceeded Job has reached the specified backoff limit',
    );
    expect(conditions(world)).toEqual([
      'FailureTarget=True BackoffLimitExceeded: Job has reached the specified backoff limit',
      'Failed=True BackoffLimitExceeded: Job has reached the specified backoff limit',
    ]);
    expect(status(world)).toMatchObject({ failed: 3 });
  });

  it('deletes what still runs, and is told when that has ended', () => {
    const world = new World([jobOf({ completions: 3, parallelism: 3, backoffLimit: 0 })]);
    run(world);
    for (const pod of active(world)) makeReady(world, pod);
    end(world, active(world)[0]!, 'Failed');
    run(world);
    expect(active(world)).toHaveLength(0);
    expect(conditions(world)).toHaveLength(1);
    expect(status(world)).toMatchObject({ terminating: 2 });
    advanceAll(world);
    run(world);
    expect(conditions(world)[1]).toContain('Failed=True BackoffLimitExceeded');
    expect(status(world)).toMatchObject({ failed: 3, terminating: 0 });
  });

  it('counts restarts in place where the restart policy is OnFailure', () => {
    const base = jobOf().spec as JobSpec;
    const spec = { ...base.template.spec!, restartPolicy: 'OnFailure' as const };
    const world = new World([jobOf({ backoffLimit: 2, template: { ...base.template, spec } })]);
    run(world);
    makeReady(world, active(world)[0]!);
    const { name } = active(world)[0]!.metadata;
    world.edit('core/pods', 'default', name, (pod: AnyObject) => ({
      ...pod,
      status: { ...(pod.status as object), containerStatuses: [{ restartCount: 2 }] },
    }));
    run(world);
    expect(conditions(world)[0]).toContain('FailureTarget=True BackoffLimitExceeded');
  });

  it('comes with activeDeadlineSeconds', () => {
    const world = new World([jobOf({ activeDeadlineSeconds: 30 })]);
    run(world);
    const { againAtMs } = jobController.plan('default/pi', world.view(), envOf(world));
    expect(againAtMs).toBe(world.nowMs + 30_000);
    world.nowMs += 30_000;
    run(world);
    expect(conditions(world)[0]).toBe(
      'FailureTarget=True DeadlineExceeded: Job was active longer than specified deadline',
    );
  });

  const rule = (action: 'FailJob' | 'Ignore' | 'Count' | 'FailIndex', values: number[]) => ({
    action,
    onExitCodes: { operator: 'In' as const, values },
  });

  it('by a podFailurePolicy names container, pod, code and rule', () => {
    const podFailurePolicy = { rules: [rule('Ignore', [7]), rule('FailJob', [42])] };
    const world = new World([jobOf({ podFailurePolicy })]);
    run(world);
    end(world, active(world)[0]!, 'Failed', {}, 42);
    run(world);
    expect(conditions(world)[1]).toBe(
      'Failed=True PodFailurePolicy: Container c for pod default/pi-aaaa0 failed with exit code 42 matching FailJob rule at index 1',
    );
  });

  it('that a podFailurePolicy ignores does not count', () => {
    const onPodConditions = [{ type: 'DisruptionTarget', status: 'True' }];
    const podFailurePolicy = { rules: [{ action: 'Ignore' as const, onPodConditions }] };
    const world = new World([jobOf({ podFailurePolicy, backoffLimit: 0 })]);
    run(world);
    end(world, active(world)[0]!, 'Failed', { conditions: onPodConditions });
    run(world);
    wait(world);
    expect(status(world).failed).toBeUndefined();
    expect(active(world)).toHaveLength(1);
  });
});

describe('pods that are being deleted', () => {
  const start = (spec: Partial<JobSpec>) => {
    const world = new World([jobOf(spec)]);
    run(world);
    makeReady(world, active(world)[0]!);
    const [pod] = active(world);
    world.apply({
      stages: [
        [
          {
            type: 'delete',
            key: { resource: 'core/pods', namespace: 'default', name: pod!.metadata.name },
          },
        ],
      ],
    });
    wait(world);
    return world;
  };

  it('are replaced at once', () => {
    const world = start({ podReplacementPolicy: 'TerminatingOrFailed' });
    expect(active(world)).toHaveLength(1);
    expect(status(world)).toMatchObject({ failed: 1, terminating: 1 });
  });

  it('are waited for where only failed ones are replaced', () => {
    const world = start({ podReplacementPolicy: 'Failed' });
    expect(active(world)).toHaveLength(0);
    advanceAll(world);
    wait(world);
    expect(active(world)).toHaveLength(1);
  });
});

describe('suspension', () => {
  it('takes the pods away uncounted, and starts over when resumed', () => {
    const world = new World([jobOf({ parallelism: 2, completions: 2, suspend: true })]);
    expect(run(world).at(-1)).toBe('event Normal Suspended Job suspended');
    expect(podsOf(world)).toEqual([]);
    expect(status(world).startTime).toBeUndefined();
    change(world, { suspend: false });
    expect(run(world)).toContain('event Normal Resumed Job resumed');
    expect(active(world)).toHaveLength(2);
    expect(status(world).startTime).toBeDefined();
    for (const pod of active(world)) makeReady(world, pod);
    change(world, { suspend: true });
    run(world);
    advanceAll(world);
    run(world);
    expect(podsOf(world)).toEqual([]);
    expect(status(world).failed).toBeUndefined();
    expect(conditions(world)).toEqual(['Suspended=True JobSuspended: Job suspended']);
  });
});

describe('an Indexed Job', () => {
  const indexed = { completionMode: 'Indexed' as const, completions: 3, parallelism: 3 };

  it('tells each pod its index', () => {
    const world = new World([jobOf({ ...indexed, parallelism: 2 })]);
    run(world);
    expect(podsOf(world).map(indexOf)).toEqual([0, 1]);
    const pod = podsOf(world)[1]!;
    expect(pod.metadata.generateName).toBe('pi-1-');
    expect(pod.metadata.labels?.['batch.kubernetes.io/job-completion-index']).toBe('1');
    expect(pod.spec?.hostname).toBe('pi-1');
    expect(pod.spec?.containers[0]?.env).toEqual([
      {
        name: 'JOB_COMPLETION_INDEX',
        valueFrom: {
          fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
        },
      },
    ]);
  });

  it('completes when each index has succeeded once', () => {
    const world = new World([jobOf({ ...indexed, completions: 4, parallelism: 4 })]);
    run(world);
    for (const pod of active(world)) if (indexOf(pod) !== 1) end(world, pod, 'Succeeded');
    run(world);
    expect(status(world)).toMatchObject({ completedIndexes: '0,2,3', succeeded: 3 });
    end(world, active(world)[0]!, 'Failed');
    wait(world);
    expect(active(world).map(indexOf)).toEqual([1]);
    end(world, active(world)[0]!, 'Succeeded');
    run(world);
    expect(status(world)).toMatchObject({ completedIndexes: '0-3', succeeded: 4, failed: 1 });
    expect(conditions(world)[1]).toContain('Complete=True');
  });

  it('gives up on an index after backoffLimitPerIndex, and goes on with the others', () => {
    const spec = { ...indexed, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 1 };
    const world = new World([jobOf(spec)]);
    run(world);
    const failures = () =>
      active(world).map(
        (pod) =>
          `${indexOf(pod)}:${pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count']}`,
      );
    expect(failures()).toEqual(['0:0', '1:0', '2:0']);
    end(world, active(world)[0]!, 'Failed');
    run(world);
    const kept = podsOf(world)[0]!;
    expect(kept.metadata.finalizers).toEqual([TRACKING]);
    wait(world);
    expect(failures().sort()).toEqual(['0:1', '1:0', '2:0']);
    expect(podsOf(world)[0]?.metadata.finalizers ?? []).toEqual([]);
    end(world, active(world).find((pod) => indexOf(pod) === 0)!, 'Failed');
    run(world);
    expect(status(world)).toMatchObject({ failedIndexes: '0', failed: 2 });
    expect(active(world).map(indexOf)).toEqual([1, 2]);
    for (const pod of active(world)) end(world, pod, 'Succeeded');
    run(world);
    expect(conditions(world)[1]).toBe('Failed=True FailedIndexes: Job has failed indexes');
    expect(status(world)).toMatchObject({ completedIndexes: '1,2', failedIndexes: '0' });
  });

  it('fails when more than maxFailedIndexes have', () => {
    const spec = { ...indexed, backoffLimitPerIndex: 0, maxFailedIndexes: 0 };
    const world = new World([jobOf(spec)]);
    run(world);
    end(world, active(world)[0]!, 'Failed');
    run(world);
    expect(conditions(world)[0]).toContain('FailureTarget=True MaxFailedIndexesExceeded');
  });

  it('may succeed early by a successPolicy', () => {
    const rules = [{ succeededIndexes: '0' }, { succeededIndexes: '1,2', succeededCount: 1 }];
    const world = new World([jobOf({ ...indexed, successPolicy: { rules } })]);
    run(world);
    for (const pod of active(world)) makeReady(world, pod);
    end(world, active(world)[2]!, 'Succeeded');
    run(world);
    advanceAll(world);
    run(world);
    expect(conditions(world)).toEqual([
      'SuccessCriteriaMet=True SuccessPolicy: Matched rules at index 1',
      'Complete=True SuccessPolicy: Matched rules at index 1',
    ]);
    expect(active(world)).toEqual([]);
  });

  it('removes a second pod of an index, and pods of no index', () => {
    const world = new World([jobOf(indexed)]);
    run(world);
    const [first] = podsOf(world);
    const metadata = (name: string, annotations: object) => ({
      ...first!.metadata,
      name,
      uid: name,
      annotations,
    });
    const twin = first!.metadata.annotations ?? {};
    world.put({ ...first!, metadata: metadata('twin', twin) } as AnyObject, 'core/pods');
    world.put({ ...first!, metadata: metadata('none', {}) } as AnyObject, 'core/pods');
    run(world);
    expect(active(world).map(indexOf).sort()).toEqual([0, 1, 2]);
  });
});

describe('indexes', () => {
  const cases: [string, number[], number][] = [
    ['', [], 9],
    ['0', [0], 9],
    ['1,2', [1, 2], 9],
    ['1-3', [1, 2, 3], 9],
    ['0,2-4,6,7', [0, 2, 3, 4, 6, 7], 9],
    ['0,1', [0, 1], 2],
  ];
  it.each(cases)('%s', (text, indexes, completions) => {
    expect([...parseIndexes(text, completions)]).toEqual(indexes);
    expect(formatIndexes(new Set(indexes))).toBe(text);
  });
  it('beyond the completions are left out', () => {
    expect(formatIndexes(parseIndexes('0-9999999999,3,x', 2))).toBe('0,1');
  });
});

describe('what is left of a Job', () => {
  it('that is deleted lets its pods go', () => {
    const world = new World([jobOf()]);
    run(world);
    const [pod] = podsOf(world);
    const gone = job(world);
    world.remove('batch/jobs', 'default', 'pi');
    const enqueue = jobController.watches['batch/jobs'];
    const keys = enqueue?.(gone, undefined, world.view(), true, 'batch/jobs');
    expect(keys).toEqual([`pod:default/${pod?.metadata.name}`]);
    const enqueuePod = jobController.watches['core/pods'];
    expect(enqueuePod?.(pod!, undefined, world.view(), false, 'core/pods')).toEqual(keys);
    settle(world, jobController, keys?.[0] ?? '');
    expect(podsOf(world)[0]?.metadata.finalizers).toEqual([]);
  });

  it('that is finished goes after ttlSecondsAfterFinished, pods first', () => {
    const world = new World([jobOf({ completions: 0, ttlSecondsAfterFinished: 60 })]);
    const plan = () => ttlAfterFinishedController.plan('default/pi', world.view(), envOf(world));
    expect(plan()).toEqual({ stages: [] });
    run(world);
    expect(plan()).toEqual({ stages: [], againAtMs: world.nowMs + 60_000 });
    world.nowMs += 60_000;
    expect(describePlan(plan())).toBe('delete batch/jobs pi');
    expect(plan().stages[0]?.[0]).toMatchObject({ propagation: 'Foreground', uid: 'job' });
  });
});

it('counts every pod once, whatever happens and wherever a plan is cut off', () => {
  const step = fc.record({
    what: fc.constantFrom('plan', 'plan', 'succeed', 'fail', 'ready', 'go', 'vanish', 'wait'),
    n: fc.nat(6),
    cut: fc.nat(3),
  });
  const shape = fc.record({
    completions: fc.integer({ min: 1, max: 5 }),
    parallelism: fc.integer({ min: 1, max: 4 }),
    completionMode: fc.constantFrom('NonIndexed' as const, 'Indexed' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), shape, (steps, spec) => {
      const world = new World([jobOf({ ...spec, backoffLimit: 1000 })]);
      const succeeded = new Set<string>();
      const failed = new Set<string>();
      const note = () => {
        for (const pod of podsOf(world)) {
          const { uid, finalizers = [] } = pod.metadata;
          if (pod.status?.phase === 'Succeeded') succeeded.add(uid);
          else if (pod.status?.phase === 'Failed' || pod.metadata.deletionTimestamp) {
            if (finalizers.length > 0 && !isDone(world)) failed.add(uid);
          }
        }
      };
      for (const { what, n, cut } of steps) {
        note();
        const pod = podsOf(world)[n];
        if (what === 'plan') {
          const plan = jobController.plan('default/pi', world.view(), envOf(world));
          world.apply({ stages: plan.stages.slice(0, cut) });
        } else if (what === 'wait') world.nowMs += 600_000;
        else if (pod === undefined) continue;
        else if (what === 'go') advance(world, pod);
        else if (!isPodActive(pod)) continue;
        else if (what === 'succeed') end(world, pod, 'Succeeded');
        else if (what === 'fail') end(world, pod, 'Failed');
        else makeReady(world, pod);
        expect(active(world).length).toBeLessThanOrEqual(spec.parallelism);
      }
      for (let round = 0; round < 60 && !isDone(world); round++) {
        note();
        wait(world);
        for (const pod of active(world)) end(world, pod, 'Succeeded');
        for (const pod of podsOf(world)) advance(world, pod);
      }
      note();
      expect(conditions(world).at(-1)).toContain('Complete=True');
      const counted = status(world).succeeded ?? 0;
      if (spec.completionMode === 'Indexed') expect(counted).toBe(spec.completions);
      else expect(counted).toBe(succeeded.size);
      expect(status(world).failed ?? 0).toBe(failed.size);
      expect(status(world).uncountedTerminatedPods ?? {}).toEqual({});
    }),
    { numRuns: 100 },
  );
});

function isDone(world: World): boolean {
  return (status(world).conditions ?? []).some(({ type }) => type === 'Complete');
}
