/** What a container's processes use, read from /proc; nothing where there is none. */
import { readdirSync } from 'node:fs';
import type { Stats } from '../runtime.ts';
import { readText } from './state-dir.ts';

const TICK_MS = 10;
const PAGE_BYTES = 4096;

/** Sums up the processes of a process group. */
export function readStats(group: number): Stats | undefined {
  if (process.platform !== 'linux' || group === 0) return undefined;
  let memoryBytes = 0;
  let cpuMs = 0;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readText(`/proc/${entry}/stat`);
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    if (Number(fields[2]) !== group) continue;
    cpuMs += (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    memoryBytes += Number(fields[21]) * PAGE_BYTES;
  }
  return { memoryBytes, cpuMs };
}
