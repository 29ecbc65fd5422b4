/** What processes use, read from /proc (Linux alone): memory and CPU time. */
import { readFileSync } from 'node:fs';

/** Memory of a process in bytes; PSS counts a page that n processes share as 1/n. */
export interface Memory {
  readonly rss: number;
  readonly pss: number;
}

/** Clock ticks a second in /proc; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** Milliseconds of CPU that a process has used, all its threads, in steps of 10. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
}

/** Memory of a process now. */
export function memory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
  return { rss: read('Rss'), pss: read('Pss') };
}

/** Watches the resident memory of processes and remembers the highest of each. */
export function watchPeaks(pids: readonly number[], everyMs = 200) {
  const peaks = new Map<number, number>(pids.map((pid) => [pid, 0]));
  const timer = setInterval(() => {
    for (const pid of pids) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, resident(pid)));
  }, everyMs);
  return {
    of: (pid: number): number => peaks.get(pid) ?? 0,
    stop: () => clearInterval(timer),
  };
}

const PAGE_BYTES = 4096;

/** Resident bytes; cheaper to read than `memory`. */
export function resident(pid: number): number {
  try {
    const [, pages] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0; // the process has ended
  }
}
