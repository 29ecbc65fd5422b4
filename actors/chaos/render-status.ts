/** What `kabuki chaos` prints for people. */
import type { Done, Stopped } from './client.ts';
import type { ActiveFault } from './protocol.ts';

const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 100) / 10)} s`;

const line = (fault: ActiveFault, more: string): string =>
  `#${fault.injection} ${fault.name}: ${fault.what}; ${fault.targets.join(', ')}${more}`;

/** What a command began, or would begin. */
export function renderBegun({ did }: Done, dryRun: boolean): string {
  return did
    .map((fault) => {
      const length = `, for ${seconds(fault.untilMs - fault.beganMs)}`;
      return dryRun
        ? `would hit ${fault.targets.join(', ')}: ${fault.what}${length}`
        : line(fault, length);
    })
    .join('\n');
}

/** What a command ended, or would end. */
export function renderEnded({ did }: Done, dryRun: boolean): string {
  if (did.length === 0) return 'nothing to end';
  return did.map((fault) => `${dryRun ? 'would end' : 'ended'} ${line(fault, '')}`).join('\n');
}

/** What was undone by `kabuki chaos stop`. */
export function renderStopped(stopped: Stopped): string {
  if (stopped.by === 'supervisor') return renderEnded(stopped.done, false);
  if (stopped.continued.length === 0)
    return 'nothing to undo: no cluster runs, and none left faults behind';
  return `the supervisor is gone; continued ${stopped.continued.join(', ')}`;
}

/** Processes and faults at work. */
export function renderChaos({ processes, faults }: Done, nowMs: number): string {
  const rows = [
    ['PROCESS', 'ROLE', 'PID', 'STATE', 'RESTARTS'],
    ...processes.map(({ name, role, pid, state, restarts }) => [
      name,
      role,
      pid === 0 ? '-' : String(pid),
      state,
      String(restarts),
    ]),
  ];
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, i) => Math.max(most[i] ?? 0, cell.length)),
    [],
  );
  const table = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const work = faults.map((fault) => line(fault, `, ${seconds(fault.untilMs - nowMs)} left`));
  return [...table, '', ...(work.length === 0 ? ['no faults at work'] : work)].join('\n');
}
