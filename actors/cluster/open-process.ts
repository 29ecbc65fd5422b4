/**
 * What every component that runs alone in a process starts with: its connection as its user, its log, and when to end.
 * Kept apart from the components, so that a node loads nothing of the control plane.
 */
import type { NatsBus } from '../../bus/nats-bus.ts';
import { EXIT } from './command-error.ts';
import { layoutOf, logFile } from './layout.ts';
import { openLog } from './log.ts';
import { connectAs, existingNats, type NatsAccess, ownNatsAccess } from './nats-access.ts';
import { type KabukiProcess, startProcess } from './process.ts';

/** What every component is told. */
export interface ComponentOptions {
  readonly cluster: string;
  readonly natsUrl: string;
  readonly natsCredentials: string | undefined;
  /** Use the keys of the embedded servers of the data directory. */
  readonly ownNats: boolean;
  readonly dataDir: string;
  readonly logLevel: string;
  readonly version: string;
  /** Log into the data directory in place of standard output. */
  readonly logToFile: boolean;
  /** Aborted when the component is to end. */
  readonly ended: AbortSignal;
  readonly onReady: () => void;
  /** Started by a supervisor for chaos: takes its faults from there, and reaches NATS at `natsUrl` alone. */
  readonly chaos?: boolean;
  /** Name of the process among its kind: `scheduler-2`; its role's where undefined. */
  readonly processName?: string | undefined;
  /** Who it is among those that stand for a lease, the same at every start; made up where undefined. */
  readonly identity?: string | undefined;
}

/** How a component reaches NATS as its user. */
export async function accessOf(options: ComponentOptions, user: string): Promise<NatsAccess> {
  if (options.ownNats) {
    const access = await ownNatsAccess(options.dataDir, user);
    // For chaos the addresses are proxies, which the data directory does not know.
    return options.chaos === true ? { ...access, urls: options.natsUrl.split(',') } : access;
  }
  return (await existingNats(options.natsUrl, options.natsCredentials)).access(user);
}

/** A connected process of one role. */
export async function openProcess(
  options: ComponentOptions,
  role: string,
  defaultName: string,
  user: string,
): Promise<{ readonly process: KabukiProcess; readonly bus: NatsBus }> {
  const { cluster, logLevel } = options;
  const name = options.processName ?? defaultName;
  const file = options.logToFile ? logFile(layoutOf(options.dataDir), name) : undefined;
  const connection = `${cluster} ${name}`;
  const broken = options.chaos === true ? await openBroken(cluster, name, connection) : undefined;
  const plain = openLog(name, logLevel, file);
  const log = broken?.log(plain) ?? plain;
  const bus = await connectAs(await accessOf(options, user), connection, broken?.link);
  const process = startProcess({
    ...{ cluster, role, name, bus, log, faults: broken?.faults },
    onEscalate: (error) => {
      log.fatal({ err: error }, 'too many restarts: the process ends');
      globalThis.process.exit(broken?.giveUp(error) ?? EXIT.failed);
    },
  });
  broken?.attach(process.host, bus);
  options.ended.addEventListener('abort', () => process.letGo?.(), { once: true });
  return { process, bus };
}

async function openBroken(cluster: string, name: string, connection: string) {
  const { openBrokenProcess } = await import('../chaos/broken-process.ts');
  return openBrokenProcess(cluster, name, connection);
}

/** Resolves when the component is to end. */
export function untilEnded({ ended }: ComponentOptions): Promise<void> {
  if (ended.aborted) return Promise.resolve();
  return new Promise((resolve) => ended.addEventListener('abort', () => resolve(), { once: true }));
}
