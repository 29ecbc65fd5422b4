/** Quotas show what is used also when things end, change and go away. */
import { expect, test } from 'vitest';
import type { AnyObject } from '../../../machines/api/view.ts';
import { resourceQuotaController } from '../../../machines/controllers/resource-quota.ts';
import { envOf, settle, World } from '../view.ts';

const QUOTAS = 'core/resourcequotas';

const object = (kind: string, name: string, rest: object = {}): AnyObject =>
  ({
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'team', uid: name },
    ...rest,
  }) as AnyObject;
const pod = (name: string, phase = 'Running'): AnyObject =>
  object('Pod', name, {
    spec: { containers: [{ name: 'a', resources: { requests: { cpu: '250m' } } }] },
    status: { phase },
  });
const hard = { pods: '4', 'requests.cpu': '2', configmaps: '3' };
const quota = object('ResourceQuota', 'q', { spec: { hard } });

test('what is used is counted anew', () => {
  const world = new World([quota, pod('a'), pod('b'), pod('c', 'Succeeded')]);
  const used = () => {
    settle(world, resourceQuotaController, 'team/q');
    return world.get<AnyObject>(QUOTAS, 'team', 'q').status;
  };
  expect(used()).toEqual({ hard, used: { pods: '2', 'requests.cpu': '500m', configmaps: '0' } });
  world.remove('core/pods', 'team', 'a');
  expect(used()).toMatchObject({ used: { pods: '1', 'requests.cpu': '250m' } });
  expect(settle(world, resourceQuotaController, 'team/q')).toEqual([]);
});

test('a count of admission is not written over', () => {
  const world = new World([quota, pod('a')]);
  const plan = resourceQuotaController.plan('team/q', world.view(), envOf(world));
  world.edit(QUOTAS, 'team', 'q', (old) => ({ ...old, status: { used: { pods: '2' } } }));
  expect(world.apply(plan)).toMatchObject([{ reason: 'Conflict' }]);
});

test.each<[string, string, AnyObject, AnyObject | undefined, boolean, string[]]>([
  ['a pod that is gone', 'core/pods', pod('a'), pod('a'), true, ['team/q']],
  ['a pod that ended', 'core/pods', pod('a', 'Failed'), pod('a'), false, ['team/q']],
  ['a pod that is as it was', 'core/pods', pod('a'), pod('a'), false, []],
  ['a pod that is new, which admission counted', 'core/pods', pod('a'), undefined, false, []],
  ['something that is not counted', 'core/secrets', object('Secret', 's'), undefined, true, []],
  [
    'something elsewhere',
    'core/pods',
    { ...pod('a'), metadata: { name: 'a', namespace: 'x' } },
    undefined,
    true,
    [],
  ],
  ['a quota', QUOTAS, quota, undefined, false, ['team/q']],
])('%s', (_, resource, changed, previous, deleted, keys) => {
  const world = new World([quota]);
  const enqueue = resourceQuotaController.watches['*'];
  expect(enqueue?.(changed as never, previous as never, world.view(), deleted, resource)).toEqual(
    keys,
  );
});
