/** Samples of a run: what they count, and that they keep up with what is committed. */
import { expect, test } from 'vitest';
import { Timeline } from '../../actors/sim/timeline.ts';
import type { Committed, Observation } from '../../machines/chaos/observation.ts';
import { createChecks } from '../../machines/checks/run-checks.ts';

test('samples tell of nodes and pods as they are at that moment', () => {
  const checks = createChecks([]);
  const timeline = new Timeline(0);
  let revision = 0;
  const commit = (key: string, status: object | undefined, operation: 'put' | 'delete' = 'put') => {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const object = { metadata: { name, uid: name }, status } as unknown as Committed['object'];
    revision += 1;
    const seen: Observation = {
      ...{ atMs: revision, revision, key, operation, object },
      type: 'committed',
      ...{ messageId: undefined, from: undefined, causes: [] },
    };
    checks.observe(seen);
    timeline.observe(seen);
  };
  const sample = (atMs: number) => {
    timeline.sample(atMs, checks.picture);
    return timeline.samples.at(-1);
  };
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] };

  expect(sample(1)).toEqual({ atMs: 1, nodes: 0, nodesReady: 0, pods: {}, podsReady: 0 });
  commit('core/nodes/_/n1', ready);
  commit('core/pods/default/a', { phase: 'Running', ...ready });
  commit('core/pods/default/b', undefined);
  const both = { nodes: 1, nodesReady: 1, pods: { Running: 1, Pending: 1 }, podsReady: 1 };
  expect(sample(2)).toEqual({ atMs: 2, ...both });
  commit('coordination.k8s.io/leases/kube-node-lease/n1', undefined);
  expect(sample(3)).toEqual({ atMs: 3, ...both });
  commit('core/pods/default/b', { phase: 'Failed' });
  commit('core/nodes/_/n1', { conditions: [{ type: 'Ready', status: 'Unknown' }] });
  const worse = { nodes: 1, nodesReady: 0, pods: { Running: 1, Failed: 1 }, podsReady: 1 };
  expect(sample(4)).toEqual({ atMs: 4, ...worse });
  commit('core/pods/default/a', { phase: 'Running', ...ready }, 'delete');
  expect(sample(5)).toEqual({ atMs: 5, ...worse, pods: { Failed: 1 }, podsReady: 0 });
});
