/**
 * For every rule a bug planted into the real machines, actors or store, and a run of the simulation in which the rule
 * catches it; the same run without the bug holds.
 */
import { describe, expect, it } from 'vitest';
import type { Mutations } from '../../actors/sim/mutations.ts';
import { type SimOutcome, simulate } from '../../actors/sim/runner.ts';
import { START_MS } from '../../actors/sim/sim-cluster.ts';
import type { LogSink } from '../../bus/store/store.ts';
import type { Change } from '../../machines/api/change.ts';
import { RULES } from '../../machines/checks/rules.ts';
import {
  ADMIN,
  all,
  apiserverPuts,
  apiserverWrites,
  at,
  bound,
  boundSink,
  CONTROLLERS,
  changes,
  edited,
  everyNth,
  guards,
  KUBELET,
  plans,
  SCHEDULER,
  telling,
  transacting,
  unfenced,
  unguarded,
} from './plants.ts';
import { type SmallScenario, small } from './small-scenarios.ts';

interface Planted {
  readonly rule: string;
  readonly what: string;
  readonly scenario: SmallScenario;
  /** Made anew for each run: bugs may count. */
  readonly bug: () => Mutations;
  /** What the run without the bug has all the same. */
  readonly setting?: () => Mutations;
}

/** Deletes of pods by the user are evictions. */
const evicting = (): Mutations =>
  changes(ADMIN, 'core/pods', (change) => {
    if (change.type !== 'delete') return change;
    const { resource, namespace, name } = change.key;
    const kind = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    return { type: 'create', resource, namespace, name, subresource: 'eviction', object: kind };
  });

const statusOf = (edit: (status: object) => object) => (change: Change) =>
  change.type === 'patch' && change.subresource === 'status'
    ? edited(change, 'patch.status', (status) => edit(status as object))
    : change;

/** Small clusters are up and have settled by then; what keeps them from it comes later. */
const UP_MS = 18_000;
/** How often a plan that is never content writes. */
const TICK_MS = 100;

const PLANTED: readonly Planted[] = [
  {
    rule: 'revisions-grow',
    what: 'a store that hands out its log out of order',
    scenario: 'rollout',
    bug: () => ({ store: telling(swapping) }),
  },
  {
    rule: 'cas-chain',
    what: 'a store that looks at no guard',
    scenario: 'twoViews',
    bug: () => ({
      store: transacting((store, writes, envelope) => store.transact(unguarded(writes), envelope)),
    }),
  },
  {
    rule: 'acked-is-stored',
    what: 'a store that loses a write that it has acknowledged',
    scenario: 'rollout',
    bug: () => {
      const isLost = everyNth(40);
      return {
        link: transacting(async (store, writes, envelope, mayGoOut) =>
          isLost()
            ? { ok: true, revision: await store.lastRevision() }
            : store.transact(writes, envelope, mayGoOut),
        ),
      };
    },
  },
  {
    rule: 'acked-is-stored',
    what: 'a store that answers conflict though it has stored',
    scenario: 'rollout',
    bug: () => {
      const isDenied = everyNth(40);
      return {
        link: transacting(async (store, writes, envelope, mayGoOut) => {
          const result = await store.transact(writes, envelope, mayGoOut);
          if (!result.ok || !isDenied()) return result;
          return { ok: false, reason: 'conflict', key: writes[0]?.key ?? '' };
        }),
      };
    },
  },
  {
    rule: 'stored-once',
    what: 'a store that stores a write twice',
    scenario: 'rollout',
    bug: () => {
      const isTwice = everyNth(40);
      return {
        store: transacting(async (store, writes, envelope) => {
          const result = await store.transact(writes, envelope);
          if (!result.ok || !isTwice()) return result;
          return store.transact(unguarded(writes), envelope);
        }),
      };
    },
  },
  {
    rule: 'atomic',
    what: 'a store that stores the first write of a transaction alone',
    scenario: 'rollout',
    bug: () => ({
      store: transacting((store, writes, envelope) => store.transact(writes.slice(0, 1), envelope)),
    }),
  },
  {
    rule: 'linearizable',
    what: 'a store that answers reads from the past',
    scenario: 'twoViews',
    bug: () => ({
      link(store) {
        const answers: number[] = [];
        return {
          ...bound(store),
          async lastRevision() {
            answers.push(await store.lastRevision());
            return answers[0] ?? 0;
          },
        };
      },
    }),
  },
  {
    rule: 'watch-ordered',
    what: 'a store that tells a process of a change after its successor',
    scenario: 'rollout',
    bug: () => ({ link: telling(swapping) }),
  },
  {
    rule: 'watch-unique',
    what: 'a store that tells a process of a change twice',
    scenario: 'rollout',
    bug: () => ({
      link: telling(() => {
        const isTwice = everyNth(30);
        return (event, tell) => {
          tell(event);
          if (isTwice()) tell(event);
        };
      }),
    }),
  },
  {
    rule: 'watch-reliable',
    what: 'a store that leaves out a change',
    scenario: 'rollout',
    bug: () => ({
      link: telling(() => {
        const isLeftOut = everyNth(30);
        return (event, tell) => {
          if (!isLeftOut()) tell(event);
        };
      }),
    }),
  },
  {
    rule: 'watch-resumable',
    what: 'a store whose start is said to be one change further than it is',
    scenario: 'rollout',
    bug: () => ({
      link: (store) => ({
        ...bound(store),
        follow(sink, prefixes) {
          const onSnapshot: LogSink['onSnapshot'] = (entries, revision) =>
            sink.onSnapshot(entries, revision + 1);
          return store.follow({ ...boundSink(sink), onSnapshot }, prefixes);
        },
      }),
    }),
  },
  {
    rule: 'watch-bookmarkable',
    what: 'a store that says it has told of everything before it has',
    scenario: 'rollout',
    bug: () => ({
      link: telling(() => (event, tell, sink) => {
        sink.onProgress(event.revision + 1);
        tell(event);
      }),
    }),
  },
  {
    rule: 'watch-matches-log',
    what: 'a store that tells of a put as of a delete',
    scenario: 'rollout',
    bug: () => ({
      link: telling(() => {
        const isWrong = everyNth(30);
        return (event, tell) => tell(isWrong() ? { ...event, operation: 'delete' } : event);
      }),
    }),
  },
  {
    rule: 'one-leader',
    what: 'an election that everybody wins',
    scenario: 'twoLeaders',
    bug: everybodyLeads,
  },
  {
    rule: 'fenced-leader',
    what: 'an election that everybody wins, and apiservers that look at no fence',
    scenario: 'twoLeaders',
    bug: () => all(everybodyLeads(), unfenced),
  },
  {
    rule: 'no-loops',
    what: 'a plan that is never content',
    scenario: 'rollout',
    bug: () => {
      let lastMs = START_MS + UP_MS;
      return plans('deployment-controller', (plan, key, nowMs) => {
        if (nowMs < lastMs + TICK_MS) return { ...plan, againAtMs: lastMs + TICK_MS };
        lastMs = nowMs;
        const [namespace = '', name = ''] = key.split('/');
        const patch = { metadata: { annotations: { planned: String(nowMs) } } };
        const at = { resource: 'apps/deployments', namespace, name };
        const write: Change = { type: 'patch', strategy: 'merge', key: at, patch };
        return { stages: [...plan.stages, [write]], againAtMs: nowMs + TICK_MS };
      });
    },
  },
  {
    rule: 'pod-bound-once',
    what: 'an apiserver that lets a pod move when it runs',
    scenario: 'rollout',
    bug: () =>
      apiserverPuts('core/pods', (pod) =>
        at(pod, 'status.phase') === 'Running' ? edited(pod, 'spec.nodeName', () => 'node-2') : pod,
      ),
  },
  {
    rule: 'restart-counts',
    what: 'a kubelet that counts restarts backwards',
    scenario: 'crashing',
    bug: () => {
      let count = 1_000;
      return changes(
        KUBELET,
        'core/pods',
        statusOf((status) =>
          edited(status, 'containerStatuses', (all) =>
            (all as readonly object[] | undefined)?.map((one) => {
              count -= 1;
              return { ...one, restartCount: count };
            }),
          ),
        ),
      );
    },
  },
  {
    rule: 'pod-address-unique',
    what: 'kubelets that give every pod the same address',
    scenario: 'rollout',
    bug: () =>
      changes(
        KUBELET,
        'core/pods',
        statusOf((status) => ('podIP' in status ? { ...status, podIP: '127.128.9.9' } : status)),
      ),
  },
  {
    rule: 'service-address-unique',
    what: 'an apiserver that gives every service the same address',
    scenario: 'rollout',
    bug: () =>
      apiserverPuts('core/services', (service) => {
        const clusterIP = '127.64.9.9';
        return edited(service, 'spec', (spec) => ({
          ...(spec as object),
          ...{ clusterIP, clusterIPs: [clusterIP] },
        }));
      }),
  },
  {
    rule: 'node-capacity',
    what: 'a scheduler that does not look at what a node has left',
    scenario: 'full',
    bug: () =>
      changes(SCHEDULER, 'core/pods', (change) =>
        change.type === 'create' && change.subresource === 'binding'
          ? edited(change, 'object.target.name', () => 'node-1')
          : change,
      ),
  },
  {
    rule: 'statefulset-at-most-one',
    what: 'a StatefulSet that does not wait for its pod to have stopped',
    scenario: 'nodeCutOff',
    bug: () =>
      changes(CONTROLLERS, 'core/pods', (change) =>
        change.type === 'delete' ? { ...change, graceSeconds: 0 } : change,
      ),
  },
  {
    rule: 'job-count',
    what: 'a Job that counts a pod twice',
    scenario: 'job',
    bug: () =>
      changes(
        CONTROLLERS,
        'batch/jobs',
        statusOf((status) =>
          'succeeded' in status ? { ...status, succeeded: Number(status.succeeded) + 1 } : status,
        ),
      ),
  },
  {
    rule: 'disruption-budget',
    what: 'an apiserver that does not take evictions from the budget',
    scenario: 'eviction',
    setting: evicting,
    bug: () =>
      apiserverPuts('policy/poddisruptionbudgets', (budget) =>
        at(budget, 'status.disruptedPods.lone') === undefined
          ? budget
          : edited(budget, 'status.disruptionsAllowed', (allowed) => Number(allowed) + 1),
      ),
  },
  {
    rule: 'surge-limits',
    what: 'a Deployment that does not look at maxSurge',
    scenario: 'rollout',
    bug: () =>
      changes(CONTROLLERS, 'apps/replicasets', (change) => {
        if (change.type === 'create') return edited(change, 'object.spec.replicas', () => 5);
        return change;
      }),
  },
  {
    rule: 'finalizers-honoured',
    what: 'an apiserver that removes at once what has finalizers',
    scenario: 'jobDeleted',
    bug: () =>
      apiserverWrites((writes) =>
        writes.map((write) =>
          at(write.object, 'metadata.deletionTimestamp') === undefined
            ? write
            : { ...write, operation: 'delete' },
        ),
      ),
  },
  {
    rule: 'immutable-uid',
    what: 'an apiserver that gives an object another uid as it is updated',
    scenario: 'rollout',
    bug: () => {
      let isDone = false;
      return apiserverPuts('apps/deployments', (object, { expected }) => {
        if (expected === 0 || isDone) return object;
        isDone = true;
        return edited(object, 'metadata.uid', () => 'another');
      });
    },
  },
  {
    rule: 'generation-observed',
    what: 'a controller that says it has observed what is not yet asked for',
    scenario: 'rollout',
    bug: () =>
      changes(
        CONTROLLERS,
        'apps/deployments',
        statusOf((status) => ({ ...status, observedGeneration: 99 })),
      ),
  },
  {
    rule: 'garbage',
    what: 'a Deployment that removes the ReplicaSet it needs',
    scenario: 'rollout',
    bug: () => {
      let count = 0;
      return changes(CONTROLLERS, 'apps/replicasets', (change) => {
        if (change.type !== 'patch') return change;
        count += 1;
        return count === 3
          ? { type: 'delete', key: change.key, propagation: 'Background' }
          : change;
      });
    },
  },
  {
    rule: 'endpoints-fresh',
    what: 'endpoints that keep pods of a dead node',
    scenario: 'nodeLost',
    bug: () => {
      const known = new Set<string>();
      return changes(CONTROLLERS, 'discovery.k8s.io/endpointslices', (change) => {
        if (change.type !== 'update') return change;
        const { name } = change.key;
        const endpoints = at(change, 'object.endpoints') as readonly object[];
        if (endpoints.length >= 6) known.add(name);
        return known.has(name)
          ? edited(change, 'object.endpoints', () => endpoints.map(servingAgain))
          : change;
      });
    },
  },
  {
    rule: 'quota-honoured',
    what: 'an apiserver that does not count what it creates, and a ReplicaSet that makes too much',
    scenario: 'quota',
    bug: () => {
      let isBlind = false;
      return all(
        apiserverWrites((writes) =>
          isBlind ? writes.filter(({ key }) => !key.startsWith('core/resourcequotas/')) : writes,
        ),
        changes(CONTROLLERS, 'apps/replicasets', (change) => {
          if (at(change, 'patch.spec.replicas') !== 2) return change;
          isBlind = true;
          return edited(change, 'patch.spec.replicas', () => 6);
        }),
      );
    },
  },
];

function servingAgain(endpoint: object): object {
  return { ...endpoint, conditions: { ready: true, serving: true, terminating: false } };
}

/** Tells every thirtieth event after the next one. */
function swapping() {
  const isHeld = everyNth(30);
  let held: Parameters<Parameters<ReturnType<Parameters<typeof telling>[0]>>[1]>[0] | undefined;
  return ((event, tell) => {
    if (held !== undefined) {
      tell(event);
      tell(held);
      held = undefined;
    } else if (isHeld()) held = event;
    else tell(event);
  }) as ReturnType<Parameters<typeof telling>[0]>;
}

/** Nobody believes that another leads; Leases are written without a guard. */
function everybodyLeads(): Mutations {
  return all(
    guards('leader', {
      isFree: () => true,
      isTaken: () => false,
      showsAnother: () => false,
      isOurs: () => false,
      isOvertaken: () => false,
    }),
    changes(CONTROLLERS, 'coordination.k8s.io/leases', (change) =>
      change.type === 'update'
        ? {
            ...({ type: 'patch', strategy: 'merge', key: change.key } as const),
            patch: { spec: at(change, 'object.spec') },
          }
        : change,
    ),
  );
}

const SEED = 7;
/** A bug may keep a cluster busy for good. */
const STEPS_MAX = 200_000;
const clean = new Map<string, Promise<SimOutcome>>();

function run(scenario: SmallScenario, mutations: Mutations): Promise<SimOutcome> {
  return simulate(small(scenario), { seed: SEED, version: 'test', mutations, stepsMax: STEPS_MAX });
}

/** The run without the bug; rows share it. */
function cleanRun({ scenario, setting }: Planted): Promise<SimOutcome> {
  const known = clean.get(scenario) ?? run(scenario, setting?.() ?? {});
  clean.set(scenario, known);
  return known;
}

describe('a planted bug is caught by the rule that is there to catch it', () => {
  it.each(PLANTED)('$rule: $what', async (row) => {
    const { result: held } = await cleanRun(row);
    expect({ verdict: held.verdict, why: [...held.reasons, ...held.violations] }).toEqual({
      verdict: 'held',
      why: [],
    });
    const { result } = await run(row.scenario, all(row.setting?.() ?? {}, row.bug()));
    const caught = new Set(result.violations.map(({ rule }) => rule));
    expect(caught, result.reasons.join('\n')).toContain(row.rule);
    expect(['unsafe', 'crashed']).toContain(result.verdict);
  });

  it('has a bug for every rule', () => {
    const planted = new Set(PLANTED.map(({ rule }) => rule));
    expect(RULES.map(({ name }) => name).filter((name) => !planted.has(name))).toEqual([]);
  });
});
