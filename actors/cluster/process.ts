/**
 * What every Kabuki process has, whatever its role: a connection to NATS, the bus, the clock, the host, a log, and
 * an answer to `status`. Wires them together and takes nothing away from its role.
 */
import type { Bus } from '../../bus/bus.ts';
import { createIds, type Ids, type Random, systemRandom } from '../../bus/ids.ts';
import type { NatsBus } from '../../bus/nats-bus.ts';
import { subject } from '../../bus/subjects.ts';
import { renderStep } from '../../machines/step-record.ts';
import type { ProcessFaults } from '../chaos/process-faults.ts';
import { type Clock, createClock } from '../clock.ts';
import { createHost, type Host, type HostOptions, type KindStatus } from '../host.ts';
import { giveMemoryBack } from '../memory.ts';
import { serveDebug } from '../trace/debug-endpoint.ts';
import { followPolicy } from '../trace/kept-policy.ts';
import { Recorder } from '../trace/recorder.ts';
import type { Logger } from './log.ts';
import { saidBy } from './users.ts';

/** The answer of one process to `status`. */
export interface ProcessStatus {
  readonly role: string;
  readonly name: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly machines: readonly KindStatus[];
  readonly counters: Readonly<{ [name: string]: number }>;
  /** What the role adds: the revision of its replica, whether it leads, ... */
  readonly details: Readonly<{ [name: string]: unknown }>;
}

export interface ProcessOptions {
  readonly cluster: string;
  readonly role: string;
  readonly name: string;
  readonly bus: NatsBus;
  readonly log: Logger;
  /** Called when supervision gives up: the process must end with a non-zero code. */
  readonly onEscalate: (error: unknown) => void;
  /** Its faults, where a supervisor started it for chaos. */
  readonly faults?: ProcessFaults | undefined;
}

/** A running process's parts. */
export interface KabukiProcess {
  readonly cluster: string;
  readonly role: string;
  readonly name: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly host: Host;
  readonly ids: Ids;
  readonly random: Random;
  readonly log: Logger;
  /** Records it in the cluster's trail; absent in simulation, where a run is its own record. */
  readonly recorder?: Recorder;
  readonly faults?: ProcessFaults | undefined;
  /** The process is to end: whatever breakpoints hold in it goes on, and none are set any more. */
  letGo?(): void;
  /** Adds a fact to the answer to `status`. */
  addDetail(name: string, read: () => unknown): void;
  close(): Promise<void>;
}

/** Starts the parts of a process on a connected bus. */
export function startProcess(options: ProcessOptions): KabukiProcess {
  const { cluster, role, name, bus, log, faults } = options;
  const clock = createClock();
  const random = systemRandom();
  const ids = createIds(random);
  const startedMs = clock.nowMs();
  const details = new Map<string, () => unknown>();
  const stopCollecting = giveMemoryBack(clock);
  const recorder = new Recorder({ bus, clock, cluster, role, name });
  const host: Host = createHost({
    clock,
    bus,
    ids,
    deadSubject: subject(cluster, 'dead'),
    onDeadLetter: (to, event, cause) => recorder.dead(to, event, cause),
    onCrash: (actor, error) => log.error({ actor, err: error }, 'a machine crashed'),
    onEscalate: options.onEscalate,
    ...onStepOf(log, recorder, faults, () => host),
  });

  function status(): ProcessStatus {
    const { user, system } = process.cpuUsage();
    return {
      role,
      name,
      pid: process.pid,
      uptimeMs: clock.nowMs() - startedMs,
      rssBytes: process.memoryUsage.rss(),
      cpuMs: Math.round((user + system) / 1_000),
      machines: host.status(),
      counters: { ...host.counters },
      details: Object.fromEntries([...details].map(([key, read]) => [key, read()])),
    };
  }

  const isNode = role === 'node' || role === 'hollow-nodes';
  const unfollow = followPolicy(bus, cluster, name, recorder, !isNode);
  const debugged = serveDebug({ bus, cluster, role, name, host, clock, recorder });
  const asked = bus.subscribe(subject(cluster, 'status'), ({ envelope }) => {
    bus.tell(saidBy(cluster, 'report', role, name), status(), host.envelope(role, envelope));
  });
  return {
    cluster,
    role,
    name,
    bus,
    clock,
    host,
    ids,
    random,
    log,
    recorder,
    faults,
    letGo: () => debugged.close(),
    addDetail: (key, read) => void details.set(key, read),
    async close() {
      asked.close();
      debugged.close();
      unfollow();
      stopCollecting();
      host.close();
      recorder.close();
      await bus.close();
    },
  };
}

/** Who is told of steps: the trail, the log at its finest level, and the supervisor of a cluster for chaos. */
function onStepOf(
  log: Logger,
  recorder: Recorder,
  faults: ProcessFaults | undefined,
  host: () => Host,
): Pick<HostOptions, 'onStep' | 'onEffect'> {
  if (faults !== undefined) {
    return {
      onStep: (record, detail) => {
        recorder.step(record, detail);
        faults.onStep(record, host());
      },
      onEffect: (actor, done) => faults.onEffect(actor, done),
    };
  }
  if (!log.isLevelEnabled('trace')) {
    return { onStep: (record, detail) => recorder.step(record, detail) };
  }
  return {
    onStep: (record, detail) => {
      recorder.step(record, detail);
      log.trace({ step: renderStep(record), causes: record.causes }, 'step');
    },
  };
}
