/** The kubelet's small pure functions. */
import { expect, test } from 'vitest';
import { goDuration, NO_BACKOFF, owedMs, raise } from '../../machines/kubelet/backoff.ts';
import { expand } from '../../machines/kubelet/expand.ts';
import { breaksNonRoot, qosClass, restarts } from '../../machines/kubelet/pod-spec.ts';
import { type HollowScript, hollowFate } from '../../machines/kubelet/script.ts';
import { serviceEnv } from '../../machines/kubelet/service-env.ts';
import { statusPatch } from '../../machines/kubelet/status.ts';
import { parseRfc3339, rfc3339, rfc3339Micro } from '../../machines/kubelet/time.ts';
import { podOf } from './drive.ts';

test('references are expanded as Kubernetes expands them', () => {
  const env = new Map([
    ['A', '1'],
    ['B', '$(A)'],
  ]);
  const cases: readonly (readonly [string, string])[] = [
    ['$(A)', '1'],
    ['x$(A)y$(A)', 'x1y1'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$(B)', '$(A)'],
    ['$(C)', '$(C)'],
    ['$A $', '$A $'],
    ['$(A', '$(A'],
    ['', ''],
  ];
  for (const [text, expected] of cases) expect(expand(text, env), text).toBe(expected);
});

test('back-off doubles to its longest and is forgotten', () => {
  let backoff = NO_BACKOFF;
  const delays = [];
  for (let at = 0; at < 8; at++) {
    backoff = raise(backoff, at * 1000);
    delays.push(backoff.delayMs / 1000);
  }
  expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
  expect(owedMs(backoff, 7_000 + 600_001)).toBe(0);
  const shorter = raise(raise(raise(NO_BACKOFF, 0, 15_000), 0, 15_000), 0, 15_000);
  expect(shorter.delayMs).toBe(15_000);
  expect(raise(NO_BACKOFF, 0, 1_000).delayMs).toBe(1_000);
});

test('durations and times', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0s'],
    [250, '250ms'],
    [10_000, '10s'],
    [80_000, '1m20s'],
    [300_000, '5m0s'],
    [1_500, '1.5s'],
  ];
  for (const [ms, text] of cases) expect(goDuration(ms)).toBe(text);
  const ms = Date.UTC(2024, 1, 29, 23, 59, 59, 250);
  expect(rfc3339(ms)).toBe('2024-02-29T23:59:59Z');
  expect(rfc3339Micro(ms)).toBe('2024-02-29T23:59:59.250000Z');
  expect(parseRfc3339('2024-02-29T23:59:59.25Z')).toBe(ms);
});

test('quality of service', () => {
  const with_ = (...resources: object[]) =>
    qosClass(podOf({ containers: resources.map((r, i) => ({ name: `c${i}`, resources: r })) }));
  const full = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } };
  expect(with_({})).toBe('BestEffort');
  expect(with_(full)).toBe('Guaranteed');
  expect(with_(full, {})).toBe('Burstable');
  expect(with_({ requests: { cpu: '1' } })).toBe('Burstable');
  expect(with_({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } })).toBe(
    'Burstable',
  );
});

test('restart policies and rules', () => {
  const main = { role: 'main', spec: { name: 'a' } } as const;
  const ruled = {
    role: 'main',
    spec: {
      name: 'a',
      restartPolicy: 'Never',
      restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
    },
  } as const;
  const pod = (restartPolicy: 'Always' | 'OnFailure' | 'Never') => podOf({ restartPolicy });
  expect(restarts(pod('Always'), main, 0)).toBe(true);
  expect(restarts(pod('OnFailure'), main, 0)).toBe(false);
  expect(restarts(pod('OnFailure'), main, 1)).toBe(true);
  expect(restarts(pod('Never'), main, 1)).toBe(false);
  expect(restarts(pod('Always'), { role: 'init', spec: main.spec }, 0)).toBe(false);
  expect(restarts(pod('Never'), { role: 'sidecar', spec: main.spec }, 0)).toBe(true);
  const spec = ruled.spec as never;
  expect(restarts(pod('Always'), { role: 'main', spec }, 42)).toBe(true);
  expect(restarts(pod('Always'), { role: 'main', spec }, 1)).toBe(false);
});

test('what must not run as root does not', () => {
  const root =
    'container has runAsNonRoot and image will run as root (pod: "web_default(u1)", container: a)';
  const zero = `container's runAsUser breaks non-root policy (pod: "web_default(u1)", container: a)`;
  const cases: readonly (readonly [object, object, number | undefined, string | undefined])[] = [
    [{}, {}, 0, undefined],
    [{ runAsNonRoot: true }, {}, 0, root],
    [{ runAsNonRoot: true }, {}, 1000, undefined],
    [{ runAsNonRoot: true }, {}, undefined, undefined],
    [{ runAsNonRoot: true }, { runAsNonRoot: false }, 0, undefined],
    [{ runAsNonRoot: true, runAsUser: 5 }, {}, 0, undefined],
    [{ runAsUser: 5 }, { runAsNonRoot: true, runAsUser: 0 }, 5, zero],
  ];
  for (const [ofPod, ofContainer, imageUser, expected] of cases) {
    const container = { name: 'a', securityContext: ofContainer };
    const pod = podOf({ securityContext: ofPod, containers: [container] });
    expect(breaksNonRoot(pod, container, imageUser)).toBe(expected);
  }
});

test('Service variables', () => {
  const service = (name: string, namespace: string, clusterIP: string) => ({
    metadata: { name, namespace },
    spec: {
      clusterIP,
      ports: [
        { name: 'web', port: 80 },
        { name: 'dns', port: 53, protocol: 'UDP' as const },
      ],
    },
  });
  const services = [service('kubernetes', 'default', '10.0.0.1'), service('a-b', 'x', '10.0.0.2')];
  const linked = Object.fromEntries(serviceEnv(services, 'x', true));
  expect(linked).toMatchObject({
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    A_B_SERVICE_PORT: '80',
    A_B_SERVICE_PORT_DNS: '53',
    A_B_PORT: 'tcp://10.0.0.2:80',
    A_B_PORT_53_UDP: 'udp://10.0.0.2:53',
    A_B_PORT_53_UDP_ADDR: '10.0.0.2',
  });
  const bare = serviceEnv(services, 'x', false);
  expect(bare.has('A_B_SERVICE_HOST')).toBe(false);
  expect(bare.has('KUBERNETES_SERVICE_HOST')).toBe(true);
});

test('a status patch names what changed and nothing else', () => {
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: 'R',
    message: 'm',
    lastTransitionTime: 't',
  };
  const other = { type: 'x.io/ok', status: 'True' };
  const from = { phase: 'Pending', podIPs: [{ ip: 'a' }], conditions: [ready, other] } as const;
  const to = {
    phase: 'Pending',
    podIPs: [{ ip: 'b' }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: 'u' }],
  } as const;
  expect(statusPatch(from as never, to as never)).toEqual({
    podIPs: [{ $patch: 'delete', ip: 'a' }, { ip: 'b' }],
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: 'u', reason: null, message: null },
    ],
  });
  expect(statusPatch(to as never, to as never)).toBe(undefined);
});

test('a hollow script decides by rules and by seed', () => {
  const script: HollowScript = {
    seed: 7,
    rules: [
      { match: { image: 'slow:*' }, startMs: 50 },
      { match: { labels: { app: 'flaky' } }, crashProbability: 0.5 },
      { startMs: 5, stopMs: 2 },
    ],
  };
  const pod = podOf({});
  expect(hollowFate(script, pod, 'n', 'slow:1', 'a', 0)).toMatchObject({ startMs: 50, stopMs: 2 });
  expect(hollowFate(script, pod, 'n', 'fast:1', 'a', 0)).toMatchObject({ startMs: 5 });
  const flaky = { ...pod, metadata: { ...pod.metadata, labels: { app: 'flaky' } } };
  const fates = Array.from({ length: 200 }, (_, n) => hollowFate(script, flaky, 'n', 'x', 'a', n));
  const crashes = fates.filter(({ exitCode }) => exitCode === 1).length;
  expect(crashes).toBeGreaterThan(70);
  expect(crashes).toBeLessThan(130);
  const again = Array.from({ length: 200 }, (_, n) => hollowFate(script, flaky, 'n', 'x', 'a', n));
  expect(again).toEqual(fates);
});
