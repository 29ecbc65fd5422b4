/** Volumes and environment as a container's processes see them, in every way of separating them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AnyObject } from '../../machines/api/view.ts';
import { freshDir, isReady, readStream, sh, startNode, type TestNode, until } from './support.ts';

const b64 = (text: string) => Buffer.from(text).toString('base64');

function putConfig(node: TestNode, data: { [key: string]: string }): void {
  const key = { resource: 'core/configmaps', namespace: 'default', name: 'settings' };
  node.api.put(key, { kind: 'ConfigMap', data } as AnyObject);
}

function putSecret(node: TestNode): void {
  const key = { resource: 'core/secrets', namespace: 'default', name: 'keys' };
  node.api.put(key, { kind: 'Secret', type: 'Opaque', data: { pass: b64('word') } } as AnyObject);
}

async function run(node: TestNode, script: string): Promise<string> {
  const command = ['sh', '-c', script];
  const result = await readStream(node, 'exec', { namespace: 'default', pod: 'web', command });
  return result.out + result.err;
}

const VOLUMES = [
  { name: 'scratch', emptyDir: {} },
  { name: 'settings', configMap: { name: 'settings', defaultMode: 0o640 } },
  {
    name: 'one',
    configMap: { name: 'settings', items: [{ key: 'a', path: 'deep/b', mode: 0o600 }] },
  },
  { name: 'keys', secret: { secretName: 'keys' } },
  { name: 'maybe', configMap: { name: 'absent', optional: true } },
  {
    name: 'info',
    downwardAPI: {
      items: [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        {
          path: 'cpu',
          resourceFieldRef: { containerName: 'main', resource: 'limits.cpu', divisor: '1m' },
        },
      ],
    },
  },
  {
    name: 'api',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'settings', items: [{ key: 'a', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  },
];

const MOUNTS = [
  { name: 'scratch', mountPath: '/data' },
  { name: 'scratch', mountPath: '/sub', subPath: 'below' },
  { name: 'settings', mountPath: '/etc/settings' },
  { name: 'one', mountPath: '/one' },
  { name: 'keys', mountPath: '/keys', readOnly: true },
  { name: 'maybe', mountPath: '/maybe' },
  { name: 'info', mountPath: '/etc/podinfo' },
  { name: 'api', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
];

for (const isolation of ['overlay', 'tmpfs', 'plain'] as const) {
  test(`volumes stand at their paths and follow changes (${isolation})`, async () => {
    const node = startNode({ isolation });
    putConfig(node, { a: '1', b: '2' });
    putSecret(node);
    node.api.createPod(
      'web',
      {
        serviceAccountName: 'default',
        volumes: VOLUMES,
        containers: [
          sh('main', 'sleep 1000', {
            volumeMounts: MOUNTS,
            resources: { limits: { cpu: '250m' } },
          }),
        ],
      },
      { labels: { app: 'web' } },
    );
    await until(
      () => isReady(node.api.pod('web')),
      () => node.api.events.join('\n'),
    );
    const r = '$KABUKI_ROOT';
    expect(await run(node, `cat ${r}/etc/settings/a ${r}/etc/settings/b ${r}/one/deep/b`)).toBe(
      '121',
    );
    expect(await run(node, `cat ${r}/keys/pass ${r}/etc/podinfo/labels ${r}/etc/podinfo/cpu`)).toBe(
      'wordapp="web"250',
    );
    const account = `${r}/var/run/secrets/kubernetes.io/serviceaccount`;
    expect(await run(node, `cd ${account} && cat token ca.crt namespace`)).toBe('token-11default');
    expect(await run(node, `stat -Lc %a ${r}/etc/settings/a ${r}/one/deep/b`)).toBe('640\n600\n');
    expect(await run(node, `echo x >${r}/sub/f; cat ${r}/data/below/f; ls ${r}/maybe`)).toBe('x\n');
    if (isolation !== 'plain') {
      expect(await run(node, 'touch /keys/no 2>/dev/null || echo refused')).toBe('refused\n');
      expect(await run(node, 'cat /proc/sys/kernel/hostname')).toBe('web\n');
      expect(existsSync('/data')).toBe(false);
    }
    putConfig(node, { a: '3' });
    const dir = join(node.dataDir, 'pods/uid-web/volumes/kubernetes.io~config-map/settings');
    await until(() => !readdirSync(dir).includes('b'), 'the removed key is gone');
    expect(await run(node, `cat ${r}/etc/settings/a; ls ${r}/etc/settings`)).toBe('3a\n');
    node.api.deletePod('web', 1);
    await until(() => node.api.pod('web') === undefined, 'gone');
    await until(() => !existsSync(join(node.dataDir, 'pods/uid-web')), 'the directory is gone');
  });
}

test('the environment: literals, references, downward API, Services, and expansion', async () => {
  const node = startNode();
  putConfig(node, { a: '1' });
  putSecret(node);
  node.api.services_ = [
    {
      metadata: { name: 'kubernetes', namespace: 'default' },
      spec: { clusterIP: '127.96.0.1', ports: [{ name: 'https', port: 443 }] },
    },
    {
      metadata: { name: 'my-db', namespace: 'default' },
      spec: { clusterIP: '127.96.0.9', ports: [{ port: 5432 }] },
    },
    {
      metadata: { name: 'headless', namespace: 'default' },
      spec: { clusterIP: 'None', ports: [{ port: 1 }] },
    },
  ];
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  node.api.createPod('web', {
    containers: [
      {
        name: 'main',
        image: 'busybox',
        command: ['sh', '-c', 'echo "$0"; sleep 1000'],
        args: ['$(GREETING) $$(NOT) $(UNKNOWN)'],
        envFrom: [{ prefix: 'P_', configMapRef: { name: 'settings' } }],
        env: [
          { name: 'NAME', value: 'World' },
          { name: 'GREETING', value: 'Hello $(NAME) $(MY_DB_SERVICE_HOST)' },
          { name: 'PASS', valueFrom: { secretKeyRef: { name: 'keys', key: 'pass' } } },
          {
            name: 'NONE',
            valueFrom: { configMapKeyRef: { name: 'no', key: 'x', optional: true } },
          },
          { name: 'IP', ...field('status.podIP') },
          { name: 'NODE', ...field('spec.nodeName') },
          { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      },
    ],
  });
  await until(() => isReady(node.api.pod('web')), 'ready');
  const shown =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell expands it.
    'echo $P_a $PASS ${NONE-unset} $IP $NODE $CPUS $KABUKI_POD_IP $MY_DB_PORT $KUBERNETES_SERVICE_PORT_HTTPS ${HEADLESS_SERVICE_HOST-no}';
  expect(await run(node, shown)).toBe(
    '1 word unset 127.200.1.1 n1 4 127.200.1.1 tcp://127.96.0.9:5432 443 no\n',
  );
  const log = await readStream(node, 'logs', { namespace: 'default', pod: 'web' });
  expect(log.out).toBe('Hello World 127.96.0.9 $(NOT) $(UNKNOWN)\n');
});

test('what is missing is told, and made good once it is there', async () => {
  const node = startNode();
  node.api.createPod('web', {
    volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
    containers: [
      sh('main', 'sleep 1000', { volumeMounts: [{ name: 'settings', mountPath: '/s' }] }),
    ],
  });
  const note =
    'web Warning FailedMount MountVolume.SetUp failed for volume "settings" : configmap "settings" not found';
  await until(
    () => node.api.events.includes(note),
    () => node.api.events.join('\n'),
  );
  putConfig(node, { a: '1' });
  await until(() => isReady(node.api.pod('web')), 'ready');
});

test('a host path is the host itself', async () => {
  const node = startNode();
  const path = join(freshDir(), 'made');
  node.api.createPod('web', {
    volumes: [{ name: 'host', hostPath: { path, type: 'DirectoryOrCreate' } }],
    containers: [
      sh('main', 'echo here >/host/f; sleep 1000', {
        volumeMounts: [{ name: 'host', mountPath: '/host' }],
      }),
    ],
  });
  await until(() => existsSync(join(path, 'f')), 'the file');
});
