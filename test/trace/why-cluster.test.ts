/** `kabuki trace at`, `history`, `why` and `why-not` as a user calls them, on a real cluster and on a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trailOf } from '../../actors/cluster/users.ts';
import { openLiveTrace } from '../../actors/trace/live-trace.ts';
import { fileFrame, fileHead } from '../../actors/trace/trace-file.ts';
import { readTrail, trailBody } from '../../bus/trail.ts';
import {
  eventually,
  type Kubectl,
  kabukiScript,
  kubectlFor,
  type Output,
  type RunningCluster,
  run,
  startCluster,
} from '../e2e/cluster.ts';
import { kubectlBinary } from '../tools/kubectl.ts';

const folder = mkdtempSync(join(tmpdir(), 'kabuki-why-'));
const clusters: RunningCluster[] = [];
let path: string;
let cluster: RunningCluster;
let kubectl: Kubectl;

/** Runs `kabuki trace`; the words are split at spaces. */
function trace(words: string | readonly string[], data = cluster.data): Promise<Output> {
  const list = typeof words === 'string' ? words.split(' ') : words;
  return run(process.execPath, [kabukiScript, 'trace', ...list, '--data', data]);
}

/** Standard output of a command that is to succeed. */
async function told(words: string | readonly string[], data?: string): Promise<string> {
  const { code, stdout, stderr } = await trace(words, data);
  if (code !== 0) throw new Error(`trace ${words}: code ${code}\n${stderr}${stdout}`);
  return stdout;
}

async function start(args: readonly string[]): Promise<[RunningCluster, Kubectl]> {
  const started = await startCluster(args);
  clusters.push(started);
  return [started, kubectlFor(started, path)];
}

beforeAll(async () => {
  const binary = await kubectlBinary('1.36');
  if (!binary.ok) throw new Error(`kubectl cannot be had: ${binary.reason}`);
  path = binary.path;
  [cluster, kubectl] = await start(['--nodes', '2']);
  await eventually(() => kubectl('get serviceaccount default'));
  // A pod that waits for a node is there because of the node, and not of who asked for it.
  await eventually(async () => (await kubectl('get nodes -o name')).split('\n').length === 3);
  await kubectl('wait node --all --for=condition=Ready --timeout=10s');
}, 60_000);

afterAll(async () => {
  await Promise.all(clusters.map((one) => one.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const deployment = (name: string, replicas: number, container: object) =>
  JSON.stringify({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'c', image: 'kabuki/pause', ...container }] },
      },
    },
  });

const apply = (text: string) => kubectl('apply -f -', { stdin: text });

test('the node of a pod leads back to the request of kubectl', async () => {
  await kubectl('create deployment web --image=kabuki/pause');
  await kubectl('rollout status deployment/web --timeout=30s');
  const name = await kubectl('get pods -l app=web -o jsonpath={.items[0].metadata.name}');
  const node = await kubectl(`get pod ${name} -o jsonpath={.spec.nodeName}`);
  const why = await eventually(async () => {
    const text = await told(`why pod/${name} .spec.nodeName`);
    expect(text).toContain(' POST ');
    return text;
  });
  const lines = why.trimEnd().split('\n');
  expect(lines[0]).toBe(`pod default/${name}  .spec.nodeName = ${node}`);
  expect(lines[2]).toBe(`  by pendingPod/default/${name}`);
  const links = lines.slice(5).filter((line) => !line.includes('also because of'));
  expect(
    links.map((line) => line.replace(/^ *\S+ (ms|s) +/, '').split(/ {2,}|, revision| \[/)[0]),
  ).toEqual([
    `apiserver updated pod default/${name}`,
    `pendingPod/default/${name}`,
    'scheduler/scheduler',
    `pendingPod/default/${name}`,
    `apiserver created pod default/${name}`,
    expect.stringMatching(/^reconciler\/replicaset-controller\/default\/web-/),
    expect.stringMatching(/^apiserver created replicaset default\/web-/),
    'reconciler/deployment-controller/default/web',
    'apiserver created deployment default/web',
    expect.stringMatching(
      /^POST \/apis\/apps\/v1\/namespaces\/default\/deployments\?.* by kubernetes-admin with kubectl\/v1\.36.*: 201$/,
    ),
  ]);
  const json = JSON.parse(await told(`why pod/${name} .spec.nodeName -o json`));
  expect(json).toMatchObject({ value: node, how: 'changed', origin: 'request' });
  expect(await told(`why deploy/web .spec.replicas`)).toContain('set when the object was created');
  expect(await told(`history pod/${name}`)).toContain(`.spec.nodeName: (none) -> ${node}`);
});

test('a Deployment that waits says for what, and on whom', async () => {
  await apply(deployment('big', 3, { resources: { requests: { cpu: '5000' } } }));
  await apply(deployment('none', 1, { image: 'nowhere/none:1' }));
  const probe = { periodSeconds: 1, exec: { command: ['false'] } };
  await apply(deployment('unready', 2, { readinessProbe: probe }));
  const says = async (words: string, pattern: RegExp) => {
    await eventually(async () => expect(await told(`why-not ${words}`)).toMatch(pattern));
  };
  await says(
    'deployment/big Available',
    /^deployment default\/big: Available is False for .*\nit waits for:\n- replicaset big-\w+ has 0 of 3 pods available\n {2}- 3 pods \(.*\): Unschedulable: 0\/2 nodes are available: .*\n {6}on the user, or whatever makes room: the scheduler \(pendingPod\/default\/big-.* is unschedulable for .*\) tries again when the cluster changes, at the latest in /,
  );
  await says(
    'deployment/none',
    /pod none-.*: container c: (ErrImagePull|ImagePullBackOff): .*nowhere\/none:1.*\n {6}on the user, to mend that, and the kubelet of node-\d \(pod\/default\/none-.* is running for .*\), which tries again in /,
  );
  await says(
    'deployment/unready Available',
    /2 pods \(.*\): container c runs for .*, and its readiness probe has not succeeded: exec false; last failure .*, its output is in the pod's events\n {6}on the container, to pass the probe; the kubelet of node-/,
  );
  await says(
    'deployment/web Available',
    /^deployment default\/web: Available is True for [^\n]*\n$/,
  );
  const json = JSON.parse(await told('why-not deployment/big -o json'));
  expect(json).toMatchObject({ key: 'apps/deployments/default/big', holds: false });
});

test('objects of the past are printed as kubectl prints those of now', async () => {
  const texts = ['yes', '1', '0x1F', '2026-01-01', '12:30', '1e3', 'null', '', 'a: b', ' lead'];
  const more = ['[1]', '*star', "it's", '- x', '# no', 'tab\tx', 'a\nb', 'a\n', '<b> & "q"'];
  const literals = [...texts, ...more].map(
    (text, index) => `--from-literal=k${10 + index}=${text}`,
  );
  await kubectl(['create', 'configmap', 'quirks', ...literals]);
  for (const format of ['yaml', 'json']) {
    for (const what of ['configmap/quirks', 'serviceaccounts', 'deployments']) {
      const now = await kubectl(`get ${what} -o ${format}`);
      expect((await told(`at now get ${what} -o ${format}`)).trim()).toBe(now.trim());
    }
  }
  await kubectl('delete configmap quirks');
});

test('the cluster as it was before a deletion, and after', async () => {
  await kubectl('create configmap gone --from-literal=a=1');
  const revision = await kubectl('get configmap gone -o jsonpath={.metadata.resourceVersion}');
  await kubectl('delete configmap gone');
  await kubectl('create secret generic kept --from-literal=password=hunter2');
  const before = await trace(`at ${revision} get configmaps`);
  expect(before.stderr).toMatch(
    new RegExp(`^revision ${revision}, \\d\\d:\\d\\d:\\d\\d\\.\\d{3}:\n`),
  );
  expect(before.stdout).toMatch(/^NAME +DATA +AGE\ngone +1 +\ds\nkube-root-ca\.crt +1 +\d+s\n$/);
  expect(await told('at now get cm -o name')).toBe('configmap/kube-root-ca.crt\n');
  expect(await told(`at ${revision} get cm/gone -o yaml`)).toContain('data:\n  a: "1"\n');
  expect(await told(`at ${revision} get cm -A -l nothing=here -o name`)).toBe('');
  const earlier = await trace(`at ${Number(revision) - 1} get cm gone`);
  expect(earlier).toMatchObject({ code: 1, stdout: '' });
  expect(earlier.stderr).toBe(
    `kabuki: configmaps "gone" not found at revision ${Number(revision) - 1}\n`,
  );
  const secret = await trace('at now get secret kept -o json');
  expect(secret.stderr).toContain('values of Secrets are not recorded');
  expect(secret.stdout).toContain('"password": "redacted-');
  expect(secret.stdout).not.toContain(Buffer.from('hunter2').toString('base64'));
  const none = await trace('at now get jobs');
  expect(none).toMatchObject({ code: 0, stdout: '' });
  expect(none.stderr).toContain('No resources found in default namespace.\n');
  expect(await told('why cm/gone .data.a')).toContain(
    'the object is gone: it was deleted at revision',
  );
});

test.each([
  ['at 99999999 get pods', 1, 'revision 99999999 is not written yet: the newest revision is '],
  ['at soon get pods', 2, '"soon" is no moment\nGive a revision such as 1234, '],
  ['at -5s get podz', 2, 'the cluster has no resource type "podz"; did you mean "pod"?'],
  ['at -5s get pods --wide', 2, 'unknown option "--wide"'],
  [
    'at -5s list pods',
    2,
    '`get` or `state` and an actor are expected after the moment, not "list"',
  ],
  ['at now state pod/default/nobody', 1, 'nothing is on record of pod/default/nobody until '],
  ['at soon state node/node-1', 2, '"soon" is no moment'],
  ['at -5s get pods -l a==,', 2, 'the selector cannot be read: '],
  ['why pod/nobody .spec', 1, 'pods "nobody" not found: there never was one'],
  ['why web', 2, 'an object is written as its resource and name: pod/web; "web" is not'],
  [
    'why deploy/web .spec.replica',
    2,
    '.spec has no field "replica"; did you mean "replicas"? (at 6)\n  .spec.replica\n       ^\n',
  ],
  ['why deploy/web .spec[', 2, 'the field cannot be read: '],
  [
    'why-not deploy/web Availabe',
    2,
    'deployment default/web has no condition "Availabe"; did you mean "Available"?',
  ],
  ['why-not pod/nobody', 1, 'pods "nobody" not found'],
  ['history cm/nobody', 1, 'configmaps "nobody" not found'],
  ['history pod/x --file /nowhere/trace', 2, 'cannot read /nowhere/trace'],
])('trace %s is answered with code %i', async (words, code, message) => {
  const { code: ended, stdout, stderr } = await trace(words);
  expect({ ended, stdout }).toEqual({ ended: code, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('unexpected failure');
});

test('a file answers as the cluster does', async () => {
  const file = join(folder, 'trace');
  const live = await openLiveTrace(cluster.data);
  const frames: Uint8Array[] = [fileHead()];
  await readTrail(live.bus.link, trailOf('kabuki'), 1, (message) => {
    frames.push(fileFrame(trailBody(message)));
  });
  await live.close();
  writeFileSync(file, Buffer.concat(frames));
  const of = (words: string) => told(`${words} --file ${file}`, folder);
  expect(await of('at now get deploy web -o name')).toBe('deployment.apps/web\n');
  expect(await of('why deploy/web .metadata.name')).toContain(
    ' by kubernetes-admin with kubectl/v1.36',
  );
  expect(await of('why-not deploy/big Available')).toContain(
    'Unschedulable: 0/2 nodes are available',
  );
  expect(await of('history deploy/web')).toContain('created by the client of POST');
});

test('where history was trimmed, it is said from when on there is some', async () => {
  const [small, control] = await start(['--nodes', '0', '--trace-size', '16Ki']);
  await control('create configmap notes --from-literal=fixed=1');
  const first = await control('get configmap notes -o jsonpath={.metadata.resourceVersion}');
  const ask = (words: string) => trace(words, small.data);
  // The store keeps eight versions of a key; the trail of this cluster fewer.
  const last = await eventually(async () => {
    for (let count = 0; count < 10; count += 1) {
      const patch = { data: { count: `${Date.now()}-${count}` } };
      await control(['patch', 'configmap', 'notes', '--type=merge', '-p', JSON.stringify(patch)]);
    }
    const { code, stderr } = await ask(`at ${first} get configmaps`);
    expect(code).toBe(1);
    return stderr;
  });
  expect(last).toMatch(
    /^kabuki: history of configmaps begins at revision \d+, \d\d:\d\d:\d\d\.\d{3}; ask for that or later\n$/,
  );
  const begins = /revision (\d+)/.exec(last)?.[1];
  expect(await told(`at ${begins} get cm notes -o name`, small.data)).toBe('configmap/notes\n');
  expect(await told('why cm/notes .data.fixed', small.data)).toContain(
    'it had this value already at revision',
  );
  expect(await told('why cm/notes .data.count', small.data)).toContain('; before it was ');
}, 60_000);
