/** What records tell of actors as tables: how busy, how slow, what was never delivered and why. */
import { expect, test } from 'vitest';
import { actorStats, renderActorStats, spreadOf } from '../../machines/trace/actor-stats.ts';
import { deadLetters, renderDeadLetters } from '../../machines/trace/dead-letters.ts';
import { nearest } from '../../machines/trace/nearest.ts';
import { recordLine } from '../../machines/trace/record-line.ts';
import { slowest } from '../../machines/trace/slowest.ts';
import { plain, shortDuration } from '../../machines/trace/text.ts';
import { dead, request, step, write } from './plain-records.ts';

test('durations by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(spreadOf(hundred)).toEqual({ p50: 50, p99: 99, max: 100 });
  expect(spreadOf([7])).toEqual({ p50: 7, p99: 7, max: 7 });
  expect(spreadOf([])).toEqual({ p50: 0, p99: 0, max: 0 });
});

test.each([
  [0, '0 us'],
  [0.0123, '12 us'],
  [0.9996, '1 ms'],
  [3.44, '3.4 ms'],
  [120.4, '120 ms'],
  [1_530, '1.5 s'],
])('%d ms is %s', (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

test('busy actors: what is on record, joined with what processes tell', () => {
  const records = [
    step({ actor: 'pod/default/a', process: 'n1', waitMs: 2, tookMs: 0.1 }),
    step({ actor: 'pod/default/b', process: 'n1', waitMs: 4, tookMs: 0.3, handled: false }),
    step({ actor: 'node/n2', process: 'n2' }),
  ];
  const counts = { mailboxDepthMax: 3, mailboxDepthRecord: 9, crashes: 1, shed: 2, refused: 4 };
  const rows = actorStats(records, [
    { name: 'n1', machines: [{ kind: 'pod', instances: 2, ...counts }] },
  ]);
  expect(rows).toMatchObject([
    { process: 'n1', kind: 'pod', live: { instances: 2 }, recorded: { steps: 2, ignored: 1 } },
    { process: 'n2', kind: 'node', live: undefined, recorded: { steps: 1, ignored: 0 } },
  ]);
  expect(
    renderActorStats(rows)
      .split('\n')
      .map((line) => line.split(/ {2,}/).join('|')),
  ).toEqual([
    'PROCESS|KIND|ACTORS|MAILBOX|DEEPEST|STEPS|IGNORED|WAIT p50|p99|max|WORK p50|p99|max|CRASHES|REFUSED|SHED',
    'n1|pod|2|3|9|2|1|2 ms|4 ms|4 ms|100 us|300 us|300 us|1|4|2',
    'n2|node|-|-|-|1|0|0 us|0 us|0 us|10 us|10 us|10 us|-|-|-',
  ]);
});

test('slow steps and requests, without those that take as long as their client wants', () => {
  const records = [
    step({ actor: 'a/1', waitMs: 5, tookMs: 1 }),
    step({ actor: 'a/2', waitMs: 9, tookMs: 0.5 }),
    step({ actor: 'a/3', waitMs: 0, tookMs: 2 }),
    request({ path: '/a', tookMs: 30 }),
    request({ path: '/b', verb: 'watch', tookMs: 90_000 }),
    request({ path: '/c?follow=true', tookMs: 90_000 }),
    request({ path: '/d', tookMs: 70 }),
  ];
  const { waited, worked, requests } = slowest(records, 2);
  expect(waited.map(({ actor }) => actor)).toEqual(['a/2', 'a/1']);
  expect(worked.map(({ actor }) => actor)).toEqual(['a/3', 'a/1']);
  expect(requests.map(({ path }) => path)).toEqual(['/d', '/a']);
});

test('dead letters, and why nobody was there', () => {
  const records = [
    step({ actor: 'pod/x/ended', atMs: 100, after: 'gone', done: true }),
    step({ actor: 'pod/x/stopped', atMs: 100 }),
    step({ actor: 'pod/x/late', atMs: 900, before: undefined }),
    dead({ to: 'pod/x/ended', atMs: 150 }),
    dead({ to: 'pod/x/ended', atMs: 200, causes: ['m1', 'm2', 'm3', 'm4'] }),
    dead({ to: 'pod/x/stopped', atMs: 300 }),
    dead({ to: 'pod/x/late', atMs: 400 }),
    dead({ to: 'pod/x/never', atMs: 500 }),
    dead({ to: 'pod/x/ended', atMs: 600, process: 'n9' }),
  ];
  const letters = deadLetters(records);
  expect(
    letters.map(({ to, process, times, reason }) => `${process} ${to} ${times}: ${reason}`),
  ).toEqual([
    'n9 pod/x/ended 1: no actor of that name is on record in this process',
    'control-plane pod/x/never 1: no actor of that name is on record in this process',
    'control-plane pod/x/late 1: it was not there yet, and was started 500 ms later',
    'control-plane pod/x/stopped 1: it was stopped or had crashed; its last step was 200 ms before',
    'control-plane pod/x/ended 2: it had ended 100 ms before, as gone',
  ]);
  expect(renderDeadLetters(letters)).toContain('m1 m2 m3 and 1 more');
  expect(renderDeadLetters(letters)).toContain('6 messages never delivered');
  expect(renderDeadLetters([])).toBe('no dead letters on record');
});

test('records as lines, which steer no terminal', () => {
  const atMs = Date.UTC(2026, 0, 1, 12, 0, 0, 7);
  const lines = [
    step({ actor: 'pod/a/\u001b[2J', atMs, before: undefined, after: 'running', waitMs: 12.4 }),
    write({ key: 'core/pods/default/web', atMs, from: 'api-request/1' }),
    request({ method: 'POST', path: '/api', code: 201, user: 'admin', atMs, tookMs: 3 }),
    dead({ to: 'pod/a/b', event: 'poked', from: 'kubelet', atMs }),
  ].map((record) => recordLine(record, plain));
  expect(lines).toEqual([
    '12:00:00.007  control-plane  pod/a/\\u001b[2J  (new) -> running  <- poked  waited 12 ms',
    '12:00:00.007  control-plane  put pod default/web  revision 1  <- api-request/1',
    '12:00:00.007  control-plane  POST /api  201  admin  3 ms',
    '12:00:00.007  control-plane  pod/a/b  never got poked  <- kubelet',
  ]);
});

test.each([
  ['pdo', 'pod'],
  ['runing', 'running'],
  ['RUNNING', 'running'],
  ['back', 'backingOff'],
  ['xyz', undefined],
])('%s is nearest to %s', (written, meant) => {
  expect(nearest(written, ['pod', 'node', 'running', 'backingOff'], 1)[0]).toBe(meant);
});
