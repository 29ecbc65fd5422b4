/**
 * The table of all controllers. To add one: write its plan and its row in a file of its own, and
 * name it here.
 */
import type { Controller } from './controller.ts';
import { cronJobController } from './cron-job.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointsController } from './endpoints.ts';
import { garbageCollectorController } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { namespaceController } from './namespace.ts';
import { type NodeHealth, nodeLifecycleController } from './node-lifecycle.ts';
import { taintEvictionController } from './node-lifecycle-eviction.ts';
import { podGarbageController } from './pod-garbage.ts';
import { replicaSetController, replicationControllerController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { rootCaController } from './root-ca.ts';
import { serviceAccountController } from './service-account.ts';
import { statefulSetController } from './stateful-set.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';

/**
 * Gather changes of pods before a workload is planned again, so that a burst of them costs few
 * status writes.
 */
const WORKLOAD_BATCH_MS = 5;

/** Every controller; `health` tells the node life cycle which nodes are silent. */
export function controllers(health: NodeHealth): readonly Controller[] {
  return [
    namespaceController,
    serviceAccountController,
    rootCaController,
    ...[
      deploymentController,
      replicaSetController,
      replicationControllerController,
      statefulSetController,
      daemonSetController,
      jobController,
    ].map((row) => ({ batchMs: WORKLOAD_BATCH_MS, ...row })),
    cronJobController,
    ttlAfterFinishedController,
    endpointsController,
    endpointSliceController,
    nodeLifecycleController(health),
    taintEvictionController,
    disruptionController,
    resourceQuotaController,
    podGarbageController,
    garbageCollectorController,
  ];
}
