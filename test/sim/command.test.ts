/** `kabuki sim` as its users meet it: exit codes, files, and what it says of what is wrong. On the built program. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportJson } from '../../machines/chaos/report/report-json.ts';
import { directory, kabuki } from './program.ts';

const at = directory();
let count = 0;

/** Writes a scenario into a directory of its own, which it returns with the file. */
function written(text: string): { readonly file: string; readonly out: string } {
  count += 1;
  const file = join(at, `${count}.yaml`);
  writeFileSync(file, text.trimStart());
  return { file, out: join(at, `out-${count}`) };
}

const SMALL = `
name: small
cluster: {nodes: 2}
for: 5s
faults:
  - {fault: crash, target: {role: scheduler}, at: 1s}
`;

/** A pod that counts as available later than the time there is. */
const STUCK = `
name: too-late
cluster: {nodes: 2}
for: 5s
workload:
  steps:
    - at: 4s
      apply:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default}
        spec:
          replicas: 2
          minReadySeconds: 60
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: main, image: 'app:1'}]}
faults:
  - {fault: store-compact, target: {role: apiserver}, at: 1s}
hold: {recoverWithin: 1s}
`;

/** A Job that may not fail does: the end is not that of a run without the fault. */
const UNSAFE = `
name: job-failed
cluster: {nodes: 2}
for: 20s
workload:
  steps:
    - at: 1s
      apply:
        apiVersion: batch/v1
        kind: Job
        metadata: {name: sums, namespace: default}
        spec:
          backoffLimit: 0
          template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'job:1'}]}}
faults:
  - {fault: crash-containers, target: {role: node}, at: 3s}
`;

describe('exit codes tell what came of it', () => {
  const CODES: readonly (readonly [verdict: string, code: number, text: string])[] = [
    ['held', 0, SMALL],
    ['unsafe', 10, UNSAFE],
    ['stuck', 11, STUCK],
  ];
  it.each(CODES)('%s: %i', async (verdict, code, text) => {
    const { file } = written(text);
    const output = await kabuki(['sim', file, '--seed', '3', '--no-shrink']);
    expect(output.stdout).toMatch(new RegExp(`verdict +${verdict}`));
    expect(output.code).toBe(code);
    expect(output.stderr).toBe('');
  });

  it('the worst of a search', async () => {
    const { file } = written(STUCK);
    const args = ['sim', file, '--seeds', '1..2', '--jobs', '2', '--no-shrink', '-o', 'json'];
    const output = await kabuki(args);
    const { runs, verdicts, failures } = JSON.parse(output.stdout);
    expect({ runs, verdicts }).toEqual({
      runs: 2,
      verdicts: { held: 0, unsafe: 0, stuck: 2, crashed: 0 },
    });
    expect(failures.map(({ seed }: { seed: number }) => seed).sort()).toEqual([1, 2]);
    expect(output.code).toBe(11);
  });

  it('every step in turn', async () => {
    const { file } = written('name: idle\ncluster: {nodes: 1}\nfor: 1s\n');
    const args = ['sim', file, '--every-step', 'lose', '--jobs', '2', '--no-shrink'];
    const output = await kabuki(args, { timeoutMs: 100_000 });
    expect(output.stderr).toMatch(/^\d+ steps, each with lose/);
    expect(output.stdout).toMatch(/verdict +\d+ held\n/);
    expect(output.code).toBe(0);
  });
});

describe('files', () => {
  it('a report without outside resources, a trace, and a recording that can be checked', async () => {
    const { file, out } = written(SMALL);
    const [report, trace, record] = ['html', 'trace', 'jsonl'].map((name) => `${out}.${name}`) as [
      string,
      string,
      string,
    ];
    const args = ['--report', report, '--trace', trace, '--record', record, '-o', 'json'];
    const output = await kabuki(['sim', file, '--seed', '3', ...args]);
    expect(output.code).toBe(0);
    const json = JSON.parse(output.stdout) as ReportJson;
    expect(json).toMatchObject({ schema: 1, seed: 3, verdict: 'held', deterministic: true });
    expect(json.injections).toHaveLength(1);
    const html = readFileSync(report, 'utf8');
    expect(html).toMatch(/^<!doctype html>/i);
    expect(html).not.toMatch(/(src|href)=["']?(https?:)?\/\/|@import|url\(/i);
    const lines = readFileSync(trace, 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => line.includes('phase ')).map((line) => line.slice(14))).toEqual([
      'phase prepare',
      'phase faults',
      'phase heal',
      'phase end',
    ]);
    expect(lines.length).toBeGreaterThan(json.figures.steps);
    const checked = await kabuki(['check', record]);
    expect(checked.stdout).toContain('every rule held');
    expect(checked.code).toBe(0);
  });

  it('a failure is shrunk into a file that fails again in the same way', async () => {
    const { file, out } = written(STUCK);
    const first = await kabuki(['sim', file, '--seed', '3', '--out', out]);
    expect(first.code).toBe(11);
    const [name = '', ...more] = readdirSync(out);
    expect(more).toEqual([]);
    expect(name).toBe('stuck-3.yaml');
    const text = readFileSync(join(out, name), 'utf8');
    expect(text).toMatch(/^# stuck: .+\n# Found by seed 3, version /);
    expect(text).not.toContain('compact'); // the fault has nothing to do with it
    const again = await kabuki(['sim', join(out, name), '--no-shrink', '-o', 'json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ verdict: 'stuck', seed: 3 });
    expect(again.code).toBe(11);
  });
});

/** What is written in place of the line `faults:` of a small scenario, and what is said of it. */
const BAD: readonly (readonly [what: string, lines: string, said: RegExp])[] = [
  [
    'an unknown fault',
    'faults:\n  - {fault: crush, target: {role: scheduler}, at: 1s}',
    /\.yaml:5:\d+: .*crush.*did you mean crash\?/,
  ],
  [
    'an unknown field',
    'faults:\n  - {fault: crash, traget: {role: scheduler}, at: 1s}',
    /\.yaml:5:\d+: .*traget.*did you mean target\?/,
  ],
  [
    'a negative time',
    'faults:\n  - {fault: crash, target: {role: scheduler}, at: -1s}',
    /\.yaml:5:\d+: `at` is a negative time/,
  ],
  [
    'a target that matches nothing',
    'faults:\n  - {fault: crash, target: node-7, at: 1s}',
    /\.yaml:5:\d+: .*node-7/,
  ],
  [
    'an unknown rule',
    'hold: {except: [{rule: pod-bound-twice, because: it is}]}',
    /\.yaml:4:\d+: .*pod-bound-twice.*did you mean pod-bound-once\?/,
  ],
  ['no YAML', 'faults: [', /\.yaml:\d+:\d+: .*YAML/],
];

const WRONG_FLAGS: readonly (readonly [args: string, said: RegExp])[] = [
  ['--seed -1', /a whole number from 0 is expected/],
  ['--seeds 9..3', /a range such as 1\.\.1000 is expected/],
  ['--for -3s', /a duration such as/],
  ['--nodes 0', /a whole number from 1/],
  ['--every-step nap', /some of crash, stale, lose, unknown are expected/],
  ['--what', /unknown option '--what'/],
];

describe('what is wrong is said before anything is done', () => {
  it.each(BAD)('%s', async (_, lines, said) => {
    const { file, out } = written(`name: bad\ncluster: {nodes: 2}\nfor: 5s\n${lines}\n`);
    const output = await kabuki(['sim', file, '--out', out, '--report', `${out}.html`]);
    expect(output.stderr).toMatch(said);
    expect(output.stderr).toContain(`${file} is no scenario that can be run`);
    expect({ code: output.code, stdout: output.stdout }).toEqual({ code: 2, stdout: '' });
    expect([out, `${out}.html`].filter(existsSync)).toEqual([]);
  });

  it.each(WRONG_FLAGS)('%s', async (args, said) => {
    const output = await kabuki(['sim', ...args.split(' ')], { cwd: at });
    expect(output.stderr).toMatch(said);
    expect({ code: output.code, stdout: output.stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('a file that is not there', async () => {
    const output = await kabuki(['sim', join(at, 'nowhere.yaml')]);
    expect(output.stderr).toMatch(/cannot read .*nowhere\.yaml: ENOENT/);
    expect({ code: output.code, stdout: output.stdout }).toEqual({ code: 2, stdout: '' });
  });
});
