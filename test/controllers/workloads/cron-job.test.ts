/** CronJobs: which times a schedule names, and which of them become Jobs. */
import { describe, expect, it } from 'vitest';
import type { CronJob, CronJobSpec, Job } from '../../../machines/api/types.ts';
import type { AnyObject } from '../../../machines/api/view.ts';
import { cronJobController } from '../../../machines/controllers/cron-job.ts';
import { isTimeZone, parseSchedule } from '../../../machines/controllers/cron-schedule.ts';
import { envOf, namesOf, settle, World } from '../view.ts';

describe('a schedule', () => {
  const next = (spec: string, after: string, zone?: string): string => {
    const parsed = parseSchedule(spec, zone);
    if (!parsed.ok) return parsed.error;
    const ms = parsed.schedule.next(Date.parse(after));
    return ms === undefined ? 'never' : new Date(ms).toISOString().replace('.000', '');
  };
  const cases: [string, string, string, string?][] = [
    ['* * * * *', '2012-07-09T14:45:00Z', '2012-07-09T14:46:00Z'],
    ['*/15 * * * *', '2012-07-09T14:45:00Z', '2012-07-09T15:00:00Z'],
    ['20-35/15 * * * *', '2012-07-09T23:46:00Z', '2012-07-10T00:20:00Z'],
    ['20-35/15 1/2 */2 * *', '2012-07-09T23:35:51Z', '2012-07-11T01:20:00Z'],
    ['0 0 */5 Apr *', '2012-07-27T23:35:51Z', '2013-04-01T00:00:00Z'],
    ['0 0 * Feb Mon', '2012-07-09T23:35:00Z', '2013-02-04T00:00:00Z'],
    ['0 0 1 * Fri', '2012-07-09T23:35:00Z', '2012-07-13T00:00:00Z'],
    ['0 0 1 * *', '2012-07-09T23:35:00Z', '2012-08-01T00:00:00Z'],
    ['0 0 29 2 ?', '2013-07-09T23:35:00Z', '2016-02-29T00:00:00Z'],
    ['0 0 31 feb *', '2013-07-09T23:35:00Z', 'never'],
    ['@daily', '2012-07-09T23:35:00Z', '2012-07-10T00:00:00Z'],
    ['@weekly', '2012-07-09T23:35:00Z', '2012-07-15T00:00:00Z'],
    ['@every 1h30m', '2012-07-09T23:35:10Z', '2012-07-10T01:05:10Z'],
    ['0 3 * * *', '2024-01-15T00:00:00Z', '2024-01-15T08:00:00Z', 'America/New_York'],
    ['0 3 * * *', '2024-07-15T00:00:00Z', '2024-07-15T07:00:00Z', 'America/New_York'],
    ['30 2 * * *', '2012-03-11T05:00:00Z', '2012-03-12T06:30:00Z', 'America/New_York'],
    ['30 1 * * *', '2012-11-04T05:30:00Z', '2012-11-04T06:30:00Z', 'America/New_York'],
    ['0 0 * * *', '2012-11-04T04:30:00Z', '2012-11-05T05:00:00Z', 'America/New_York'],
    ['15 5 * * *', '2024-01-01T00:00:00Z', '2024-01-01T23:45:00Z', 'Asia/Kolkata'],
  ];
  it.each(cases)('%s after %s is %s %s', (spec, after, time, zone) => {
    expect(next(spec, after, zone)).toBe(time);
  });

  const wrong: [string, string][] = [
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@sometimes', 'unrecognized descriptor: @sometimes'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ];
  it.each(wrong)('%s is refused', (spec, error) => {
    expect(parseSchedule(spec)).toEqual({ ok: false, error });
  });

  it('knows time zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Base', ''].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

function cronOf(spec: Partial<CronJobSpec> = {}): AnyObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick', namespace: 'default', uid: 'cron' },
    spec: {
      schedule: '*/10 * * * *',
      concurrencyPolicy: 'Allow',
      jobTemplate: {
        metadata: { labels: { app: 'tick' } },
        spec: { template: { spec: { containers: [] } } },
      },
      ...spec,
    },
  };
}

const start = Date.parse('2024-01-01T00:01:00Z');
const minutes = (count: number) => count * 60_000;
const worldOf = (spec: Partial<CronJobSpec> = {}) => new World([cronOf(spec)], start);
const run = (world: World) => settle(world, cronJobController, 'default/tick');
const jobs = (world: World) => world.all<Job & AnyObject>('batch/jobs');
const status = (world: World) =>
  world.get<CronJob & AnyObject>('batch/cronjobs', 'default', 'tick').status;
const finish = (world: World, name: string, type: 'Complete' | 'Failed') =>
  world.edit('batch/jobs', 'default', name, (job: AnyObject) => ({
    ...job,
    status: {
      startTime: world.time(),
      ...(type === 'Complete' && { completionTime: world.time() }),
      conditions: [{ type, status: 'True' }],
    },
  }));

describe('a CronJob', () => {
  it('waits for its time, then makes a Job named after it', () => {
    const world = worldOf();
    expect(run(world)).toEqual([]);
    const plan = cronJobController.plan('default/tick', world.view(), envOf(world));
    expect(plan.againAtMs).toBe(start + minutes(9));
    world.nowMs = start + minutes(9);
    expect(run(world)).toEqual([
      'create batch/jobs tick-28401130',
      'event Normal SuccessfulCreate Created job tick-28401130',
      'patch batch/cronjobs tick status={lastScheduleTime:2024-01-01T00:10:00Z}',
      'patch batch/cronjobs tick status={active:[tick-28401130]}',
    ]);
    expect(jobs(world)[0]?.metadata).toMatchObject({
      labels: { app: 'tick' },
      annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2024-01-01T00:10:00Z' },
      ownerReferences: [{ kind: 'CronJob', name: 'tick', controller: true }],
    });
    expect(run(world)).toEqual([]);
  });

  it('tells when a Job is over', () => {
    const world = worldOf();
    world.nowMs = start + minutes(9);
    run(world);
    finish(world, 'tick-28401130', 'Complete');
    expect(run(world)).toContain(
      'event Normal SawCompletedJob Saw completed job: tick-28401130, condition: Complete',
    );
    expect(status(world)).toEqual({
      lastScheduleTime: '2024-01-01T00:10:00Z',
      lastSuccessfulTime: '2024-01-01T00:10:00Z',
    });
  });

  it('makes up for the last of the times it missed alone', () => {
    const world = worldOf();
    world.nowMs = start + minutes(45);
    run(world);
    expect(namesOf(world, 'batch/jobs')).toEqual(['tick-28401160']);
  });

  it('makes up for none that is older than startingDeadlineSeconds', () => {
    const world = worldOf({ startingDeadlineSeconds: 60 });
    world.nowMs = start + minutes(45);
    run(world);
    expect(jobs(world)).toEqual([]);
  });

  it('says when it missed very many, and still finds the last', () => {
    const world = worldOf({ schedule: '* * * * *' });
    world.nowMs = start + minutes(100_000) + 5000;
    const [warning] = run(world);
    expect(warning).toMatch(/^event Warning TooManyMissedTimes too many missed start times/);
    const [job] = jobs(world);
    expect(job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBe(
      world.time(start + minutes(100_000)),
    );
  });

  const again = (world: World) => {
    world.nowMs = start + minutes(9);
    run(world);
    world.nowMs += minutes(10);
    return run(world);
  };

  it('runs beside the former run by default', () => {
    const world = worldOf();
    again(world);
    expect(jobs(world)).toHaveLength(2);
  });

  it('does not run where it is forbidden beside the former run, but does after it', () => {
    const world = worldOf({ concurrencyPolicy: 'Forbid' });
    world.nowMs = start + minutes(9);
    run(world);
    world.nowMs += minutes(10);
    const plan = cronJobController.plan('default/tick', world.view(), envOf(world));
    world.apply(plan);
    expect(world.lines.at(-1)).toBe(
      'event Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid',
    );
    expect(jobs(world)).toHaveLength(1);
    finish(world, 'tick-28401130', 'Failed');
    run(world);
    expect(jobs(world)).toHaveLength(2);
  });

  it('replaces the former run', () => {
    const world = worldOf({ concurrencyPolicy: 'Replace' });
    expect(again(world)).toContain('event Normal SuccessfulDelete Deleted job tick-28401130');
    expect(namesOf(world, 'batch/jobs')).toEqual(['tick-28401140']);
  });

  it('keeps as many finished Jobs as its limits say', () => {
    const world = worldOf({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 0 });
    for (let i = 0; i < 4; i++) {
      world.nowMs = start + minutes(9 + 10 * i);
      run(world);
      finish(world, `tick-${28401130 + 10 * i}`, i === 3 ? 'Failed' : 'Complete');
      run(world);
    }
    expect(namesOf(world, 'batch/jobs')).toEqual(['tick-28401140', 'tick-28401150']);
  });

  const silent: [string, Partial<CronJobSpec>, string | undefined][] = [
    ['suspended', { suspend: true }, undefined],
    [
      'of a wrong schedule',
      { schedule: 'x' },
      'UnparseableSchedule unparseable schedule: "x" : expected exactly 5 fields, found 1: [x]',
    ],
    [
      'of an unknown time zone',
      { timeZone: 'Mars/Base' },
      'UnknownTimeZone invalid timeZone: "Mars/Base": unknown time zone Mars/Base',
    ],
  ];
  it.each(silent)('%s makes no Job', (_, spec, event) => {
    const world = worldOf(spec);
    world.nowMs = start + minutes(60);
    world.apply(cronJobController.plan('default/tick', world.view(), envOf(world)));
    expect(world.lines).toEqual(event === undefined ? [] : [`event Warning ${event}`]);
  });
});
