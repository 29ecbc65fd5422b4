/**
 * The differential oracle: what a run may choose is no difference, everything else is one, field by field.
 */
import { describe, expect, it } from 'vitest';
import { compareEndStates, endState } from '../../machines/checks/end-state.ts';
import {
  IGNORED_FIELDS,
  IGNORED_OBJECTS,
  IGNORED_RESOURCES,
} from '../../machines/checks/end-state-ignored.ts';
import { Log, object, ownedBy, pictureOf } from './planted/log.ts';
import { deployment, job, podA, podB, podOf, settledCluster } from './planted/settled-cluster.ts';

const stateOf = (log: Log) => endState(pictureOf(log));
const without = stateOf(settledCluster());
const compare = (log: Log) => compareEndStates(without, stateOf(log));

/** A pod with the name, uid, place and times that another run might have given it. */
const elsewhere = podOf('ReplicaSet', 'web-1', 'web-1-z', '10.0.9.9', {
  meta: { labels: { app: 'web' }, uid: 'u-other', creationTimestamp: '2027-01-01T00:00:00Z' },
  spec: { nodeName: 'n7' },
  status: {
    phase: 'Running',
    podIP: '10.0.9.9',
    startTime: 'later',
    containerStatuses: [{ name: 'c', restartCount: 3 }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: 'later' }],
  },
});

describe('end states', () => {
  it('are the same for one run', () => {
    expect(compare(settledCluster())).toEqual([]);
  });

  it('do not tell runs apart by names, places, addresses, times and restarts', () => {
    expect(compare(settledCluster().delete(podA()).put(elsewhere))).toEqual([]);
  });

  it('leave out what a run with faults leaves behind', () => {
    const failed = podOf('Job', 'j', 'j-f', '10.0.0.8', { status: { phase: 'Failed' } });
    const old = object('apps/replicasets', 'web-0', {
      meta: ownedBy('Deployment', 'web'),
      spec: { replicas: 0 },
    });
    expect(compare(settledCluster().put(failed, old))).toEqual([]);
  });

  it('leave a Job that is still under way its time', () => {
    const slow = job({ succeeded: 0, conditions: [] });
    const pod = podOf('Job', 'j', 'j-a', '10.0.0.5');
    expect(compare(settledCluster().put(slow, pod))).toEqual([]);
    expect(compare(settledCluster().put(job({ succeeded: 2 })))).toEqual([
      'batch/jobs/default/j: status.succeeded is 1, with faults 2',
    ]);
  });

  it('name the field that differs', () => {
    const group = 'apps/deployments/default/web';
    expect(compare(settledCluster().put(deployment({ availableReplicas: 1 })))).toEqual([
      `${group}: status.availableReplicas is 2, with faults 1`,
    ]);
    expect(compare(settledCluster().put(deployment({}, { replicas: 3 })))).toEqual([
      `${group}: spec.replicas is 2, with faults 3`,
    ]);
  });

  it('count the pods of a controller', () => {
    expect(compare(settledCluster().delete(podB()))).toEqual([
      'core/pods/default of ReplicaSet web-1: 1 fewer with faults',
    ]);
  });

  it('compare drawn pods as a multiset, field by field', () => {
    const pending = podOf('ReplicaSet', 'web-1', 'web-1-q', '', {
      meta: { labels: { app: 'web' } },
      status: { phase: 'Pending' },
    });
    expect(compare(settledCluster().delete(podB()).put(pending))).toContain(
      'core/pods/default of ReplicaSet web-1: status.phase is "Running", with faults "Pending"',
    );
  });

  it('keep the names that are not drawn', () => {
    const other = podOf('StatefulSet', 'db', 'db-1', '10.0.0.3');
    const log = settledCluster()
      .delete(podOf('StatefulSet', 'db', 'db-0', '10.0.0.3'))
      .put(other);
    expect(compare(log)).toEqual([
      'core/pods/default/db-0: 1 fewer with faults',
      'core/pods/default/db-1: 1 more with faults',
    ]);
  });

  it('see what is still being deleted, and endpoints that are missing', () => {
    const deleted = podA({ meta: { deletionTimestamp: 'now' } });
    expect(compare(settledCluster().put(deleted))).toEqual([
      'core/pods/default of ReplicaSet web-1: metadata.deletionTimestamp is absent, ' +
        'with faults "being deleted"',
    ]);
    const empty = new Log();
    for (const { key, object: one } of pictureOf(settledCluster()).list('core/services')) {
      empty.put({ ...one, key } as never);
    }
    expect(compareEndStates(without, stateOf(empty))).toContain(
      'endpoints of core/services/default/web: 2 fewer with faults',
    );
  });

  it('give a reason for everything that is left out', () => {
    const reasons = [
      ...IGNORED_FIELDS.map(({ reason }) => reason),
      ...IGNORED_OBJECTS.map(({ reason }) => reason),
      ...Object.values(IGNORED_RESOURCES),
    ];
    expect(reasons.filter((reason) => reason.length < 5)).toEqual([]);
  });
});
