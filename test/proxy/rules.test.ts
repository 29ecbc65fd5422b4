import { expect, test } from 'vitest';
import type { EndpointSlice, Service } from '../../machines/api/types.ts';
import { difference } from '../../machines/proxy/proxy.ts';
import { rules } from '../../machines/proxy/rules.ts';

const node = { name: 'node-1', address: '127.128.1.1' };

function service(spec: Service['spec'], labels = {}): Service {
  return {
    metadata: { name: 'web', namespace: 'default', labels },
    spec: { clusterIP: '127.96.0.10', ports: [{ port: 80 }], ...spec },
  };
}

type EndpointRow = [address: string, state: 'ready' | 'notReady' | 'terminating', node?: string];

function slice(
  rows: readonly EndpointRow[],
  port: EndpointSlice['ports'][number] = { port: 8080 },
) {
  return {
    metadata: {
      name: 'web-x',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'web' },
    },
    addressType: 'IPv4',
    ports: [port],
    endpoints: rows.map(([address, state, nodeName = 'node-1']) => ({
      addresses: [address],
      nodeName,
      conditions: {
        ready: state === 'ready',
        serving: state !== 'notReady',
        terminating: state === 'terminating',
      },
    })),
  } satisfies EndpointSlice;
}

const render = (services: Service[], slices: EndpointSlice[]): string[] =>
  rules(services, slices, node).map(
    ({ id, servicePort, backends, affinityMs }) =>
      `${id} ${servicePort} -> ${backends.map((b) => `${b.address}:${b.port}`).join(' ')}` +
      (affinityMs > 0 ? ` affinity ${affinityMs}` : ''),
  );

const two = slice([
  ['127.128.1.3', 'ready'],
  ['127.128.2.2', 'ready', 'node-2'],
]);

const CASES: [name: string, services: Service[], slices: EndpointSlice[], expected: string[]][] = [
  [
    'a cluster IP forwards to ready endpoints, in order',
    [service({})],
    [two],
    ['tcp/127.96.0.10:80 default/web -> 127.128.1.3:8080 127.128.2.2:8080'],
  ],
  ['no endpoints, no listener', [service({})], [], []],
  [
    'endpoints that are not ready get nothing',
    [service({})],
    [
      slice([
        ['127.128.1.3', 'notReady'],
        ['127.128.1.4', 'ready'],
        ['127.128.1.5', 'terminating'],
      ]),
    ],
    ['tcp/127.96.0.10:80 default/web -> 127.128.1.4:8080'],
  ],
  [
    'where none is ready, those that still serve while they terminate',
    [service({})],
    [
      slice([
        ['127.128.1.3', 'notReady'],
        ['127.128.1.5', 'terminating'],
      ]),
    ],
    ['tcp/127.96.0.10:80 default/web -> 127.128.1.5:8080'],
  ],
  [
    'a node port listens on the address of the node',
    [service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })],
    [two],
    [
      'tcp/127.128.1.1:30080 default/web -> 127.128.1.3:8080 127.128.2.2:8080',
      'tcp/127.96.0.10:80 default/web -> 127.128.1.3:8080 127.128.2.2:8080',
    ],
  ],
  [
    'traffic policies Local keep to the endpoints of this node',
    [
      service({
        type: 'NodePort',
        internalTrafficPolicy: 'Local',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, nodePort: 30080 }],
      }),
    ],
    [two],
    [
      'tcp/127.128.1.1:30080 default/web -> 127.128.1.3:8080',
      'tcp/127.96.0.10:80 default/web -> 127.128.1.3:8080',
    ],
  ],
  [
    'ports are matched by name and protocol',
    [
      service({
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'http', port: 80 },
        ],
      }),
    ],
    [slice([['127.128.1.3', 'ready']], { name: 'dns', protocol: 'UDP', port: 5353 })],
    ['udp/127.96.0.10:53 default/web:dns -> 127.128.1.3:5353'],
  ],
  [
    'ClientIP affinity lasts as long as it says',
    [
      service({
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      }),
    ],
    [slice([['127.128.1.3', 'ready']])],
    ['tcp/127.96.0.10:80 default/web -> 127.128.1.3:8080 affinity 60000'],
  ],
  ['headless has no rules', [service({ clusterIP: 'None' })], [two], []],
  ['ExternalName has no rules', [service({ type: 'ExternalName' })], [two], []],
  [
    'a Service of another proxy is left alone',
    [service({}, { 'service.kubernetes.io/service-proxy-name': 'other' })],
    [two],
    [],
  ],
];

test.each(CASES)('%s', (_, services, slices, expected) => {
  expect(render(services, slices)).toEqual(expected);
});

test('the difference of two rule sets starts, changes and removes listeners, and nothing else', () => {
  const one = rules([service({})], [two], node);
  const first = difference({}, one);
  expect(first.effects.map(({ type }) => type)).toEqual(['machine.start']);
  expect(difference(first.inForce, one).effects).toEqual([]);
  const fewer = rules([service({})], [slice([['127.128.1.3', 'ready']])], node);
  expect(difference(first.inForce, fewer).effects).toMatchObject([
    { type: 'machine.tell', event: { type: 'rule.changed' } },
  ]);
  expect(difference(first.inForce, []).effects).toMatchObject([
    { type: 'machine.tell', event: { type: 'rule.removed' } },
  ]);
});
