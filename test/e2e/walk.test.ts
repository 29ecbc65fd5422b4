/**
 * The walk of a user through a cluster, with the real kubectl of two versions: every command that the README and
 * the help promise, on real processes.
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlBinary } from '../tools/kubectl.ts';
import {
  eventually,
  type Kubectl,
  kubectlFor,
  type RunningCluster,
  startCluster,
} from './cluster.ts';

const hello = join(import.meta.dirname, '../../examples/hello.yaml');

/** Runs a program in a terminal of 91 columns and 37 lines; what it printed. */
function inTerminal(path: string, kubeconfig: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const terminal = spawn(path, args, {
      cols: 91,
      rows: 37,
      env: { ...process.env, KUBECONFIG: kubeconfig } as { [name: string]: string },
    });
    terminal.onData((data) => {
      text += data;
    });
    terminal.onExit(() => resolve(text));
  });
}

/** One HTTP GET on a connection of its own. */
function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe.each(['1.36', '1.32'] as const)('kubectl %s', (wanted) => {
  let cluster: RunningCluster;
  let kubectl: Kubectl;
  const scratch = mkdtempSync(join(tmpdir(), 'kabuki-walk-'));

  beforeAll(async () => {
    const binary = await kubectlBinary(wanted);
    if (!binary.ok) throw new Error(`kubectl ${wanted} cannot be had: ${binary.reason}`);
    cluster = await startCluster(['--nodes', '2']);
    kubectl = kubectlFor(cluster, binary.path);
  }, 120_000);

  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    expect(await cluster?.stop()).toBe(0);
    expect(cluster.complaints()).toBe('');
  });

  const file = (name: string, text: string): string => {
    const path = join(scratch, name);
    writeFileSync(path, text);
    return path;
  };
  const json = async (command: string) => JSON.parse(await kubectl(`${command} -o json`));
  const webPods = async (): Promise<string[]> =>
    (await kubectl('get pods -n hello -l app=web -o name')).trim().split('\n').sort();

  test('version, cluster-info, api-resources, explain', async () => {
    expect(await kubectl('version')).toMatch(/Server Version: v1\.36\./);
    expect(await kubectl('cluster-info')).toContain('Kubernetes control plane');
    const resources = await kubectl('api-resources');
    for (const line of [
      /^pods +po +v1 +true +Pod$/m,
      /^deployments +deploy +apps\/v1 +true +Deployment$/m,
      /^nodes +no +v1 +false +Node$/m,
      /^horizontalpodautoscalers +hpa +autoscaling\/v2 +true +HorizontalPodAutoscaler$/m,
    ]) {
      expect(resources).toMatch(line);
    }
    const explained = await kubectl('explain deployment.spec.template');
    expect(explained).toMatch(/FIELD: template <PodTemplateSpec>/);
    expect(explained).toMatch(
      /metadata\s+<ObjectMeta>\n +ObjectMeta is metadata that all persisted/,
    );
    expect(await kubectl('explain pods --recursive')).toContain('livenessProbe');
  });

  test('nodes are there and ready', async () => {
    await eventually(async () => (await json('get nodes')).items.length === 2);
    await kubectl('wait --for=condition=Ready node --all --timeout=30s');
    const wide = await kubectl('get nodes -o wide');
    expect(wide).toMatch(/^NAME +STATUS +ROLES +AGE +VERSION +INTERNAL-IP/);
    expect(wide).toMatch(/node-1 +Ready/);
    expect(wide).toMatch(/node-2 +Ready/);
  });

  test('apply twice: the second changes nothing', async () => {
    const first = await kubectl(`apply -f ${hello}`);
    expect(first.trim().split('\n')).toEqual([
      'namespace/hello created',
      'configmap/greeting created',
      'secret/stage created',
      'deployment.apps/web created',
      'service/web created',
    ]);
    await kubectl('rollout status deployment/web -n hello --timeout=60s');
    const second = await kubectl(`apply -f ${hello}`);
    expect(second.match(/unchanged/g)).toHaveLength(5);
    expect(await kubectl(`diff -f ${hello}`)).toBe('');
  });

  test('the Service reaches the pods in turn', async () => {
    const { spec } = await json('get service web -n hello');
    const url = `http://${spec.clusterIP}:8080/`;
    await eventually(() => get(url));
    const answers = await Promise.all(Array.from({ length: 6 }, () => get(url)));
    const pods = (await webPods()).map((name) => name.replace('pod/', ''));
    expect(pods).toHaveLength(3);
    for (const pod of pods) expect(answers.filter((text) => text.includes(pod))).toHaveLength(2);
  });

  test('scale, set image, set env, rollout history and undo', async () => {
    const ns = '-n hello';
    expect(await kubectl(`scale deployment/web --replicas=4 ${ns}`)).toBe(
      'deployment.apps/web scaled\n',
    );
    await kubectl(
      `wait deployment/web --for=jsonpath={.status.readyReplicas}=4 --timeout=60s ${ns}`,
    );
    await kubectl(`set image deployment/web web=echo:2 ${ns}`);
    await kubectl(`rollout status deployment/web --timeout=60s ${ns}`);
    await kubectl(`set env deployment/web STAGE=left ${ns}`);
    await kubectl(`rollout status deployment/web --timeout=60s ${ns}`);
    const history = await kubectl(`rollout history deployment/web ${ns}`);
    expect(history.match(/^\d+ /gm)).toEqual(['1 ', '2 ', '3 ']);
    expect(await kubectl(`rollout history deployment/web --revision=2 ${ns}`)).toContain('echo:2');
    expect(await kubectl(`rollout undo deployment/web --to-revision=1 ${ns}`)).toContain(
      'rolled back',
    );
    await kubectl(`rollout status deployment/web --timeout=60s ${ns}`);
    const { spec } = await json(`get deployment web ${ns}`);
    expect(spec.template.spec.containers[0].image).toBe('echo:1');
    expect(await kubectl(`rollout restart deployment/web ${ns}`)).toContain('restarted');
    await kubectl(`rollout status deployment/web --timeout=60s ${ns}`);
    expect(await kubectl(`rollout pause deployment/web ${ns}`)).toContain('paused');
    expect(await kubectl(`rollout resume deployment/web ${ns}`)).toContain('resumed');
    await kubectl(`scale deployment/web --replicas=3 ${ns}`);
    await eventually(async () => (await webPods()).length === 3);
  });

  test('label, annotate, patch of three kinds, replace, edit, diff', async () => {
    const ns = '-n hello';
    await kubectl(`label deployment web tier=front ${ns}`);
    await kubectl(`label deployment web tier=back --overwrite ${ns}`);
    await kubectl(`annotate deployment web note=kept ${ns}`);
    await kubectl([
      'patch',
      'deployment',
      'web',
      '-n',
      'hello',
      '-p',
      '{"spec":{"minReadySeconds":0,"revisionHistoryLimit":5}}',
    ]);
    await kubectl([
      'patch',
      'deployment',
      'web',
      '-n',
      'hello',
      '--type=merge',
      '-p',
      '{"metadata":{"labels":{"tier":null}}}',
    ]);
    await kubectl([
      'patch',
      'deployment',
      'web',
      '-n',
      'hello',
      '--type=json',
      '-p',
      '[{"op":"add","path":"/metadata/labels/act","value":"one"}]',
    ]);
    const { metadata, spec } = await json(`get deployment web ${ns}`);
    expect(metadata.labels).toEqual({ app: 'web', act: 'one' });
    expect(metadata.annotations.note).toBe('kept');
    expect(spec.revisionHistoryLimit).toBe(5);
    const config = await json(`get configmap greeting ${ns}`);
    config.data.more = 'yes';
    await kubectl(`replace -f ${file('replace.json', JSON.stringify(config))}`);
    expect((await json(`get configmap greeting ${ns}`)).data.more).toBe('yes');
    expect((await kubectl.try(`replace -f ${scratch}/replace.json`)).stderr).toMatch(
      /Conflict|the object has been modified/,
    );
    const editor = file('editor.sh', '#!/bin/sh\nsed -i "s/more: .*/more: edited/" "$1"\n');
    await kubectl(`edit configmap greeting ${ns}`, { env: { KUBE_EDITOR: `sh ${editor}` } });
    expect((await json(`get configmap greeting ${ns}`)).data.more).toBe('edited');
    const changed = file(
      'diff.yaml',
      readFileSync(hello, 'utf8').replace('replicas: 3', 'replicas: 5'),
    );
    const diff = await kubectl.try(`diff -f ${changed}`);
    expect(diff.code).toBe(1);
    expect(diff.stdout).toMatch(/- {2}replicas: 3\n\+ {2}replicas: 5/);
  });

  test('get in every form', async () => {
    const ns = '-n hello';
    expect(await kubectl(`get deployment web ${ns}`)).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 /,
    );
    expect(await kubectl(`get pods ${ns} -o wide`)).toMatch(
      /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE /,
    );
    expect(await kubectl(`get deployment web ${ns} -o yaml`)).toMatch(
      /^apiVersion: apps\/v1\nkind: Deployment\n/,
    );
    expect(await kubectl(`get deployment web ${ns} -o name`)).toBe('deployment.apps/web\n');
    expect(
      await kubectl(['get', 'pods', '-n', 'hello', '-o', 'jsonpath={.items[*].status.phase}']),
    ).toBe('Running Running Running');
    expect(
      await kubectl(`get pods ${ns} -o custom-columns=N:.metadata.namespace,P:.status.phase`),
    ).toMatch(/^N +P\nhello +Running\n/);
    expect(
      (await kubectl(`get pods -l app=web,app!=x ${ns} -o name`)).trim().split('\n'),
    ).toHaveLength(3);
    expect(await kubectl(`get pods -l app=nobody ${ns}`)).toBe('');
    expect(await kubectl('get pods -A --field-selector status.phase=Failed')).toBe('');
    expect(
      (await kubectl(`get pods -A --field-selector metadata.namespace=hello -o name`))
        .trim()
        .split('\n'),
    ).toHaveLength(3);
    const sorted = (await kubectl(`get pods ${ns} --sort-by=.metadata.name -o name`))
      .trim()
      .split('\n');
    expect(sorted).toEqual([...sorted].sort());
    expect(
      (await kubectl(`get pods ${ns} --chunk-size=1 -o name`)).trim().split('\n'),
    ).toHaveLength(3);
    expect(await kubectl('get all -A')).toContain('service/kubernetes');
    expect(await kubectl(`describe deployment web ${ns}`)).toMatch(
      /Replicas: +3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/,
    );
    const described = await kubectl(`describe ${(await webPods())[0]} ${ns}`);
    expect(described).toMatch(/Successfully assigned hello\/web-/);
    expect(described).toMatch(/Status: +Running/);
    expect(await kubectl('describe node node-1')).toMatch(/Non-terminated Pods:/);
    expect(await kubectl(`events ${ns} --for deployment/web`)).toContain('ScalingReplicaSet');
    expect(await kubectl(`get events ${ns}`)).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/);
    const missing = await kubectl.try(`get pod nobody ${ns}`);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toBe('Error from server (NotFound): pods "nobody" not found\n');
  });

  test('get -w shows what happens, and wait waits', async () => {
    const watch = kubectl.start('get configmaps -n hello -w -o name');
    const lines: string[] = [];
    createInterface({ input: watch.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      lines.push(line),
    );
    await eventually(async () => lines.includes('configmap/greeting'));
    await kubectl('create configmap passing -n hello --from-literal=a=b');
    await eventually(async () => lines.includes('configmap/passing'));
    const deleted = kubectl('wait configmap/passing -n hello --for=delete --timeout=20s');
    await kubectl('delete configmap passing -n hello');
    await deleted;
    const end = once(watch, 'exit');
    watch.kill('SIGINT');
    await end;
    await kubectl('wait deployment/web -n hello --for=condition=Available --timeout=20s');
    await kubectl([
      'wait',
      'deployment/web',
      '-n',
      'hello',
      '--for=jsonpath={.status.readyReplicas}=3',
      '--timeout=20s',
    ]);
  });

  test('logs', async () => {
    const script =
      'i=0; while [ $i -lt 5 ]; do echo line $i; i=$((i+1)); done; echo oops >&2; sleep 3600';
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'talker', namespace: 'hello', labels: { say: 'it' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          { name: 'one', image: 'busybox', command: ['sh', '-c', script] },
          { name: 'two', image: 'busybox', command: ['sh', '-c', 'echo from two; sleep 3600'] },
        ],
      },
    };
    await kubectl(`apply -f ${file('talker.json', JSON.stringify(pod))}`);
    await kubectl('wait pod/talker -n hello --for=condition=Ready --timeout=30s');
    const all = 'line 0\nline 1\nline 2\nline 3\nline 4\n';
    const logs = async (flags: string) => kubectl(`logs talker -n hello ${flags}`);
    await eventually(async () => (await logs('-c one')).includes('oops'));
    expect((await logs('-c one')).replace('oops\n', '')).toBe(all);
    expect((await logs('-c one --tail=2')).trim().split('\n')).toHaveLength(2);
    expect((await logs('-c one --since=1h')).split('\n')).toHaveLength(7);
    expect(await logs('-c one --timestamps --tail=1')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z /,
    );
    expect(await logs('-c two')).toBe('from two\n');
    expect(await logs('--all-containers --prefix')).toContain('[pod/talker/two] from two');
    expect(await kubectl('logs -l say=it -n hello -c two')).toBe('from two\n');
    expect((await kubectl.try('logs talker -n hello -c three')).stderr).toContain(
      'container three is not valid for pod talker',
    );
    const follow = kubectl.start('logs -f talker -n hello -c one');
    const lines: string[] = [];
    createInterface({ input: follow.stdout as NodeJS.ReadableStream }).on('line', (line) =>
      lines.push(line),
    );
    await eventually(async () => lines.includes('line 4'));
    const end = once(follow, 'exit');
    await kubectl('delete pod talker -n hello --grace-period=1');
    await end;
  });

  test('logs --previous, restarts and back-off', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'crasher', namespace: 'hello' },
      spec: {
        containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', 'echo try; exit 3'] }],
      },
    };
    await kubectl(`apply -f ${file('crasher.json', JSON.stringify(pod))}`);
    await eventually(async () => {
      const { status } = await json('get pod crasher -n hello');
      const [c] = status.containerStatuses;
      return (
        c.restartCount >= 1 &&
        c.lastState.terminated?.exitCode === 3 &&
        c.state.waiting?.reason === 'CrashLoopBackOff'
      );
    });
    expect(await kubectl('logs crasher -n hello --previous')).toBe('try\n');
    expect(await kubectl('get pod crasher -n hello')).toMatch(/CrashLoopBackOff +1 \(/);
    await eventually(async () =>
      (await kubectl('describe pod crasher -n hello')).includes(
        'Back-off restarting failed container c in pod crasher_hello',
      ),
    );
    await kubectl('delete pod crasher -n hello --now');
  });

  test('exec with stdin, exit codes and a TTY; cp; attach', async () => {
    const [name = ''] = await webPods();
    const pod = name.replace('pod/', '');
    const exec = ['exec', pod, '-n', 'hello'];
    expect(await kubectl([...exec, '--', 'sh', '-c', 'echo $GREETING $PASSWORD'])).toBe(
      'Hello from Kabuki hanamichi\n',
    );
    expect(await kubectl([...exec, '-i', '--', 'tr', 'a-z', 'A-Z'], { stdin: 'loud' })).toBe(
      'LOUD',
    );
    const failed = await kubectl.try([...exec, '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
    expect(failed).toMatchObject({ code: 7, stdout: 'out\n' });
    expect(failed.stderr).toContain('err');
    expect(failed.stderr).toContain('command terminated with exit code 7');
    const there = file('there.txt', 'carried over\n');
    await kubectl(['cp', there, `hello/${pod}:/tmp/kabuki-${pod}.txt`]);
    const back = join(scratch, 'back.txt');
    await kubectl(['cp', `hello/${pod}:/tmp/kabuki-${pod}.txt`, back]);
    expect(readFileSync(back, 'utf8')).toBe('carried over\n');
    await kubectl([...exec, '--', 'rm', `/tmp/kabuki-${pod}.txt`]);
    const tty = await inTerminal(kubectl.path, cluster.kubeconfig, [
      ...['exec', '-n', 'hello', '-it', pod, '--', 'sh', '-c'],
      'test -t 0 && test -t 1 && until [ "$(stty size)" = "37 91" ]; do sleep 0.05; done; echo terminal',
    ]);
    expect(tty).toContain('terminal');
    expect(
      await kubectl(
        'run once -n hello --image=busybox -i --rm --restart=Never --quiet --command -- cat',
        { stdin: 'through\n' },
      ),
    ).toContain('through');
  });

  test('create of every generator, run, expose, autoscale, token', async () => {
    await kubectl('create namespace other');
    const ns = '-n other';
    await kubectl(`create deployment shop --image=echo:1 --replicas=2 ${ns}`);
    await kubectl(`create configmap c --from-literal=k=v ${ns}`);
    await kubectl(`create secret generic s --from-literal=k=v ${ns}`);
    await kubectl(`create serviceaccount robot ${ns}`);
    await kubectl([
      'create',
      'job',
      'sum',
      '-n',
      'other',
      '--image=busybox',
      '--',
      'sh',
      '-c',
      'echo $((40+2))',
    ]);
    expect((await kubectl(`create token robot ${ns}`)).trim().split('.')).toHaveLength(3);
    await kubectl(`run lone --image=echo:1 --port=8080 ${ns}`);
    await kubectl(`expose deployment shop --port=80 --target-port=8080 ${ns}`);
    await kubectl(`autoscale deployment shop --min=2 --max=4 --cpu-percent=80 ${ns}`);
    expect(await kubectl(`get hpa shop ${ns}`)).toMatch(
      /shop +Deployment\/shop +cpu: <unknown>\/80% +2 +4/,
    );
    await kubectl(`wait job/sum --for=condition=Complete --timeout=60s ${ns}`);
    expect(await kubectl(`logs job/sum ${ns}`)).toBe('42\n');
    await kubectl(`wait pod/lone --for=condition=Ready --timeout=60s ${ns}`);
    await kubectl(`rollout status deployment/shop --timeout=60s ${ns}`);
    await eventually(async () => {
      const { items } = await json(`get endpointslices -l kubernetes.io/service-name=shop ${ns}`);
      return items[0]?.endpoints?.length === 2;
    });
    expect(await kubectl(`get endpoints shop ${ns}`)).toMatch(
      /127\.\d+\.\d+\.\d+:8080,127\.\d+\.\d+\.\d+:8080/,
    );
  });

  test('cordon, drain, uncordon, taint', async () => {
    expect(await kubectl('cordon node-1')).toBe('node/node-1 cordoned\n');
    expect(await kubectl('get node node-1')).toContain('Ready,SchedulingDisabled');
    await kubectl('drain node-1 --ignore-daemonsets --force --delete-emptydir-data --timeout=60s');
    const left = await json('get pods -A --field-selector spec.nodeName=node-1');
    expect(left.items).toEqual([]);
    await kubectl('rollout status deployment/web -n hello --timeout=60s');
    expect(await kubectl('uncordon node-1')).toBe('node/node-1 uncordoned\n');
    await kubectl('taint nodes node-1 stage=dark:NoSchedule');
    expect((await json('get node node-1')).spec.taints).toContainEqual({
      key: 'stage',
      value: 'dark',
      effect: 'NoSchedule',
    });
    await kubectl('taint nodes node-1 stage-');
  });

  test('a drain respects a disruption budget', async () => {
    const [pod = ''] = await webPods();
    const { spec } = await json(`get ${pod} -n hello`);
    await kubectl('create pdb web -n hello --selector=app=web --min-available=3');
    await kubectl([
      ...['wait', 'pdb/web', '-n', 'hello', '--for=jsonpath={.status.currentHealthy}=3'],
      '--timeout=20s',
    ]);
    const refused = await kubectl.try(`drain ${spec.nodeName} --force --timeout=2s`);
    expect(refused.stderr).toContain("would violate the pod's disruption budget");
    await kubectl('delete pdb web -n hello');
    await kubectl(`uncordon ${spec.nodeName}`);
    await kubectl('rollout status deployment/web -n hello --timeout=60s');
  });

  test('debug joins a pod that runs', async () => {
    const [pod = ''] = await webPods();
    const name = pod.replace('pod/', '');
    const script = ['--', 'sh', '-c', 'echo helps; sleep 3600'];
    await kubectl(['debug', name, '-n', 'hello', '--image=busybox', '-c', 'helper', ...script]);
    await eventually(
      async () => (await kubectl.try(`logs ${name} -n hello -c helper`)).stdout === 'helps\n',
    );
    expect(await kubectl(`get pod ${name} -n hello`)).toMatch(/1\/1 +Running +0 /);
  });

  test('delete with each propagation, and with grace', async () => {
    const ns = '-n other';
    const owned = async (kind: string) =>
      (await kubectl(`get ${kind} -l app=shop -o name ${ns}`)).trim();
    await kubectl(`delete deployment shop --cascade=orphan ${ns}`);
    const replicaSet = await owned('replicasets');
    expect(replicaSet).toMatch(/^replicaset.apps\/shop-/);
    await kubectl(`delete ${replicaSet} --cascade=foreground ${ns}`);
    expect(await owned('pods')).toBe('');
    await kubectl(`create deployment shop --image=echo:1 ${ns}`);
    await kubectl(`rollout status deployment/shop --timeout=60s ${ns}`);
    await kubectl(`delete deployment shop --cascade=background ${ns}`);
    await eventually(
      async () => (await owned('replicasets')) === '' && (await owned('pods')) === '',
    );
    await kubectl(`run stray --image=echo:1 ${ns}`);
    await kubectl(`delete pod stray --grace-period=0 --force ${ns}`);
    await kubectl('delete namespace other --timeout=60s');
    expect((await kubectl.try('get namespace other')).code).toBe(1);
    await kubectl(`delete -f ${hello} --ignore-not-found --timeout=60s`);
    expect(await kubectl('get pods -A')).toBe('');
  });
});
