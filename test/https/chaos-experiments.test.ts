/** ChaosExperiments by stock kubectl, which does not know the kind, and in the forms of HTTP. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KubectlVersion, kubectlBinary } from '../tools/kubectl.ts';
import { createHttpsWorld, type HttpsWorld } from './world.ts';

const path = '/apis/chaos.kabuki.dev/v1alpha1/chaosexperiments';
const protobuf = 'application/vnd.kubernetes.protobuf';
const scenario = {
  name: 'node-killed',
  for: '1m',
  faults: [
    { name: 'power', fault: 'crash', target: { role: 'node', count: 1 }, at: '10s', for: '20s' },
  ],
};
const experiment = (name: string, more: object = {}) => ({
  apiVersion: 'chaos.kabuki.dev/v1alpha1',
  kind: 'ChaosExperiment',
  metadata: { name },
  spec: { scenario, ...more },
});

let world: HttpsWorld;
beforeAll(async () => {
  world = await createHttpsWorld({ chaos: true });
});
afterAll(async () => {
  expect(world.bugs).toEqual([]);
  await world.close();
});

describe('over HTTP', () => {
  test('there is no protobuf form but of its metadata', async () => {
    await world.ask('POST', path, { body: experiment('http') });
    const get = (accept: string) => world.ask('GET', `${path}/http`, { headers: { accept } });
    const only = await get(protobuf);
    expect([only.code, only.headers['content-type']]).toEqual([406, 'application/json']);
    expect(only.text).toContain('accepted: application/json, application/yaml');
    expect(only.text).not.toContain(protobuf);
    const either = await get(`${protobuf},application/json`);
    expect([either.code, either.json.kind]).toEqual([200, 'ChaosExperiment']);
    const metadata = await get(`${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`);
    expect([metadata.code, metadata.headers['content-type']]).toEqual([200, protobuf]);
    const posted = await world.ask('POST', path, {
      body: Buffer.from('k8s\0'),
      headers: { 'content-type': protobuf },
    });
    expect(posted.code).toBe(415);
  });

  test('a strategic merge patch is refused', async () => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const patched = await world.ask('PATCH', `${path}/http`, { body: '{}', headers });
    expect([patched.code, patched.json.reason]).toEqual([415, 'UnsupportedMediaType']);
  });
});

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function kubectlOf(version: KubectlVersion) {
  const found = await kubectlBinary(version);
  if (!found.ok) return found.reason;
  const cache = join(world.directory, `cache-${version}`);
  const flags = ['--kubeconfig', world.kubeconfig, '--cache-dir', cache];
  const env = { ...process.env, KUBE_EDITOR: 'sed -i s/suspend:.true/suspend:\\ false/' };
  return (...args: readonly string[]) =>
    new Promise<Output>((resolve) => {
      execFile(found.path, [...flags, ...args], { env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
}

describe.each(['1.36', '1.32'] as const)('kubectl %s', (version) => {
  const name = `run-${version.replace('.', '-')}`;

  test('applies, shows, explains, edits, patches and deletes it', async (context) => {
    const kubectl = await kubectlOf(version);
    if (typeof kubectl === 'string') return context.skip(kubectl);
    const file = join(world.directory, `${name}.yaml`);
    const write = (object: object) => writeFileSync(file, JSON.stringify(object));
    const done = (output: Output) => {
      expect(output.stderr).toBe('');
      expect(output.code).toBe(0);
      return output.stdout;
    };

    write(experiment(name, { seed: 42 }));
    expect(done(await kubectl('apply', '-f', file))).toContain(`${name} created`);
    write(experiment(name, { seed: 43, suspend: true }));
    expect(done(await kubectl('apply', '-f', file))).toContain(`${name} configured`);
    expect(done(await kubectl('apply', '-f', file))).toContain(`${name} unchanged`);
    expect(done(await kubectl('get', 'chaos', name))).toMatch(
      /^NAME +PHASE +FAULTS +VIOLATIONS +RECOVERY +AGE\nrun-\S+ +Pending +\d+s\n$/,
    );
    const status = { phase: 'Failed', faultsInjected: 3, recoverySeconds: 130, violations: [] };
    const patch = JSON.stringify({ status });
    const args = ['--type=merge', '--subresource=status', '-p', patch];
    done(await kubectl('patch', 'chaosexperiment', name, ...args));
    expect(done(await kubectl('get', 'chaosexperiments', name, '--no-headers'))).toMatch(
      /^run-\S+ +Failed +3 +0 +2m10s +\d+s\n$/,
    );
    expect(done(await kubectl('edit', 'chaos', name))).toContain(`${name} edited`);
    const shown = JSON.parse(done(await kubectl('get', 'chaos', name, '-o', 'json')));
    expect(shown.spec).toEqual({ scenario, seed: 43, suspend: false });

    const explained = done(await kubectl('explain', 'chaos.spec'));
    expect(explained).toContain('GROUP:      chaos.kabuki.dev\nKIND:       ChaosExperiment');
    expect(explained).toMatch(/scenario\t<\S+> -required-\n\s+The scenario: workload/);
    const listed = done(await kubectl('api-resources', '--api-group=chaos.kabuki.dev'));
    expect(listed).toMatch(/chaosexperiments +chaos +chaos.kabuki.dev\/v1alpha1 +false +ChaosExp/);
    expect(done(await kubectl('describe', 'chaos', name))).toContain('Recovery Seconds:  130');
    expect(done(await kubectl('delete', '-f', file))).toContain('deleted');
  }, 60_000);

  test('is told what is wrong', async (context) => {
    const kubectl = await kubectlOf(version);
    if (typeof kubectl === 'string') return context.skip(kubectl);
    const file = join(world.directory, `wrong-${version}.yaml`);
    const faults = [{ ...scenario.faults[0], fault: 'crsh' }];
    writeFileSync(file, JSON.stringify(experiment('wrong', { scenario: { ...scenario, faults } })));
    const invalid = await kubectl('apply', '-f', file);
    expect(invalid.code).toBe(1);
    expect(invalid.stderr).toContain(
      'The ChaosExperiment "wrong" is invalid: spec.scenario.faults[0].fault: Invalid value: "crsh"',
    );
    writeFileSync(file, JSON.stringify(experiment('wrong', { suspended: true })));
    const unknown = await kubectl('apply', '-f', file);
    expect(unknown.stderr).toContain('unknown field "spec.suspended"');
  }, 60_000);
});
