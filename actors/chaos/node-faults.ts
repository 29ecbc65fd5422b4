/**
 * The faults of a node: of its runtime, of its resources, and of the Lease by which it says that it lives. Sits
 * between a kubelet and what it uses; decides nothing.
 */
import type { ChangeResult } from '../../machines/api/change.ts';
import type { ApiClient } from '../api-client.ts';
import type { Clock } from '../clock.ts';
import { createFaultyRuntime, type RuntimeFault } from '../kubelet/faulty-runtime.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import type { Runtime } from '../kubelet/runtime.ts';
import { onNewRules, type ProcessFaults } from './process-faults.ts';
import type { ProcessRule } from './protocol.ts';

/** A runtime with the faults of this process, which tells what it really runs. */
export function faultyRuntime(
  inner: Runtime,
  node: string,
  faults: ProcessFaults,
  clock: Clock,
): Runtime {
  const runtime = createFaultyRuntime(inner, {
    ...{ clock, draw: Math.random },
    observe: (change) => faults.see({ type: 'container', node, ...change }),
  });
  let set = new Set<string>();
  faults.onRules((rules) => {
    const wanted = new Map<string, RuntimeFault>();
    for (const rule of rules) {
      const fault = runtimeFaultOf(rule);
      if (fault !== undefined) wanted.set(String(rule.injection), fault);
    }
    for (const name of set) if (!wanted.has(name)) runtime.remove(name);
    for (const [name, fault] of wanted) if (!set.has(name)) runtime.set(name, fault);
    set = new Set(wanted.keys());
  });
  // Over as soon as it has begun: what starts afterwards lives.
  onNewRules(faults, ({ fault, target: { pods } }) => {
    if (fault.fault !== 'crash-containers') return;
    runtime.set('crash', { ...fault, pods });
    runtime.remove('crash');
  });
  return runtime;
}

function runtimeFaultOf({ fault, target: { pods } }: ProcessRule): RuntimeFault | undefined {
  switch (fault.fault) {
    case 'slow-start':
    case 'slow-stop':
    case 'runtime-error':
      return { ...fault, pods };
    default:
      return undefined;
  }
}

/** Puts a kubelet's node under pressure while a rule says so. */
export function faultyResources(kubelet: Kubelet, faults: ProcessFaults): void {
  let under = new Set<'memory' | 'disk' | 'pid'>();
  faults.onRules((rules) => {
    const now = new Set(
      rules.flatMap(({ fault }) => (fault.fault === 'pressure' ? fault.resource : [])),
    );
    for (const resource of under) if (!now.has(resource)) kubelet.pressure(resource, false);
    for (const resource of now) if (!under.has(resource)) kubelet.pressure(resource, true);
    under = now;
  });
}

const REFUSED: ChangeResult = {
  ...{ ok: false, code: 503, reason: 'ServiceUnavailable' },
  message: 'a fault keeps this node from renewing its Lease',
};

/** A client whose changes of Leases are refused while the node's heartbeats are to be lost. */
export function silentClient(client: ApiClient, faults: ProcessFaults): ApiClient {
  let silent = false;
  faults.onRules((rules) => {
    silent = rules.some(({ fault }) => fault.fault === 'lose-heartbeats');
  });
  return {
    ...client,
    change(change, envelope) {
      const lease =
        silent && 'key' in change && change.key.resource === 'coordination.k8s.io/leases';
      return lease ? Promise.resolve(REFUSED) : client.change(change, envelope);
    },
  };
}
